#pragma once

#include <array>
#include <vector>

#include "bncheck/judge/moment_error.hpp"
#include "bncheck/oracle/reference.hpp"

namespace bncheck::judge {

/// The derived bounds of design section 4 for every output of one channel, by accuracy class. Each is rounded up, holds the
/// rounding to the stored type, and is the maximum of the class's own and of all tighter classes'; infinity where the class
/// guarantees no digit.
class ChannelBounds {
public:
    /// `flushes`: the candidate says that it flushes subnormal results to zero.
    ChannelBounds(const oracle::Channel& channel, const oracle::Truth& truth, Dtype dtype, bool flushes);

    using PerClass = std::array<double, accuracy_classes>;
    PerClass y(std::size_t i) const;
    PerClass dx(std::size_t i) const;
    PerClass save_mean() const;
    PerClass save_invstd() const;
    PerClass save_var() const;
    PerClass running_mean() const { return running_mean_; }
    PerClass running_var() const { return running_var_; }
    PerClass dgamma() const;
    PerClass dbeta() const;

    /// For each index, whether leaving its value out of the sums of mean, variance, dgamma or dbeta moves save_mean,
    /// save_invstd, dgamma or dbeta by more than the bound of the class.
    std::vector<bool> resolved(AccuracyClass c) const;

private:
    struct Terms {  // of one class
        double u, eta, stored_eta, variance, tau, rho;
        double mean_dy_error, c_error, dbeta_error;
        double rounding;  // 2.02 under `rounded`: the last rounding once more
        bool wide;        // rounded or wide
    };
    double normalized_error(const Terms& t, double xhat) const;
    template <class Own>
    PerClass nested(double value, const Format& stored, Own own) const;
    void add_backward_terms(AccuracyClass c, Terms& t);
    void running_bounds();

    const oracle::Channel& channel_;
    const oracle::Truth& truth_;
    Dtype dtype_;
    bool flushes_;
    double m_, mean_dy_ = 0, mean_abs_dy_ = 0, dy_deviation_ = 0, nonzero_dy_ = 0;
    bool exact_dy_ = false, exact_products_ = false;
    std::array<Terms, accuracy_classes> terms_;
    PerClass running_mean_{}, running_var_{};
};

}  // namespace bncheck::judge
