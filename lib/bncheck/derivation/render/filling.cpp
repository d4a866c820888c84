#include "bncheck/derivation/render/filling.hpp"

#include <algorithm>
#include <numeric>
#include <sstream>

namespace bncheck::derivation {
namespace {

bool begins_code_point(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) != 0x80; }

std::vector<std::string> words_of(const std::string& text) {
    std::vector<std::string> words;
    std::istringstream input(text);
    for (std::string word; input >> word;) words.push_back(word);
    return words;
}

std::size_t longest(const std::vector<std::string>& parts) {
    std::size_t size = 0;
    for (const std::string& part : parts) size = std::max(size, places(part));
    return size;
}

}  // namespace

std::size_t code_points(const std::string& utf8) {
    return static_cast<std::size_t>(std::count_if(utf8.begin(), utf8.end(), begins_code_point));
}

std::size_t places(const std::string& utf8) {
    std::size_t combining = 0;
    for (std::size_t at = utf8.find("\u0302"); at != std::string::npos; at = utf8.find("\u0302", at + 1)) ++combining;
    return code_points(utf8) - combining;
}

std::string with_plain_spaces(std::string text) {
    const std::string no_break_space = "\u00a0";
    for (std::size_t at = text.find(no_break_space); at != std::string::npos; at = text.find(no_break_space, at))
        text.replace(at, no_break_space.size(), " ");
    return text;
}

std::vector<std::string> filled(const std::string& text, std::size_t width, std::size_t indent) {
    std::vector<std::string> lines(1);
    const auto begin_line = [&] { lines.push_back(std::string(indent, ' ')); };
    const auto fits = [&](const std::string& more) { return code_points(lines.back()) + code_points(more) <= width; };
    bool blank = true;
    for (const std::string& word : words_of(text)) {
        const std::string spaced = blank ? word : " " + word;
        if (fits(spaced)) {
            lines.back() += spaced;
        } else {
            if (!blank) begin_line();
            for (const std::string& part : fits(word) ? std::vector<std::string>{word} : parts_of_code(word)) {
                if (!fits(part) && code_points(lines.back()) > indent) begin_line();
                lines.back() += part;
            }
        }
        blank = false;
    }
    for (std::string& line : lines) line = with_plain_spaces(line);
    return lines;
}

std::vector<std::string> parts_of_code(const std::string& word) {
    std::vector<std::string> parts(1);
    for (const char c : word) {
        if (!parts.back().empty() && begins_code_point(c) && std::string("_/(*").find(parts.back().back()) != std::string::npos)
            parts.emplace_back();
        parts.back() += c;
    }
    return parts;
}

std::vector<std::size_t> column_widths(const std::vector<std::vector<std::string>>& rows, std::size_t total, std::size_t gap) {
    std::size_t columns = 0;
    for (const std::vector<std::string>& row : rows) columns = std::max(columns, row.size());
    std::vector<std::size_t> widths(columns, 1), words(columns, 0), cells(columns, 0);
    for (const std::vector<std::string>& row : rows)
        for (std::size_t c = 0; c < row.size(); ++c) {
            for (const std::string& word : words_of(row[c])) widths[c] = std::max(widths[c], longest(parts_of_code(word)));
            words[c] = std::max(words[c], longest(words_of(row[c])));
            cells[c] = std::max(cells[c], places(row[c]));
        }
    std::size_t used = columns == 0 ? 0 : gap * (columns - 1);
    for (const std::size_t width : widths) used += width;
    // Cheapest first, so that what is too little for all makes do for most of them.
    for (const std::vector<std::size_t>& wanted : {words, cells}) {
        std::vector<std::size_t> order(columns);
        std::iota(order.begin(), order.end(), std::size_t{0});
        const auto need = [&](std::size_t c) { return wanted[c] > widths[c] ? wanted[c] - widths[c] : 0; };
        std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return need(a) < need(b); });
        for (const std::size_t c : order) {
            const std::size_t more = std::min(need(c), total > used ? total - used : 0);
            widths[c] += more;
            used += more;
        }
    }
    return widths;
}

}  // namespace bncheck::derivation
