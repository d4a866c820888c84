#pragma once

#include <string>
#include <vector>

#include "bncheck/candidate/candidate.hpp"

namespace bncheck::diagnose {

/// Where in a pass over one channel a bug can be planted: right after that stage has been computed.
enum class Stage {
    inputs,      ///< x, dy, gamma, beta, eps, the old running statistics and the new batch's weight have been read
    statistics,  ///< mu and v: of the batch, or the running ones in inference
    normalizer,  ///< q and r
    output,      ///< y
    saved,       ///< save_mean, save_invstd, save_var and the new running statistics
    sums,        ///< dbeta and dgamma
    means,       ///< mean_dy and c
    gradient,    ///< dx
};

/// One pass over one channel by our own kernel (kernels/fast.hpp) with every intermediate result laid open. All is double, as
/// in that kernel; a result is rounded once when it is stored.
struct StagedChannel {
    StagedChannel(const candidate::Request& request, std::size_t channel);  ///< with the stage `inputs` done

    const candidate::Request& request;
    const suite::Case& c;
    const std::size_t channel;
    const bool backward;  ///< else forward
    const bool training;

    std::vector<double> x, dy;  ///< in the order of Shape
    double gamma, beta, old_mean, old_var, eps, weight;
    double mu = 0, v = 0, q = 0, r = 0;
    std::vector<double> y;
    double save_mean = 0, save_invstd = 0, save_var = 0, running_mean = 0, running_var = 0;
    double dbeta = 0, dgamma = 0, mean_dy = 0, mean_dy_xhat = 0;
    std::vector<double> dx;

    // Where the results go.
    bool stored = true;  ///< else the outputs stay as they were allocated: zero
    std::size_t stored_channel;
    Layout stored_layout;

    std::size_t m() const { return x.size(); }
    std::size_t samples() const { return c.shape.batch(); }
    std::size_t spatial() const { return c.shape.spatial(); }
    std::size_t channels() const { return c.shape.channels(); }
    std::size_t row() const { return c.shape.dims.size() > 2 ? c.shape.dims.back() : 1; }  ///< the innermost spatial length
    double count() const { return static_cast<double>(x.size()); }
    double xhat(std::size_t i) const { return (x[i] - mu) * r; }
    std::vector<double>& elements() { return backward ? dx : y; }

    /// Any other of the request's inputs: the values of a channel, or one channel's value (`otherwise` where there is none).
    std::vector<double> input(const std::string& tensor, std::size_t of_channel, Layout layout) const;
    double input(const std::string& tensor, std::size_t of_channel, double otherwise) const;

    void compute_statistics();
    void compute_normalizer();
    void compute_output();
    void compute_saved();
    void compute_sums();
    void compute_means();
    void compute_gradient();

    void store(suite::Tensors& outputs) const;
};

}  // namespace bncheck::diagnose
