#include "bncheck/derivation/render/typesetter.hpp"

#include <algorithm>
#include <utility>

namespace bncheck::derivation {
namespace {

using Kind = Node::Kind;

struct Written {
    std::string text;
    Height height = Height::line;
    std::vector<std::string> more = {};  ///< what follows after possible breaks
};

struct SignedTerm {
    bool negative;
    Expression value;
};

bool is_sum_of_terms(const Expression& e) { return e->kind == Kind::terms && e->children.size() > 1; }

/// A formula without the minus sign that it begins with: -a*b/c is -(a*b/c).
SignedTerm without_sign(const Expression& e) {
    switch (e->kind) {
        case Kind::number: {
            const long long size = e->numerator < 0 ? -e->numerator : e->numerator;
            const Expression value = e->denominator == 1 ? number(size) : quotient(number(size), number(e->denominator));
            return {e->numerator < 0, value};
        }
        case Kind::terms: {
            if (e->children.size() != 1) return {false, e};
            const SignedTerm inner = without_sign(e->children[0]);
            return {inner.negative != e->negative[0], inner.value};
        }
        case Kind::multiply:
        case Kind::divide: {
            const SignedTerm first = without_sign(e->children[0]);
            return {first.negative, binary(e->kind, first.value, e->children[1])};
        }
        default:
            return {false, e};
    }
}

/// Terms added up, in order; sums in parentheses after a plus are taken apart. Only the first may give up its own sign.
void collect_terms(const Expression& e, std::vector<SignedTerm>& all) {
    if (!is_sum_of_terms(e)) {
        all.push_back(all.empty() ? without_sign(e) : SignedTerm{false, e});
        return;
    }
    for (std::size_t i = 0; i < e->children.size(); ++i) {
        const Expression& child = e->children[i];
        if (!e->negative[i])
            collect_terms(child, all);
        else if (all.empty() && !is_sum_of_terms(child)) {
            const SignedTerm first = without_sign(child);
            all.push_back({!first.negative, first.value});
        } else
            all.push_back({true, child});
    }
}

void collect_factors(const Expression& e, std::vector<Expression>& all) {
    if (e->kind != Kind::multiply) {
        all.push_back(e);
        return;
    }
    for (const Expression& child : e->children) collect_factors(child, all);
}

class Typesetter {
public:
    Typesetter(const FormulaWriter& writer, const Vocabulary& vocabulary, Fractions fractions, const Relation& relation)
        : writer_(writer),
          vocabulary_(vocabulary),
          stacked_(writer.can_stack() && fractions == Fractions::stacked),
          free_(std::any_of(relation.sides.begin(), relation.sides.end(),
                            [&](const Expression& side) { return has_free_index(side, vocabulary); })) {
        std::vector<std::string> taken;
        for (const Expression& side : relation.sides)
            for (const std::string& name : names_in(side)) taken.push_back(name);
        for (const char* letter : {"i", "j", "k", "l", "n", "p", "s", "t"})
            if (std::find(taken.begin(), taken.end(), letter) == taken.end()) letters_.push_back(letter);
    }

    /// The parts of a side, each with its sign.
    std::vector<std::string> parts_of(const Expression& side, Breaks breaks) const {
        std::vector<std::string> texts;
        for (const Written& term : signed_terms(side, free_ ? 1 : 0, breaks)) {
            texts.push_back(term.text);
            texts.insert(texts.end(), term.more.begin(), term.more.end());
        }
        return texts;
    }

private:
    // `depth` is the number of indices in use: the free one, and those of the sums around.

    const std::string& letter(std::size_t depth) const { return letters_[std::min(depth, letters_.size() - 1)]; }

    std::vector<Written> signed_terms(const Expression& e, std::size_t depth, Breaks breaks) const {
        std::vector<SignedTerm> terms;
        collect_terms(e, terms);
        std::vector<Written> all;
        for (const auto& [negative, value] : terms) {
            const bool first = all.empty();
            const bool alone = is_sum_of_terms(value) && terms.size() == 1 && !negative;
            Written term = alone ? whole(value, depth) : product(value, depth, true, breaks);
            if (!first)
                term.text = writer_.added(negative, term.text);
            else if (negative)
                term.text = writer_.negated(term.text);
            all.push_back(term);
        }
        return all;
    }

    Written whole(const Expression& e, std::size_t depth) const {
        Written result;
        std::vector<std::string> texts;
        for (const Written& term : signed_terms(e, depth, Breaks::terms)) {
            texts.push_back(term.text);
            result.height = std::max(result.height, term.height);
        }
        result.text = writer_.joined(texts);
        return result;
    }

    Written enclosed(const Expression& e, std::size_t depth) const {
        const Written inside = whole(e, depth);
        return {writer_.enclosed(inside.text, inside.height), inside.height};
    }

    /// As enclosed; the terms after the first are `more`.
    Written enclosed_with_breaks(const Expression& e, std::size_t depth) const {
        std::vector<Written> inside = signed_terms(e, depth, Breaks::terms);
        Written result;
        for (const Written& term : inside) result.height = std::max(result.height, term.height);
        inside.back().text += writer_.closing(result.height);
        result.text = writer_.opening(result.height) + inside.front().text;
        for (std::size_t k = 1; k < inside.size(); ++k) result.more.push_back(inside[k].text);
        return result;
    }

    /// `last`: nothing follows into which a sum at its end could be thought to reach.
    Written product(const Expression& e, std::size_t depth, bool last, Breaks breaks = Breaks::terms) const {
        std::vector<Expression> parts;
        collect_factors(e, parts);
        Written result;
        std::vector<Factor> factors;
        bool after_slash = false, after_word = false;
        for (std::size_t k = 0; k < parts.size(); ++k) {
            const Expression part = parts[k]->kind == Kind::number ? without_sign(parts[k]).value : parts[k];
            const bool open = is_open(part), first = k == 0;
            const bool encloses =
                part->kind == Kind::terms || without_sign(parts[k]).negative || (open && !(last && k + 1 == parts.size()));
            const bool broken = breaks == Breaks::inside && k > 0 && k + 1 == parts.size() && is_sum_of_terms(part);
            const Written factor = broken     ? enclosed_with_breaks(part, depth)
                                   : encloses ? enclosed(parts[k], depth)
                                              : single(part, depth);
            result.more = factor.more;
            const bool dotted = !first && (after_slash || (!encloses && begins_with_digit(part)));
            const bool word = part->kind == Kind::name && symbol_of(part->name, vocabulary_).style != Symbol::Style::letter;
            factors.push_back({factor.text, dotted, !first && (word || after_word), encloses || part->kind == Kind::sum});
            after_word = word;
            result.height = std::max(result.height, factor.height);
            after_slash = !encloses && !stacked_ && (part->kind == Kind::divide || part->kind == Kind::partial);
        }
        result.text = factors.size() == 1 ? factors[0].text : writer_.product(factors);
        return result;
    }

    static bool is_open(const Expression& e) { return e->kind == Kind::sum || e->kind == Kind::mean; }

    bool begins_with_digit(const Expression& e) const {
        if (e->kind == Kind::number) return true;
        if (e->kind == Kind::divide && stacked_) return false;
        if (e->kind == Kind::power && e->halves == 1) return false;
        return !is_open(e) && e->kind != Kind::terms && !e->children.empty() && begins_with_digit(e->children[0]);
    }

    /// A factor that needs no parentheses as the first and last one.
    Written single(const Expression& e, std::size_t depth) const {
        switch (e->kind) {
            case Kind::number:
                return {writer_.number(std::to_string(e->numerator))};
            case Kind::name:
                return {quantity(e->name, depth)};
            case Kind::divide:
                return fraction(e, depth);
            case Kind::power:
                return power_of(e, depth);
            case Kind::sum:
            case Kind::mean:
                return over_index(e, depth);
            case Kind::partial:
                return over(writer_.differential(quantity(e->name, depth)), writer_.differential(quantity(e->by, depth)));
            default:
                return enclosed(e, depth);
        }
    }

    std::string quantity(const std::string& name, std::size_t depth) const {
        const Symbol symbol = symbol_of(name, vocabulary_);
        return writer_.symbol(symbol, symbol.indexed ? letter(depth == 0 ? 0 : depth - 1) : "");
    }

    Written over(const std::string& numerator, const std::string& denominator) const {
        return {stacked_ ? writer_.stacked(numerator, denominator) : writer_.slashed(numerator, denominator),
                stacked_ ? Height::fraction : Height::line};
    }

    Written fraction(const Expression& e, std::size_t depth) const {
        const Expression &above = e->children[0], below = without_number_fraction(e->children[1]);
        if (stacked_) return over(whole(above, depth).text, whole(below, depth).text);
        const bool simple = below->kind == Kind::name || below->kind == Kind::number || below->kind == Kind::power;
        return over(product(above, depth, false).text, (simple ? single(below, depth) : enclosed(below, depth)).text);
    }

    static Expression without_number_fraction(const Expression& e) {
        return e->kind == Kind::number && e->numerator >= 0 ? without_sign(e).value : e;
    }

    Written power_of(const Expression& e, std::size_t depth) const {
        const Expression base = without_number_fraction(e->children[0]);
        const bool simple = base->kind == Kind::number || base->kind == Kind::name;
        if (e->halves == 1) {
            const Written argument = simple ? single(base, depth) : whole(base, depth);
            return {writer_.root(argument.text, simple), stacked_ ? argument.height : Height::line};
        }
        // A power of dx would be read as dx of a power.
        const bool encloses = !simple || (base->kind == Kind::name && !symbol_of(base->name, vocabulary_).prefix.empty());
        const Written below = encloses ? enclosed(base, depth) : single(base, depth);
        return {writer_.power(below.text, e->halves), below.height};
    }

    Written over_index(const Expression& e, std::size_t depth) const {
        const Expression& body = e->children[0];
        const bool encloses = is_sum_of_terms(body) || without_sign(body).negative;
        const Written summand = encloses ? enclosed(body, depth + 1) : product(body, depth + 1, true);
        const bool mean = e->kind == Kind::mean;
        const Height own = !stacked_ ? Height::line : mean ? Height::fraction : Height::sum;
        return {writer_.sum(letter(depth), summand.text, mean), std::max(summand.height, own)};
    }

    const FormulaWriter& writer_;
    const Vocabulary& vocabulary_;
    bool stacked_, free_;
    std::vector<std::string> letters_;
};

}  // namespace

std::vector<Piece> pieces_by(const FormulaWriter& writer, const Relation& relation, const Vocabulary& vocabulary,
                             Fractions fractions, Breaks breaks) {
    const Typesetter typesetter(writer, vocabulary, fractions, relation);
    std::vector<Piece> all;
    for (std::size_t side = 0; side < relation.sides.size(); ++side) {
        bool begins = side > 0;
        for (const std::string& part : typesetter.parts_of(relation.sides[side], breaks)) {
            all.push_back({begins, begins ? writer.related(relation.signs.at(side - 1), part) : part});
            begins = false;
        }
    }
    return all;
}

}  // namespace bncheck::derivation
