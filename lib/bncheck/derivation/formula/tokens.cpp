#include "bncheck/derivation/formula/tokens.hpp"

#include <numeric>

#include "bncheck/core/error.hpp"

namespace bncheck::derivation {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

/// What may be pasted from papers and from our own text.
struct Alias {
    const char *utf8, *ascii;
};
constexpr Alias aliases[] = {{"γ", "gamma"}, {"β", "beta"}, {"ε", "eps"}, {"μ", "mu"}, {"−", "-"}, {"·", "*"}, {"×", "*"}};

/// In quotes; control characters by their number.
std::string shown(const std::string& symbol) {
    const unsigned char c = static_cast<unsigned char>(symbol[0]);
    return c < 0x20 || c == 0x7f ? "the character " + std::to_string(c) : "'" + symbol + "'";
}

class Lexer {
public:
    explicit Lexer(const std::string& text) : text_(text) {}

    std::vector<Token> all() {
        std::vector<Token> tokens;
        while (true) {
            while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\r')) advance(1);
            if (at_ >= text_.size()) break;
            tokens.push_back(next());
        }
        tokens.push_back({Token::Kind::end, "the end", column_});
        return tokens;
    }

private:
    /// Columns count code points: the bytes that do not continue one.
    std::string advance(std::size_t bytes) {
        const std::string taken = text_.substr(at_, bytes);
        for (const char byte : taken) column_ += (static_cast<unsigned char>(byte) & 0xc0) != 0x80;
        at_ += bytes;
        return taken;
    }

    template <class Predicate>
    std::size_t run(std::size_t from, Predicate holds) const {
        std::size_t end = from;
        while (end < text_.size() && holds(text_[end])) ++end;
        return end - from;
    }

    Token next() {
        const std::size_t column = column_;
        const char c = text_[at_];
        if (is_digit(c) || (c == '.' && at_ + 1 < text_.size() && is_digit(text_[at_ + 1])))
            return {Token::Kind::number, advance(number_length()), column};
        if (is_letter(c))
            return {Token::Kind::name, advance(run(at_, [](char d) { return is_letter(d) || is_digit(d); })), column};
        if (text_.compare(at_, 2, "**") == 0) {
            advance(2);
            return {Token::Kind::symbol, "^", column};
        }
        if (c == '\n') {
            advance(1);
            return {Token::Kind::symbol, ";", column};
        }
        if (std::string("+-*/^()=,;").find(c) != std::string::npos) return {Token::Kind::symbol, advance(1), column};
        for (const auto& [utf8, ascii] : aliases) {
            const std::string symbol = utf8;
            if (text_.compare(at_, symbol.size(), symbol) != 0) continue;
            advance(symbol.size());
            return {is_letter(ascii[0]) ? Token::Kind::name : Token::Kind::symbol, ascii, column};
        }
        const std::size_t length = 1 + run(at_ + 1, [](char d) { return (static_cast<unsigned char>(d) & 0xc0) == 0x80; });
        refuse_formula(column, shown(text_.substr(at_, length)) + " has no meaning in a formula",
                       "write + - * / ^ ( ), numbers and the names of quantities");
    }

    std::size_t number_length() const {
        std::size_t length = run(at_, is_digit);
        if (at_ + length < text_.size() && text_[at_ + length] == '.') length += 1 + run(at_ + length + 1, is_digit);
        if (at_ + length < text_.size() && (text_[at_ + length] == 'e' || text_[at_ + length] == 'E')) {
            std::size_t sign = at_ + length + 1;
            if (sign < text_.size() && (text_[sign] == '-' || text_[sign] == '+')) ++sign;
            const std::size_t digits = run(sign, is_digit);
            if (digits > 0) length = sign - at_ + digits;
        }
        return length;
    }

    const std::string& text_;
    std::size_t at_ = 0, column_ = 1;
};

}  // namespace

void refuse_formula(std::size_t column, const std::string& message, const std::string& advice) {
    throw Error(Fault::usage, "format", "column " + std::to_string(column), message, advice);
}

std::vector<Token> tokens_of(const std::string& text) { return Lexer(text).all(); }

Expression exact_number(const Token& token) {
    constexpr long long largest = 1'000'000'000'000'000;
    const auto too_long = [&] {
        refuse_formula(token.column, "the number " + token.text + " is too long", "write at most 15 digits");
    };
    long long numerator = 0, denominator = 1, exponent = 0;
    const std::size_t mark = token.text.find_first_of("eE");
    bool after_point = false;
    for (const char c : token.text.substr(0, mark)) {
        if (c == '.') {
            after_point = true;
            continue;
        }
        numerator = numerator * 10 + (c - '0');
        if (after_point) denominator *= 10;
        if (numerator >= largest || denominator >= largest) too_long();
    }
    if (mark != std::string::npos) {
        if (token.text.size() - mark > 5) too_long();
        exponent = std::stoll(token.text.substr(mark + 1));
    }
    for (; exponent != 0; exponent += exponent < 0 ? 1 : -1) {
        long long& grown = exponent < 0 ? denominator : numerator;
        grown *= 10;
        if (grown >= largest) too_long();
        if (numerator == 0) return number(0);
    }
    const long long common = std::gcd(numerator, denominator);
    return number(numerator / common, denominator / common);
}

}  // namespace bncheck::derivation
