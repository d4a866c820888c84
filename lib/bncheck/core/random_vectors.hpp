#pragma once

#include <cstddef>
#include <cstdint>

/// Vectorised halves of RandomStream, with run-time dispatch. Bit for bit what its scalar functions give.
namespace bncheck::random_vectors {

/// (k + 1/2) 2^-52 of the two 64-bit halves of each Philox block from `block` on, counter (block, row), in order.
void uniforms(std::uint64_t key, std::uint64_t block, std::uint32_t row, double* values, std::size_t n);

/// Standard normals in float arithmetic from the 32-bit words w of each block in order: the p-quantile of p = (w / 2 + 1/2)
/// 2^-32, its sign that of the last bit of w.
void normals(std::uint64_t key, std::uint64_t block, std::uint32_t row, float* values, std::size_t n);

/// Each p replaced by the normal distribution's p-quantile.
void normal_quantiles(double* values, std::size_t n);

}  // namespace bncheck::random_vectors
