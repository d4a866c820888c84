#include "bncheck/core/random.hpp"

#include <Random123/philox.h>

#include <string>

#include "bncheck/core/random_vectors.hpp"

namespace bncheck {
namespace {

/// FNV-1a, 64 bits (Fowler, Noll, Vo; RFC 9923), with a separator so that ("a", "bc") and ("ab", "c") differ.
std::uint64_t hash(std::uint64_t state, std::string_view text) {
    for (char c : text) state = (state ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
    return (state ^ 0xffu) * 0x100000001b3u;
}

}  // namespace

RandomStream::RandomStream(std::string_view suite, std::string_view name, std::string_view tensor, std::uint64_t seed)
    : key_(hash(hash(hash(hash(0xcbf29ce484222325u, suite), name), tensor), std::to_string(seed))) {}

std::uint64_t RandomStream::bits(std::uint64_t index, std::uint32_t row) const {
    const std::uint64_t block = index / 2;
    const r123::Philox4x32::ctr_type counter{
        {static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(block >> 32), row, 0}};
    const r123::Philox4x32::key_type key{{static_cast<std::uint32_t>(key_), static_cast<std::uint32_t>(key_ >> 32)}};
    const auto words = r123::Philox4x32()(counter, key);
    const std::size_t half = (index % 2) * 2;
    return words[half] | static_cast<std::uint64_t>(words[half + 1]) << 32;
}

double RandomStream::uniform(std::uint64_t index, std::uint32_t row) const {
    return (static_cast<double>(bits(index, row) >> 12) + 0.5) * 0x1p-52;
}

std::uint64_t RandomStream::below(std::uint64_t bound, std::uint64_t index, std::uint32_t row) const {
    // Multiply-shift: the bias is below bound / 2^32, of no consequence for choosing places.
    return ((bits(index, row) >> 32) * bound) >> 32;
}

double RandomStream::normal(std::uint64_t index, std::uint32_t row) const { return normal_quantile(uniform(index, row)); }

void RandomStream::uniforms(std::uint64_t first, std::uint32_t row, std::span<double> values) const {
    random_vectors::uniforms(key_, first / 2, row, values.data(), values.size());
}

void RandomStream::normals(std::uint64_t first, std::uint32_t row, std::span<double> values) const {
    uniforms(first, row, values);
    random_vectors::normal_quantiles(values.data(), values.size());
}

void RandomStream::normals(std::uint64_t first, std::uint32_t row, std::span<float> values) const {
    random_vectors::normals(key_, first / 4, row, values.data(), values.size());
}

double normal_quantile(double p) {
    random_vectors::normal_quantiles(&p, 1);
    return p;
}

}  // namespace bncheck
