#include <catch2/catch.hpp>
#include <regex>

#include "../needs.hpp"

namespace {

/// What a script finds in the page in Chromium's window of the given width.
struct Layout {
    int width = 0;             ///< of the window, as it came out
    int formulas = 0;          ///< math elements
    int laid_out = 0;          ///< of them those with a height and a width, as MathML has where it is understood
    int fractions_taller = 0;  ///< fractions that are taller than their numerators: set as fractions, not as a row
    int overflow = 0;          ///< pixels by which the page is wider than the window
    bool complained = false;   ///< the console has an error
};

std::string as_attribute(const std::string& html) {
    return std::regex_replace(std::regex_replace(html, std::regex("&"), "&amp;"), std::regex("\""), "&quot;");
}

/// What the page is like is written into the title of one around it, which has it in a frame: headless Chromium's own window is
/// no narrower than 500 pixels.
Layout layout_of(const std::string& page, int width) {
    const Folder folder;
    const std::string script =
        "<script>window.addEventListener('load', () => {"
        "const all = [...document.querySelectorAll('math')];"
        "const seen = all.filter(m => { const b = m.getBoundingClientRect(); return b.width > 0 && b.height > 0; });"
        "const tall = [...document.querySelectorAll('mfrac')].filter(f => f.getBoundingClientRect().height > "
        "1.2 * f.firstElementChild.getBoundingClientRect().height);"
        "parent.document.title = ['found', window.innerWidth, all.length, seen.length, tall.length, "
        "document.documentElement.scrollWidth - document.documentElement.clientWidth].join(' ');"
        "});</script>";
    const std::string path =
        folder.write("frame.html", "<!DOCTYPE html><meta charset=utf-8><title></title><iframe width=" + std::to_string(width) +
                                       " height=900 style='border:0' srcdoc=\"" + as_attribute(page + script) + "\"></iframe>");
    const Outcome outcome = shell(
        "timeout 60 chromium --headless --no-sandbox --disable-gpu --enable-logging=stderr --v=0 "
        "--user-data-dir=" +
        (folder.path / "profile").string() + " --window-size=1400,900 --virtual-time-budget=5000 --dump-dom file://" + path);
    std::smatch parts;
    Layout layout;
    REQUIRE(std::regex_search(outcome.out, parts, std::regex("<title>found (\\d+) (\\d+) (\\d+) (\\d+) (-?\\d+)</title>")));
    layout.width = std::stoi(parts[1]);
    layout.formulas = std::stoi(parts[2]);
    layout.laid_out = std::stoi(parts[3]);
    layout.fractions_taller = std::stoi(parts[4]);
    layout.overflow = std::stoi(parts[5]);
    layout.complained = outcome.out.find("CONSOLE") != std::string::npos;
    return layout;
}

}  // namespace

TEST_CASE("the page of the derivation is laid out by Chromium, wide and narrow, without a script or network of its own") {
    need_program("chromium");
    const Outcome page = bncheck_tool("derive --format html");
    REQUIRE(page.code == 0);
    CHECK(page.out.find("<script") == std::string::npos);
    CHECK_FALSE(std::regex_search(page.out, std::regex("(src|href)=\"?(https?:)?//")));
    for (const int width : {400, 1280}) {
        INFO(width << " pixels");
        const Layout layout = layout_of(page.out, width);
        CHECK(layout.width == width);
        CHECK(layout.formulas > 100);
        CHECK(layout.laid_out == layout.formulas);
        CHECK(layout.fractions_taller > 20);
        CHECK(layout.overflow <= 0);
        CHECK_FALSE(layout.complained);
    }
}
