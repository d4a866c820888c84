#include "bncheck/properties/gradient_sums.hpp"

#include <cmath>

#include "bncheck/properties/tolerance.hpp"

namespace bncheck::properties {
namespace {

using judge::ChannelBounds;

/// Sums of a channel in 113 bits, and by how much they may differ from the true ones.
struct Sums {
    __float128 dx = 0, dx_xhat = 0, dy_xhat = 0;
    ChannelBounds::PerClass dx_tolerance{}, dx_xhat_tolerance{};
    double dy_xhat_tolerance = 0;
};

/// dx' and xhat' are the candidate's dx and the oracle's xhat, with |dx' - dx| <= E and |xhat' - xhat| <= R. Then
///     |sum dx' - sum dx| <= sum E,
///     |sum dx' xhat' - sum dx xhat| = |sum (dx' - dx) xhat' + dx (xhat' - xhat)| <= sum (|xhat'| E + |dx| R),
///     |sum dy xhat' - sum dy xhat| <= sum |dy| R.
/// The sums themselves, in 113 bits where products of doubles are exact, err by m 2^-113 of their magnitudes, and by 2^-53 or
/// half the smallest subnormal where they are kept as double. Each product of a tolerance, and each of the oracle's in |dx|,
/// may lose as much: 2^-1070 a term is more than that.
Sums sums_of(const ChannelModel& model, const suite::Case& c, const Tensor& dx, std::size_t channel) {
    Sums s;
    double dx_magnitude = 0, dx_xhat_magnitude = 0, dy_xhat_magnitude = 0;
    const std::size_t m = c.shape.count();
    for (std::size_t i = 0; i < m; ++i) {
        const double value = output_at(c, dx, "dx", channel, i), xhat = model.xhat(i), dy = model.dy(i),
                     R = model.xhat_radius(i);
        const double true_dx = std::fabs(model.dx(i)) + model.dx_radius(i);
        const ChannelBounds::PerClass bound = model.bound("dx", i);
        s.dx += value;
        s.dx_xhat += static_cast<__float128>(value) * xhat;
        s.dy_xhat += static_cast<__float128>(dy) * xhat;
        s.dy_xhat_tolerance += std::fabs(dy) * R;
        dy_xhat_magnitude += std::fabs(dy * xhat);
        if (std::isfinite(value)) {  // else the sum is not finite, which no tolerance excuses
            dx_magnitude += std::fabs(value);
            dx_xhat_magnitude += std::fabs(value * xhat);
        }
        for (std::size_t k = 0; k < accuracy_classes; ++k) {
            s.dx_tolerance[k] += bound[k];
            s.dx_xhat_tolerance[k] += or_infinity(std::fabs(xhat) * bound[k]) + true_dx * R;
        }
    }
    const double lost = static_cast<double>(m) * 0x1p-113, underflows = static_cast<double>(m + 1) * 0x1p-1070;
    const auto kept = [&](__float128 sum, double magnitude) {
        const double value = static_cast<double>(sum);
        return lost * magnitude + (std::isfinite(value) ? 0x1p-53 * std::fabs(value) : 0) + underflows;
    };
    for (std::size_t k = 0; k < accuracy_classes; ++k) {
        s.dx_tolerance[k] += kept(s.dx, dx_magnitude);
        s.dx_xhat_tolerance[k] += kept(s.dx_xhat, dx_xhat_magnitude);
    }
    s.dy_xhat_tolerance += kept(s.dy_xhat, dy_xhat_magnitude);
    return s;
}

/// gamma eps r^3 dgamma from the oracle's r' = r (1 +- rho) and dgamma', the candidate's or, where there is none, sum dy xhat';
/// with |dgamma' - dgamma| <= E:
///     |r'^3 dgamma' - r^3 dgamma| <= r'^3 (E + ((1 + rho)^3 - 1) (|sum dy xhat'| + its tolerance)),
/// since |r'^3 - r^3| <= r'^3 ((1 + rho)^3 - 1). The 5 products in 113 bits are nothing beside the rounding to hi + lo.
struct RightHandSide {
    oracle::Enclosure value;
    ChannelBounds::PerClass tolerance;
};
RightHandSide right_hand_side(const ChannelModel& model, const Sums& sums, const suite::Tensors& outputs, std::size_t channel) {
    const double own = static_cast<double>(sums.dy_xhat), rho = model.facts().radii.rho;
    const auto given = outputs.find("dgamma");
    const double dgamma = given == outputs.end() ? own : given->second.at(channel);
    ChannelBounds::PerClass error;
    error.fill(sums.dy_xhat_tolerance);
    if (given != outputs.end()) error = model.bound("dgamma", 0);
    const __float128 r = model.state().r, factor = static_cast<__float128>(model.view().gamma) * model.view().eps * r * r * r;
    const __float128 value = factor * dgamma;
    RightHandSide side{{static_cast<double>(value), 0, 0}, {}};
    side.value.lo = static_cast<double>(value - side.value.hi);
    const double scale = std::fabs(static_cast<double>(factor)), cube = rho * (3 + rho * (3 + rho));
    const double rounding = std::isfinite(side.value.hi) ? 0x1p-104 * std::fabs(side.value.hi) + 0x1p-1070 : 0;
    for (std::size_t k = 0; k < accuracy_classes; ++k)
        side.tolerance[k] =
            scale == 0 ? 0 : or_infinity(scale * (error[k] + cube * (std::fabs(own) + sums.dy_xhat_tolerance))) + rounding;
    return side;
}

}  // namespace

std::vector<Finding> gradient_sums(const Subject& subject, const Instance& instance, const suite::Tensors& outputs) {
    const suite::Case& c = instance.c;
    const double up = upwards(static_cast<double>(c.shape.count()));
    const Format format = format_of(c.dtype);
    const auto dx = outputs.find("dx");
    // Both are sums of dx: told apart by names that are put back below.
    std::vector<Finding> found = over_channels(
        c.shape.channels(), within_class("", true), {"sum-dx-zero", "sum-dx-xhat"},
        [&](std::size_t channel, TensorMap& sums) -> std::string {
            if (dx == outputs.end()) return "";
            const ChannelModel model(instance, subject, channel);
            if (std::string why = model.obstacle(); !why.empty()) return why;
            for (std::size_t i = 0; i < c.shape.count(); ++i)
                if (!(std::fabs(model.dx(i)) < format.largest() * (1 - format.unit_roundoff())))
                    return "dx is beyond the largest number of the type";
            if (!(std::fabs(model.state().c) * model.view().count() < format_of(statistics_dtype(c.dtype)).largest() / 2))
                return "dgamma may be beyond the largest number of its type";
            Sums s = sums_of(model, c, dx->second, channel);
            const RightHandSide right = right_hand_side(model, s, outputs, channel);
            for (std::size_t k = 0; k < accuracy_classes; ++k) {
                s.dx_tolerance[k] = or_infinity(s.dx_tolerance[k] * up);
                s.dx_xhat_tolerance[k] = or_infinity((s.dx_xhat_tolerance[k] + right.tolerance[k]) * up);
            }
            const judge::Requirement due{subject.required, 0, format_of(Dtype::float64)};
            add(sums["sum-dx-zero"], {channel, 0, static_cast<double>(s.dx), {}}, s.dx_tolerance, due);
            add(sums["sum-dx-xhat"], {channel, 0, static_cast<double>(s.dx_xhat), right.value}, s.dx_xhat_tolerance, due);
            return "";
        });
    for (Finding& finding : found) {
        finding.property = finding.tensor;
        finding.tensor = "dx";
    }
    return found;
}

}  // namespace bncheck::properties
