#include "bncheck/gradient/unit_rows.hpp"

#include <algorithm>
#include <cmath>

#include "bncheck/gradient/screen.hpp"
#include "bncheck/oracle/facts.hpp"
#include "bncheck/oracle/level.hpp"
#include "bncheck/oracle/sweep.hpp"

namespace bncheck::gradient {
namespace {

using Quad = __float128;
constexpr double u = 0x1p-53;
/// Covers the rounding of tolerances, and that their magnitudes are computed ones, good to 2^-10 where facts.radii hold.
constexpr double outwards = 1 + 0x1p-9;

Quad quad(const oracle::Enclosure& e) { return static_cast<Quad>(e.hi) + static_cast<Quad>(e.lo); }

bool within(double magnitude, double least, double most) { return magnitude == 0 || (magnitude >= least && magnitude <= most); }

/// Facts of the channel with dy = e_j: sums of one term.
oracle::ChannelFacts facts_with(const oracle::ChannelFacts& facts, const oracle::ChannelView& view, std::size_t j) {
    oracle::ChannelFacts with = facts;
    const double m = facts.x.back().m, d = (view.x.back()[j] - facts.hi) - facts.lo;
    with.dy = {1 / m, 1 / m, d / m, std::fabs(d) / m, 1, 1, true, true, false};
    with.radii = oracle::radii({u, oracle::sweep_height(m)}, facts.eta, view, with);
    return with;
}

}  // namespace

UnitRows::UnitRows(const oracle::ChannelView& view, Dtype dtype, AccuracyClass required, bool flushes)
    : view_(view),
      dtype_(dtype),
      required_(static_cast<std::size_t>(required)),
      flushes_(flushes),
      facts_(oracle::facts_of({view, view.x, {}}, dtype)) {
    const Values& x = view.x.back();
    // r in 2^+-200, so q in 2^+-400, and xhat^2 <= m: every product of r, gamma and xhat^2 / m stays among the normal doubles.
    screens_ = facts_.radii.holds && within(facts_.r, 0x1p-200, 0x1p200) && within(std::fabs(view.gamma), 0x1p-200, 0x1p200) &&
               facts_.x.back().max_abs < 0x1p400;
    std::unique_ptr<oracle::Level> level = oracle::make_double_double_level(view, facts_);
    if (!level->applies()) level = oracle::make_mpfr_level(view, facts_);
    exact_r_ = level->r();
    xhat_.resize(x.size());
    exact_xhat_.resize(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
        xhat_[i] = ((x[i] - facts_.hi) - facts_.lo) * facts_.r;
        exact_xhat_[i] = level->xhat(i);
    }
}

oracle::Enclosure UnitRows::entry(std::size_t i, std::size_t j) const {
    const Quad m = static_cast<Quad>(view_.count()), scale = static_cast<Quad>(view_.gamma) * quad(exact_r_);
    const Quad delta = i == j ? 1 : 0;
    const Quad value =
        view_.training ? scale * ((delta - 1 / m) - quad(exact_xhat_[i]) * quad(exact_xhat_[j]) / m) : scale * delta;
    const double size = std::fabs(static_cast<double>(scale)), product = std::fabs(xhat_[i] * xhat_[j]);
    // A dozen roundings of 2^-113, and the relative radii of the oracle's values.
    const double relative = 0x1p-108 + 2 * exact_r_.radius / exact_r_.hi;
    oracle::Enclosure e;
    e.hi = static_cast<double>(value);
    e.lo = std::isfinite(e.hi) ? static_cast<double>(value - static_cast<Quad>(e.hi)) : 0;
    e.radius = size * (relative * (static_cast<double>(delta) + (1 + product) / view_.count()) +
                       2 * (exact_xhat_[i].radius * std::fabs(xhat_[j]) + exact_xhat_[j].radius * std::fabs(xhat_[i])) /
                           view_.count());
    return e;
}

void UnitRows::settle(const Entry& about, double got, const oracle::Enclosure& want, double bound, Dtype stored,
                      EntryFindings& findings) const {
    const bool overflows = judge::overflow_is_due(got, want, bound, format_of(stored));
    const oracle::Distance error = overflows ? oracle::Distance{0, 0, 0} : oracle::distance(got, want);
    ++findings.entries;
    const bool holds = overflows || (std::isfinite(bound) && error.least <= bound),
               fails = !holds && (std::isfinite(bound) || !std::isfinite(got));
    findings.failed += fails;
    findings.inconclusive += !holds && !fails;
    if (std::isfinite(error.value)) findings.max_abs = std::max(findings.max_abs, error.value);
    if (!holds || error.value > findings.ratio * bound || !findings.worst)
        findings.consider({about.channel, about.i, about.with, got, want.hi, error.value, want.radius, bound}, fails);
}

void UnitRows::judge(std::size_t channel, std::size_t j, const Row& row, Findings& findings) const {
    const oracle::ChannelFacts facts = facts_with(facts_, view_, j);
    oracle::ChannelView view{view_, view_.x, view_.x.back()};  // bounds ask of dy only whether it is there
    const judge::ChannelBounds bounds(view, facts, dtype_, flushes_);
    const Dtype parameters = statistics_dtype(dtype_);
    ++findings.dx.evaluations;
    judge_dx(channel, j, row.dx, bounds, findings.dx);
    if (row.dgamma)
        settle({channel, 0, j}, *row.dgamma, exact_xhat_[j], bounds.dgamma()[required_], parameters, findings.dgamma);
    if (row.dbeta) settle({channel, 0, j}, *row.dbeta, {1}, bounds.dbeta()[required_], parameters, findings.dbeta);
}

void UnitRows::judge_dx(std::size_t channel, std::size_t j, const Values& got, const judge::ChannelBounds& bounds,
                        EntryFindings& findings) const {
    const double m = view_.count(), scale = view_.gamma * facts_.r, rho = facts_.radii.rho;
    const double mean = view_.training ? 1 / m : 0, c = view_.training ? xhat_[j] / m : 0, abs_c = std::fabs(c);
    const oracle::Linear &own = bounds.own_dx(required_), &xhat_error = facts_.radii.xhat;
    const double c_error = view_.training ? xhat_error(std::fabs(xhat_[j]), 0) / m + 2 * u * abs_c : 0;
    const RowLimits limits{scale, mean, c, abs_c, c_error, rho, xhat_error.a, xhat_error.b, own.a, own.b, own.c, outwards};
    const auto scan = [&](auto values) {
        double max_abs = findings.max_abs;
        const auto settle_one = [&](std::size_t i) {
            const double delta = i == j ? 1 : 0, xhat = std::fabs(xhat_[i]), product = xhat_[i] * c,
                         bracket = delta - mean - product;
            const double w = std::fabs(bracket), want = scale * bracket,
                         error = std::fabs(static_cast<double>(values[i]) - want);
            // As the screen has it: roundings of mean, difference, product, w and gamma r; the errors of xhat, of c and of r.
            const double e = xhat_error(xhat, 0), rounding = u * (mean + std::fabs(delta - mean) + std::fabs(product));
            const double radius =
                std::fabs(scale) * (rounding + e * abs_c + (xhat + e) * c_error) + (rho + 3 * u) * std::fabs(want);
            const double bound = own(xhat, w);
            if (screens_ && findings.worst && (error + radius) * outwards <= bound && error <= findings.ratio * bound) {
                max_abs = std::max(max_abs, error);
                ++findings.entries;
                return;
            }
            settle({channel, i, j}, static_cast<double>(values[i]), entry(i, j), bounds.dx(xhat, w)[required_], dtype_,
                   findings);
        };
        const auto settle_between = [&](std::size_t i, std::size_t end) {
            while (i < end) {
                if (screens_ && findings.worst) {
                    const std::size_t open = first_open(limits, xhat_.data(), values, i, end, findings.ratio, max_abs);
                    findings.entries += open - i;
                    i = open;
                }
                for (const std::size_t next = std::min(end, i + 8); i < next; ++i) settle_one(i);  // a vector at most
            }
        };
        settle_one(j);
        settle_between(0, j);
        settle_between(j + 1, xhat_.size());
        findings.max_abs = std::max(findings.max_abs, max_abs);
    };
    if (got.narrow())
        scan(got.narrow());
    else
        scan(got.wide());
}

}  // namespace bncheck::gradient
