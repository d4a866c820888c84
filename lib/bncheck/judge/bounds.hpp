#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "bncheck/judge/class_terms.hpp"
#include "bncheck/oracle/double_level.hpp"

namespace bncheck::judge {

/// The derived bounds of design section 4 for every output of one channel, by accuracy class. Each is rounded up, holds the
/// rounding to the stored type, and is the maximum of the class's own and of all tighter classes'; infinity where the class
/// guarantees no digit. They depend on the facts of the channel alone, not on how its truth is computed.
class ChannelBounds {
public:
    /// `flushes`: the candidate says that it flushes subnormal results to zero.
    ChannelBounds(const oracle::ChannelView& channel, const oracle::ChannelFacts& facts, Dtype dtype, bool flushes);

    using PerClass = std::array<double, accuracy_classes>;
    /// For y: of |xhat| and |y|; for dx: of |xhat| and |dy - mean dy - xhat c| in training, |dy| in inference; all as
    /// oracle::double_level_state() computes them.
    PerClass y(double xhat, double w) const { return nested(y_, xhat, w); }
    PerClass dx(double xhat, double w) const { return nested(dx_, xhat, w); }
    /// By the tensor's name, of element i of y and dx; `state` is the double level's.
    PerClass at(std::string_view tensor, std::size_t i, const oracle::DoubleLevelState& state) const;
    PerClass save_mean() const { return save_mean_; }
    PerClass save_invstd() const { return save_invstd_; }
    PerClass save_var() const { return save_var_; }
    PerClass running_mean() const { return running_mean_; }
    PerClass running_var() const { return running_var_; }
    PerClass dgamma() const { return dgamma_; }
    PerClass dbeta() const { return dbeta_; }

    /// A class's own bound of y and dx, which the nested one is not below.
    const oracle::Linear& own_y(std::size_t k) const { return y_[k]; }
    const oracle::Linear& own_dx(std::size_t k) const { return dx_[k]; }

private:
    using Linears = std::array<oracle::Linear, accuracy_classes>;
    static PerClass nested(const Linears& own, double xhat, double w);
    oracle::Linear y_bound(const ClassTerms& t) const;
    oracle::Linear dx_bound(const ClassTerms& t) const;
    void running_bounds(AccuracyClass c, const ClassTerms& t);

    const oracle::ChannelView& channel_;
    const oracle::ChannelFacts& facts_;
    Dtype dtype_;
    bool flushes_;
    ChannelSizes sizes_;
    Linears y_, dx_;
    PerClass save_mean_, save_invstd_, save_var_, dgamma_{}, dbeta_{}, running_mean_{}, running_var_{};
};

}  // namespace bncheck::judge
