// Sixteen accumulators side by side, whatever the vector length: element i goes to lane i mod 16, so that the bits of a sum do
// not depend on the machine. Included once a target, after <hwy/highway.h>, between HWY_BEFORE_NAMESPACE and
// HWY_AFTER_NAMESPACE.

namespace bncheck::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using D = hn::ScalableTag<double>;
using V = hn::Vec<D>;

inline constexpr std::size_t lane_count = 16;
inline constexpr std::size_t vector_lanes = HWY_LANES(double) < lane_count ? HWY_LANES(double) : lane_count;
inline constexpr std::size_t vector_count = lane_count / vector_lanes;

HWY_INLINE V load(const double* p) { return hn::LoadU(D(), p); }
HWY_INLINE V load(const float* p) { return hn::PromoteTo(D(), hn::LoadU(hn::Rebind<float, D>(), p)); }
HWY_INLINE void store(V v, double* p) { hn::StoreU(v, D(), p); }
HWY_INLINE void store(V v, float* p) { hn::StoreU(hn::DemoteTo(hn::Rebind<float, D>(), v), hn::Rebind<float, D>(), p); }
HWY_INLINE V set(double value) { return hn::Set(D(), value); }

/// Sixteen lanes of a sum or of a maximum of nonnegative numbers.
struct Lanes {
    V v[vector_count];
    Lanes() {
        for (V& each : v) each = hn::Zero(D());
    }
    std::array<double, lane_count> values() const {
        std::array<double, lane_count> a;
        for (std::size_t k = 0; k < vector_count; ++k) hn::StoreU(v[k], D(), a.data() + k * vector_lanes);
        return a;
    }
    double sum() const {
        std::array<double, lane_count> a = values();
        for (std::size_t width = lane_count / 2; width > 0; width /= 2)
            for (std::size_t k = 0; k < width; ++k) a[k] += a[k + width];
        return a[0];
    }
    double max() const {
        const std::array<double, lane_count> a = values();
        return *std::max_element(a.begin(), a.end());
    }
};

/// Calls step(k, x, other, valid) for each vector k of every sixteen of the n values (other: 0 where it is null); `valid` is
/// false in lanes beyond the end, which repeat the first value.
template <class S, class Step>
HWY_INLINE void for_each_vector(const S* x, const S* other, std::size_t n, Step step) {
    const std::size_t whole = n / lane_count * lane_count;
    const auto all = hn::FirstN(D(), vector_lanes);
    if (other) {
        for (std::size_t i = 0; i < whole; i += lane_count)
            for (std::size_t k = 0; k < vector_count; ++k)
                step(k, load(x + i + k * vector_lanes), load(other + i + k * vector_lanes), all);
    } else {
        for (std::size_t i = 0; i < whole; i += lane_count)
            for (std::size_t k = 0; k < vector_count; ++k) step(k, load(x + i + k * vector_lanes), hn::Zero(D()), all);
    }
    if (whole == n) return;
    S rest[lane_count], other_rest[lane_count] = {};
    std::fill(rest, rest + lane_count, x[0]);
    std::copy(x + whole, x + n, rest);
    if (other) std::copy(other + whole, other + n, other_rest);
    for (std::size_t k = 0; k < vector_count; ++k) {
        const std::size_t at = k * vector_lanes, left = n - whole > at ? n - whole - at : 0;
        step(k, load(rest + at), load(other_rest + at), hn::FirstN(D(), std::min(left, vector_lanes)));
    }
}

}  // namespace bncheck::HWY_NAMESPACE
