#include "bncheck/report/html_case.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "bncheck/core/markup.hpp"
#include "bncheck/report/case_plots.hpp"
#include "bncheck/report/failures.hpp"
#include "bncheck/report/text.hpp"

namespace bncheck::report {
namespace {

std::string number_of(const Json& object, const char* key, bool exact) {
    return object.contains(key) && !object[key].is_null() ? html_number(object[key], exact) : "";
}

void add_fact(std::string& list, const std::string& name, const std::string& html) {
    if (!html.empty()) list += "<dt>" + name + "<dd>" + html;
}

/// As a list where there is room, else in a line that leaves out `usual_settings`.
std::string facts(const Json& c, bool exact) {
    std::string shape;
    if (c["shape"].is_array())
        for (const Json& length : c["shape"]) shape += (shape.empty() ? "" : " × ") + length.dump();
    std::string how = escaped(words_of(c, "dtype") + " " + words_of(c, "layout") + ", " + words_of(c, "mode"));
    const auto add_setting = [&](const char* name, const Json& value, const std::string& html, const Json& usual) {
        if (exact || value != usual) how += std::string(", ") + name + " " + html;
    };
    add_setting("convention", c["convention"], escaped(words_of(c, "convention")), "pytorch");
    add_setting("eps", c["eps"], html_number(c["eps"], true), 1e-5);
    add_setting("momentum", c["momentum"], c["momentum"].is_null() ? "cumulative" : html_number(c["momentum"], true), 0.1);
    add_setting("seed", c["seed"], c["seed"].dump(), 0);
    if (c.value("steps", 1) != 1) how += ", " + c["steps"].dump() + " steps";
    if (!c.value("affine", true)) how += ", without gamma and beta";
    std::string data;
    const Json generators = c.value("data", Json::object());
    for (const auto& [tensor, generator] : generators.items())
        data += (data.empty() ? "" : ", ") + escaped(tensor + " " + generator.get<std::string>());
    std::string conditioned;
    if (const Json conditioning = c.value("conditioning", Json()); conditioning.is_object())
        for (const auto& [key, name] :
             {std::pair{"kappa", "κ"}, std::pair{"mean_over_stddev", "|mean|/stddev"}, std::pair{"resolution", "resolution"}})
            if (const std::string value = number_of(conditioning, key, exact); !value.empty())
                conditioned += (conditioned.empty() ? "" : ", ") + std::string(name) + " " + value;
    const std::string reason = escaped(words_of(c, "reason"));
    if (!exact) {
        std::string text = "<p>" + (shape.empty() ? "" : shape + ", ") + how;
        for (const std::string& more : {conditioned, reason})
            if (!more.empty()) text += "; " + more;
        return text + "</p>";
    }
    std::string list;
    add_fact(list, "shape", shape);
    add_fact(list, "settings", how);
    add_fact(list, "data", data);
    add_fact(list, "conditioning", conditioned);
    add_fact(list, "note", escaped(words_of(c, "note")));
    add_fact(list, "reason", reason);
    return "<dl>" + list + "</dl>";
}

/// What a check has to say beside its numbers.
std::string remarks(const Json& check) {
    std::string text = escaped(words_of(check, "reason"));
    const auto add = [&](const std::string& remark) { text += (text.empty() ? "" : "; ") + remark; };
    if (const Json explanation = check.value("explanation", Json()); explanation.is_object())
        add("<strong>is " + escaped(words_of(explanation, "deviation")) + "</strong>" +
            (explanation.contains("max_ulp") ? ", to within " + number_of(explanation, "max_ulp", true) + " ulp" : ""));
    if (const Json allow = check.value("allow", Json()); allow.is_object())
        add("hand-set allowance " + number_of(allow, "ulp", true) + " ulp");
    if (check.contains("sample")) add("looked at " + escaped(words_of(check, "sample")));
    return text;
}

/// Behind what is shown, what the report has.
std::string value_cell(const std::string& exact, const std::string& shown) {
    return fmt::format("<td><data value=\"{}\">{}</data>", escaped(exact), escaped(shown));
}

std::string worst_words(const Json& check) {
    const Json worst = check.value("worst", Json());
    if (!worst.is_object()) return "";
    return " at " + escaped(index_text(worst["index"])) + " got " + escaped(got_text(worst)) + ", want " +
           escaped(want_text(worst));
}

std::string worst_cells(const Json& check) {
    const Json worst = check.value("worst", Json());
    if (!worst.is_object()) return "<td><td><td><td><td>";
    return "<td>" + escaped(index_text(worst["index"])) + value_cell(words_of(worst, "got"), got_text(worst)) +
           value_cell(words_of(worst, "want"), want_text(worst)) + "<td>" + number_of(worst, "error", true) + "<td>" +
           number_of(worst, "bound", true);
}

/// The sentences of what did not pass, each once with the tensors that it is about, where they are seen without scrolling.
std::string sentences(const Json& c) {
    std::vector<std::pair<std::string, std::string>> said;  ///< sentence, tensors
    for (const Json& check : c["checks"]) {
        const std::string verdict = check["verdict"], sentence = remarks(check);
        if (verdict == "pass" || verdict == "skipped" || sentence.empty()) continue;
        const std::string tensor = escaped(words_of(check, "tensor"));
        const auto same = std::find_if(said.begin(), said.end(), [&](const auto& one) { return one.first == sentence; });
        if (same == said.end())
            said.emplace_back(sentence, tensor);
        else if ((", " + same->second + ",").find(", " + tensor + ",") == std::string::npos)
            same->second += ", " + tensor;
    }
    std::string list;
    for (const auto& [sentence, tensors] : said) list += "<li><b>" + tensors + "</b>: " + sentence;
    return list.empty() ? "" : "<ul>" + list + "</ul>";
}

std::string name_of_check(const Json& check) {
    std::string name = escaped(words_of(check, "check"));
    for (const char* key : {"property", "method"})
        if (check.contains(key)) name += " " + escaped(words_of(check, key));
    return name;
}

std::string row(const std::string& verdict) {
    return verdict == "pass" ? "<tr>" : fmt::format("<tr class={}>", verdict_letter(verdict));
}

/// Whether a check is the one that its tensor has by its nature.
bool is_plain(const Json& check) {
    const std::string name = check["check"], tensor = words_of(check, "tensor");
    const bool running = tensor.starts_with("running_");
    return (name == "forward" && (tensor == "y" || tensor.starts_with("save_"))) || (name == "running" && running) ||
           (name == "backward" && tensor.starts_with("d"));
}

/// Cells at the end that are empty are left out, here and not in the table with the worst elements.
std::string brief_row(const Json& check) {
    const std::string verdict = check["verdict"];
    const std::string cells[] = {escaped(words_of(check, "tensor")) + (is_plain(check) ? "" : " " + name_of_check(check)),
                                 number_of(check, "utilisation", false),
                                 number_of(check, "correct_digits", false),
                                 number_of(check, "max_ulp", false),
                                 escaped(words_of(check, "class")),
                                 verdict == "pass" ? "" : verdict,
                                 verdict == "pass" ? "" : remarks(check) + worst_words(check)};
    std::string text = row(verdict);
    std::size_t empty = 0;
    for (const std::string& cell : cells) {
        ++empty;
        if (cell.empty()) continue;
        for (; empty > 1; --empty) text += "<td>";
        text += "<td>" + cell;
        empty = 0;
    }
    return text;
}

std::string exact_row(const Json& check) {
    const std::string verdict = check["verdict"];
    std::string text = row(verdict) + "<td>" + escaped(words_of(check, "tensor")) + "<td>" + name_of_check(check) + "<td>" +
                       verdict + "<td>" + escaped(words_of(check, "class")) + "<td>" + escaped(words_of(check, "required"));
    for (const char* key : {"correct_digits", "utilisation", "max_ulp", "max_rel"})
        text += "<td>" + number_of(check, key, true);
    text += "<td>";
    if (check.contains("elements"))
        text += check["failed"].dump() + (check["inconclusive"] == 0 ? "" : " + " + check["inconclusive"].dump() + "?") +
                " of " + check["elements"].dump();
    return text + worst_cells(check) + "<td>" + remarks(check);
}

std::string check_table(const Json& c, Detail detail) {
    if (c["checks"].empty() || detail == Detail::none) return "";
    const bool brief = detail == Detail::brief;
    const bool all_pass = c["verdict"] == "pass" && std::all_of(c["checks"].begin(), c["checks"].end(),
                                                                [](const Json& check) { return check["verdict"] == "pass"; });
    std::string text =
        brief ? "<table><thead><tr><th>tensor<th>of bound<th>digits<th>ulp<th>class" +
                    std::string(all_pass ? "" : "<th>verdict<th>remarks") + "<tbody>"
              : "<div class=wide tabindex=0 role=region aria-label=\"checks of " + escaped(c["id"].get<std::string>()) +
                    "\"><table class=exact><thead><tr><th>tensor"
                    "<th>check<th>verdict<th>class<th>required<th>digits<th>of bound<th>ulp<th>relative<th>fail<th>"
                    "worst at<th>got<th>want<th>error<th>bound<th>remarks<tbody>";
    for (const Json& check : c["checks"]) text += brief ? brief_row(check) : exact_row(check);
    return text + (brief ? "</table>" : "</table></div>");
}

}  // namespace

std::string words(const Json& value) {
    return value.is_string() ? value.get<std::string>() : value.is_null() ? "" : value.dump();
}

std::string words_of(const Json& object, const char* key) { return words(object.value(key, Json())); }

const char* verdict_letter(const std::string& verdict) {
    return verdict == "pass"           ? "p"
           : verdict == "xfail"        ? "x"
           : verdict == "inconclusive" ? "i"
           : verdict == "skipped"      ? "s"
                                       : "f";
}

std::string html_number(const Json& value, bool exact) {
    if (!value.is_number()) return escaped(value.is_string() ? value.get<std::string>() : value.dump());
    if (value.is_number_integer()) return value.dump();
    const double number = value.get<double>();
    const std::string shown = fmt::format("{:.4g}", number);
    if (!exact || std::strtod(shown.c_str(), nullptr) == number) return shown;
    return fmt::format("<data value={}>{}</data>", value.dump(), shown);
}

std::string html_case(const Json& c, std::size_t number, Detail detail) {
    const std::string verdict = c["verdict"];
    const bool exact = detail >= Detail::exact;
    std::string text =
        fmt::format("<details id={}><summary>{} {}</summary>", case_anchor(number),
                    verdict == "pass" ? "✓" : fmt::format("<b class={}>{}</b>", verdict_letter(verdict), verdict),
                    escaped(c["id"].get<std::string>()));
    text += facts(c, exact) + "<code>" + escaped(words_of(c, "repro")) + "</code>";
    if (detail != Detail::none) text += sentences(c);
    text += check_table(c, detail);
    if (detail == Detail::plots)
        if (const std::string plots = case_plots(c); !plots.empty()) text += "<div class=plots>" + plots + "</div>";
    return text + "</details>\n";
}

}  // namespace bncheck::report
