#pragma once

#include <filesystem>

#include "bncheck/core/tensor.hpp"

namespace bncheck {

/// A .npy of float16, float32 or float64 numbers in one dimension, of any length but 0. Throws Error{candidate, "protocol"}
/// that names the path and says what differs.
Tensor read_npy_vector(const std::filesystem::path& path);

}  // namespace bncheck
