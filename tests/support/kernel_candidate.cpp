#include "support/kernel_candidate.hpp"

#include "bncheck/bn/double_backward.hpp"

namespace bncheck::test {

namespace {

candidate::ChannelResult second_order(const candidate::ChannelPass& p, const std::vector<double>& x,
                                      const std::vector<double>& dy, const std::vector<double>& ddx) {
    using Wide = __float128;
    const auto wide = [](const std::vector<double>& values) { return std::vector<Wide>(values.begin(), values.end()); };
    const bn::Moments<Wide> moments = p.c.training ? bn::moments(wide(x)) : bn::Moments<Wide>{p.running_mean, p.running_var};
    const bn::Normalizer<Wide> n = bn::normalizer<Wide>(moments, p.c.eps);
    const std::vector<Wide> xhat = bn::normalized(wide(x), n);
    const bn::SecondSeeds<Wide> seeds{wide(ddx), p.ddgamma, p.ddbeta};
    const bn::SecondGradients<Wide> g = p.c.training ? bn::double_backward<Wide>(seeds, wide(dy), xhat, p.gamma, n.r)
                                                     : bn::inference_double_backward<Wide>(seeds, wide(dy), xhat, p.gamma, n.r);
    candidate::ChannelResult result;
    const auto put = [&](ChannelBuffer& to, const std::vector<Wide>& from) {
        to = ChannelBuffer(p.c.dtype, from.size());
        to.visit([&](auto values) {
            using S = typename decltype(values)::value_type;
            for (std::size_t i = 0; i < from.size(); ++i) values[i] = static_cast<S>(from[i]);
        });
    };
    put(result.elements, g.gdy);
    put(result.gx, g.gx);
    result.ggamma = format_of(statistics_dtype(p.c.dtype)).round(static_cast<double>(g.ggamma));
    return result;
}

}  // namespace

KernelCandidate::KernelCandidate(const Way& way, Forward forward, Backward backward)
    : way_(way), forward_(static_cast<std::size_t>(forward)), backward_(static_cast<std::size_t>(backward)) {
    hello_.name = std::string(name_of(way.sums));
    hello_.dtypes = {"float32", "float64"};
    hello_.layouts = {"NCHW", "NHWC"};
    hello_.modes = {"train", "eval"};
    hello_.passes = {"forward", "backward", "double-backward"};
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
    const bool backward = p.pass == candidate::Pass::backward;
    if (p.pass == candidate::Pass::double_backward) return second_order(p, copied(p.x), copied(p.dy), copied(p.ddx));
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
