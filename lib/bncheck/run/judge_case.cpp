#include "bncheck/run/judge_case.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>

#include "bncheck/core/error.hpp"
#include "bncheck/core/parallel.hpp"
#include "bncheck/core/tensor_name.hpp"
#include "bncheck/gradient/finite_difference.hpp"

namespace bncheck::run {
namespace {

using judge::ChannelBounds;
using judge::TensorFindings;

oracle::Channel channel_of(const Evidence& e, std::size_t channel, bool with_dy) {
    const suite::Case& c = e.c;
    const suite::Tensors& first = e.inputs.front();
    const auto value = [&](const char* name, double otherwise) {
        const auto found = first.find(name);
        return found == first.end() ? otherwise : found->second.at(channel);
    };
    oracle::Channel result;
    result.training = c.training;
    for (const suite::Tensors& inputs : e.inputs)
        result.x.push_back(gather<double>(inputs.at("x"), c.shape, c.layout, channel));
    result.eps = c.eps;
    result.gamma = value("gamma", 1);
    result.beta = value("beta", 0);
    result.running = c.running;
    result.running_mean = value("running_mean", 0);
    result.running_var = value("running_var", 1);
    result.weights = e.momentum;
    result.weights_are_complements = !e.convention->momentum_weighs_new;
    result.unbiased_running = e.convention->unbiased_running;
    if (with_dy) result.dy = gather<double>(e.inputs.back().at("dy"), c.shape, c.layout, channel);
    return result;
}

/// Truth and bounds of a tensor by its name, for one channel.
struct Reference {
    const oracle::Truth& truth;
    const ChannelBounds& bounds;

    oracle::Enclosure want(const std::string& name, std::size_t i) const {
        if (name == "y") return truth.y[i];
        if (name == "dx") return truth.dx[i];
        if (name == "save_mean") return truth.mu;
        if (name == "save_invstd") return truth.r;
        if (name == "save_var") return truth.v;
        if (name == "running_mean") return truth.running.back().mean;
        if (name == "running_var") return truth.running.back().variance;
        return name == "dgamma" ? truth.dgamma : truth.dbeta;
    }

    ChannelBounds::PerClass bound(const std::string& name, std::size_t i) const {
        if (name == "y") return bounds.y(i);
        if (name == "dx") return bounds.dx(i);
        if (name == "save_mean") return bounds.save_mean();
        if (name == "save_invstd") return bounds.save_invstd();
        if (name == "save_var") return bounds.save_var();
        if (name == "running_mean") return bounds.running_mean();
        if (name == "running_var") return bounds.running_var();
        return name == "dgamma" ? bounds.dgamma() : bounds.dbeta();
    }
};

class ChannelJudge {
public:
    ChannelJudge(const Evidence& evidence, std::size_t channel)
        : e_(evidence),
          channel_(channel),
          data_(channel_of(evidence, channel, wants_backward(evidence))),
          truth_(oracle::truth_mpfr256(data_)),
          bounds_(data_, truth_, evidence.c.dtype, evidence.flushes) {}

    static bool wants_backward(const Evidence& e) { return e.outputs.count("dx") != 0; }

    Judgement judge() const {
        Judgement result;
        for (const auto& [name, tensor] : e_.outputs) result.tensors.emplace(name, findings(name, tensor));
        for (const auto& [name, expected] : e_.c.expect) compare_expected(name, expected, result);
        if (e_.c.has(suite::Check::gradient) && data_.dy) compare_gradient(result);
        const double v = truth_.v.hi, mu = std::fabs(truth_.mu.hi);
        result.kappa = v > 0 ? std::sqrt(mu / v * mu + 1) : std::numeric_limits<double>::infinity();
        result.mean_over_stddev = mu == 0 ? 0 : mu / std::sqrt(v);
        return result;
    }

    std::vector<bool> resolved() const { return bounds_.resolved(e_.required); }

private:
    std::size_t count(const std::string& name) const { return tensor_name::is_elementwise(name) ? e_.c.shape.count() : 1; }
    std::size_t position(const std::string& name, std::size_t i) const {
        return tensor_name::is_elementwise(name) ? e_.c.shape.offset(e_.c.layout, channel_, i) : channel_;
    }
    double allowed(const std::string& name) const {
        const auto found = e_.c.allow.find(name);
        return found == e_.c.allow.end() ? 0 : found->second;
    }

    TensorFindings findings(const std::string& name, const Tensor& tensor) const {
        TensorFindings result;
        const Format format = format_of(tensor.dtype());
        if (!e_.c.training && (name == "running_mean" || name == "running_var")) {
            add_equal(result, channel_, tensor.at(channel_), e_.inputs.back().at(name).at(channel_), format);
            return result;
        }
        const Reference reference{truth_, bounds_};
        for (std::size_t i = 0; i < count(name); ++i)
            result.add({channel_, i, tensor.at(position(name, i)), reference.want(name, i), 0, 0}, reference.bound(name, i),
                       e_.required, allowed(name), format);
        return result;
    }

    /// The oracle must agree within atol + rtol |value|, the candidate within that and its class's bound.
    void compare_expected(const std::string& name, const suite::Expected& expected, Judgement& result) const {
        const bool is_running = name == "running_mean" || name == "running_var";
        if (is_running && (e_.convention != e_.c.convention || !e_.c.running || !e_.c.training)) return;
        const bool is_backward = name == "dx" || name == "dgamma" || name == "dbeta";
        if (is_backward && !data_.dy) return;
        const Reference reference{truth_, bounds_};
        const auto provided = e_.outputs.find(name);
        for (std::size_t i = 0; i < count(name); ++i) {
            const suite::Number& value = expected.values[position(name, i)];
            const oracle::Enclosure want{value.hi, value.lo, value.lo != 0 ? std::fabs(value.hi) * 0x1p-105 : 0};
            const double tolerance = expected.atol + expected.rtol * std::fabs(value.hi);
            const oracle::Enclosure truth = reference.want(name, i);
            const bool same = truth.hi == want.hi || (std::isnan(truth.hi) && std::isnan(want.hi));
            const double apart = same && truth.lo == want.lo ? 0 : std::fabs((truth.hi - want.hi) + (truth.lo - want.lo));
            if (!(same && !std::isfinite(truth.hi)) && !(apart <= (tolerance + truth.radius + want.radius) * (1 + 0x1p-50)))
                result.oracle_disagrees.insert(name);
            if (provided == e_.outputs.end()) continue;
            ChannelBounds::PerClass bound;
            bound.fill(tolerance + reference.bound(name, i)[static_cast<std::size_t>(e_.required)]);
            result.expected[name].add({channel_, i, provided->second.at(position(name, i)), want, 0, 0}, bound, e_.required,
                                      allowed(name), format_of(provided->second.dtype()));
        }
    }

    void compare_gradient(Judgement& result) const {
        if (!(truth_.q.hi > 0) || !std::isfinite(truth_.r.hi)) return;  // the forward has no derivative
        const gradient::NumericGradients numeric = gradient::finite_differences(data_);
        const Reference reference{truth_, bounds_};
        for (const std::string name : {"dx", "dgamma", "dbeta"}) {
            const auto provided = e_.outputs.find(name);
            if (provided == e_.outputs.end()) continue;
            for (std::size_t i = 0; i < count(name); ++i) {
                const oracle::Enclosure& want = name == "dx"       ? numeric.dx[i]
                                                : name == "dgamma" ? numeric.dgamma
                                                                   : numeric.dbeta;
                if (!gradient::agree(reference.want(name, i), want))
                    throw Error(Fault::internal, "oracle", e_.c.id(),
                                "finite differences and closed form of " + name + " disagree in 256-bit arithmetic",
                                "please report this case");
                result.gradient[name].add({channel_, i, provided->second.at(position(name, i)), want, 0, 0},
                                          reference.bound(name, i), e_.required, allowed(name),
                                          format_of(provided->second.dtype()));
            }
        }
    }

    const Evidence& e_;
    std::size_t channel_;
    oracle::Channel data_;
    oracle::Truth truth_;
    ChannelBounds bounds_;
};

void merge(std::map<std::string, TensorFindings>& into, const std::map<std::string, TensorFindings>& from) {
    for (const auto& [name, findings] : from) into[name].merge(findings);
}

}  // namespace

Judgement judge_case(const Evidence& evidence) {
    const std::size_t channels = evidence.c.shape.channels(), m = evidence.c.shape.count();
    std::vector<Judgement> parts(channels);
    std::vector<bool> resolved(m, false);
    std::mutex resolved_mutex;
    parallel_for_each(channels, [&](std::size_t channel) {
        const ChannelJudge judge(evidence, channel);
        parts[channel] = judge.judge();
        const std::vector<bool> mine = judge.resolved();
        const std::lock_guard lock(resolved_mutex);  // a union does not depend on the order
        for (std::size_t i = 0; i < m; ++i)
            if (mine[i]) resolved[i] = true;
    });
    Judgement result;
    for (const Judgement& part : parts) {
        merge(result.tensors, part.tensors);
        merge(result.gradient, part.gradient);
        merge(result.expected, part.expected);
        result.oracle_disagrees.insert(part.oracle_disagrees.begin(), part.oracle_disagrees.end());
        result.kappa = std::max(result.kappa, part.kappa);
        result.mean_over_stddev = std::max(result.mean_over_stddev, part.mean_over_stddev);
    }
    result.resolution = static_cast<double>(std::count(resolved.begin(), resolved.end(), true)) / static_cast<double>(m);
    return result;
}

}  // namespace bncheck::run
