#pragma once

#include <functional>
#include <string>
#include <vector>

#include "bncheck/core/dtype.hpp"

namespace bncheck {

/// Where the bytes of a .npy come from: writes up to `bytes` of them and says how many; fewer are the end.
using ByteSource = std::function<std::size_t(char* into, std::size_t bytes)>;

/// What the header of a .npy says (NEP 1): `descr` as it stands there, '<f4' or '|V2'.
struct NpyHeader {
    std::string descr;
    bool fortran_order = false;
    std::vector<std::size_t> dims;

    std::string code() const;  ///< descr without the order of bytes: 'f4'
    bool big_endian() const { return !descr.empty() && descr[0] == '>'; }
};

/// The header of format version 1.0 for an array in C order, little endian; bfloat16 as '<u2' bit patterns. The data follow.
std::string npy_header(Dtype dtype, const std::vector<std::size_t>& dims);

/// '<f4', and so on: how an array of this type is stored.
std::string npy_type(Dtype dtype);

/// Reads a header of version 1 to 3, the data are next. `place` names the file in messages. Throws Error{candidate, "protocol"}
/// for what is no .npy of a plain type, with a way out.
NpyHeader read_npy_header(const std::string& place, const ByteSource& source);

/// Throws Error{candidate, "protocol"} unless the array is of this type (bfloat16: 'u2' or 'V2') and of these lengths; says
/// what is due and how to come by it, such as an axis that is to be moved.
void require_npy(const std::string& place, const NpyHeader& header, Dtype dtype, const std::vector<std::size_t>& dims);

}  // namespace bncheck
