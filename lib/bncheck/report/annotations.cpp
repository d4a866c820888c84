#include "bncheck/report/annotations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "bncheck/core/printable.hpp"
#include "bncheck/report/failures.hpp"

namespace bncheck::report {
namespace {

constexpr std::size_t most_annotations = 10, longest_text = 1000;

/// What ends a command or a property of one, in the escapes that GitHub undoes.
std::string escaped(const std::string& text, std::string_view special) {
    std::string result;
    for (const char c : text)
        if (special.find(c) != std::string_view::npos)
            result += fmt::format("%{:02X}", static_cast<int>(c));
        else
            result += c;
    return result;
}

std::string escaped_message(const std::string& text) { return escaped(text, "%\r\n"); }
std::string escaped_title(const std::string& text) { return escaped(text, "%\r\n:,"); }

}  // namespace

std::string github_annotations(const Json& report) {
    const std::vector<Failure> all = failures(report);
    const std::size_t shown = std::min(all.size(), most_annotations);
    std::string text;
    if (is_partial(report))
        text +=
            fmt::format("::warning title=bncheck::the run was interrupted: this is of the {} cases that had been finished\n",
                        report["cases"].size());
    for (std::size_t k = 0; k < shown; ++k) {
        const Failure& failure = all[k];
        std::string message = failure.verdict;
        if (failure.check) message += ": " + numbers_text(*failure.check);
        if (!failure.sentence.empty()) message += "\n" + printable(failure.sentence, longest_text);
        if (!failure.repro.empty() && failure.repro.size() <= longest_text) message += "\nrepro: " + printable(failure.repro);
        text += fmt::format("::error title={}::{}\n", escaped_title(printable(failure.id, 300)), escaped_message(message));
    }
    if (all.size() > shown) text += fmt::format("::notice title=bncheck::and {} more failures\n", all.size() - shown);
    return text;
}

}  // namespace bncheck::report
