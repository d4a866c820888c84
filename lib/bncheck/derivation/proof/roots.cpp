#include "bncheck/derivation/proof/roots.hpp"

#include <map>

#include "bncheck/core/error.hpp"
#include "bncheck/derivation/numbers/perfect_square.hpp"
#include "bncheck/derivation/proof/exact_point.hpp"
#include "bncheck/derivation/proof/proof.hpp"
#include "bncheck/derivation/proof/quantities.hpp"

namespace bncheck::derivation {
namespace {

std::optional<Expression> whole_fraction(const Rational& value) {
    const Rational limit = 1'000'000'000'000;
    const Rational top = numerator(value), bottom = denominator(value);
    if (abs(top) > limit || bottom > limit) return std::nullopt;
    return number(top.convert_to<long long>(), bottom.convert_to<long long>());
}

/// Powers of q whose roots are looked for.
constexpr int largest_power = 4;

/// Proven where true.
bool are_equal(const Expression& a, const Expression& b, Setting setting, bool second) {
    try {
        return prove({{a, b}}, {setting, second, speaks_of_nodes(a), false, 1, 1, 2e5}).holds();
    } catch (const Error& error) {
        if (error.fault() == Fault::internal) throw;
        return false;  // too large to be decided
    }
}

/// The root of c q^n for the square c of a rational number; nothing for others.
std::optional<Expression> root_of(const Expression& formula, Setting setting, bool second) {
    const QuotientExtent extent = extent_of(formula, extents(setting, second ? Seed::all : Seed::none));
    if (!(extent.denominator == constant_extent())) return std::nullopt;  // where it is zero the root has no value
    const Point<Exact> at = random_point(3, setting, [n = 0]() mutable {
        ++n;
        return Rational(n * n % 7 + 1);
    });
    const Quantities<Exact> z = quantities(at, setting, Wanted{speaks_of_nodes(formula), second});
    const Value<Fraction> value = evaluate<Fraction>(formula, z);
    if (value.indexed || !value.at(0).divided_out() || !value.at(0).numerator().is_rational()) return std::nullopt;
    const Rational argument = value.at(0).numerator().rational(), q = z.values.at("q").at(0).rational();
    for (int n = -largest_power; n <= largest_power; ++n) {
        Rational factor = argument;
        for (int k = 0; k < std::abs(n); ++k) factor = n > 0 ? factor / q : factor * q;
        const std::optional<Rational> root = perfect_root(factor);
        const std::optional<Expression> written = root && *root != 0 ? whole_fraction(*root) : std::nullopt;
        if (!written) continue;
        const Expression square = product(*written, *written);
        if (n == 0 && are_equal(formula, square, setting, second)) return *written;
        if (n != 0 && are_equal(formula, product(square, power(name("q"), 2 * n)), setting, second))
            return product(*written, power(name("r"), -2 * n));
    }
    return std::nullopt;
}

/// One formula's replacement: definitions that are used several times are the same node, and decided once.
class Replacement {
public:
    Replacement(Setting setting, bool second) : setting_(setting), second_(second) {}

    std::optional<Expression> of(const Expression& formula) {
        const auto [place, is_new] = done_.try_emplace(formula.get());
        if (is_new) {
            const std::optional<Expression> replaced = replaced_anew(formula);
            done_[formula.get()] = replaced;
            return replaced;
        }
        return place->second;
    }

private:
    std::optional<Expression> replaced_anew(const Expression& formula) {
        std::vector<Expression> children;
        bool same = true;
        for (const Expression& child : formula->children) {
            const std::optional<Expression> rootless = of(child);
            if (!rootless) return std::nullopt;
            children.push_back(*rootless);
            same = same && *rootless == child;
        }
        if (formula->kind == Node::Kind::power && formula->halves % 2 != 0) {
            if (children[0]->kind == Node::Kind::name && children[0]->name == "q")
                return power(name("r"), -2 * formula->halves);
            if (++roots_ > most_roots)
                throw Error(Fault::usage, "too-large", "", "the formula has more than " + std::to_string(most_roots) + " roots",
                            "define a root once, and use its name");
            const std::optional<Expression> root = root_of(children[0], setting_, second_);
            if (!root) return std::nullopt;
            return power(*root, 2 * formula->halves);
        }
        if (same) return formula;
        Node changed = *formula;
        changed.children = std::move(children);
        return std::make_shared<const Node>(std::move(changed));
    }

    Setting setting_;
    bool second_;
    std::map<const Node*, std::optional<Expression>> done_;
    int roots_ = 0;
    static constexpr int most_roots = 20;  ///< each takes a proof
};

}  // namespace

std::optional<Expression> without_roots(const Expression& formula, Setting setting, bool second) {
    return Replacement(setting, second).of(formula);
}

}  // namespace bncheck::derivation
