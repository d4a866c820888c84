#include <functional>

#include "bncheck/bn/statistics.hpp"
#include "bncheck/candidate/candidate.hpp"
#include "bncheck/core/error.hpp"
#include "bncheck/core/nearest.hpp"
#include "bncheck/core/parallel.hpp"
#include "bncheck/kernels/fast.hpp"

namespace bncheck::candidate {
namespace {

/// How a kernel adds up, in arithmetic of W; everything else is the definition.
template <class W>
struct Sums {
    std::function<bn::Moments<W>(const std::vector<W>&)> moments;
    std::function<W(const std::vector<W>&)> sum;
    std::function<W(const std::vector<W>&, const std::vector<W>&)> sum_of_products;
};

template <class W>
std::vector<W> channel_of(const Request& request, const std::string& tensor, std::size_t channel) {
    const std::vector<double> values = gather<double>(request.inputs.at(tensor), request.c.shape, request.c.layout, channel);
    std::vector<W> result;
    result.reserve(values.size());
    for (double value : values) result.push_back(static_cast<W>(value));
    return result;
}

template <class W>
void put_channel(Response& response, const Request& request, const std::string& tensor, std::size_t channel,
                 const std::vector<W>& values) {
    std::vector<double> rounded;
    rounded.reserve(values.size());
    for (const W& value : values) rounded.push_back(static_cast<double>(value));
    scatter(response.outputs.at(tensor), request.c.shape, request.c.layout, channel, rounded);
}

template <class W>
void run_channel(const Request& request, Response& response, const Sums<W>& sums, std::size_t channel) {
    const suite::Case& c = request.c;
    const auto input = [&](const char* name, double otherwise) {
        const auto found = request.inputs.find(name);
        return static_cast<W>(found == request.inputs.end() ? otherwise : found->second.at(channel));
    };
    const auto put = [&](const std::string& name, const W& value) {
        const auto found = response.outputs.find(name);
        if (found != response.outputs.end()) found->second.set(channel, static_cast<double>(value));
    };
    const std::vector<W> x = channel_of<W>(request, "x", channel);
    const W old_mean = input("running_mean", 0), old_variance = input("running_var", 1);
    const bn::Moments<W> moments = c.training ? sums.moments(x) : bn::Moments<W>{old_mean, old_variance};
    const bn::Normalizer<W> n = bn::normalizer(moments, static_cast<W>(c.eps));
    const bn::Affine<W> affine{input("gamma", 1), input("beta", 0)};
    const std::vector<W> xhat = bn::normalized(x, n);
    if (request.pass == "forward") {
        put_channel(response, request, "y", channel, bn::output(xhat, affine));
        put("save_mean", n.mu);
        put("save_invstd", n.r);
        put("save_var", n.v);
        if (!c.training) {
            put("running_mean", old_mean);
            put("running_var", old_variance);
            return;
        }
        const W momentum = static_cast<W>(request.momentum);
        const W weight = request.convention->momentum_weighs_new ? momentum : W(1) - momentum;
        const W batch = request.convention->unbiased_running && x.size() > 1 ? bn::unbiased(n.v, x.size()) : n.v;
        put("running_mean", bn::running(old_mean, n.mu, weight));
        put("running_var", bn::running(old_variance, batch, weight));
        return;
    }
    const std::vector<W> dy = channel_of<W>(request, "dy", channel);
    const W dbeta = sums.sum(dy), dgamma = sums.sum_of_products(dy, xhat);
    put("dbeta", dbeta);
    put("dgamma", dgamma);
    put_channel(response, request, "dx", channel,
                c.training ? bn::closed_form_dx(dy, xhat, affine.gamma, n.r, dgamma, dbeta)
                           : bn::inference_backward(dy, xhat, affine.gamma, n.r).dx);
}

template <class W>
Sums<W> sums_by(bn::Algorithm algorithm) {
    return {[=](const std::vector<W>& x) { return bn::moments_by(algorithm, x); },
            [=](const std::vector<W>& t) { return bn::sum_by(algorithm, t); },
            [=](const std::vector<W>& a, const std::vector<W>& b) {
                std::vector<W> products(a.size());
                for (std::size_t i = 0; i < a.size(); ++i) products[i] = a[i] * b[i];
                return bn::sum_by(algorithm, products);
            }};
}

template <class W>
Sums<W> sums_of_definition() {
    return {[](const std::vector<W>& x) { return bn::moments(x); }, [](const std::vector<W>& t) { return bn::sum(t); },
            [](const std::vector<W>& a, const std::vector<W>& b) { return bn::sum_of_products(a, b); }};
}

class Builtin : public Candidate {
public:
    Builtin(const std::string& name, std::optional<bn::Algorithm> algorithm) : algorithm_(algorithm) {
        hello_.name = "builtin:" + name;
        hello_.dtypes = {"float16", "bfloat16", "float32", "float64"};
        hello_.layouts = {"NCHW", "NHWC"};
        hello_.modes = {"train", "eval"};
        hello_.passes = {"forward", "backward"};
    }

    const Hello& hello() const override { return hello_; }

    Response run(const Request& request) override {
        Response response;
        for (const std::string& name : request.outputs)
            response.outputs.emplace(name, Tensor(dtype_of(request.c, name), dims_of(request.c, name)));
        const bool narrow = statistics_dtype(request.c.dtype) == Dtype::float32;
        if (!algorithm_)
            each_channel<double>(request, response, {kernels::moments, kernels::sum, kernels::sum_of_products});
        else if (*algorithm_ == bn::Algorithm::wide && narrow)
            each_channel<double>(request, response, sums_of_definition<double>());
        else if (*algorithm_ == bn::Algorithm::wide)
            each_channel<__float128>(request, response, sums_of_definition<__float128>());
        else if (narrow)
            each_channel<float>(request, response, sums_by<float>(*algorithm_));
        else
            each_channel<double>(request, response, sums_by<double>(*algorithm_));
        return response;
    }

private:
    template <class W>
    static void each_channel(const Request& request, Response& response, const Sums<W>& sums) {
        parallel_for_each(request.c.shape.channels(),
                          [&](std::size_t channel) { run_channel(request, response, sums, channel); });
    }

    Hello hello_;
    std::optional<bn::Algorithm> algorithm_;  // none: the fast kernel
};

}  // namespace

std::unique_ptr<Candidate> make_builtin(const std::string& name) {
    const auto algorithm = bn::algorithm_from(name);
    if (!algorithm && name != "fast")
        throw Error(
            Fault::usage, "format", "--candidate", "there is no builtin '" + name + "'",
            suggestion(name, {"fast", "two_pass", "textbook", "welford", "shifted", "pairwise", "compensated", "wide"}));
    return std::make_unique<Builtin>(name, algorithm);
}

}  // namespace bncheck::candidate
