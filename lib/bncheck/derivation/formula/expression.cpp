#include "bncheck/derivation/formula/expression.hpp"

#include <algorithm>

namespace bncheck::derivation {
namespace {

using Kind = Node::Kind;

Expression node(Node n) { return std::make_shared<const Node>(std::move(n)); }

void collect(const Expression& e, std::vector<std::string>& found) {
    if (e->kind == Kind::name) found.push_back(e->name);
    if (e->kind == Kind::partial) found.push_back(e->name + "/" + e->by);
    for (const Expression& child : e->children) collect(child, found);
}

/// How tightly a node binds: what is looser than its place needs parentheses.
int precedence(const Node& n) {
    switch (n.kind) {
        case Kind::terms:
            return 0;
        case Kind::multiply:
        case Kind::divide:
            return 1;
        case Kind::number:
            return n.numerator < 0 ? 0 : n.denominator != 1 ? 1 : 3;
        case Kind::power:
            return n.halves == 1 ? 3 : 2;
        default:
            return 3;
    }
}

std::string enclosed(const Expression& e, int least) {
    const std::string text = to_source(e);
    return precedence(*e) < least ? "(" + text + ")" : text;
}

/// The formula with one child replaced.
Expression with_child(const Node& parent, std::size_t index, const Expression& child) {
    Node changed = parent;
    changed.children[index] = child;
    return node(std::move(changed));
}

/// Every change of one term inside of `e`, which itself is no term.
std::vector<Expression> changed_inside(const Expression& e) {
    std::vector<Expression> all;
    for (std::size_t i = 0; i < e->children.size(); ++i) {
        for (const Expression& changed : changed_inside(e->children[i])) all.push_back(with_child(*e, i, changed));
        if (e->kind != Kind::terms || e->children.size() < 2) continue;
        all.push_back(with_child(*e, i, number(0)));
        all.push_back(with_child(*e, i, negated(e->children[i])));
    }
    return all;
}

}  // namespace

Expression number(long long numerator, long long denominator) {
    return node({.kind = Kind::number, .numerator = numerator, .denominator = denominator});
}

Expression name(std::string name, std::size_t column) {
    return node({.kind = Kind::name, .name = std::move(name), .column = column});
}

Expression terms(std::vector<Expression> children, std::vector<bool> negative) {
    return node({.kind = Kind::terms, .children = std::move(children), .negative = std::move(negative)});
}

Expression binary(Kind kind, Expression left, Expression right) {
    return node({.kind = kind, .children = {std::move(left), std::move(right)}});
}

Expression power(Expression base, long long halves) {
    return node({.kind = Kind::power, .halves = halves, .children = {std::move(base)}});
}

Expression over_indices(Kind kind, Expression child) { return node({.kind = kind, .children = {std::move(child)}}); }

Expression partial(std::string name, std::string by, std::size_t column) {
    return node({.kind = Kind::partial, .name = std::move(name), .by = std::move(by), .column = column});
}

Expression substituted(const Expression& in, const std::string& quantity, const Expression& value) {
    if (in->kind == Kind::name) return in->name == quantity ? value : in;
    Node changed = *in;
    bool same = true;
    for (Expression& child : changed.children) {
        const Expression replaced = substituted(child, quantity, value);
        same = same && replaced == child;
        child = replaced;
    }
    return same ? in : node(std::move(changed));
}

std::vector<std::string> names_in(const Expression& expression) {
    std::vector<std::string> found;
    collect(expression, found);
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return found;
}

std::string to_source(const Expression& expression) {
    const Node& n = *expression;
    switch (n.kind) {
        case Kind::number: {
            const std::string whole = std::to_string(n.numerator);
            return n.denominator == 1 ? whole : whole + "/" + std::to_string(n.denominator);
        }
        case Kind::name:
            return n.name;
        case Kind::terms: {
            std::string text;
            for (std::size_t i = 0; i < n.children.size(); ++i) {
                if (i == 0)
                    text += n.negative[i] ? "-" : "";
                else
                    text += n.negative[i] ? " - " : " + ";
                text += enclosed(n.children[i], 1);
            }
            return text;
        }
        case Kind::multiply:
            return enclosed(n.children[0], 1) + "*" + enclosed(n.children[1], 2);
        case Kind::divide:
            return enclosed(n.children[0], 1) + "/" + enclosed(n.children[1], 2);
        case Kind::power: {
            if (n.halves == 1) return "sqrt(" + to_source(n.children[0]) + ")";
            std::string exponent = n.halves % 2 == 0 ? std::to_string(n.halves / 2) : "(" + std::to_string(n.halves) + "/2)";
            if (exponent.front() == '-') exponent = "(" + exponent + ")";
            return enclosed(n.children[0], 3) + "^" + exponent;
        }
        case Kind::sum:
            return "sum(" + to_source(n.children[0]) + ")";
        case Kind::mean:
            return "mean(" + to_source(n.children[0]) + ")";
        case Kind::partial:
            return "diff(" + n.name + ", " + n.by + ")";
    }
    return "";
}

std::vector<Equation> with_one_term_changed(const Equation& equation) {
    std::vector<Equation> all;
    for (const bool left : {true, false}) {
        const Expression& side = left ? equation.left : equation.right;
        std::vector<Expression> changed = changed_inside(side);
        if (side->kind != Kind::number || side->numerator != 0) {
            changed.push_back(number(0));
            changed.push_back(negated(side));
        }
        for (const Expression& other : changed)
            all.push_back(left ? Equation{other, equation.right} : Equation{equation.left, other});
    }
    return all;
}

}  // namespace bncheck::derivation
