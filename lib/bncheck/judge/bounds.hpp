#pragma once

#include <array>
#include <vector>

#include "bncheck/judge/moment_error.hpp"

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
    struct Terms {  // of one class
        double u, lambda, eta, stored_eta, variance, rho;
        double mean_dy_error, c_error, dbeta_error;
        double rounding;  // 2.02 under `rounded`: the last rounding once more
        bool wide;        // rounded or wide
    };
    static PerClass nested(const Linears& own, double xhat, double w);
    void add_backward_terms(AccuracyClass c, Terms& t) const;
    oracle::Linear normalized_error(const Terms& t) const;
    double storing_error(const Terms& t) const;
    oracle::Linear y_bound(const Terms& t) const;
    oracle::Linear dx_bound(const Terms& t) const;
    void running_bounds(AccuracyClass c, const Terms& t);

    const oracle::ChannelView& channel_;
    const oracle::ChannelFacts& facts_;
    Dtype dtype_;
    bool flushes_;
    double m_, mu_, q_, r_;  // upper bounds of m, |mu|, r; lower of q
    Linears y_, dx_;
    PerClass save_mean_, save_invstd_, save_var_, dgamma_{}, dbeta_{}, running_mean_{}, running_var_{};
};

/// Marks in `resolved` the indices whose omission from the sums of mean, variance, dgamma or dbeta moves save_mean,
/// save_invstd, dgamma or dbeta by more than the bound of the class.
void mark_resolved(const oracle::ChannelView& channel, const oracle::ChannelFacts& facts, const ChannelBounds& bounds,
                   AccuracyClass c, std::vector<char>& resolved);

}  // namespace bncheck::judge
