#include "bncheck/derivation/proof/proof.hpp"

#include <algorithm>

#include "bncheck/core/error.hpp"
#include "bncheck/core/parallel.hpp"
#include "bncheck/core/random.hpp"
#include "bncheck/derivation/proof/exact_point.hpp"
#include "bncheck/derivation/proof/quantities.hpp"

namespace bncheck::derivation {
namespace {

/// What one equation is at one point.
enum class Found { zero, undefined, different };

Found found_at(const Equation& equation, const Quantities<Exact>& at) {
    const Value<Fraction> left = evaluate<Fraction>(equation.left, at), right = evaluate<Fraction>(equation.right, at);
    Found found = Found::zero;
    for (std::size_t i = 0; i < (left.indexed || right.indexed ? at.m : 1); ++i) {
        const Fraction difference = left.at(i) - right.at(i);
        if (!difference.numerator().is_zero()) return Found::different;
        if (!difference.defined()) found = Found::undefined;
    }
    return found;
}

Extent residual_of(const Equation& equation, Setting setting, Seed seed) {
    const Extents known = extents(setting, seed);
    return residual_extent(extent_of(equation.left, known), extent_of(equation.right, known));
}

bool divides_by_seeds(const Equation& equation, const Extents& known) {
    for (const Expression& side : {equation.left, equation.right}) {
        const Extent divisor = extent_of(side, known).denominator;
        if (divisor.seeds.low != 0 || divisor.seeds.high != 0) return true;
    }
    return false;
}

/// The seeds one at a time where all equations are linear in them, which takes fewer points.
std::vector<Seed> seeds_of(const std::vector<Equation>& equations, const ProofRequest& request) {
    if (!request.second) return {Seed::none};
    for (const Equation& equation : equations) {
        const Extent residual = residual_of(equation, request.setting, Seed::all);
        if (!residual.zero && (residual.seeds.width() > 0 || residual.seeds.high > 1)) return {Seed::all};
        if (divides_by_seeds(equation, extents(request.setting, Seed::all))) return {Seed::all};
    }
    if (request.setting == Setting::without_affine) return {Seed::ddx};
    return {Seed::ddx, Seed::ddgamma, Seed::ddbeta};
}

Quantities<Exact> quantities_at(const Point<Exact>& point, const ProofRequest& request) {
    return quantities(point, request.setting, Wanted{request.chain, request.second});
}

[[noreturn]] void refuse_size(const Proof& proof) {
    throw Error(Fault::usage, "too-large", "",
                "a proof would need too many points: the degree is " + std::to_string(proof.size.x) + " in x and " +
                    std::to_string(proof.size.dy) + " in dy, and channels of up to " + std::to_string(proof.largest_m) +
                    " values are to be tried",
                "write the formula with smaller powers and simpler divisors");
}

/// Outcomes of one m and seed are joined to those of smaller ones.
class Tally {
public:
    Tally(const std::vector<Equation>& equations, const ProofRequest& request) : equations_(equations), request_(request) {}

    /// `trivial`: equations that are 0 = 0 for these seeds.
    void try_points(std::vector<Outcome>& outcomes, const std::vector<WholePoint>& points, std::size_t m, Seed seed,
                    const std::vector<bool>& trivial) const {
        std::vector<std::vector<Found>> found(points.size());
        parallel_for_each(points.size(), [&](std::size_t p) {
            const Quantities<Exact> at = quantities_at(exact_point(points[p]), request_);
            for (const Equation& equation : equations_) found[p].push_back(found_at(equation, at));
        });
        for (std::size_t e = 0; e < equations_.size(); ++e) {
            if (!outcomes[e].holds || trivial[e]) continue;
            bool defined = points.empty();
            for (std::size_t p = 0; p < points.size() && outcomes[e].holds; ++p) {
                defined = defined || found[p][e] == Found::zero;
                if (found[p][e] == Found::different) outcomes[e] = {false, m, points[p], seed, false};
            }
            if (outcomes[e].holds && !defined) outcomes[e] = {false, m, points.front(), seed, true};
        }
    }

private:
    const std::vector<Equation>& equations_;
    const ProofRequest& request_;
};

}  // namespace

bool Proof::holds() const {
    return std::all_of(outcomes.begin(), outcomes.end(), [](const Outcome& outcome) { return outcome.holds; });
}

Proof prove(const std::vector<Equation>& equations, const ProofRequest& request) {
    Proof proof;
    proof.outcomes.resize(equations.size());
    proof.sizes.resize(equations.size());
    const std::vector<Seed> seeds = seeds_of(equations, request);
    std::vector<ProofSize> by_seed(seeds.size());
    std::vector<std::vector<bool>> trivial(seeds.size());
    for (std::size_t s = 0; s < seeds.size(); ++s)
        for (std::size_t e = 0; e < equations.size(); ++e) {
            const Extent residual = residual_of(equations[e], request.setting, seeds[s]);
            const ProofSize size = proof_size(residual, request.setting);
            trivial[s].push_back(residual.zero && seeds.size() > 1);
            proof.sizes[e] = joined(proof.sizes[e], size);
            by_seed[s] = joined(by_seed[s], size);
        }
    for (const ProofSize& size : by_seed) proof.size = joined(proof.size, size);
    const std::size_t width = static_cast<std::size_t>(proof.size.m_high - proof.size.m_low);
    proof.largest_m =
        std::max(std::max(static_cast<std::size_t>(proof.size.indices), request.from_m) + width, request.least_largest_m);
    // All are counted before any is tried, so that what is too large is refused at once.
    std::vector<std::vector<WholePoint>> points;
    double work = 0;
    for (std::size_t m = request.from_m; m <= proof.largest_m; ++m)
        for (std::size_t s = 0; s < seeds.size(); ++s) {
            const double of_one = static_cast<double>(m * m);
            const std::size_t most = static_cast<std::size_t>((request.most_work - work) / of_one);
            std::optional<std::vector<WholePoint>> of_m =
                proof_points(by_seed[s], {request.setting, seeds[s], request.running}, m, most);
            if (!of_m) refuse_size(proof);
            proof.points += of_m->size();
            work += of_one * static_cast<double>(of_m->size());
            points.push_back(std::move(*of_m));
        }
    const Tally tally(equations, request);
    for (std::size_t k = 0; k < points.size(); ++k)
        tally.try_points(proof.outcomes, points[k], request.from_m + k / seeds.size(), seeds[k % seeds.size()],
                         trivial[k % seeds.size()]);
    return proof;
}

RandomEvidence random_evidence(const std::vector<Equation>& equations, const ProofRequest& request, std::vector<std::size_t> m,
                               std::size_t points_each) {
    constexpr std::uint64_t set_size = 1 << 20;
    RandomEvidence evidence;
    evidence.m = m;
    evidence.set_size = static_cast<double>(set_size);
    evidence.points = m.size() * points_each;
    std::vector<std::vector<bool>> holds(evidence.points);
    parallel_for_each(evidence.points, [&](std::size_t p) {
        const RandomStream stream("derivation", setting_name(request.setting), request.second ? "second" : "first", p);
        std::uint64_t next = 0;
        const Point<Exact> point = random_point(m[p / points_each], request.setting,
                                                [&] { return Rational(stream.below(set_size, next++) + 1) / 1024; });
        const Quantities<Exact> at = quantities_at(point, request);
        for (const Equation& equation : equations) holds[p].push_back(found_at(equation, at) != Found::different);
    });
    evidence.holds.assign(equations.size(), true);
    for (const std::vector<bool>& at_point : holds)
        for (std::size_t e = 0; e < equations.size(); ++e) evidence.holds[e] = evidence.holds[e] && at_point[e];
    return evidence;
}

}  // namespace bncheck::derivation
