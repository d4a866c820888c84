#include "bncheck/core/random_vectors.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "bncheck/core/random_vectors.cpp"
#include <hwy/foreach_target.h>
//
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace bncheck::random_vectors::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using D = hn::ScalableTag<double>;
using D64 = hn::ScalableTag<std::uint64_t>;
using Words = hn::Vec<D64>;  // a 32-bit word in the low half of each lane; the high half may hold anything

constexpr std::size_t block_size = 256;  // values at a time, which stay in the first-level cache

HWY_INLINE hn::Vec<D> set(double constant) { return hn::Set(D(), constant); }

// P. J. Acklam's rational approximation of the normal quantile, relative error below 1.2e-9. Highest coefficients first.
constexpr double tail_begins = 0.02425;  // where the approximations of centre and tails meet
constexpr std::array quantile_a{-3.969683028665376e+01, 2.209460984245205e+02,  -2.759285104469687e+02,
                                1.383577518672690e+02,  -3.066479806614716e+01, 2.506628277459239e+00};
constexpr std::array quantile_b{-5.447609879822406e+01, 1.615858368580409e+02,  -1.556989798598866e+02,
                                6.680131188771972e+01,  -1.328068155288572e+01, 1.0};
constexpr std::array quantile_c{-7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838e+00,
                                -2.549732539343734e+00, 4.374664141464968e+00,  2.938163982698783e+00};
constexpr std::array quantile_d{7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00, 3.754408661907416e+00,
                                1.0};
/// 1/(2k + 1) from k = 17 down.
constexpr std::array odd_series{1.0 / 35, 1.0 / 33, 1.0 / 31, 1.0 / 29, 1.0 / 27, 1.0 / 25, 1.0 / 23, 1.0 / 21, 1.0 / 19,
                                1.0 / 17, 1.0 / 15, 1.0 / 13, 1.0 / 11, 1.0 / 9,  1.0 / 7,  1.0 / 5,  1.0 / 3,  1.0};

/// Horner's rule. Products and sums round apart, so that targets with and without FMA agree.
template <std::size_t n>
HWY_INLINE hn::Vec<D> polynomial(const std::array<double, n>& coefficients, hn::Vec<D> x) {
    hn::Vec<D> value = set(coefficients[0]);
    for (std::size_t k = 1; k < n; ++k) value = value * x + set(coefficients[k]);
    return value;
}

/// The product of the low halves.
HWY_INLINE Words product(Words a, std::uint32_t constant) {
#if HWY_TARGET == HWY_SCALAR
    return hn::Set(D64(), (hn::GetLane(a) & 0xffffffffu) * constant);
#else
    const hn::Repartition<std::uint32_t, D64> halves;
    return hn::MulEven(hn::BitCast(halves, a), hn::BitCast(halves, hn::Set(D64(), constant)));
#endif
}

/// a0 b0 a1 b1 ...
HWY_INLINE void store_interleaved(hn::Vec<D> a, hn::Vec<D> b, double* values) {
#if HWY_TARGET == HWY_SCALAR
    values[0] = hn::GetLane(a);
    values[1] = hn::GetLane(b);
#else
    hn::StoreInterleaved2(a, b, D(), values);
#endif
}

/// Four words each of a0 b0 a1 b1 ...
HWY_INLINE void store_interleaved(Words a, Words b, std::uint32_t* words) {
    std::uint64_t pairs[2 * HWY_MAX_BYTES / sizeof(double)];
#if HWY_TARGET == HWY_SCALAR
    pairs[0] = hn::GetLane(a);
    pairs[1] = hn::GetLane(b);
#else
    hn::StoreInterleaved2(a, b, D64(), pairs);
#endif
    std::memcpy(words, pairs, 2 * hn::Lanes(D64()) * sizeof pairs[0]);
}

/// Ten rounds of Philox4x32 with the multipliers and Weyl constants of the paper's table 2; words 0 and 1 are returned as one
/// 64-bit lane, words 2 and 3 as the other.
HWY_INLINE void philox(std::uint64_t key, Words c0, Words c1, Words c2, Words& low, Words& high) {
    const D64 d;
    Words c3 = hn::Zero(d);
    std::uint32_t k0 = static_cast<std::uint32_t>(key), k1 = static_cast<std::uint32_t>(key >> 32);
    for (int round = 0; round < 10; ++round, k0 += 0x9E3779B9u, k1 += 0xBB67AE85u) {
        const Words p0 = product(c0, 0xD2511F53u), p1 = product(c2, 0xCD9E8D57u);
        c0 = hn::Xor(hn::Xor(hn::ShiftRight<32>(p1), c1), hn::Set(d, k0));
        c1 = p1;
        c2 = hn::Xor(hn::Xor(hn::ShiftRight<32>(p0), c3), hn::Set(d, k1));
        c3 = p0;
    }
    const Words mask = hn::Set(d, 0xffffffffu);
    low = hn::Or(hn::And(c0, mask), hn::ShiftLeft<32>(c1));
    high = hn::Or(hn::And(c2, mask), hn::ShiftLeft<32>(c3));
}

/// Stores the indices and values under a mask, and gives how many. Compressing in registers: to memory it is slow on some
/// machines.
template <class Index, class Value, class Mask, class I, class T>
HWY_INLINE std::size_t gather(Index index, Value value, Mask mask, I* indices, T* values) {
    const hn::DFromV<Index> di;
    const hn::DFromV<Value> dv;
    hn::StoreU(hn::Compress(index, hn::RebindMask(di, mask)), di, indices);
    hn::StoreU(hn::Compress(value, mask), dv, values);
    return hn::CountTrue(dv, mask);
}

/// (k + 1/2) 2^-52 with k the upper 52 bits: as the fraction of a number in [1, 2), exactly.
HWY_INLINE hn::Vec<D> unit(Words bits) {
    const Words number = hn::Or(hn::ShiftRight<12>(bits), hn::Set(D64(), 0x3ff0000000000000u));
    return hn::BitCast(D(), number) - hn::Set(D(), 1.0) + hn::Set(D(), 0x1p-53);
}

void Uniforms(std::uint64_t key, std::uint64_t block, std::uint32_t row, double* values, std::size_t n) {
    const D64 d;
    const std::size_t lanes = hn::Lanes(d);
    for (std::size_t i = 0; i < n; i += 2 * lanes, block += lanes) {
        const Words counter = hn::Set(d, block) + hn::Iota(d, 0);
        Words low, high;
        philox(key, counter, hn::ShiftRight<32>(counter), hn::Set(d, row), low, high);
        const hn::Vec<D> a = unit(low), b = unit(high);
        if (i + 2 * lanes <= n) {
            store_interleaved(a, b, values + i);
        } else {
            HWY_ALIGN double rest[2 * HWY_MAX_BYTES / sizeof(double)];
            store_interleaved(a, b, rest);
            std::copy(rest, rest + (n - i), values + i);
        }
    }
}

using F = hn::CappedTag<float, 16>;
using F32 = hn::RebindToUnsigned<F>;

// In float: M. J. Wichura, "Algorithm AS 241: The Percentage Points of the Normal Distribution", Applied Statistics 37 (1988),
// routine PPND7, good to seven digits; every polynomial has positive terms alone, so that float arithmetic loses nothing.
// Highest coefficients first.
constexpr float narrow_tail_begins = 0.075f;
constexpr std::array narrow_a{5.9109374720e+01f, 1.5929113202e+02f, 5.0434271938e+01f, 3.3871327179e+00f};
constexpr std::array narrow_b{6.7187563600e+01f, 7.8757757664e+01f, 1.7895169469e+01f, 1.0f};
constexpr std::array narrow_c{1.7023821103e-01f, 1.3067284816e+00f, 2.7568153900e+00f, 1.4234372777e+00f};
constexpr std::array narrow_d{1.2021132975e-01f, 7.3700164250e-01f, 1.0f};
/// 1/(2k + 1) from k = 7 down.
constexpr std::array narrow_odd_series{1.0f / 15, 1.0f / 13, 1.0f / 11, 1.0f / 9, 1.0f / 7, 1.0f / 5, 1.0f / 3, 1.0f};

template <std::size_t n>
HWY_INLINE hn::Vec<F> polynomial(const std::array<float, n>& coefficients, hn::Vec<F> x) {
    hn::Vec<F> value = hn::Set(F(), coefficients[0]);
    for (std::size_t k = 1; k < n; ++k) value = value * x + hn::Set(F(), coefficients[k]);
    return value;
}

/// 2^-33 <= p < 1/2, so that the root of -log p is below 5. Eight terms of the series (see the other one) leave 3^-17, 2^-26.
HWY_INLINE hn::Vec<F> tail_quantile(hn::Vec<F> p) {
    const F f;
    const auto set = [&](float value) { return hn::Set(f, value); };
    const auto word = hn::BitCast(F32(), p);
    const auto m = hn::BitCast(f, hn::Or(hn::And(word, hn::Set(F32(), 0x007fffffu)), hn::Set(F32(), 0x3f800000u)));
    const auto field = hn::BitCast(f, hn::Or(hn::ShiftRight<23>(word), hn::Set(F32(), 0x4b000000u)));  // 2^23 + exponent field
    const auto e = field - set(0x1p23f) - set(127);
    const auto z = (m - set(1)) / (m + set(1));
    const auto logarithm = set(2) * z * polynomial(narrow_odd_series, z * z) + e * set(0.693147180559945f);
    const auto r = hn::Sqrt(hn::Neg(logarithm)) - set(1.6f);
    return hn::Neg(polynomial(narrow_c, r) / polynomial(narrow_d, r));
}

/// Normals of one block of words, which stay in the first-level cache: all as if central, then the others, gathered with the
/// sign of their normal.
void NormalBlock(const std::uint32_t* words, float* values, std::size_t n) {
    const F f;
    const std::size_t lanes = hn::Lanes(f);
    const auto half = hn::Set(f, 0.5f), tail = hn::Set(f, narrow_tail_begins), shift = hn::Set(f, 0.180625f);
    HWY_ALIGN float tails[block_size + 16];
    HWY_ALIGN std::uint32_t places[block_size + 16];
    std::size_t found = 0;
    for (std::size_t i = 0; i < n; i += lanes) {
        const auto word = hn::LoadU(F32(), words + i);
        const auto k = hn::ConvertTo(f, hn::BitCast(hn::RebindToSigned<F>(), hn::ShiftRight<1>(word)));
        const auto p = k * hn::Set(f, 0x1p-32f) + hn::Set(f, 0x1p-33f);
        const auto sign = hn::BitCast(f, hn::ShiftLeft<31>(word));
        const auto q = p - half, r = shift - q * q;
        hn::StoreU(hn::Xor(polynomial(narrow_a, r) * q / polynomial(narrow_b, r), sign), f, values + i);
        const auto outside = p < tail;
        const auto index = hn::Iota(F32(), static_cast<std::uint32_t>(i));
        found += gather(index, hn::Or(p, sign), outside, places + found, tails + found);
    }
    std::fill(tails + found, tails + found + lanes, 0.01f);
    for (std::size_t i = 0; i < found; i += lanes) {
        const auto p = hn::LoadU(f, tails + i);
        hn::StoreU(hn::Xor(tail_quantile(hn::Abs(p)), hn::And(p, hn::Set(f, -0.0f))), f, tails + i);
    }
    for (std::size_t i = 0; i < found; ++i) values[places[i]] = tails[i];
}

void Normals(std::uint64_t key, std::uint64_t block, std::uint32_t row, float* values, std::size_t n) {
    const D64 d;
    const std::size_t lanes = hn::Lanes(d);  // blocks of four words at a time
    HWY_ALIGN std::uint32_t words[block_size + 4 * HWY_MAX_BYTES / sizeof(double)];
    HWY_ALIGN float rest[block_size];
    for (std::size_t begin = 0; begin < n; begin += block_size) {
        for (std::size_t i = 0; i < block_size; i += 4 * lanes, block += lanes) {
            const Words counter = hn::Set(d, block) + hn::Iota(d, 0);
            Words low, high;
            philox(key, counter, hn::ShiftRight<32>(counter), hn::Set(d, row), low, high);
            store_interleaved(low, high, words + i);
        }
        if (begin + block_size <= n) {
            NormalBlock(words, values + begin, block_size);
        } else {
            NormalBlock(words, rest, block_size);
            std::copy(rest, rest + (n - begin), values + begin);
        }
    }
}

HWY_INLINE hn::Vec<D> central_quantile(hn::Vec<D> p) {
    const hn::Vec<D> q = p - set(0.5), r = q * q;
    return polynomial(quantile_a, r) * q / polynomial(quantile_b, r);
}

/// With p (or 1 - p in the upper tail) = m 2^e, m in [1, 2): log m = 2 atanh z, z = (m - 1)/(m + 1) <= 1/3, so that 18 terms of
/// the odd series leave less than 3^-37.
HWY_INLINE hn::Vec<D> tail_quantile(hn::Vec<D> p) {
    const D d;
    const auto upper = p > set(0.5);
    const Words word = hn::BitCast(D64(), hn::IfThenElse(upper, set(1) - p, p));
    const Words fraction = hn::And(word, hn::Set(D64(), 0x000fffffffffffffu));
    const hn::Vec<D> m = hn::BitCast(d, hn::Or(fraction, hn::Set(D64(), 0x3ff0000000000000u)));
    // The exponent field as a number: the low bits of 2^52 + field.
    const hn::Vec<D> field = hn::BitCast(d, hn::Or(hn::ShiftRight<52>(word), hn::Set(D64(), 0x4330000000000000u)));
    const hn::Vec<D> e = field - set(0x1p52) - set(1023);
    const hn::Vec<D> z = (m - set(1)) / (m + set(1));
    const hn::Vec<D> logarithm = set(2) * z * polynomial(odd_series, z * z) + e * set(0.69314718055994530942);
    const hn::Vec<D> q = hn::Sqrt(set(-2) * logarithm);
    const hn::Vec<D> quantile = polynomial(quantile_c, q) / polynomial(quantile_d, q);
    return hn::IfThenElse(upper, hn::Neg(quantile), quantile);
}

/// All as if central, then the one in twenty that are not, gathered: their logarithm costs ten times as much.
void Block(double* values, std::size_t n) {
    const D d;
    const std::size_t lanes = hn::Lanes(d);
    HWY_ALIGN double tails[block_size + HWY_MAX_BYTES / sizeof(double)];
    HWY_ALIGN std::uint64_t places[block_size + HWY_MAX_BYTES / sizeof(double)];
    std::size_t found = 0;
    for (std::size_t i = 0; i < n; i += lanes) {
        const auto p = hn::LoadU(d, values + i);
        const auto outside = hn::Or(p<set(tail_begins), p> set(1 - tail_begins));
        if (!hn::AllFalse(d, outside)) {
            const Words index = hn::Iota(D64(), static_cast<std::uint64_t>(i));
            found += gather(index, p, outside, places + found, tails + found);
        }
        hn::StoreU(central_quantile(p), d, values + i);
    }
    for (std::size_t i = found; i < found + lanes; ++i) tails[i] = 0.01;
    for (std::size_t i = 0; i < found; i += lanes) hn::StoreU(tail_quantile(hn::LoadU(d, tails + i)), d, tails + i);
    for (std::size_t i = 0; i < found; ++i) values[places[i]] = tails[i];
}

void NormalQuantiles(double* values, std::size_t n) {
    const std::size_t whole = n - n % block_size;
    for (std::size_t i = 0; i < whole; i += block_size) Block(values + i, block_size);
    if (whole == n) return;
    HWY_ALIGN double rest[block_size];
    std::fill(rest, rest + block_size, 0.5);
    std::copy(values + whole, values + n, rest);
    const std::size_t lanes = hn::Lanes(D());
    Block(rest, (n - whole + lanes - 1) / lanes * lanes);
    std::copy(rest, rest + (n - whole), values + whole);
}

}  // namespace bncheck::random_vectors::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace bncheck::random_vectors {
HWY_EXPORT(Uniforms);
HWY_EXPORT(Normals);
HWY_EXPORT(NormalQuantiles);

void uniforms(std::uint64_t key, std::uint64_t block, std::uint32_t row, double* values, std::size_t n) {
    HWY_DYNAMIC_DISPATCH(Uniforms)(key, block, row, values, n);
}
void normals(std::uint64_t key, std::uint64_t block, std::uint32_t row, float* values, std::size_t n) {
    HWY_DYNAMIC_DISPATCH(Normals)(key, block, row, values, n);
}
void normal_quantiles(double* values, std::size_t n) { HWY_DYNAMIC_DISPATCH(NormalQuantiles)(values, n); }
}  // namespace bncheck::random_vectors
#endif
