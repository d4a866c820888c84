#include "bncheck/suite/problem.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <type_traits>

#include "bncheck/core/channel_buffer.hpp"
#include "bncheck/core/npy.hpp"
#include "bncheck/core/parallel.hpp"
#include "bncheck/core/random.hpp"
#include "bncheck/core/tensor_name.hpp"
#include "bncheck/suite/impulse.hpp"
#include "bncheck/suite/lattice.hpp"

namespace bncheck::suite {
namespace {

/// Each step has an x of its own, and each variant a dy and ddx.
RandomStream stream_of(const Case& c, const std::string& tensor, std::size_t step) {
    const bool fresh = step > 0 && (tensor == "x" || tensor == "dy" || tensor == "ddx");
    return RandomStream(c.suite, c.name, fresh ? tensor + "#" + std::to_string(step) : tensor, c.seed);
}

/// Makes a row of a tensor: the values of one channel, or (row 0) the C values of a per-channel tensor. S is the type that
/// they are kept in.
template <class S>
struct Filling {
    const Case& c;
    const std::string& name;
    std::uint32_t row;
    std::size_t step;
    std::span<S> values;
    std::span<const S> x;  ///< of the same channel, for affine_of_x
    RandomStream stream = stream_of(c, name, step);
    /// Of the x itself, or of the one that a lattice or impulses of dy follow: the last step's, whose backward is asked for.
    RandomStream x_stream = stream_of(c, "x", name == "x" ? step : c.steps - 1);
    Format format = format_of(dtype_of(c, name));

    bool elementwise() const { return tensor_name::is_elementwise(name); }

    S rounded(double value) const {
        return static_cast<S>(format.precision < std::numeric_limits<S>::digits ? format.round(value) : value);
    }

    template <class Make>
    void each(Make make) {
        for (std::size_t i = 0; i < values.size(); ++i) values[i] = rounded(make(i));
    }

    /// a + b z of numbers z that the stream gives many at a time.
    template <class Z, class Draw>
    void each_random(Draw draw, double a, double b) {
        std::array<Z, 1024> drawn;
        for (std::size_t first = 0; first < values.size(); first += drawn.size()) {
            const std::size_t n = std::min(drawn.size(), values.size() - first);
            draw(first, std::span(drawn).first(n));
            if (format.precision < 24)
                for (std::size_t i = 0; i < n; ++i) values[first + i] = rounded(a + b * static_cast<double>(drawn[i]));
            else
                for (std::size_t i = 0; i < n; ++i) values[first + i] = static_cast<S>(a + b * static_cast<double>(drawn[i]));
        }
    }

    /// As precise as the type asks for.
    void operator()(const Normal& g) {
        if (format.precision >= 24 && g.mean == 0 && g.stddev == 1) return stream.normals(0, row, values);
        each_random<S>([&](std::size_t first, std::span<S> drawn) { stream.normals(first, row, drawn); }, g.mean, g.stddev);
    }
    void operator()(const Uniform& g) {
        each_random<double>([&](std::size_t first, std::span<double> drawn) { stream.uniforms(first, row, drawn); }, g.low,
                            g.high - g.low);
    }
    void operator()(const Constant& g) {
        each([&](std::size_t) { return g.value; });
    }
    void operator()(const Values&) {}  // kept whole by Problem
    void operator()(const File&) {}
    void operator()(const Alternating& g) {
        each([&](std::size_t i) { return g.offset + (i % 2 == 0 ? g.magnitude : -g.magnitude); });
    }
    void operator()(const AffineOfX& g) {
        each([&](std::size_t i) { return g.a * static_cast<double>(x[i]) + g.b; });
    }
    void operator()(const Subnormal&) {
        const std::uint64_t largest = (std::uint64_t{1} << (format.precision - 1)) - 1;  // in units of the smallest
        each([&](std::size_t i) {
            const std::uint64_t bits = stream.bits(i, row);
            const double magnitude = static_cast<double>(1 + (bits >> 1) % largest) * format.smallest_subnormal();
            return bits & 1 ? magnitude : -magnitude;
        });
    }
    void operator()(const Outlier& g) {
        (*this)(Normal{});
        for (std::size_t k = 0; k < g.count; ++k) {  // one in each of `count` strata
            const std::size_t low = k * values.size() / g.count, high = (k + 1) * values.size() / g.count;
            if (high > low) values[low + stream.below(high - low, values.size() + k, row)] = rounded(g.magnitude);
        }
    }
    void operator()(const Lattice& g) {
        if (!elementwise()) {  // gamma 1, -2, 3, -1, 2, -3 in turn; beta -2..2
            static constexpr int gammas[] = {1, -2, 3, -1, 2, -3};
            each([&](std::size_t ch) { return name == "gamma" ? gammas[ch % 6] : static_cast<int>(ch % 5) - 2; });
            return;
        }
        const std::vector<int> a = lattice_values(values.size(), row, x_stream);
        const std::vector<int> w = name == "dy" ? lattice_pairs(a, row, stream) : std::vector<int>{};
        each([&](std::size_t i) { return name == "dy" ? 2 + 4 * a[i] + w[i] : g.scale * (lattice_offset(row) + a[i]); });
    }
    void operator()(const Impulse& g) {
        std::fill(values.begin(), values.end(), S(0));
        for (const ImpulsePlace& place : impulse_places(g, c.shape, row, x_stream)) {
            const bool negative = name == "dy" && stream.bits(place.index, row) & 1;
            values[place.index] = rounded(negative ? -place.magnitude : place.magnitude);
        }
    }
};

bool is_present(const Case& c, const std::string& tensor) {
    if (tensor.starts_with("running")) return c.running;
    return c.affine;
}

/// The tensor where the case gives its values, or a file of them.
std::optional<Tensor> stored_tensor(const Case& c, const std::string& name) {
    const Generator& generator = c.data.at(name);
    if (const File* file = std::get_if<File>(&generator))
        return read_npy(file->path, dtype_of(c, name), dims_of(c, name), Access::mapped);
    const Values* given = std::get_if<Values>(&generator);
    if (!given) return std::nullopt;
    Tensor tensor(dtype_of(c, name), dims_of(c, name));
    for (std::size_t p = 0; p < given->values.size(); ++p) tensor.set(p, given->values[p]);
    return tensor;
}

}  // namespace

Problem::Problem(const Case& c, std::size_t other_dy) : c_(c), other_dy_(other_dy) {
    for (const std::string name : {"x", "dy", "ddx"})
        if (other_dy > 0 && name != "x")
            continue;
        else if (std::optional<Tensor> tensor = stored_tensor(c, name))
            stored_.emplace(name, std::move(*tensor));
    for (const std::string name : {"gamma", "beta", "running_mean", "running_var", "ddgamma", "ddbeta"}) {
        if (!is_present(c, name)) continue;
        std::optional<Tensor> tensor = stored_tensor(c, name);
        if (!tensor) {
            std::vector<double> values(c.shape.channels());
            std::visit(Filling<double>{c, name, 0, 0, values, {}}, c.data.at(name));
            tensor.emplace(dtype_of(c, name), dims_of(c, name));
            for (std::size_t p = 0; p < values.size(); ++p) tensor->set(p, values[p]);
        }
        (name.starts_with("dd") ? per_channel_seeds_ : per_channel_).emplace(name, std::move(*tensor));
    }
}

template <class S>
void Problem::channel(const std::string& tensor, std::size_t step, std::size_t channel, std::span<S> values) const {
    const bool other = other_dy_ > 0 && (tensor == "dy" || tensor == "ddx");
    static const Generator normal = Normal{};
    const Generator& generator = other ? normal : c_.data.at(tensor);
    if (tensor == "dy" || tensor == "ddx") step = other_dy_;
    if (const auto found = stored_.find(tensor); found != stored_.end()) {
        gather(found->second, c_.shape, c_.layout, channel, values);
        return;
    }
    if constexpr (std::is_same_v<S, double>)
        if (c_.dtype != Dtype::float64) {  // the same numbers, widened
            std::vector<float> narrow(values.size());
            this->channel<float>(tensor, step, channel, narrow);
            std::copy(narrow.begin(), narrow.end(), values.begin());
            return;
        }
    std::vector<S> x;
    if (std::holds_alternative<AffineOfX>(generator)) {
        x.resize(values.size());
        this->channel<S>("x", c_.steps - 1, channel, x);
    }
    std::visit(Filling<S>{c_, tensor, static_cast<std::uint32_t>(channel), step, values, x}, generator);
}

template void Problem::channel(const std::string&, std::size_t, std::size_t, std::span<float>) const;
template void Problem::channel(const std::string&, std::size_t, std::size_t, std::span<double>) const;

Tensor Problem::whole(const std::string& name, std::size_t step) const {
    if (const auto found = stored_.find(name); found != stored_.end()) return found->second;
    Tensor tensor(c_.dtype, dims_of(c_, name));
    parallel_for_each(c_.shape.channels(), [&](std::size_t ch) {
        ChannelBuffer buffer(c_.dtype, c_.shape.count());
        buffer.visit([&](auto values) {
            channel(name, step, ch, values);
            scatter(tensor, c_.shape, c_.layout, ch, std::span<const typename decltype(values)::value_type>(values));
        });
    });
    return tensor;
}

Tensors Problem::tensors(std::size_t step) const {
    Tensors all = per_channel_;
    for (const std::string name : {"x", "dy"}) all.emplace(name, whole(name, step));
    return all;
}

Tensors Problem::seeds() const {
    Tensors all = per_channel_seeds_;
    all.emplace("ddx", whole("ddx", 0));
    return all;
}

Tensors generate(const Case& c, std::size_t step) { return Problem(c).tensors(step); }

}  // namespace bncheck::suite
