#include "support/containment.hpp"

#include <hwy/targets.h>

#include <algorithm>
#include <cmath>

#include "bncheck/oracle/facts.hpp"

namespace bncheck::test {
namespace {

using oracle::Enclosure;

/// Differences of nearby numbers are exact in 113 bits. The truth is kept as three doubles, good to 2^-155; and where terms of
/// `magnitude` cancel it is itself off by their rounding in 512 bits: fewer than 2^40 roundings of 2^-512.
bool contains(const Enclosure& e, const Enclosure& truth, __float128 magnitude) {
    if (!std::isfinite(truth.hi) || !std::isfinite(e.hi)) return std::isnan(truth.hi) ? std::isnan(e.hi) : e.hi == truth.hi;
    __float128 difference = static_cast<__float128>(truth.hi) - e.hi;
    difference += static_cast<__float128>(truth.lo) - e.lo;
    difference += truth.tail;
    if (difference < 0) difference = -difference;
    if (magnitude != magnitude) magnitude = 0;  // gamma = 0 times an r beyond the doubles
    const __float128 kept = static_cast<__float128>(std::fabs(truth.hi)) * 0x1p-155 + magnitude * 0x1p-472;
    return difference <= static_cast<__float128>(e.radius) + kept;
}

double largest(const Values& values) {
    double size = 0;
    for (std::size_t i = 0; i < values.size(); ++i) size = std::max(size, std::fabs(values[i]));
    return size;
}

}  // namespace

Outside outside(const TypedChannel& channel, const oracle::Truth& truth, oracle::LevelName name, oracle::Term omitted) {
    const oracle::ChannelView view = channel.view();
    const oracle::ChannelFacts facts = oracle::facts_of(view, channel.dtype);
    const auto level = oracle::make_level(name, view, facts, omitted);
    Outside result;
    result.applies = level->applies();
    if (!result.applies) return result;
    const auto check = [&](const std::string& value, const Enclosure& e, const Enclosure& t, __float128 magnitude) {
        if (!contains(e, t, magnitude)) result.values.push_back(value);
    };
    __float128 x = std::fabs(view.running_mean);
    for (const Values& step : view.x) x = std::max(x, static_cast<__float128>(largest(step)));
    const __float128 normalized = x * truth.r.hi + 1, gamma = std::fabs(view.gamma);
    const __float128 sum_dy = static_cast<__float128>(largest(view.dy)) * view.count(), dy = sum_dy * normalized;
    check("mu", level->mu(), truth.mu, x);
    check("v", level->v(), truth.v, x * x);
    check("r", level->r(), truth.r, 0);
    if (view.training && view.running) {
        const oracle::RunningEnclosure running = level->running();
        check("running_mean", running.mean, truth.running.back().mean, x);
        check("running_var", running.variance, truth.running.back().variance, x * x + view.running_var);
    }
    for (std::size_t i = 0; i < truth.y.size(); ++i) {
        const std::string index = "[" + std::to_string(i) + "]";
        check("xhat" + index, level->xhat(i), truth.xhat[i], normalized);
        check("y" + index, level->y(i), truth.y[i], gamma * normalized + std::fabs(view.beta));
        if (view.backward()) check("dx" + index, level->dx(i), truth.dx[i], gamma * truth.r.hi * dy * normalized);
    }
    if (!view.backward()) return result;
    check("dgamma", level->dgamma(), truth.dgamma, dy);
    check("dbeta", level->dbeta(), truth.dbeta, sum_dy);
    return result;
}

std::vector<std::string> simd_targets() {
    std::vector<std::string> names;
    for (const auto target : hwy::SupportedAndGeneratedTargets()) names.emplace_back(hwy::TargetName(target));
    return names;
}

void use_simd_target(const std::string& name) {
    hwy::SetSupportedTargetsForTest(0);
    for (const auto target : hwy::SupportedAndGeneratedTargets())
        if (name == hwy::TargetName(target)) hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

}  // namespace bncheck::test
