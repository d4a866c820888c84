#include "bncheck/derivation/render/text.hpp"

#include "bncheck/derivation/render/filling.hpp"
#include "bncheck/derivation/render/outline.hpp"
#include "bncheck/derivation/render/prose.hpp"

namespace bncheck::derivation {
namespace {

constexpr std::size_t indent = 8;  ///< "  10.10 " is the widest number of a step
constexpr std::size_t continued = indent + 4;
constexpr std::size_t unbroken = 12;  ///< formulas of prose up to this size stay in a line
constexpr std::size_t gap = 2;        ///< between columns

std::string in_unicode(const std::string& prose) {
    std::string text;
    for (const Run& run : runs_of(prose)) {
        if (run.kind != Run::Kind::formula) {
            text += run.text;
            continue;
        }
        const std::vector<Piece> parts = pieces(run.relation, Format::unicode);
        std::size_t size = 0;
        for (const Piece& part : parts) size += code_points(part.text) + 1;
        for (std::size_t k = 0; k < parts.size(); ++k)
            text += (k == 0 ? "" : size <= unbroken ? "\u00a0" : " ") + parts[k].text;
    }
    return text;
}

class Writer {
public:
    void line(const std::string& text) { text_ += text + "\n"; }
    void paragraph(const std::string& prose, std::size_t depth = 0) {
        const std::string margin(depth, ' ');
        for (const std::string& filled_line : filled(margin + in_unicode(prose), text_width - depth))
            line(margin + filled_line);
    }

    /// A line is broken between terms, and only where one term is too long inside of it.
    void formula(const Relation& relation, const Vocabulary& vocabulary, const std::string& head) {
        std::vector<std::string> lines;
        for (const std::vector<Piece>& broken :
             lines_of(relation, Format::unicode, vocabulary, text_width - indent, continued - indent)) {
            lines.emplace_back();
            for (const Piece& piece : broken) lines.back() += (lines.back().empty() ? "" : " ") + piece.text;
        }
        std::string margin = head;
        for (const std::string& broken : lines)
            for (const std::string& part : filled(broken, text_width - margin.size())) {
                line(margin + part);
                margin = std::string(continued, ' ');
            }
    }

    void step(const OutlineStep& step) {
        std::string head = "  " + step.number;
        head.resize(indent, ' ');
        const std::string margin(indent, ' ');
        line("");
        if (!step.title.empty()) {
            line(head + step.title);
            head = margin;
            paragraph(step.reason, indent);
        }
        for (const Relation& relation : step.formulas) {
            formula(relation, step.vocabulary, head);
            head = margin;
        }
        if (step.title.empty()) paragraph(step.reason, indent);
        paragraph(step.proven ? "proven" + (step.finding.empty() ? "" : (step.title.empty() ? "; " : ": ") + step.finding)
                              : "NOT PROVEN: " + step.finding,
                  indent);
    }

    void heading(const OutlinePart& part) {
        line("");
        line(part.number + ". " + part.title);
        if (part.introduction.empty()) return;
        line("");
        paragraph(part.introduction);
    }

    void names() {
        std::vector<std::vector<std::string>> rows = {{"here"}};
        for (const std::string& column : code_columns()) rows[0].push_back(column);
        for (const CodeName& quantity : code_names()) {
            rows.push_back({in_unicode("`" + quantity.quantity + "`")});
            for (const std::string& name : quantity.names) rows.back().push_back(name);
        }
        const std::vector<std::size_t> widths = column_widths(rows, text_width, gap);
        line("");
        for (std::size_t r = 0; r < rows.size(); ++r) {
            row(rows[r], widths);
            if (r > 0) continue;
            std::vector<std::string> rules;
            for (const std::size_t width : widths)
                for (rules.emplace_back(); code_points(rules.back()) < width;) rules.back() += "─";
            row(rules, widths);
        }
    }

    std::string take() { return std::move(text_); }

private:
    void row(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths) {
        std::vector<std::vector<std::string>> columns;
        std::size_t height = 0;
        for (std::size_t c = 0; c < cells.size(); ++c) {
            columns.push_back(filled(cells[c], widths[c]));
            height = std::max(height, columns.back().size());
        }
        for (std::size_t k = 0; k < height; ++k) {
            std::string text;
            std::size_t column = 0;
            for (std::size_t c = 0; c < columns.size(); ++c) {
                if (k < columns[c].size() && !columns[c][k].empty()) {
                    while (places(text) < column) text += ' ';
                    text += columns[c][k];
                }
                column += widths[c] + gap;
            }
            line(text);
        }
    }

    std::string text_;
};

}  // namespace

std::string text(const Document& document) {
    const Outline outline = outline_of(document);
    Writer writer;
    writer.line(outline.title);
    for (const std::string& prose : outline.introduction) {
        writer.line("");
        writer.paragraph(prose);
    }
    for (const OutlinePart& section : outline.sections) {
        writer.heading(section);
        for (const OutlineStep& step : section.steps) writer.step(step);
    }
    writer.heading(outline.names);
    writer.names();
    writer.heading(outline.arrangements);
    for (const OutlineStep& arrangement : outline.arrangements.steps) writer.step(arrangement);
    writer.heading(outline.argument);
    for (const std::string& prose : outline.argument_paragraphs) {
        writer.line("");
        writer.paragraph(prose);
    }
    writer.line("");
    for (const std::string& sentence : outline.conclusion) writer.paragraph(sentence);
    return writer.take();
}

}  // namespace bncheck::derivation
