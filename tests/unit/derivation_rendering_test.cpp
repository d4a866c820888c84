#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <sstream>

#include "bncheck/derivation/formula/formula.hpp"
#include "bncheck/derivation/render/filling.hpp"
#include "bncheck/derivation/render/html.hpp"
#include "bncheck/derivation/render/json.hpp"
#include "bncheck/derivation/render/latex.hpp"
#include "bncheck/derivation/render/notation.hpp"
#include "bncheck/derivation/render/outline.hpp"
#include "bncheck/derivation/render/prose.hpp"
#include "bncheck/derivation/render/text.hpp"
#include "markup_faults.hpp"

using namespace bncheck::derivation;

namespace {

Document proven_document() {
    static const Document document = prove_all();
    return document;
}

/// With one step of each section and one arrangement that fail.
Document failing_document() {
    Document document = proven_document();
    for (SectionResult& section : document.sections) {
        StepResult& step = section.steps.back();
        step.holds = false;
        step.outcome = {false, 2, {{1, 0}, {0, 1}, {0, 0}}, Seed::none, false};
        step.equation = section.section.steps.back().states.size() + section.section.steps.back().computed.size() - 1;
    }
    document.arrangements[1].claims[0].verdict = Decision::Verdict::refuted;
    document.arrangements[1].claims[0].difference = "the term -gamma*r*xhat*dgamma/m is missing";
    return document;
}

std::vector<std::string> lines_in(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream input(text);
    for (std::string line; std::getline(input, line);) lines.push_back(line);
    return lines;
}

std::size_t count_of(const std::string& text, const std::string& part) {
    std::size_t count = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
    return count;
}

/// The text between the tags.
std::string characters_of(const std::string& xml) {
    std::string text;
    bool inside = false;
    for (const char c : xml) {
        if (c == '<') inside = true;
        if (!inside) text += c;
        if (c == '>') inside = false;
    }
    return text;
}

}  // namespace

TEST_CASE("all prose of the derivation is understood") {
    const Outline outline = outline_of(failing_document());
    std::vector<std::string> all = outline.introduction;
    all.insert(all.end(), outline.argument_paragraphs.begin(), outline.argument_paragraphs.end());
    for (const OutlinePart& part : outline.sections) {
        all.push_back(part.introduction);
        for (const OutlineStep& step : part.steps) all.insert(all.end(), {step.reason, step.finding});
    }
    for (const std::string& prose : all)
        for (const Run& run : runs_of(prose)) {
            INFO(prose);
            CHECK(run.kind != Run::Kind::code);
            CHECK(run.text.find('`') == std::string::npos);
        }
}

TEST_CASE("the names that an arrangement defines have an index where their formulas do") {
    const Outline outline = outline_of(proven_document());
    CHECK(outline.arrangements.steps.front().vocabulary.indexed.count("l_xhat") == 1);
    CHECK(outline.arrangements.steps.front().vocabulary.indexed.count("l_var") == 0);
}

TEST_CASE("text has no line longer than 100 and no blanks at the ends of lines") {
    for (const Document& document : {proven_document(), failing_document()}) {
        const std::string all = text(document);
        for (const std::string& line : lines_in(all)) {
            INFO(line);
            CHECK(code_points(line) <= text_width);
            CHECK((line.empty() || line.back() != ' '));
            CHECK(line.find("\u00a0") == std::string::npos);
            CHECK(line.find('`') == std::string::npos);
        }
    }
    CHECK(lines_in(text(proven_document())).back() == "All 55 steps are proven.");
    CHECK(lines_in(text(failing_document())).back().find("NOT proven: 1.7, 2.9, 3.10, ") != std::string::npos);
}

TEST_CASE("an equation of which one term is changed reads otherwise, in every format") {
    for (const SectionResult& section : proven_document().sections)
        for (const Step& step : section.section.steps)
            for (const std::string& state : step.states) {
                const Equation equation = parse_equation(state);
                for (const Equation& changed : with_one_term_changed(equation)) {
                    INFO(state << ", changed: " << to_source(changed.left) << " = " << to_source(changed.right));
                    const Relation right = relation_of(equation), wrong = relation_of(changed);
                    CHECK(unicode(right) != unicode(wrong));
                    CHECK(latex(right) != latex(wrong));
                    CHECK(mathml(right) != mathml(wrong));
                    CHECK(latex_fault(latex(wrong)).empty());
                    CHECK(xml_fault(mathml(wrong)).empty());
                }
            }
}

TEST_CASE("every format has every step, and marks those that are not proven") {
    const Document proven = proven_document(), failing = failing_document();
    const Outline outline = outline_of(proven);
    const std::string in_text = text(proven), in_latex = latex(proven), in_html = html(proven);
    std::size_t steps = 0;
    for (const OutlinePart& part : outline.sections)
        for (const OutlineStep& step : part.steps) {
            ++steps;
            INFO(step.id);
            CHECK(in_text.find("\n  " + step.number + " ") != std::string::npos);
            CHECK(in_latex.find("\\begin{step}{\\textbf{" + step.number + "}}") != std::string::npos);
            CHECK(in_html.find("id=\"" + step.id + "\"") != std::string::npos);
            for (const Relation& relation : step.formulas) {
                CHECK(in_text.find(unicode(relation)) != std::string::npos);
                for (const Piece& piece : pieces(relation, Format::latex))
                    CHECK(in_latex.find(piece.text) != std::string::npos);
                for (const Piece& piece : pieces(relation, Format::mathml))
                    CHECK(in_html.find(piece.text) != std::string::npos);
            }
        }
    CHECK(steps == 55);
    const std::size_t failed = failing.sections.size() + 1;
    CHECK(count_of(in_text, "NOT PROVEN") == 0);
    CHECK(count_of(text(failing), "NOT PROVEN: ") == failed);
    CHECK(count_of(in_latex, "\\notproven{") == 0);
    CHECK(count_of(latex(failing), "\\notproven{") == failed);
    CHECK(count_of(in_html, "NOT PROVEN") == 0);
    CHECK(count_of(html(failing), "NOT PROVEN:") == failed);
    CHECK(count_of(html(failing), "class=\"step failed\"") == failed);
    CHECK(text(failing).find("the term -gamma*r*xhat*dgamma/m is missing") != std::string::npos);
    CHECK(text(failing).find("∂yᵢ/∂β = 1 is wrong for m = 2, at xᵢ = (1, 0), ") != std::string::npos);
}

TEST_CASE("a step that fails at random points alone is marked too") {
    Document document = proven_document();
    document.sections[0].steps[0].random_holds = false;
    CHECK(count_of(text(document), "NOT PROVEN: the sides of an equation differ at a random point") == 1);
    CHECK(lines_in(text(document)).back() == "These steps are NOT proven: 1.1.");
    CHECK(json(document)["proven"] == false);
}

TEST_CASE("LaTeX is ASCII with balanced braces and environments") {
    for (const Document& document : {proven_document(), failing_document()}) {
        const std::string all = latex(document);
        CHECK(std::all_of(all.begin(), all.end(), [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); }));
        // The preamble defines an environment by parts of others.
        CHECK(latex_fault(all.substr(all.find("\\begin{document}"))).empty());
        CHECK(count_of(all, "`") == count_of(all, "``") * 2);
        CHECK(count_of(all, "$") % 2 == 0);
    }
}

TEST_CASE("HTML is well formed, stands alone and says its language") {
    for (const Document& document : {proven_document(), failing_document()}) {
        const std::string all = html(document);
        const std::size_t style = all.find("<style>"), end = all.find("</style>");
        REQUIRE(end != std::string::npos);
        CHECK(xml_fault(all.substr(0, style) + all.substr(end + 8)).empty());
        for (const std::string absent : {"<script", "http:", "https:", "url(", "@import", "src=", "javascript", "`"})
            CHECK(all.find(absent) == std::string::npos);
        CHECK(all.find("<html lang=\"en\">") != std::string::npos);
        CHECK(all.find("<title>Batch normalization") != std::string::npos);
        // every link leads somewhere
        for (std::size_t at = all.find("href=\"#"); at != std::string::npos; at = all.find("href=\"#", at + 1)) {
            const std::string target = all.substr(at + 7, all.find('"', at + 7) - at - 7);
            INFO(target);
            CHECK(count_of(all, "id=\"" + target + "\"") == 1);
        }
    }
    Document hostile = proven_document();
    hostile.sections[0].section.title = "<b>&\"";
    hostile.sections[0].section.steps[0].reason = "`a<b` & <script>";
    CHECK(html(hostile).find("<script") == std::string::npos);
    CHECK(html(hostile).find("<b>") == std::string::npos);
    CHECK(characters_of(html(hostile)).find("&lt;b&gt;&amp;&quot;") != std::string::npos);
}

TEST_CASE("JSON is read back as it was written, and has all of the document") {
    using Json = nlohmann::ordered_json;
    for (const Document& document : {proven_document(), failing_document()}) {
        const Json all = json(document);
        CHECK(Json::parse(all.dump()) == all);
        CHECK(json(document).dump() == all.dump());
        CHECK(all["proven"] == document.holds());
        CHECK(all["bncheck"]["derivation"] == 1);
        REQUIRE(all["sections"].size() == document.sections.size());
        for (std::size_t s = 0; s < document.sections.size(); ++s) {
            const SectionResult& section = document.sections[s];
            REQUIRE(all["sections"][s]["steps"].size() == section.steps.size());
            CHECK(all["sections"][s]["size"]["points"] == section.points);
            for (std::size_t k = 0; k < section.steps.size(); ++k) {
                const Json& step = all["sections"][s]["steps"][k];
                CHECK(step["id"] == section.steps[k].id);
                CHECK(step["proven"] == section.steps[k].holds);
                CHECK(step.contains("failure") != section.steps[k].holds);
                for (std::size_t e = 0; e < step["equations"].size(); ++e) {
                    // The source is read as the same formula.
                    const std::string source = step["equations"][e]["formula"];
                    CHECK(unicode(relation_of(parse_equation(source))) == step["equations"][e]["text"]);
                    CHECK(unicode(relation_of(parse_equation(section.section.steps[k].states[e]))) ==
                          step["equations"][e]["text"]);
                }
            }
        }
        CHECK(all["arrangements"].size() == document.arrangements.size());
        CHECK(all["names"].size() == code_names().size());
        CHECK(all["argument"].size() == argument(document).size());
    }
    CHECK(json(failing_document())["sections"][0]["steps"].back()["failure"]["point"]["x"] == std::vector<int>{1, 0});
}
