#include "report_files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

#include "bncheck/core/error.hpp"
#include "bncheck/report/annotations.hpp"
#include "bncheck/report/html.hpp"
#include "bncheck/report/junit.hpp"
#include "bncheck/report/markdown.hpp"

namespace bncheck::tool {
namespace {

using report::Json;

std::string json_text(const Json& report) { return report.dump(1, ' ', false, Json::error_handler_t::replace) + "\n"; }

std::string page(const Json& report) { return report::html(report); }

std::string whole_markdown(const Json& report) { return report::markdown(report); }

/// The same for every way to name a place, whether or not there is something.
std::string whole_path(const std::string& place) {
    std::error_code ignored;
    return std::filesystem::weakly_canonical(std::filesystem::absolute(place, ignored), ignored).string();
}

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value ? value : "";
}

/// One append, that is taken back where it does not succeed as a whole. Says why it did not, or "".
std::string append(const std::string& path, const std::string& text) {
    const int file = open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    if (file < 0) return std::strerror(errno);
    const off_t before = lseek(file, 0, SEEK_END);
    std::string why;
    for (std::size_t done = 0; done < text.size() && why.empty();) {
        const ssize_t n = write(file, text.data() + done, text.size() - done);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0)
            why = std::strerror(errno);
        else
            done += static_cast<std::size_t>(n);
    }
    if (!why.empty() && before >= 0 && ftruncate(file, before) != 0) why += "; and half of it stays";
    close(file);
    return why;
}

void append_step_summary(const std::string& path, const Json& report) {
    std::error_code missing;
    const auto size = std::filesystem::file_size(path, missing);
    const std::size_t there = missing ? 0 : size;
    const std::size_t room = report::step_summary_limit - std::min(report::step_summary_limit, there);
    const std::string text = room > 1 ? report::markdown(report, room - 1) : "";
    const std::string why =
        text.empty() ? "it is full: GitHub takes less than 1 MiB" : append(path, (there ? "\n" : "") + text);
    if (!why.empty()) std::cerr << "bncheck: GITHUB_STEP_SUMMARY: " << path << " was not appended to: " << why << "\n";
}

}  // namespace

ReportFiles::ReportFiles(const ReportPlaces& places) : annotations_(places.annotations) {
    if (!places.journal.empty()) taken_.push_back(whole_path(places.journal));
    add("--json", places.json, json_text);
    add("--junit", places.junit, report::junit_xml);
    add("--markdown", places.markdown, whole_markdown);
    add("--html", places.html, page);
    if (places.no_github) return;
    annotations_ = annotations_ || variable("GITHUB_ACTIONS") == "true";
    step_summary_ = variable("GITHUB_STEP_SUMMARY");
    std::error_code ignored;
    // Who writes the summary by --markdown does not want it twice.
    if (!places.markdown.empty() &&
        (places.markdown == step_summary_ || std::filesystem::equivalent(places.markdown, step_summary_, ignored)))
        step_summary_.clear();
}

void ReportFiles::add(const std::string& option, const std::string& place, Render render) {
    if (place.empty()) return;
    const std::string its = place == "-" ? place : whole_path(place);
    const auto taken = [&](const std::string& name) { return std::find(taken_.begin(), taken_.end(), name) != taken_.end(); };
    if (taken(its) || (place != "-" && taken(its + ".part")))
        throw Error(Fault::usage, "format", option,
                    (place == "-" ? std::string("stdout") : "'" + place + "'") + " is what another option writes to",
                    "name another file");
    taken_.push_back(its);
    if (place != "-") taken_.push_back(its + ".part");
    if (place == "-") on_stdout_ = option;
    renderings_.push_back({option, render, place == "-" ? nullptr : std::make_unique<WholeFile>(place)});
}

void ReportFiles::write(const Json& report) {
    // What is rendered is what a reader of the JSON gets: strings of a candidate need not be UTF-8 before.
    const Json read = Json::parse(json_text(report));
    for (Rendering& r : renderings_)
        if (r.file) r.file->write(r.render(read));
    for (Rendering& r : renderings_)
        if (r.file) r.file->put();
    for (Rendering& r : renderings_)
        if (!r.file) std::cout << r.render(read);
    if (annotations_) (hold_stdout() ? std::cerr : std::cout) << report::github_annotations(read);
    std::cout.flush();
    if (!step_summary_.empty()) append_step_summary(step_summary_, read);
    if (!std::cout)
        throw Error(Fault::usage, "io", "stdout", "cannot be written",
                    "write the report to a file with " + (hold_stdout() ? on_stdout_ : std::string("--json")) + " FILE");
}

}  // namespace bncheck::tool
