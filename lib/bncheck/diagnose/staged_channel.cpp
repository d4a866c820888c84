#include "bncheck/diagnose/staged_channel.hpp"

#include "bncheck/bn/momentum.hpp"
#include "bncheck/core/error.hpp"
#include "bncheck/core/tensor_name.hpp"
#include "bncheck/kernels/fast.hpp"

namespace bncheck::diagnose {

StagedChannel::StagedChannel(const candidate::Request& asked, std::size_t of_channel)
    : request(asked),
      c(asked.c),
      channel(of_channel),
      backward(asked.pass == "backward"),
      training(asked.c.training),
      x(input("x", of_channel, c.layout)),
      gamma(input("gamma", of_channel, 1.0)),
      beta(input("beta", of_channel, 0.0)),
      old_mean(input("running_mean", of_channel, 0.0)),
      old_var(input("running_var", of_channel, 1.0)),
      eps(c.eps),
      weight(bn::new_weight(*asked.convention, asked.momentum, asked.num_batches_tracked)),
      stored_channel(of_channel),
      stored_layout(c.layout) {
    if (backward) dy = input("dy", of_channel, c.layout);
}

std::vector<double> StagedChannel::input(const std::string& tensor, std::size_t of_channel, Layout layout) const {
    return gather<double>(request.inputs.at(tensor), c.shape, layout, of_channel);
}

double StagedChannel::input(const std::string& tensor, std::size_t of_channel, double otherwise) const {
    const auto found = request.inputs.find(tensor);
    return found == request.inputs.end() ? otherwise : found->second.at(of_channel);
}

void StagedChannel::compute_statistics() {
    const bn::Moments<double> moments = training ? kernels::moments(x) : bn::Moments<double>{old_mean, old_var};
    mu = moments.mean;
    v = moments.variance;
}

void StagedChannel::compute_normalizer() {
    const bn::Normalizer<double> n = bn::normalizer<double>({mu, v}, eps);
    q = n.q;
    r = n.r;
}

void StagedChannel::compute_output() {
    y.resize(m());
    kernels::normalize<double>(x, {mu, v, q, r}, {gamma, beta}, y);
}

void StagedChannel::compute_saved() {
    save_mean = mu;
    save_invstd = r;
    save_var = v;
    running_mean = old_mean;
    running_var = old_var;
    if (!training) return;
    const double batch = request.convention->unbiased() && m() > 1 ? bn::unbiased(v, m()) : v;
    running_mean = bn::running(old_mean, mu, weight);
    running_var = bn::running(old_var, batch, weight);
}

void StagedChannel::compute_sums() {
    dbeta = kernels::sum(dy);
    dgamma = kernels::sum_of_centred_products(dy, x, mu) * r;
}

void StagedChannel::compute_means() {
    mean_dy = training ? dbeta / count() : 0;
    mean_dy_xhat = training ? dgamma / count() : 0;
}

void StagedChannel::compute_gradient() {
    dx.resize(m());
    kernels::backward<double>(x, dy, {mu, v, q, r}, gamma, mean_dy, mean_dy_xhat, dx);
}

void StagedChannel::store(suite::Tensors& outputs) const {
    if (!stored) return;
    const auto value_of = [&](std::string_view name) {
        if (name == "save_mean") return save_mean;
        if (name == "save_invstd") return save_invstd;
        if (name == "save_var") return save_var;
        if (name == "running_mean") return running_mean;
        if (name == "running_var") return running_var;
        if (name == "dgamma") return dgamma;
        if (name == "dbeta") return dbeta;
        throw Error(Fault::internal, "tensor", std::string(name), "is no per-channel output", "please report this");
    };
    for (auto& [name, tensor] : outputs) {
        if (!tensor_name::is_elementwise(name)) {
            tensor.set(stored_channel, value_of(name));
            continue;
        }
        const std::vector<double>& values = name == "y" ? y : dx;
        if (c.dtype == Dtype::float64)
            scatter<double>(tensor, c.shape, stored_layout, stored_channel, values);
        else  // by way of float, as our own kernel computes 16-bit data too
            scatter<float>(tensor, c.shape, stored_layout, stored_channel, std::vector<float>(values.begin(), values.end()));
    }
}

}  // namespace bncheck::diagnose
