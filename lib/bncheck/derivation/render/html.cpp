#include "bncheck/derivation/render/html.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "bncheck/core/markup.hpp"
#include "bncheck/derivation/render/outline.hpp"
#include "bncheck/derivation/render/prose.hpp"

namespace bncheck::derivation {
namespace {

/// Formulas that are wider than a narrow window may be broken between their terms: 20 em. In twentieths of an em.
constexpr std::size_t narrow = 400;

constexpr const char* style = R"(
:root { color-scheme: light dark; --text: #1d1f24; --page: #ffffff; --quiet: #5b6170; --line: #d5d9e0; --box: #f5f6f8;
  --link: #1f55b5; --good: #17652f; --bad: #a3160f; --bad-box: #fdecea; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e3e5ea; --page: #16181c; --quiet: #a2a9b6; --line: #383d47; --box: #1f2228;
    --link: #8db6ff; --good: #7fd197; --bad: #ff9d94; --bad-box: #3a1d1b; }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body { margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 52rem; background: var(--page); color: var(--text);
  font: 1rem/1.55 system-ui, sans-serif; overflow-wrap: break-word; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 1rem; }
h2 { font-size: 1.25rem; line-height: 1.3; margin: 2.6rem 0 .8rem; padding-top: .8rem; border-top: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 0; }
a { color: var(--link); }
math { font-family: "Latin Modern Math", "STIX Two Math", "Cambria Math", math; font-size: 1.1em; }
.code, code { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: .86em; }
nav { background: var(--box); border: 1px solid var(--line); border-radius: .4rem; padding: .7rem 1rem; margin: 1.5rem 0; }
nav h2 { font-size: 1rem; border: 0; margin: 0 0 .3rem; padding: 0; }
nav ol { list-style: none; margin: 0; padding: 0; }
nav li { padding: .1rem 0 .1rem 2rem; text-indent: -2rem; }
nav .number { display: inline-block; width: 2rem; text-indent: 0; color: var(--quiet); }
.step { display: grid; grid-template-columns: 3.6rem minmax(0, 1fr); padding: .8rem 0; }
.step + .step { border-top: 1px dotted var(--line); }
.step h3 a { color: inherit; text-decoration: none; }
.step h3 a:hover { text-decoration: underline; }
.step p { margin: .35rem 0 0; }
.step .title { margin: 0; }
.formula { overflow-x: auto; overflow-y: hidden; padding: .25rem 0 .25rem 1.5em; text-indent: -1.5em; }
.formula + .formula { margin-top: .15rem; }
.term { display: inline-block; text-indent: 0; }
math { text-indent: 0; }
.kept { white-space: nowrap; }
.formula .term { padding: .2rem 0; }
.source { color: var(--quiet); }
.state { font-size: .92em; color: var(--good); }
.state .mark { font-weight: 700; }
.failed { border-left: .3rem solid var(--bad); background: var(--bad-box); padding-left: .6rem; margin-left: -.9rem; }
.failed .state { color: var(--bad); }
.table { overflow-x: auto; border: 1px solid var(--line); border-radius: .4rem; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; }
thead th { background: var(--box); border-bottom: 1px solid var(--line); white-space: nowrap; }
tbody th { font-weight: normal; white-space: nowrap; }
tbody tr + tr > * { border-top: 1px solid var(--line); }
footer { margin-top: 2.5rem; padding: .8rem 1rem; border: 2px solid var(--good); border-radius: .4rem; font-weight: 600; }
footer.failed { border-color: var(--bad); margin-left: 0; }
footer p { margin: 0; }
@media (max-width: 34rem) {
  .step { display: block; }
  .step h3 { margin-bottom: .2rem; }
}
)";

/// A browser does not break a <math> element: of a long formula each term is one of its own.
std::string mathematics(const Relation& relation, const Vocabulary& vocabulary, Fractions fractions) {
    if (printed_width(relation, vocabulary) <= narrow) return mathml(relation, vocabulary, fractions);
    std::string text;
    for (const Piece& piece : pieces(relation, Format::mathml, vocabulary, fractions))
        text +=
            fmt::format("{}<span class=\"term\">{}</span>", text.empty() ? "" : "<wbr>", math_element(piece.text, fractions));
    return text;
}

/// A browser breaks lines between a formula and the punctuation after it, unless they are kept together.
std::string kept_together(const std::string& formula, const std::string& punctuation) {
    return punctuation.empty() ? formula : fmt::format("<span class=\"kept\">{}{}</span>", formula, punctuation);
}

std::string in_html(const std::string& prose) {
    std::vector<Run> runs = runs_of(prose);
    std::string text;
    for (std::size_t k = 0; k < runs.size(); ++k) switch (runs[k].kind) {
            case Run::Kind::words:
                text += escaped(runs[k].text);
                break;
            case Run::Kind::code:
                text += fmt::format("<code>{}</code>", escaped(runs[k].text));
                break;
            case Run::Kind::formula: {
                std::string after;
                if (k + 1 < runs.size() && runs[k + 1].kind == Run::Kind::words && printed_width(runs[k].relation) <= narrow) {
                    std::string& words = runs[k + 1].text;
                    const std::size_t size = std::min(words.find_first_not_of(".,;:)"), words.size());
                    after = words.substr(0, size);
                    words.erase(0, size);
                }
                text += kept_together(mathematics(runs[k].relation, {}, Fractions::slashed), after);
                break;
            }
        }
    return text;
}

std::string paragraph(const std::string& prose) { return fmt::format("<p>{}</p>\n", in_html(prose)); }

std::string formula(const Relation& relation, const Vocabulary& vocabulary) {
    return fmt::format("<div class=\"formula\">{}</div>\n", mathematics(relation, vocabulary, Fractions::stacked));
}

std::string state_of(const OutlineStep& step) {
    const std::string proven = step.finding.empty() ? "proven" : step.title.empty() ? "proven; " : "proven: ";
    return fmt::format("<p class=\"state\"><span class=\"mark\" aria-hidden=\"true\">{}</span> {}{}</p>\n",
                       step.proven ? "✓" : "✗", step.proven ? proven : "<strong>NOT PROVEN:</strong> ", in_html(step.finding));
}

std::string in_html(const OutlineStep& step, const std::string& part) {
    const std::string anchor = step.title.empty() ? step.id : part + "." + step.id;
    std::string text = fmt::format("<article class=\"step{}\" id=\"{}\">\n<h3><a href=\"#{}\">{}</a></h3>\n<div>\n",
                                   step.proven ? "" : " failed", escaped(anchor), escaped(anchor), step.number);
    if (!step.title.empty())
        text += fmt::format("<p class=\"title\"><strong>{}</strong> <span class=\"source\">{}</span></p>\n",
                            escaped(step.title), in_html(step.reason));
    for (const Relation& relation : step.formulas) text += formula(relation, step.vocabulary);
    if (step.title.empty()) text += paragraph(step.reason);
    return text + state_of(step) + "</div>\n</article>\n";
}

std::string section(const OutlinePart& part, const std::string& content = "") {
    std::string text =
        fmt::format("<section id=\"{}\">\n<h2>{}. {}</h2>\n", escaped(part.id), part.number, escaped(part.title));
    if (!part.introduction.empty()) text += paragraph(part.introduction);
    for (const OutlineStep& step : part.steps) text += in_html(step, part.id);
    return text + content + "</section>\n";
}

std::string table_of_contents(const Outline& outline) {
    std::string text = "<nav aria-labelledby=\"contents\">\n<h2 id=\"contents\">Contents</h2>\n<ol>\n";
    const auto add = [&](const OutlinePart& part) {
        text += fmt::format("<li><span class=\"number\">{}</span><a href=\"#{}\">{}</a></li>\n", part.number, escaped(part.id),
                            escaped(part.title));
    };
    for (const OutlinePart& part : outline.sections) add(part);
    for (const OutlinePart* part : {&outline.names, &outline.arrangements, &outline.argument}) add(*part);
    return text + "</ol>\n</nav>\n";
}

std::string table_of_names() {
    std::string text =
        "<div class=\"table\" tabindex=\"0\" role=\"region\" aria-label=\"Names in code\">\n<table>\n<thead>\n<tr><th "
        "scope=\"col\">here</th>";
    for (const std::string& column : code_columns()) text += fmt::format("<th scope=\"col\">{}</th>", escaped(column));
    text += "</tr>\n</thead>\n<tbody>\n";
    for (const CodeName& quantity : code_names()) {
        text += fmt::format("<tr><th scope=\"row\">{}</th>", in_html("`" + quantity.quantity + "`"));
        for (const std::string& name : quantity.names)
            text += name.empty() ? "<td></td>" : fmt::format("<td><code>{}</code></td>", escaped(name));
        text += "</tr>\n";
    }
    return text + "</tbody>\n</table>\n</div>\n";
}

}  // namespace

std::string html(const Document& document) {
    const Outline outline = outline_of(document);
    std::string text = fmt::format(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
        "content=\"width=device-width, initial-scale=1\">\n<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n<header>\n"
        "<h1>{}</h1>\n",
        escaped(outline.title), style, escaped(outline.title));
    for (const std::string& prose : outline.introduction) text += paragraph(prose);
    text += "</header>\n" + table_of_contents(outline) + "<main>\n";
    for (const OutlinePart& part : outline.sections) text += section(part);
    text += section(outline.names, table_of_names()) + section(outline.arrangements);
    std::string argument;
    for (const std::string& prose : outline.argument_paragraphs) argument += paragraph(prose);
    text += section(outline.argument, argument) + "</main>\n";
    std::string conclusion;
    for (const std::string& sentence : outline.conclusion) conclusion += paragraph(sentence);
    return text +
           fmt::format("<footer{}>\n{}</footer>\n</body>\n</html>\n", document.holds() ? "" : " class=\"failed\"", conclusion);
}

}  // namespace bncheck::derivation
