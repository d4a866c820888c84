#pragma once

#include <cmath>
#include <string>

#include "bncheck/judge/bounds.hpp"
#include "bncheck/oracle/double_level.hpp"
#include "bncheck/properties/instance.hpp"

namespace bncheck::properties {

/// One channel of an instance, and by how much its outputs may differ from their true values (design section 4).
class ChannelModel {
public:
    ChannelModel(const Instance& instance, const Subject& subject, std::size_t channel);
    ChannelModel(const ChannelModel&) = delete;  // the bounds refer to the view
    ChannelModel& operator=(const ChannelModel&) = delete;

    /// Why no identity holds of this channel in real numbers, or "".
    std::string obstacle() const;

    const oracle::ChannelView& view() const { return view_; }
    const oracle::ChannelFacts& facts() const { return facts_; }
    const oracle::DoubleLevelState& state() const { return state_; }

    double x(std::size_t i) const { return x_[i]; }
    double xhat(std::size_t i) const { return state_.xhat(x_[i]); }  ///< within xhat_radius() of the true one
    /// The last term: half the smallest subnormal where the product with r underflows, which it can for float64 data.
    double xhat_radius(std::size_t i) const { return facts_.radii.xhat(std::fabs(xhat(i)), 0) + 0x1p-1074; }
    double dy(std::size_t i) const { return dy_[i]; }
    double dx(std::size_t i) const { return state_.scale * state_.bracket(dy_[i], xhat(i)); }
    double dx_radius(std::size_t i) const;

    /// |output - truth| of value i of an output by class, with the case's hand-set allowance.
    judge::ChannelBounds::PerClass bound(const std::string& tensor, std::size_t i) const;

private:
    double value(const std::string& tensor, std::size_t i) const;

    const suite::Case& c_;
    std::vector<double> x_, dy_;
    std::vector<float> narrow_x_, narrow_dy_;
    oracle::ChannelView view_;
    oracle::ChannelFacts facts_;
    oracle::DoubleLevelState state_;
    judge::ChannelBounds bounds_;
};

}  // namespace bncheck::properties
