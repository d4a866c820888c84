#include "bncheck/suite/problem.hpp"

#include <cmath>

#include "bncheck/core/npy.hpp"
#include "bncheck/core/random.hpp"
#include "bncheck/core/tensor_name.hpp"
#include "bncheck/suite/impulse.hpp"
#include "bncheck/suite/lattice.hpp"

namespace bncheck::suite {
namespace {

/// One tensor in the making. A per-channel tensor is filled as C channels of one value.
struct Filling {
    const Case& c;
    std::string name;
    RandomStream stream;    ///< of this tensor
    RandomStream x_stream;  ///< of x, which a lattice or impulses of dy follow
    const Tensor* x;        ///< already filled, for affine_of_x
    Tensor tensor;

    bool elementwise() const { return tensor_name::is_elementwise(name); }
    std::size_t count() const { return elementwise() ? c.shape.count() : 1; }
    std::size_t position(std::size_t channel, std::size_t i) const {
        return elementwise() ? c.shape.offset(c.layout, channel, i) : channel;
    }

    /// Logical position: the same value in every layout.
    std::size_t logical(std::size_t channel, std::size_t i) const {
        return elementwise() ? c.shape.offset(Layout::nchw, channel, i) : channel;
    }

    template <class Make>
    void each(Make make) {
        for (std::size_t channel = 0; channel < c.shape.channels(); ++channel)
            for (std::size_t i = 0; i < count(); ++i) tensor.set(position(channel, i), make(channel, i));
    }

    void operator()(const Normal& g) {
        each([&](std::size_t ch, std::size_t i) { return g.mean + g.stddev * stream.normal(logical(ch, i)); });
    }
    void operator()(const Uniform& g) {
        each([&](std::size_t ch, std::size_t i) { return g.low + (g.high - g.low) * stream.uniform(logical(ch, i)); });
    }
    void operator()(const Constant& g) {
        each([&](std::size_t, std::size_t) { return g.value; });
    }
    void operator()(const Values& g) {
        for (std::size_t p = 0; p < g.values.size(); ++p) tensor.set(p, g.values[p]);
    }
    void operator()(const File& g) { tensor = read_npy(g.path, tensor.dtype(), tensor.dims()); }
    void operator()(const Alternating& g) {
        each([&](std::size_t, std::size_t i) { return g.offset + (i % 2 == 0 ? g.magnitude : -g.magnitude); });
    }
    void operator()(const AffineOfX& g) {
        for (std::size_t p = 0; p < tensor.size(); ++p) tensor.set(p, g.a * x->at(p) + g.b);
    }
    void operator()(const Subnormal&) {
        const Format format = format_of(tensor.dtype());
        const std::uint64_t largest = (std::uint64_t{1} << (format.precision - 1)) - 1;  // in units of the smallest
        each([&](std::size_t ch, std::size_t i) {
            const std::uint64_t bits = stream.bits(logical(ch, i));
            const double magnitude = static_cast<double>(1 + (bits >> 1) % largest) * format.smallest_subnormal();
            return bits & 1 ? magnitude : -magnitude;
        });
    }
    void operator()(const Outlier& g) {
        (*this)(Normal{});
        for (std::size_t ch = 0; ch < c.shape.channels(); ++ch)
            for (std::size_t k = 0; k < g.count; ++k) {  // one in each of `count` strata
                const std::size_t low = k * count() / g.count, high = (k + 1) * count() / g.count;
                if (high > low)
                    tensor.set(position(ch, low + stream.below(high - low, c.shape.elements() + ch * g.count + k)),
                               g.magnitude);
            }
    }
    void operator()(const Lattice& g) {
        for (std::size_t ch = 0; ch < c.shape.channels(); ++ch) {
            if (!elementwise()) {  // gamma 1, -2, 3, -1, 2, -3 in turn; beta -2..2
                static constexpr int gammas[] = {1, -2, 3, -1, 2, -3};
                tensor.set(ch, name == "gamma" ? gammas[ch % 6] : static_cast<int>(ch % 5) - 2);
                continue;
            }
            const std::vector<int> a = lattice_values(c.shape.count(), ch, x_stream);
            const std::vector<int> w = name == "dy" ? lattice_pairs(a, ch, stream) : std::vector<int>{};
            for (std::size_t i = 0; i < a.size(); ++i)
                tensor.set(position(ch, i), name == "dy" ? 2 + 4 * a[i] + w[i] : g.scale * (lattice_offset(ch) + a[i]));
        }
    }
    void operator()(const Impulse& g) {
        for (std::size_t ch = 0; ch < c.shape.channels(); ++ch)
            for (const ImpulsePlace& place : impulse_places(g, c.shape, ch, x_stream)) {
                const bool negative = name == "dy" && stream.bits(logical(ch, place.index)) & 1;
                tensor.set(position(ch, place.index), negative ? -place.magnitude : place.magnitude);
            }
    }
};

bool is_present(const Case& c, const std::string& tensor) {
    if (tensor == "gamma" || tensor == "beta") return c.affine;
    if (tensor == "running_mean" || tensor == "running_var") return c.running;
    return tensor == "x" || tensor == "dy";
}

}  // namespace

Tensors generate(const Case& c, std::size_t step) {
    const auto stream = [&](const std::string& name) {
        return RandomStream(c.suite, c.name, step > 0 && name == "x" ? name + "#" + std::to_string(step) : name, c.seed);
    };
    Tensors tensors;
    for (const std::string name : {"x", "gamma", "beta", "running_mean", "running_var", "dy"}) {
        if (!is_present(c, name)) continue;
        const Tensor* x = name == "x" ? nullptr : &tensors.at("x");
        Filling filling{c, name, stream(name), stream("x"), x, Tensor(dtype_of(c, name), dims_of(c, name))};
        std::visit(filling, c.data.at(name));
        tensors.emplace(name, std::move(filling.tensor));
    }
    return tensors;
}

}  // namespace bncheck::suite
