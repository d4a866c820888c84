#pragma once

#include <catch2/catch.hpp>
#include <sstream>
#include <string>

#include "../needs.hpp"

/// What came of a page in Chromium.
struct Shown {
    std::string found;       ///< what the script gave
    std::string complaints;  ///< the console's lines
};

/// Opens the page in a window of that width and runs a script in it, an expression that gives a text (or a promise of it), once
/// it is loaded. The text becomes the title of a page around it, which has it in a frame: headless Chromium's own window is no
/// narrower than 500 pixels.
inline Shown shown_by_chromium(const std::string& page, int width, const std::string& script, const std::string& flags = "") {
    const Folder folder;
    const std::string inside =
        "<script>window.addEventListener('load', async () => { parent.document.title = 'found ' + "
        "encodeURIComponent(await (" +
        script + ")); });</script>";
    folder.write("page.html", page + inside);
    const std::string path =
        folder.write("frame.html", "<!DOCTYPE html><meta charset=utf-8><title></title><iframe width=" + std::to_string(width) +
                                       " height=900 style='border:0' src=page.html></iframe>");
    const Outcome outcome = shell(
        "timeout 120 chromium --headless --no-sandbox --allow-file-access-from-files --disable-gpu --enable-logging=stderr "
        "--v=0 --user-data-dir=" +
        (folder.path / "profile").string() + " " + flags +
        " --window-size=1400,900 --virtual-time-budget=10000 --dump-dom file://" + path);
    Shown shown;
    const std::string head = outcome.out.substr(0, outcome.out.find("<iframe")), mark = "<title>found ";
    const std::size_t begin = head.find(mark);
    REQUIRE(begin != std::string::npos);
    const std::string coded = head.substr(begin + mark.size(), head.find("</title>") - begin - mark.size());
    for (std::size_t k = 0; k < coded.size(); ++k)
        if (coded[k] == '%') {
            shown.found += static_cast<char>(std::stoi(coded.substr(k + 1, 2), nullptr, 16));
            k += 2;
        } else {
            shown.found += coded[k];
        }
    std::istringstream lines(head);
    for (std::string line; std::getline(lines, line);)
        if (line.find("CONSOLE") != std::string::npos) shown.complaints += line + "\n";
    return shown;
}
