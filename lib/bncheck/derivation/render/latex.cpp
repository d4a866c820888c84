#include "bncheck/derivation/render/latex.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "bncheck/derivation/render/filling.hpp"
#include "bncheck/derivation/render/outline.hpp"
#include "bncheck/derivation/render/prose.hpp"

namespace bncheck::derivation {
namespace {

/// What of the page is right of a step's number: 475 - 35 points, in twentieths of an em of 10.95 points.
constexpr std::size_t formula_width = 803;

/// Of terms on lines of their own: \quad.
constexpr std::size_t continued = 20;

/// The table of names is set in a typewriter face of 9 points, 0.525 em wide: 4.725 points a letter, of the 475 of a line.
constexpr double letter_width = 4.725;
constexpr std::size_t table_letters = 100, gap = 2;

constexpr const char* preamble = R"(\documentclass[11pt,a4paper]{article}
\usepackage[a4paper,width=16.7cm,top=2.4cm,bottom=2.6cm]{geometry}
\usepackage{amsmath,amssymb,array,longtable}
\setlength{\parindent}{0pt}
\setlength{\parskip}{5pt plus 2pt}
\setlength{\emergencystretch}{3em}
\setlength{\jot}{5pt}
\raggedbottom
% A step: its number beside its formulas. No page ends between a heading and the first step.
\makeatletter
\newcount\beforestep
\newenvironment{step}[1]{\@beginparpenalty=\beforestep
  \begin{list}{}{\setlength{\leftmargin}{3.2em}\setlength{\labelwidth}{3.2em}\setlength{\labelsep}{0pt}%
  \setlength{\topsep}{4pt plus 2pt}\setlength{\parsep}{2pt}\setlength{\partopsep}{0pt}%
  \renewcommand{\makelabel}[1]{##1\hfil}}\item[#1]}{\end{list}\global\beforestep=0\relax}
\makeatother
\newcommand{\reason}[1]{\par\nopagebreak\vspace{3pt}#1}
\newcommand{\proven}[1]{\par\nopagebreak\vspace{1pt}{\small$\checkmark$ \emph{#1}}}
\newcommand{\notproven}[1]{\par\nopagebreak\textbf{NOT PROVEN:} #1}
\begin{document}
)";

/// A character after another one, 0 at the beginning. Code may be broken inside of its words, after letters.
std::string escaped_character(char c, char before) {
    const bool inside = std::isalnum(static_cast<unsigned char>(before)) && !std::isdigit(static_cast<unsigned char>(before));
    const char* may_break = inside ? "\\allowbreak{}" : "";
    switch (c) {
        case '#':
        case '$':
        case '%':
        case '&':
        case '{':
        case '}':
            return fmt::format("\\{}", c);
        case '_':
            return fmt::format("\\_{}", may_break);
        case '/':
            return fmt::format("/{}", may_break);
        case '(':
            return fmt::format("({}", may_break);
        case '~':
            return "\\textasciitilde{}";
        case '^':
            return "\\textasciicircum{}";
        case '\\':
            return "\\textbackslash{}";
        case '<':
            return "$<$";
        case '>':
            return "$>$";
        default:
            return std::string(1, c);
    }
}

/// Words outside of mathematics, with quotation marks that open and close.
std::string in_words(const std::string& text) {
    std::string result;
    bool open = false;
    for (std::size_t k = 0; k < text.size(); ++k) {
        if (text.compare(k, 3, "≥") == 0 || text.compare(k, 3, "≤") == 0) {
            result += text.compare(k, 3, "≥") == 0 ? "$\\geq$" : "$\\leq$";
            k += 2;
        } else if (text.compare(k, 2, "\u00a0") == 0) {
            result += "~";
            ++k;
        } else if (text[k] == '"') {
            result += open ? "''" : "``";
            open = !open;
        } else {
            result += escaped_character(text[k], k == 0 ? '\0' : text[k - 1]);
        }
    }
    return result;
}

std::string in_code(const std::string& text) { return fmt::format("\\texttt{{{}}}", in_words(text)); }

std::string in_latex(const std::string& prose) {
    std::string text;
    for (const Run& run : runs_of(prose)) switch (run.kind) {
            case Run::Kind::words:
                text += in_words(run.text);
                break;
            case Run::Kind::code:
                text += in_code(run.text);
                break;
            case Run::Kind::formula:
                text += fmt::format("${}$", latex(run.relation, {}, Fractions::slashed));
                break;
        }
    return text;
}

/// Rows of an `aligned`: the sides meet at "&", terms that do not fit go on below.
std::string rows_of(const Relation& relation, const Vocabulary& vocabulary, std::size_t left_width) {
    const std::vector<std::vector<Piece>> lines =
        lines_of(relation, Format::latex, vocabulary, formula_width, left_width + continued);
    // A side that is long stands on a line of its own, at the "&".
    const bool aligned = lines.size() == 1 || !lines[1].front().relation;
    std::vector<std::string> rows;
    for (const std::vector<Piece>& pieces_of_line : lines) {
        std::string row = rows.empty() && aligned ? "" : pieces_of_line.front().relation || rows.empty() ? "&" : "&\\quad {}";
        for (const Piece& piece : pieces_of_line) row += (piece.relation && aligned ? " &" : " ") + piece.text;
        rows.push_back(row);
    }
    return fmt::format("{}", fmt::join(rows, " \\\\\n"));
}

/// How long the left sides are that stand before "=" in one line.
std::size_t left_width(const std::vector<Relation>& formulas, const Vocabulary& vocabulary) {
    std::size_t width = 0;
    for (const Relation& relation : formulas) {
        const std::size_t size = printed_width({{relation.sides.front()}, {}}, vocabulary);
        if (2 * size <= formula_width) width = std::max(width, size);
    }
    return width;
}

std::string in_display(const std::vector<Relation>& formulas, const Vocabulary& vocabulary) {
    const std::size_t left = left_width(formulas, vocabulary);
    std::vector<std::string> rows;
    for (const Relation& relation : formulas) rows.push_back(rows_of(relation, vocabulary, left));
    return fmt::format("$\\begin{{aligned}}[t]\n{}\n\\end{{aligned}}$\n", fmt::join(rows, " \\\\\n"));
}

std::string in_latex(const OutlineStep& step) {
    std::string text = fmt::format("\\begin{{step}}{{\\textbf{{{}}}}}\n", step.number);
    if (!step.title.empty())
        text += fmt::format("{{\\raggedright\\textbf{{{}}}\\quad {}\\par}}\\nopagebreak\n", in_words(step.title),
                            in_latex(step.reason));
    text += in_display(step.formulas, step.vocabulary);
    if (step.title.empty()) text += fmt::format("\\reason{{{}}}\n", in_latex(step.reason));
    const std::string proven = step.finding.empty() ? "proven" : step.title.empty() ? "proven; " : "proven: ";
    return text + fmt::format("\\{}{{{}}}\n\\end{{step}}\n", step.proven ? "proven" : "notproven",
                              in_latex((step.proven ? proven : "") + step.finding));
}

std::string heading(const OutlinePart& part) {
    std::string text = fmt::format("\n\\section{{{}}}\\beforestep=10000\n", in_words(part.title));
    if (!part.introduction.empty()) text += in_latex(part.introduction) + "\n";
    for (const OutlineStep& step : part.steps) text += in_latex(step);
    return text;
}

std::string names() {
    std::vector<std::vector<std::string>> measured = {{"here"}}, written = {{"here"}};
    for (const std::string& column : code_columns()) {
        measured[0].push_back(column);
        written[0].push_back(in_words(column));
    }
    for (const CodeName& quantity : code_names()) {
        measured.push_back({unicode(parse_relation(quantity.quantity))});
        written.push_back({in_latex("`" + quantity.quantity + "`")});
        for (const std::string& name : quantity.names) {
            measured.back().push_back(name);
            written.back().push_back(name.empty() ? "" : in_code(name));
        }
    }
    // The first column is mathematics, and as wide as that is.
    std::size_t first = 0;
    for (std::vector<std::string>& row : measured) {
        first = std::max(first, places(row.front()));
        row.erase(row.begin());
    }
    std::string columns = "l";
    for (const std::size_t width : column_widths(measured, table_letters - first - gap, gap))
        columns += fmt::format(">{{\\raggedright\\arraybackslash}}p{{{:.1f}pt}}", letter_width * static_cast<double>(width));
    std::string text =
        fmt::format("{{\\footnotesize\\setlength{{\\tabcolsep}}{{{:.1f}pt}}\n\\begin{{longtable}}[l]{{@{{}}{}@{{}}}}\n",
                    letter_width, columns);
    for (std::size_t r = 0; r < written.size(); ++r)
        text += fmt::format("{} \\\\{}\n", fmt::join(written[r], " & "),
                            r == 0 ? "[2pt] \\hline\\noalign{\\vskip 3pt}\\endhead" : "");
    return text + "\\end{longtable}}\n";
}

}  // namespace

std::string latex(const Document& document) {
    const Outline outline = outline_of(document);
    std::string text = preamble;
    text += fmt::format("{{\\Large\\bfseries {}\\par}}\n\\bigskip\n", in_words(outline.title));
    for (const std::string& prose : outline.introduction) text += in_latex(prose) + "\n\n";
    for (const OutlinePart& section : outline.sections) text += heading(section);
    text += heading(outline.names) + names();
    text += heading(outline.arrangements);
    text += heading(outline.argument);
    for (const std::string& prose : outline.argument_paragraphs) text += in_latex(prose) + "\n\n";
    text += "\\bigskip\n";
    for (const std::string& sentence : outline.conclusion) text += fmt::format("\\textbf{{{}}}\\par\n", in_latex(sentence));
    return text + "\\end{document}\n";
}

}  // namespace bncheck::derivation
