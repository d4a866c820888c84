#include "bncheck/derivation/render/notation.hpp"

#include "bncheck/core/error.hpp"
#include "bncheck/derivation/render/filling.hpp"
#include "bncheck/derivation/render/typesetter.hpp"

namespace bncheck::derivation {
namespace {

const FormulaWriter& writer_of(Format format) {
    switch (format) {
        case Format::unicode:
            return unicode_writer();
        case Format::latex:
            return latex_writer();
        case Format::mathml:
            return mathml_writer();
    }
    throw Error(Fault::internal, "derivation", "", "an unknown format");
}

std::string in_one(const Relation& relation, Format format, const Vocabulary& vocabulary, Fractions fractions) {
    std::vector<std::string> texts;
    for (const Piece& piece : pieces(relation, format, vocabulary, fractions)) texts.push_back(piece.text);
    return writer_of(format).joined(texts);
}

}  // namespace

std::vector<Piece> pieces(const Relation& relation, Format format, const Vocabulary& vocabulary, Fractions fractions,
                          Breaks breaks) {
    return pieces_by(writer_of(format), relation, vocabulary, fractions, breaks);
}

std::vector<std::vector<Piece>> lines_of(const Relation& relation, Format format, const Vocabulary& vocabulary,
                                         std::size_t width, std::size_t indent) {
    const FormulaWriter& measure = format == Format::unicode ? unicode_writer() : measuring_writer();
    const std::size_t space = format == Format::unicode ? 1 : 0;
    std::vector<std::vector<Piece>> lines;
    for (const Breaks breaks : {Breaks::terms, Breaks::inside}) {
        const std::vector<Piece> written = pieces(relation, format, vocabulary, Fractions::stacked, breaks);
        std::vector<std::size_t> sizes;
        std::size_t whole = 0;
        for (const Piece& piece : pieces_by(measure, relation, vocabulary, Fractions::stacked, breaks)) {
            sizes.push_back(code_points(piece.text));
            whole += sizes.back() + (whole == 0 ? 0 : space);
        }
        lines.assign(1, {});
        bool fits = true;
        std::size_t used = 0;
        for (std::size_t k = 0; k < written.size(); ++k) {
            const bool after_long_side = written[k].relation && whole > width && 2 * used > width;
            if (!lines.back().empty() && (after_long_side || used + space + sizes[k] > width)) {
                lines.emplace_back();
                used = indent;
            }
            used += (lines.back().empty() ? 0 : space) + sizes[k];
            lines.back().push_back(written[k]);
            fits = fits && used <= width;
        }
        if (fits) break;
    }
    return lines;
}

std::size_t printed_width(const Relation& relation, const Vocabulary& vocabulary) {
    std::size_t width = 0;
    for (const Piece& piece : pieces_by(measuring_writer(), relation, vocabulary, Fractions::stacked, Breaks::terms))
        width += piece.text.size();
    return width;
}

std::string unicode(const Relation& relation, const Vocabulary& vocabulary) {
    return with_plain_spaces(in_one(relation, Format::unicode, vocabulary, Fractions::slashed));
}

std::string latex(const Relation& relation, const Vocabulary& vocabulary, Fractions fractions) {
    return in_one(relation, Format::latex, vocabulary, fractions);
}

std::string mathml(const Relation& relation, const Vocabulary& vocabulary, Fractions fractions) {
    return math_element(in_one(relation, Format::mathml, vocabulary, fractions), fractions);
}

}  // namespace bncheck::derivation
