#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bncheck/report/model.hpp"
#include "whole_file.hpp"

namespace bncheck::tool {

/// Where the renderings of a report go: a file, "-" for stdout, "" for nowhere.
struct ReportPlaces {
    std::string json, junit, markdown, html;
    std::string journal;       ///< of the run, for no rendering to take its place
    bool no_github = false;    ///< in GitHub Actions: no step summary, no annotations
    bool annotations = false;  ///< GitHub's annotations, wherever this runs
};

/// The renderings that were asked for, in places that are opened before the work, and GitHub's where it runs us.
class ReportFiles {
public:
    /// Throws Error{usage} where a place cannot be written to, is named twice, or is a second stdout.
    explicit ReportFiles(const ReportPlaces& places);

    /// Whether stdout holds a rendering, and so nothing else.
    bool hold_stdout() const { return !on_stdout_.empty(); }

    /// Writes all: no file takes its place before every one is written. Then appends to GitHub's step summary and prints
    /// annotations, on stderr where stdout holds a rendering. Throws Error{usage} where a file or stdout, whatever was put
    /// there before, cannot be written; a step summary that cannot be is said on stderr.
    void write(const report::Json& report);

private:
    using Render = std::string (*)(const report::Json&);
    struct Rendering {
        std::string option;
        Render render;
        std::unique_ptr<WholeFile> file;  ///< none: stdout
    };
    void add(const std::string& option, const std::string& place, Render render);

    std::vector<Rendering> renderings_;
    std::string on_stdout_;  ///< the option that took it
    std::vector<std::string> taken_;
    std::string step_summary_;  ///< GitHub's file
    bool annotations_ = false;
};

}  // namespace bncheck::tool
