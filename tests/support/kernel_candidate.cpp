#include "support/kernel_candidate.hpp"

namespace bncheck::test {

KernelCandidate::KernelCandidate(const Way& way, Forward forward, Backward backward)
    : way_(way), forward_(static_cast<std::size_t>(forward)), backward_(static_cast<std::size_t>(backward)) {
    hello_.name = std::string(name_of(way.sums));
    hello_.dtypes = {"float32", "float64"};
    hello_.layouts = {"NCHW", "NHWC"};
    hello_.modes = {"train", "eval"};
    hello_.passes = {"forward", "backward"};
}

candidate::Response KernelCandidate::run(const candidate::Request&) {
    return {candidate::Response::Status::error, "is asked channel by channel", {}};
}

candidate::ChannelResult KernelCandidate::run_channel(const candidate::ChannelPass& p) const {
    const auto copied = [](const Values& values) {
        std::vector<double> copy(values.size());
        for (std::size_t i = 0; i < copy.size(); ++i) copy[i] = values[i];
        return copy;
    };
    const bool backward = p.dy.size() != 0;
    const std::vector<double> x = copied(p.x), dy = backward ? copied(p.dy) : std::vector<double>(x.size());
    KernelInput input{p.c.training, x, dy, p.c.eps, p.gamma, p.beta, p.running_mean, p.running_var, p.momentum, true};
    const KernelOutput out = p.c.dtype == Dtype::float64 ? run_kernel<double>(way_, input) : run_kernel<float>(way_, input);
    candidate::ChannelResult result;
    result.elements = ChannelBuffer(p.c.dtype, x.size());
    result.elements.visit([&](auto values) {
        using S = typename decltype(values)::value_type;
        const std::vector<double>& from = backward ? out.dx[backward_] : out.y[forward_];
        for (std::size_t i = 0; i < from.size(); ++i) values[i] = static_cast<S>(from[i]);
    });
    result.save_mean = out.save_mean;
    result.save_invstd = out.save_invstd;
    result.save_var = out.save_var;
    result.running_mean = out.running_mean;
    result.running_var = out.running_var;
    result.dgamma = out.dgamma;
    result.dbeta = out.dbeta;
    return result;
}

}  // namespace bncheck::test
