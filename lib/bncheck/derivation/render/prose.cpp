#include "bncheck/derivation/render/prose.hpp"

#include "bncheck/core/error.hpp"
#include "bncheck/derivation/formula/formula.hpp"

namespace bncheck::derivation {
namespace {

void replace_all(std::string& text, const std::string& from, const std::string& to) {
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
}

Run words(std::string text) {
    replace_all(text, ">=", "≥");
    replace_all(text, "<=", "≤");
    return {Run::Kind::words, std::move(text)};
}

Run quoted(const std::string& text) {
    try {
        return {Run::Kind::formula, text, parse_relation(text)};
    } catch (const Error&) {
        return {Run::Kind::code, text};
    }
}

}  // namespace

Relation parse_relation(const std::string& text) {
    Relation relation;
    std::size_t begin = 0;
    while (true) {
        const std::size_t sign = text.find_first_of("=<>", begin);
        relation.sides.push_back(parse_expression(text.substr(begin, sign == std::string::npos ? sign : sign - begin)));
        if (sign == std::string::npos) return relation;
        const std::size_t length = text.compare(sign, 2, ">=") == 0 || text.compare(sign, 2, "<=") == 0 ? 2 : 1;
        relation.signs.push_back(text.substr(sign, length));
        begin = sign + length;
    }
}

std::vector<Run> runs_of(const std::string& prose) {
    std::vector<Run> runs;
    std::size_t begin = 0;
    while (begin < prose.size()) {
        const std::size_t open = prose.find('`', begin);
        const std::size_t close = open == std::string::npos ? open : prose.find('`', open + 1);
        if (close == std::string::npos) {
            runs.push_back(words(prose.substr(begin)));
            break;
        }
        if (open > begin) runs.push_back(words(prose.substr(begin, open - begin)));
        runs.push_back(quoted(prose.substr(open + 1, close - open - 1)));
        begin = close + 1;
    }
    return runs;
}

}  // namespace bncheck::derivation
