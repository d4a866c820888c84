#include <functional>
#include <type_traits>

#include "bncheck/bn/double_backward.hpp"
#include "bncheck/bn/momentum.hpp"
#include "bncheck/bn/statistics.hpp"
#include "bncheck/candidate/candidate.hpp"
#include "bncheck/candidate/channelwise.hpp"
#include "bncheck/core/error.hpp"
#include "bncheck/core/nearest.hpp"
#include "bncheck/core/parallel.hpp"
#include "bncheck/core/tensor_name.hpp"
#include "bncheck/kernels/fast.hpp"

namespace bncheck::candidate {
namespace {

/// Not by a cast to float and back: where two neighbours are rounded, GCC 12 makes one vector of them and drops both casts.
double rounded(double value, Dtype dtype) { return format_of(statistics_dtype(dtype)).round(value); }

/// What follows from the moments of a channel, in arithmetic of W.
template <class W>
void add_statistics(const ChannelPass& p, const bn::Normalizer<W>& n, ChannelResult& result) {
    const auto put = [&](double& to, const W& value) { to = rounded(static_cast<double>(value), p.c.dtype); };
    put(result.save_mean, n.mu);
    put(result.save_invstd, n.r);
    put(result.save_var, n.v);
    result.running_mean = p.running_mean;
    result.running_var = p.running_var;
    if (!p.c.training) return;
    const W momentum = static_cast<W>(p.momentum);
    const W weight = p.convention->momentum == bn::Momentum::weighs_new ? momentum
                     : p.convention->momentum == bn::Momentum::weighs_old
                         ? W(1) - momentum
                         : static_cast<W>(bn::accumulated_weight(p.momentum, p.num_batches_tracked));
    const std::size_t m = p.x.size();
    const W batch = p.convention->unbiased() && m > 1 ? bn::unbiased(n.v, m) : n.v;
    put(result.running_mean, bn::running(static_cast<W>(p.running_mean), n.mu, weight));
    put(result.running_var, bn::running(static_cast<W>(p.running_var), batch, weight));
}

/// Rounds floats that stand for a 16-bit type to it.
void round_elements(ChannelBuffer& elements, Dtype dtype) {
    const Format format = format_of(dtype);
    if (format.precision >= 24) return;
    elements.visit([&](auto values) {
        for (auto& value : values) value = static_cast<std::remove_reference_t<decltype(value)>>(format.round(value));
    });
}

template <class W>
std::vector<W> vector_of(const Values& values) {
    std::vector<W> result(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) result[i] = static_cast<W>(values[i]);
    return result;
}

/// Rounded once to the case's type, by way of float where that stands for a 16-bit type.
template <class W>
ChannelBuffer elements_of(const std::vector<W>& values, Dtype dtype) {
    ChannelBuffer elements(dtype, values.size());
    elements.visit([&](auto out) {
        for (std::size_t i = 0; i < values.size(); ++i) out[i] = static_cast<typename decltype(out)::value_type>(values[i]);
    });
    round_elements(elements, dtype);
    return elements;
}

template <class W, class Sum>
ChannelResult second_gradients(const ChannelPass& p, const std::vector<W>& xhat, const W& r, const Sum& sum) {
    const bn::SecondSeeds<W> seeds{vector_of<W>(p.ddx), static_cast<W>(p.ddgamma), static_cast<W>(p.ddbeta)};
    const std::vector<W> dy = vector_of<W>(p.dy);
    const W gamma = static_cast<W>(p.gamma);
    const bn::SecondGradients<W> g = p.c.training ? bn::double_backward(seeds, dy, xhat, gamma, r, sum)
                                                  : bn::inference_double_backward(seeds, dy, xhat, gamma, r, sum);
    ChannelResult result;
    result.elements = elements_of(g.gdy, p.c.dtype);
    result.gx = elements_of(g.gx, p.c.dtype);
    result.ggamma = rounded(static_cast<double>(g.ggamma), p.c.dtype);
    return result;
}

/// The definition with the sums of an algorithm.
template <class W>
ChannelResult by_definition(const ChannelPass& p, bn::Algorithm algorithm) {
    // In twice the precision every algorithm is the definition itself.
    constexpr bool plain = std::is_same_v<W, float> || std::is_same_v<W, double>;
    const auto sum = [&](const std::vector<W>& terms) {
        if constexpr (plain)
            if (algorithm != bn::Algorithm::wide) return bn::sum_by(algorithm, terms);
        return bn::sum(terms);
    };
    const auto moments = [&](const std::vector<W>& x) {
        if constexpr (plain)
            if (algorithm != bn::Algorithm::wide) return bn::moments_by(algorithm, x);
        return bn::moments(x);
    };
    ChannelResult result;
    const std::vector<W> x = vector_of<W>(p.x);
    const bn::Moments<W> batch =
        p.c.training ? moments(x) : bn::Moments<W>{static_cast<W>(p.running_mean), static_cast<W>(p.running_var)};
    const bn::Normalizer<W> n = bn::normalizer(batch, static_cast<W>(p.c.eps));
    const bn::Affine<W> affine{static_cast<W>(p.gamma), static_cast<W>(p.beta)};
    const std::vector<W> xhat = bn::normalized(x, n);
    if (p.pass == Pass::double_backward) return second_gradients(p, xhat, n.r, sum);
    if (p.pass == Pass::forward) {
        result.elements = elements_of(bn::output(xhat, affine), p.c.dtype);
        add_statistics(p, n, result);
        return result;
    }
    const std::vector<W> dy = vector_of<W>(p.dy);
    std::vector<W> products(dy.size());
    for (std::size_t i = 0; i < dy.size(); ++i) products[i] = dy[i] * xhat[i];
    const W dbeta = sum(dy), dgamma = sum(products);
    result.elements = elements_of(p.c.training ? bn::closed_form_dx(dy, xhat, affine.gamma, n.r, dgamma, dbeta)
                                               : bn::inference_backward(dy, xhat, affine.gamma, n.r).dx,
                                  p.c.dtype);
    result.dgamma = rounded(static_cast<double>(dgamma), p.c.dtype);
    result.dbeta = rounded(static_cast<double>(dbeta), p.c.dtype);
    return result;
}

ChannelResult by_fast_kernel(const ChannelPass& p) {
    const double m = static_cast<double>(p.x.size());
    const bn::Moments<double> moments =
        p.c.training ? kernels::moments(p.x) : bn::Moments<double>{p.running_mean, p.running_var};
    const bn::Normalizer<double> n = bn::normalizer(moments, p.c.eps);
    if (p.pass == Pass::double_backward)
        return second_gradients(p, bn::normalized(vector_of<double>(p.x), n), n.r,
                                [](const std::vector<double>& terms) { return kernels::sum(std::span<const double>(terms)); });
    ChannelResult result;
    result.elements = ChannelBuffer(p.c.dtype, p.x.size());
    const auto span_of = [](const Values& values, auto out) {
        using S = typename decltype(out)::value_type;
        if constexpr (std::is_same_v<S, float>)
            return std::span<const float>(values.narrow(), values.size());
        else
            return std::span<const double>(values.wide(), values.size());
    };
    if (p.pass == Pass::forward) {
        result.elements.visit([&](auto y) { kernels::normalize(span_of(p.x, y), n, {p.gamma, p.beta}, y); });
        add_statistics(p, n, result);
    } else {
        const double dbeta = kernels::sum(p.dy), dgamma = kernels::sum_of_centred_products(p.dy, p.x, n.mu) * n.r;
        const double mean_dy = p.c.training ? dbeta / m : 0, c = p.c.training ? dgamma / m : 0;
        result.elements.visit(
            [&](auto dx) { kernels::backward(span_of(p.x, dx), span_of(p.dy, dx), n, p.gamma, mean_dy, c, dx); });
        result.dgamma = rounded(dgamma, p.c.dtype);
        result.dbeta = rounded(dbeta, p.c.dtype);
    }
    round_elements(result.elements, p.c.dtype);
    return result;
}

class Builtin : public Candidate, public Channelwise {
public:
    Builtin(const std::string& name, std::optional<bn::Algorithm> algorithm) : algorithm_(algorithm) {
        hello_.name = "builtin:" + name;
        hello_.dtypes = {"float16", "bfloat16", "float32", "float64"};
        hello_.layouts = {"NCHW", "NHWC"};
        hello_.modes = {"train", "eval"};
        hello_.passes = {"forward", "backward", "double-backward"};
    }

    const Hello& hello() const override { return hello_; }
    const Channelwise* channelwise() const override { return this; }

    ChannelResult run_channel(const ChannelPass& p) const override {
        const bool narrow = p.c.dtype != Dtype::float64;
        if (!algorithm_) return by_fast_kernel(p);
        if (*algorithm_ == bn::Algorithm::wide && !narrow) return by_definition<__float128>(p, *algorithm_);
        return narrow && *algorithm_ != bn::Algorithm::wide ? by_definition<float>(p, *algorithm_)
                                                            : by_definition<double>(p, *algorithm_);
    }

    Response run(const Request& request) override {
        const suite::Case& c = request.c;
        Response response;
        for (const std::string& name : request.outputs)
            response.outputs.emplace(name, Tensor(dtype_of(c, name), dims_of(c, name)));
        parallel_for_each(c.shape.channels(), [&](std::size_t channel) {
            const bool second = request.pass == name_of(Pass::double_backward);
            const Pass pass = second                                    ? Pass::double_backward
                              : request.pass == name_of(Pass::backward) ? Pass::backward
                                                                        : Pass::forward;
            const auto elements = [&](const char* name) {
                ChannelBuffer buffer(c.dtype, c.shape.count());
                buffer.visit([&](auto values) { gather(request.inputs.at(name), c.shape, c.layout, channel, values); });
                return buffer;
            };
            const auto input = [&](const char* name, double otherwise) {
                const auto found = request.inputs.find(name);
                return found == request.inputs.end() ? otherwise : found->second.at(channel);
            };
            const ChannelBuffer x = elements("x"), dy = pass == Pass::forward ? ChannelBuffer() : elements("dy"),
                                ddx = second ? elements("ddx") : ChannelBuffer();
            ChannelResult result =
                run_channel({c, request.convention, request.momentum, request.num_batches_tracked, pass, x.values(),
                             dy.values(), input("gamma", 1), input("beta", 0), input("running_mean", 0),
                             input("running_var", 1), channel, ddx.values(), input("ddgamma", 0), input("ddbeta", 0)});
            for (auto& [name, tensor] : response.outputs) {
                if (tensor_name::is_elementwise(name))
                    (name == "gx" ? result.gx : result.elements).visit([&](auto values) {
                        using S = typename decltype(values)::value_type;
                        scatter(tensor, c.shape, c.layout, channel, std::span<const S>(values));
                    });
                else
                    tensor.set(channel, result.at(name));
            }
        });
        return response;
    }

private:
    Hello hello_;
    std::optional<bn::Algorithm> algorithm_;  // none: the fast kernel
};

}  // namespace

std::string_view name_of(Pass pass) {
    static constexpr std::string_view names[] = {"forward", "backward", "double-backward"};
    return names[static_cast<std::size_t>(pass)];
}

double& ChannelResult::at(std::string_view tensor) {
    if (tensor == "save_mean") return save_mean;
    if (tensor == "save_invstd") return save_invstd;
    if (tensor == "save_var") return save_var;
    if (tensor == "running_mean") return running_mean;
    if (tensor == "running_var") return running_var;
    if (tensor == "dgamma") return dgamma;
    if (tensor == "dbeta") return dbeta;
    if (tensor == "ggamma") return ggamma;
    throw Error(Fault::internal, "tensor", std::string(tensor), "is no per-channel output", "please report this");
}

std::vector<std::string> builtin_names() {
    std::vector<std::string> names = bn::algorithm_names();
    names.insert(names.begin(), "fast");
    return names;
}

std::unique_ptr<Candidate> make_builtin(const std::string& name) {
    const auto algorithm = bn::algorithm_from(name);
    if (!algorithm && name != "fast")
        throw Error(Fault::usage, "format", "--candidate", "there is no builtin '" + name + "'",
                    suggestion(name, builtin_names()));
    return std::make_unique<Builtin>(name, algorithm);
}

}  // namespace bncheck::candidate
