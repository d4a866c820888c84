#pragma once

#include <filesystem>

#include "bncheck/core/npy.hpp"

/// A float32 .npy of shape [2, 1, 2] with 1, 2, 3 and `last` in it.
inline void write_small_npy(const std::filesystem::path& path, double last) {
    bncheck::Tensor tensor(bncheck::Dtype::float32, {2, 1, 2});
    for (std::size_t k = 0; k < 4; ++k) tensor.set(k, k == 3 ? last : static_cast<double>(k + 1));
    bncheck::write_npy(path, tensor);
}
