#include "bncheck/bn/momentum.hpp"

#include "bncheck/bn/real.hpp"

namespace bncheck::bn {

double accumulated_weight(double fraction, std::uint64_t batches) {
    if (fraction == 1) return 1 / (static_cast<double>(batches) + 1);
    // 1 - fraction is at least 2^-53, so that of 256 bits more than 200 are left.
    Real256 power = fraction;
    mpfr_pow_ui(power.backend().data(), power.backend().data(), batches + 1, MPFR_RNDN);
    return static_cast<double>(Real256((Real256(1) - fraction) / (Real256(1) - power)));
}

double new_weight(const Convention& convention, double momentum, std::uint64_t batches) {
    switch (convention.momentum) {
        case Momentum::weighs_new:
            return momentum;
        case Momentum::weighs_old:
            return 1 - momentum;
        case Momentum::accumulates:
            break;
    }
    return accumulated_weight(momentum, batches);
}

double momentum_in(const Convention& to, const Convention& from, std::optional<double> momentum, std::uint64_t batches) {
    if (!momentum && to.momentum == Momentum::accumulates) return 1;
    if (momentum && to.momentum == from.momentum) return *momentum;
    if (to.momentum == Momentum::accumulates) return from.momentum == Momentum::weighs_old ? *momentum : 1 - *momentum;
    // From old to new, and back, 1 - momentum is the same expression.
    const double weight = momentum ? new_weight(from, *momentum, batches) : 1 / (static_cast<double>(batches) + 1);
    if (to.momentum == Momentum::weighs_new) return weight;
    return momentum && from.momentum == Momentum::weighs_old ? *momentum : 1 - weight;
}

double weight_roundings(const Convention& convention) { return convention.momentum == Momentum::accumulates ? 7 : 0; }

}  // namespace bncheck::bn
