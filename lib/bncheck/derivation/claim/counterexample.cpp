#include "bncheck/derivation/claim/counterexample.hpp"

#include <algorithm>

#include "bncheck/derivation/numbers/plain.hpp"
#include "bncheck/derivation/proof/exact_point.hpp"
#include "bncheck/derivation/proof/quantities.hpp"

namespace bncheck::derivation {
namespace {

/// A channel by its coordinates and q; eps is q - v.
struct Small {
    std::vector<int> x, dy, ddx;
    int gamma, beta, ddgamma, ddbeta, mean;
    Rational variance;  ///< that is given, in inference
    Rational q;
};

int size_of(const Rational& value) {
    const Rational size = abs(Rational(numerator(value))) + denominator(value);
    return size.convert_to<int>();
}

Rational variance_of(const std::vector<int>& x) {
    Rational sum = 0, squares = 0;
    const Rational m = static_cast<unsigned long>(x.size());
    for (const int value : x) {
        sum += value;
        squares += value * value;
    }
    return squares / m - (sum / m) * (sum / m);
}

/// Tuples of m whole numbers from 0 to `largest`, non-decreasing where `sorted`.
std::vector<std::vector<int>> tuples(std::size_t m, int largest, bool sorted) {
    std::vector<std::vector<int>> all = {{}};
    for (std::size_t i = 0; i < m; ++i) {
        std::vector<std::vector<int>> longer;
        for (const std::vector<int>& begun : all)
            for (int value = sorted && !begun.empty() ? begun.back() : 0; value <= largest; ++value) {
                longer.push_back(begun);
                longer.back().push_back(value);
            }
        all = std::move(longer);
    }
    return all;
}

/// Longer ones have too many neighbours to be tried one by one.
constexpr std::size_t largest_small_channel = 12;

std::vector<std::vector<int>> unit_vectors(std::size_t m) {
    std::vector<std::vector<int>> all;
    for (std::size_t i = 0; i < m; ++i) {
        all.emplace_back(m, 0);
        all.back()[i] = 1;
    }
    return all;
}

/// The simplest channels of m values, in order.
std::vector<Small> small_channels(std::size_t m, Setting setting, bool second) {
    const bool affine = setting != Setting::without_affine, inference = setting == Setting::inference;
    const std::vector<Rational> squares = {1, 4, 9, 16, Rational(1, 4), Rational(9, 4), Rational(25, 4)};
    std::vector<std::pair<int, Small>> found;
    const std::vector<int> zero(m, 0);
    std::vector<std::vector<int>> seeds = {zero}, dys = {zero};
    if (second)
        for (const std::vector<int>& unit : unit_vectors(m)) seeds.push_back(unit);
    for (const std::vector<int>& dy : m <= 3 && !second ? tuples(m, 2, false) : m == 4 ? tuples(m, 1, false) : unit_vectors(m))
        dys.push_back(dy);
    std::vector<std::array<int, 2>> scalar_seeds = {{0, 0}};
    if (second && affine) scalar_seeds = {{0, 0}, {1, 0}, {0, 1}};
    const auto total = [](const std::vector<int>& values) {
        int sum = 0;
        for (const int value : values) sum += value;
        return sum;
    };
    for (const std::vector<int>& x : tuples(m, m <= 3 ? 4 : 3, true)) {
        if (x[0] > 1) continue;
        for (const Rational& q : squares) {
            const Rational variance = inference ? Rational(q < 1 ? Rational(1, 8) : Rational(1)) : variance_of(x);
            const Rational eps = q - variance;
            if (eps <= 0) continue;
            for (const std::vector<int>& dy : dys)
                for (const std::vector<int>& ddx : seeds)
                    for (const auto& [ddgamma, ddbeta] : scalar_seeds)
                        for (int gamma = 1; gamma <= (affine ? 3 : 1); ++gamma)
                            for (int beta = 0; beta <= (affine && !second ? 1 : 0); ++beta) {
                                const Small channel{x, dy, ddx, gamma, beta, ddgamma, ddbeta, inference ? 1 : 0, variance, q};
                                const int size = 2 * total(x) + 2 * total(dy) + 2 * total(ddx) + 2 * (ddgamma + ddbeta) +
                                                 gamma + beta + size_of(eps) + size_of(q) + size_of(variance);
                                found.emplace_back(size, channel);
                            }
        }
    }
    constexpr std::size_t most = 3000;
    std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<Small> channels;
    for (std::size_t i = 0; i < std::min(found.size(), most); ++i) channels.push_back(std::move(found[i].second));
    return channels;
}

template <class T>
std::vector<T> numbers(const std::vector<int>& whole) {
    std::vector<T> values;
    for (const int value : whole) values.emplace_back(value);
    return values;
}

Point<Plain> point_of(const Small& at) {
    return {numbers<Plain>(at.x),
            numbers<Plain>(at.dy),
            Plain(at.gamma),
            Plain(at.beta),
            Plain(Rational(at.q - at.variance)),
            {Plain(at.mean), Plain(at.variance)},
            Plain(0),
            {numbers<Plain>(at.ddx), Plain(at.ddgamma), Plain(at.ddbeta)},
            first_equals(at.x, at.dy, at.ddx)};
}

std::string written(const Plain& value) { return value.value.str(); }
double decimal(const Plain& value) { return value.value.convert_to<double>(); }

std::string written(const Exact& value) {
    const Rational a = value.rational(), b = value.of_root();
    if (b == 0) return a.str();
    const std::string root = b == 1 ? "r" : b == -1 ? "-r" : b.str() + " r";
    if (a == 0) return root;
    return b < 0 ? a.str() + " - " + (b == -1 ? "r" : Rational(-b).str() + " r") : a.str() + " + " + root;
}
double decimal(const Exact& value) {
    const double a = value.rational().convert_to<double>();
    if (value.is_rational()) return a;
    return a + value.of_root().convert_to<double>() * std::sqrt(value.inverse_q().convert_to<double>());
}

template <class T>
std::string written(const Value<T>& value) {
    if (!value.indexed) return written(value.at(0));
    std::string all = "(";
    for (std::size_t i = 0; i < value.values.size(); ++i) all += (i == 0 ? "" : ", ") + written(value.at(i));
    return all + ")";
}

/// Data and what follows from it, in the order in which it is computed by hand.
template <class T>
void describe(Counterexample& example, const Quantities<T>& z, const Claim& claim, Setting setting) {
    const bool inference = setting == Setting::inference;
    std::vector<std::string> used = names_in(claim.formula);
    const auto uses = [&](const char* name) { return std::find(used.begin(), used.end(), name) != used.end(); };
    std::vector<std::string> data = {"x"};
    if (inference) data.insert(data.end(), {"mu", "v"});
    data.insert(data.end(), {"eps", "dy", "gamma"});
    if (uses("beta") || uses("y") || claim.target == "y") data.push_back("beta");
    if (claim.second) data.insert(data.end(), {"ddx", "ddgamma", "ddbeta"});
    for (const std::string& name : data) example.data.emplace_back(name, written(z.values.at(name)));
    std::vector<std::string> derived = {"q", "r", "xhat"};
    if (!inference) derived.insert(derived.begin(), {"mu", "v"});
    for (const char* name : {"d", "y", "dbeta", "dgamma", "dxhat", "dr", "dq", "dv", "dd", "dmu", "dx", "gdy", "gx", "ggamma"})
        if (uses(name)) derived.push_back(name);
    for (const std::string& name : derived) example.derived.emplace_back(name, written(z.values.at(name)));
}

/// For which index the two differ.
template <class T>
Counterexample with_values(const Value<T>& formula, const Value<T>& truth, std::size_t i, std::size_t m) {
    Counterexample example;
    example.m = m;
    example.index = truth.indexed || formula.indexed ? i + 1 : 0;
    example.formula = written(formula.at(i));
    example.truth = written(truth.at(i));
    example.formula_decimal = decimal(formula.at(i));
    example.truth_decimal = decimal(truth.at(i));
    return example;
}

Wanted wanted(const Claim& claim) {
    return {speaks_of_nodes(claim.formula) || speaks_of_nodes(name(claim.target)), claim.second};
}

}  // namespace

std::optional<Counterexample> small_counterexample(const Claim& claim, Setting setting, std::size_t m) {
    if (m > largest_small_channel) return std::nullopt;
    for (const Small& channel : small_channels(m, setting, claim.second)) try {
            const Quantities<Plain> z = quantities(point_of(channel), setting, wanted(claim));
            const Value<Plain> formula = evaluate<Plain>(claim.formula, z);
            const Value<Plain>& truth = z.values.at(claim.target);
            for (std::size_t i = 0; i < (truth.indexed ? m : 1); ++i) {
                if (formula.at(i) == truth.at(i)) continue;
                Counterexample example = with_values(formula, truth, i, m);
                describe(example, z, claim, setting);
                return example;
            }
        } catch (const NoRationalValue&) {
        }
    return std::nullopt;
}

std::optional<Counterexample> counterexample_at(const Claim& claim, Setting setting, const WholePoint& at) {
    const Quantities<Exact> z = quantities(exact_point(at), setting, wanted(claim));
    const Value<Fraction> formula = evaluate<Fraction>(claim.formula, z);
    const Value<Exact>& truth = z.values.at(claim.target);
    Value<Exact> values;
    values.indexed = formula.indexed;
    for (const Fraction& value : formula.values) {
        if (!value.divided_out()) return std::nullopt;  // the ring has no name for it
        values.values.push_back(value.numerator());
    }
    for (std::size_t i = 0; i < (truth.indexed ? z.m : 1); ++i) {
        const Exact difference = values.at(i) - truth.at(i);
        if (difference.is_zero()) continue;
        // a + b r is zero as a real number where a^2 = b^2/q and the signs differ.
        const Rational a = difference.rational(), b = difference.of_root();
        if (b != 0 && a * a == b * b * difference.inverse_q() && (a < 0) != (b < 0)) continue;
        Counterexample example = with_values(values, truth, i, z.m);
        describe(example, z, claim, setting);
        return example;
    }
    return std::nullopt;
}

}  // namespace bncheck::derivation
