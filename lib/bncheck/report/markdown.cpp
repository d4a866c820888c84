#include "bncheck/report/markdown.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "bncheck/core/printable.hpp"
#include "bncheck/report/failures.hpp"
#include "bncheck/report/text.hpp"

namespace bncheck::report {
namespace {

constexpr std::array<const char*, 7> verdicts{"pass", "fail", "error", "xpass", "inconclusive", "xfail", "skipped"};

/// As text: whatever could begin markup, a link, a mention or a formula as a character reference, which is never markup.
std::string plain(const std::string& text, std::size_t longest) {
    std::string result;
    for (const char c : printable(text, longest))
        if (std::string_view("\\`*_{}[]<>&|~#!@:$.").find(c) != std::string_view::npos)
            result += fmt::format("&#{};", static_cast<int>(c));
        else
            result += c;
    return result;
}

/// As code where that can hold it: no escape is right for | in the code of a cell behind a backslash.
std::string code(const std::string& text, std::size_t longest) {
    const std::string shown = printable(text, longest);
    if (shown.empty() || shown.find('|') != std::string::npos) return plain(text, longest);
    std::size_t run = 0, longest_run = 0;
    for (const char c : shown) longest_run = std::max(longest_run, run = c == '`' ? run + 1 : 0);
    const std::string fence(longest_run + 1, '`');
    // A space on both sides is taken away again; it is needed beside a backtick or a space.
    const bool padded = shown.front() == '`' || shown.back() == '`' || (shown.front() == ' ' && shown.back() == ' ');
    const std::string space = padded ? " " : "";
    return fence + space + shown + space + fence;
}

std::size_t count_of(const Json& summary, const char* key) { return summary[key].get<std::size_t>(); }

std::string head_of(const Json& report) {
    const Json& summary = report["summary"];
    std::string counts;
    for (const char* verdict : verdicts)
        if (const std::size_t count = count_of(summary, verdict))
            counts += fmt::format("{}{} {}", counts.empty() ? "" : ", ", count, verdict);
    std::string text =
        fmt::format("## bncheck: {}{}\n\n{} cases, {} checks: {}. Candidate {}", summary["verdict"].get<std::string>(),
                    is_partial(report) ? " (partial: the run was interrupted)" : "", count_of(summary, "cases"),
                    count_of(summary, "checks"), counts, code(text_at(report["candidate"], "spec"), 300));
    const std::string name = text_at(report["candidate"], "name");
    if (!name.empty() && name != text_at(report["candidate"], "spec")) text += " (" + plain(name, 300) + ")";
    return text + fmt::format(", bncheck {}.\n", code(text_at(report["bncheck"], "version"), 100));
}

struct Counts {
    std::string suite;
    std::size_t cases = 0;
    std::map<std::string, std::size_t> by_verdict;
};

std::vector<Counts> counts_by_suite(const Json& report) {
    std::vector<Counts> counts;
    std::map<std::string, std::size_t> at;
    for (const Json& c : report["cases"]) {
        const auto [place, is_new] = at.emplace(suite_of(c), counts.size());
        if (is_new) counts.push_back({place->first, 0, {}});
        Counts& of_suite = counts[place->second];
        ++of_suite.cases;
        ++of_suite.by_verdict[c["verdict"]];
    }
    return counts;
}

std::string row_of(const Counts& counts) {
    std::string row = fmt::format("| {} | {} |", code(counts.suite, 200), counts.cases);
    for (const char* verdict : verdicts) {
        const auto found = counts.by_verdict.find(verdict);
        row += found == counts.by_verdict.end() ? "  |" : fmt::format(" {} |", found->second);
    }
    return row + "\n";
}

std::string number_at(const Json& check, const char* key, const char* format) {
    const auto found = check.find(key);
    return found == check.end() || found->is_null() ? "" : fmt::format(fmt::runtime(format), value_of(*found));
}

std::string row_of(const Failure& failure) {
    std::string row = fmt::format("| {} | {} |", failure.verdict, code(failure.id, 300));
    if (failure.check) {
        const Json& check = *failure.check;
        std::string tensor = text_at(check, "check") + " " + text_at(check, "tensor");
        for (const char* key : {"property", "method"})
            if (const std::string name = text_at(check, key); !name.empty()) tensor += " " + name;
        row += fmt::format(" {} | {} | {} | {} |", code(tensor, 200), number_at(check, "utilisation", "{:.3g}"),
                           number_at(check, "correct_digits", "{:.1f}"), number_at(check, "max_ulp", "{:.3g}"));
        const auto worst = check.find("worst");
        if (worst != check.end() && !worst->is_null())
            row += fmt::format(" {} | {} | {} | {} |", code(index_text((*worst)["index"]), 200), got_text(*worst),
                               want_text(*worst), number_at(*worst, "bound", "{:.3g}"));
        else
            row += "  |  |  |  |";
    } else
        row += "  |  |  |  |  |  |  |  |";
    // Half of a command is worse than none.
    const bool is_long = failure.repro.size() > 2000;
    row += fmt::format(" {} | {} |\n", plain(failure.sentence, 500),
                       is_long ? "too long for a table: it is in the JSON report" : code(failure.repro, 2000));
    return row;
}

/// Rows that fit into `limit` bytes with the line that counts the others.
template <class Row>
std::string table(const std::string& head, const std::vector<Row>& rows, std::size_t limit, const char* what) {
    const auto rest = [&](std::size_t shown) {
        return shown == rows.size() ? std::string() : fmt::format("\nand {} more {}\n", rows.size() - shown, what);
    };
    if (rows.empty() || head.size() + rest(0).size() > limit) return "";
    std::string text = head;
    std::size_t shown = 0;
    for (; shown < rows.size(); ++shown) {
        const std::string row = row_of(rows[shown]);
        // One more row makes the line that counts the others no longer.
        if (text.size() + row.size() + rest(0).size() > limit) break;
        text += row;
    }
    return text + rest(shown);
}

}  // namespace

std::string markdown(const Json& report, std::size_t limit) {
    std::string text = head_of(report);
    if (text.size() > limit) return "";
    std::string suites_head = "\n| suite | cases |", line = "\n|---|---:|";
    for (const char* verdict : verdicts) {
        suites_head += fmt::format(" {} |", verdict);
        line += "---:|";
    }
    std::string open;
    for (const Json& what : report["summary"].value("not_tested", Json::array()))
        open += (open.empty() ? "\nNot tested: " : "; ") + plain(what.get<std::string>(), 300);
    if (!open.empty()) open += "\n";
    if (text.size() + open.size() > limit) open.clear();
    limit -= open.size();
    // Suites leave most of the room to failures.
    text += table(suites_head + line + "\n", counts_by_suite(report), (limit - text.size()) / 4, "suites");
    text += table(
        "\n| verdict | case | tensor | of bound | digits | max ulp | at | got | want | bound | why | repro |\n"
        "|---|---|---|---:|---:|---:|---|---:|---:|---:|---|---|\n",
        failures(report), limit - text.size(), "failures");
    return text + open;
}

}  // namespace bncheck::report
