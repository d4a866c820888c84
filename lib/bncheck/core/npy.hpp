#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "bncheck/core/npy_header.hpp"
#include "bncheck/core/tensor.hpp"

namespace bncheck {

/// Writes format version 1.0 (NEP 1), C order, little endian; bfloat16 as '<u2' bit patterns.
/// Throws Error{usage} with the path when the file cannot be written whole.
void write_npy(const std::filesystem::path& path, const Tensor& tensor);

/// A mapped file is read as its elements are, and must stay as it is; a loaded one may change or vanish afterwards.
enum class Access { loaded, mapped };

/// A .npy of exactly this type and these lengths: versions 1 to 3, C or Fortran order, either endianness; bfloat16 as 'u2' or
/// 'V2'. Throws Error{candidate, "protocol"} whose place is the file's name, with what differs and a way out.
Tensor read_npy(const std::filesystem::path& path, Dtype dtype, const std::vector<std::size_t>& dims,
                Access access = Access::loaded);

/// The same from a stream that holds the .npy and nothing else. No more memory is taken than the tensor that is due needs.
Tensor read_npy(const std::string& place, const ByteSource& source, Dtype dtype, const std::vector<std::size_t>& dims);

}  // namespace bncheck
