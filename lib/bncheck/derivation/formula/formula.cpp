#include "bncheck/derivation/formula/formula.hpp"

#include <numeric>

#include "bncheck/derivation/formula/tokens.hpp"

namespace bncheck::derivation {
namespace {

using Kind = Node::Kind;

struct Fraction {
    long long numerator, denominator;
};

class Parser {
public:
    explicit Parser(const std::string& text) : tokens_(tokens_of(text)) {}

    bool at_end() const { return here().kind == Token::Kind::end; }
    bool accept(const std::string& symbol) {
        if (!is(symbol)) return false;
        ++at_;
        return true;
    }
    const Token& here() const { return tokens_[at_]; }

    void expect(const std::string& symbol, const std::string& advice) {
        if (!accept(symbol)) refuse_formula(here().column, "'" + symbol + "' is missing before " + shown(here()), advice);
    }

    Statement statement() {
        const Token target = here();
        if (target.kind != Token::Kind::name)
            refuse_formula(target.column, "a formula begins with the name of what it gives, not with " + shown(target),
                           "write NAME = ..., such as dx = gamma*r*(dy - dbeta/m - xhat*dgamma/m)");
        ++at_;
        expect("=", "write NAME = ..., such as dx = gamma*r*(dy - dbeta/m - xhat*dgamma/m)");
        const std::size_t column = here().column;
        return {target.text, sum(), target.column, column};
    }

    Expression sum() {
        if (++depth_ > deepest_formula)
            refuse_formula(here().column, "the parentheses are nested deeper than " + std::to_string(deepest_formula),
                           "name a part of the formula: a = ...; dx = ... a ...");
        std::vector<Expression> children;
        std::vector<bool> negative{is("-")};
        if (is("-") || is("+")) ++at_;
        children.push_back(product());
        while (is("+") || is("-")) {
            negative.push_back(is("-"));
            ++at_;
            children.push_back(product());
        }
        --depth_;
        if (children.size() == 1 && !negative[0]) return children[0];
        return terms(std::move(children), std::move(negative));
    }

    void finish() const {
        if (at_end()) return;
        if (is(")")) refuse_formula(here().column, "')' closes nothing", "remove it, or open a '(' before");
        if (is("="))
            refuse_formula(here().column, "a second '='", "write one formula a statement, with ';' between statements");
        if (is(",")) refuse_formula(here().column, "',' stands between statements or factors", "write ';' or an operator");
        refuse_formula(here().column, "an operator is missing before " + shown(here()), "write * for a product");
    }

private:
    static constexpr int most_factors = 100;  ///< they are nested in each other

    bool is(const std::string& symbol) const { return here().kind == Token::Kind::symbol && here().text == symbol; }
    static std::string shown(const Token& token) { return token.kind == Token::Kind::end ? "the end" : "'" + token.text + "'"; }

    Expression product() {
        Expression left = factor();
        for (int factors = 1; is("*") || is("/"); ++factors) {
            if (factors == most_factors)
                refuse_formula(here().column, "the product has more than " + std::to_string(most_factors) + " factors",
                               "write powers, or name a part of it");
            const Kind kind = is("*") ? Kind::multiply : Kind::divide;
            ++at_;
            left = binary(kind, left, factor());
        }
        return left;
    }

    Expression factor() {
        if (is("-") || is("+")) {
            if (++depth_ > deepest_formula) refuse_formula(here().column, "too many signs in a row", "remove them");
            const bool negative = is("-");
            ++at_;
            const Expression operand = factor();
            --depth_;
            return negative ? negated(operand) : operand;
        }
        Expression base = primary();
        if (!accept("^")) return base;
        const std::size_t column = here().column;
        const Fraction exponent = constant();
        if (exponent.denominator > 2)
            refuse_formula(column, "the exponent is neither a whole number nor a half",
                           "write powers such as q^2, q^-1 or q^(-3/2)");
        if (is("^")) refuse_formula(here().column, "a power of a power", "write the exponents' product");
        return power(base, exponent.numerator * (exponent.denominator == 1 ? 2 : 1));
    }

    /// A signed number, or a fraction of two in parentheses, both parts below a million.
    Fraction constant() {
        const std::size_t column = here().column;
        if (++depth_ > deepest_formula) refuse_formula(column, "the exponent is nested too deep", "write a plain number");
        const bool negative = is("-");
        if (negative || is("+")) ++at_;
        Fraction value{};
        if (accept("(")) {
            value = constant();
            if (accept("/")) {
                const std::size_t divisor_column = here().column;
                const Fraction divisor = constant();
                if (divisor.numerator == 0)
                    refuse_formula(divisor_column, "the exponent divides by zero", "write a whole or half number");
                value = reduced(value.numerator * divisor.denominator, value.denominator * divisor.numerator);
            }
            expect(")", "close the exponent");
        } else {
            if (here().kind != Token::Kind::number)
                refuse_formula(here().column, "an exponent is a number, not " + shown(here()),
                               "write powers such as q^2 or q^(-1/2)");
            const Expression read = exact_number(here());
            ++at_;
            value = {read->numerator, read->denominator};
        }
        --depth_;
        // Below a million: products of two such numbers do not overflow.
        constexpr long long most = 1'000'000;
        if (value.numerator > most || value.numerator < -most || value.denominator > most)
            refuse_formula(column, "the exponent is too large for a proof", "write powers below 1000000");
        if (negative) value.numerator = -value.numerator;
        return value;
    }

    static Fraction reduced(long long numerator, long long denominator) {
        const long long common = std::gcd(numerator, denominator), sign = denominator < 0 ? -1 : 1;
        return {sign * numerator / common, sign * denominator / common};
    }

    Expression enclosed(const std::string& what) {
        expect("(", "write " + what + "(...)");
        const Expression inside = sum();
        if (!accept(")")) {
            if (at_end()) refuse_formula(here().column, "a '(' is not closed", "write ')'");
            refuse_formula(here().column, "an operator or ')' is missing before " + shown(here()), "write * for a product");
        }
        return inside;
    }

    Expression primary() {
        const Token token = here();
        if (is("(")) return enclosed("");
        if (token.kind == Token::Kind::end || token.kind == Token::Kind::symbol)
            refuse_formula(
                token.column, "a quantity or number is missing before " + shown(token),
                token.text == "=" ? "write one formula a statement, with ';' between statements" : "write one there");
        ++at_;
        if (token.kind == Token::Kind::number) return exact_number(token);
        if (token.text == "sum") return over_indices(Kind::sum, enclosed("sum"));
        if (token.text == "mean") return over_indices(Kind::mean, enclosed("mean"));
        if (token.text == "sqrt") return power(enclosed("sqrt"), 1);
        if (token.text == "rsqrt") return power(enclosed("rsqrt"), -1);
        if (token.text == "diff") return derivative(token.column);
        if (is("("))
            refuse_formula(token.column, "'" + token.text + "' is no function",
                           "the functions are sum(), mean(), sqrt() and rsqrt(); a product is written with *");
        return name(token.text, token.column);
    }

    Expression derivative(std::size_t column) {
        const std::string advice = "write diff(r, q) for the derivative of r by q";
        const auto quantity = [&] {
            if (here().kind != Token::Kind::name)
                refuse_formula(here().column, "a name is missing before " + shown(here()), advice);
            return tokens_[at_++].text;
        };
        expect("(", advice);
        const std::string of = quantity();
        expect(",", advice);
        const std::string by = quantity();
        expect(")", advice);
        return partial(of, by, column);
    }

    std::vector<Token> tokens_;
    std::size_t at_ = 0;
    int depth_ = 0;
};

}  // namespace

std::vector<Statement> parse_program(const std::string& text) {
    if (text.size() > longest_formula)
        refuse_formula(longest_formula + 1, "the formula has " + std::to_string(text.size()) + " bytes",
                       "write at most " + std::to_string(longest_formula));
    Parser parser(text);
    std::vector<Statement> statements;
    while (true) {
        while (parser.accept(";")) {
        }
        if (parser.at_end()) break;
        statements.push_back(parser.statement());
        if (!parser.accept(";")) parser.finish();
    }
    if (statements.empty())
        refuse_formula(1, "there is no formula", "write one, such as dx = gamma*r*(dy - dbeta/m - xhat*dgamma/m)");
    return statements;
}

Equation parse_equation(const std::string& text) {
    Parser parser(text);
    const Expression left = parser.sum();
    parser.expect("=", "write left = right");
    const Expression right = parser.sum();
    parser.finish();
    return {left, right};
}

Expression parse_expression(const std::string& text) {
    Parser parser(text);
    const Expression value = parser.sum();
    parser.finish();
    return value;
}

}  // namespace bncheck::derivation
