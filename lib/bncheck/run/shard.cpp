#include "bncheck/run/shard.hpp"

#include <algorithm>
#include <numeric>

#include "bncheck/core/random.hpp"

namespace bncheck::run {
namespace {

// Seconds of the built-in suites with builtin:fast on one machine, in units of 100 ns: what float32 takes an element, the large
// cases of `impulse` 40 to 130 ns. Only their proportions matter, and these to a factor of two or so.

/// float64, which the oracle decides in double-double: 540 to 760 ns.
constexpr double of_float64 = 6;

/// Properties ask for the outputs of some tens of transformed inputs: 1.2 to 2.6 us.
constexpr double of_properties = 20;

/// What a case takes beside its elements: 0.15 to 0.25 ms.
constexpr double of_case = 2000;

/// The same with gradient checks, which ask for many directions of small cases: 1.3 to 4 ms.
constexpr double of_gradients = 20000;

/// How often a case looks for room by its id, before it goes to the shard that costs least. The shards that have none
/// hold 1.125 of the mean each, so that a ninth at least has some, and (8/9)^32 = 2 % of the last cases miss it.
constexpr std::size_t choices = 32;

}  // namespace

double cost_of(const suite::Case& c) {
    if (c.refusal) return of_case;
    double elements = static_cast<double>(c.steps);
    for (const std::size_t length : c.shape.dims) elements *= static_cast<double>(length);
    const double each = c.has(suite::Check::properties) ? of_properties : c.dtype == Dtype::float64 ? of_float64 : 1;
    const bool gradients = c.has(suite::Check::gradient) || c.has(suite::Check::double_backward);
    return (gradients ? of_gradients : of_case) + elements * each;
}

// Consistent hashing with bounded loads (Mirrokni, Thorup, Zadimoghaddam, SODA 2018) of weighted keys. The hash alone keeps
// every case in its place, but of a few costly ones some shard gets two; the longest first, each to the shard that costs least
// (Graham 1969), is balanced, but one case more moves all that come after it.
std::vector<std::size_t> shards_of(const std::vector<const suite::Case*>& cases, std::size_t shards) {
    std::vector<double> cost;
    for (const suite::Case* c : cases) cost.push_back(cost_of(*c));
    std::vector<std::size_t> order(cases.size());
    std::iota(order.begin(), order.end(), 0);
    // Among equals the id decides, not the place in a file.
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return cost[a] != cost[b] ? cost[a] > cost[b] : cases[a]->id() < cases[b]->id();
    });
    const double mean = std::accumulate(cost.begin(), cost.end(), 0.0) / static_cast<double>(shards);
    const double room = std::max(most_of_mean * mean, cost.empty() ? 0 : cost[order[0]]);
    std::vector<double> load(shards, 0);
    std::vector<std::size_t> result(cases.size());
    for (const std::size_t i : order) {
        const RandomStream wishes(cases[i]->suite, cases[i]->name, "shard", 0);
        std::size_t chosen = shards;
        for (std::size_t k = 0; k < choices && chosen == shards; ++k) {
            const std::size_t wish = wishes.below(shards, k);
            if (load[wish] + cost[i] <= room) chosen = wish;
        }
        // It costs at most the mean, so that with this case it is within the mean and the largest.
        if (chosen == shards) chosen = static_cast<std::size_t>(std::min_element(load.begin(), load.end()) - load.begin());
        load[chosen] += cost[i];
        result[i] = chosen + 1;
    }
    return result;
}

}  // namespace bncheck::run
