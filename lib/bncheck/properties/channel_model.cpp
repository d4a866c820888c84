#include "bncheck/properties/channel_model.hpp"

#include <algorithm>
#include <cmath>

#include "bncheck/oracle/facts.hpp"

namespace bncheck::properties {
namespace {

bool all_finite(const std::vector<double>& values) {
    return std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); });
}

oracle::ChannelView parameters(const Instance& instance, const Subject& subject, std::size_t channel) {
    const suite::Case& c = instance.c;
    oracle::ChannelView view;
    view.training = c.training;
    view.eps = c.eps;
    view.gamma = instance.parameter("gamma", channel, 1);
    view.beta = instance.parameter("beta", channel, 0);
    view.running = c.running;
    view.running_mean = instance.parameter("running_mean", channel, 0);
    view.running_var = instance.parameter("running_var", channel, 1);
    view.follow(*subject.convention, {&subject.momentum, 1}, c.num_batches_tracked);
    return view;
}

}  // namespace

ChannelModel::ChannelModel(const Instance& instance, const Subject& subject, std::size_t channel)
    : c_(instance.c),
      x_(instance.channel("x", channel)),
      dy_(subject.backward(c_) ? instance.channel("dy", channel) : std::vector<double>{}),
      narrow_x_(c_.dtype == Dtype::float64 ? 0 : x_.size()),
      narrow_dy_(c_.dtype == Dtype::float64 ? 0 : dy_.size()),
      view_([&] {
          oracle::ChannelView view = parameters(instance, subject, channel);
          std::copy_n(x_.begin(), narrow_x_.size(), narrow_x_.begin());
          std::copy_n(dy_.begin(), narrow_dy_.size(), narrow_dy_.begin());
          const bool wide = c_.dtype == Dtype::float64;
          view.x = {wide ? Values(x_) : Values(narrow_x_)};
          view.dy = wide ? Values(dy_) : Values(narrow_dy_);
          return view;
      }()),
      facts_(oracle::facts_of(view_, c_.dtype)),
      state_(oracle::double_level_state(view_, facts_)),
      bounds_(view_, facts_, c_.dtype, subject.candidate.hello().flushes_to_zero) {}

std::string ChannelModel::obstacle() const {
    if (!all_finite(x_)) return "x is not finite";
    if (!all_finite(dy_)) return "dy is not finite";
    for (double parameter : {view_.gamma, view_.beta, view_.running_mean, view_.running_var})
        if (!std::isfinite(parameter)) return "a per-channel input is not finite";
    if (!(facts_.q > 0)) return "variance + eps is not above 0";
    if (!std::isfinite(facts_.q) || !std::isfinite(facts_.x.back().mean_abs) || !std::isfinite(facts_.dy.abs_products))
        return "a sum is beyond double";
    return "";
}

double ChannelModel::dx_radius(std::size_t i) const {
    return facts_.radii.dx(std::fabs(xhat(i)), std::fabs(state_.bracket(dy_[i], xhat(i))));
}

/// Good enough to take the ulp of a hand-set allowance at.
double ChannelModel::value(const std::string& tensor, std::size_t i) const {
    if (tensor == "y") return state_.y(xhat(i));
    if (tensor == "dx") return dx(i);
    if (tensor == "save_mean" || tensor == "running_mean") return facts_.hi;
    if (tensor == "save_var" || tensor == "running_var") return facts_.v;
    if (tensor == "save_invstd") return facts_.r;
    return (tensor == "dgamma" ? state_.c : state_.mean_dy) * view_.count();
}

judge::ChannelBounds::PerClass ChannelModel::bound(const std::string& tensor, std::size_t i) const {
    judge::ChannelBounds::PerClass bound = bounds_.at(tensor, i, state_);
    if (const auto allowed = c_.allow.find(tensor); allowed != c_.allow.end())
        for (double& b : bound) b += allowed->second * format_of(dtype_of(c_, tensor)).ulp(value(tensor, i));
    return bound;
}

}  // namespace bncheck::properties
