#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bncheck/core/tensor.hpp"

struct zip;

namespace bncheck {

/// An .npz archive that is read: a zip file of members NAME.npy, stored or deflated, with zip64 where it is large, as
/// numpy.savez and numpy.savez_compressed write it.
class NpzArchive {
public:
    /// Reads the directory of members. Throws Error{candidate, "protocol"} whose place is the file's name, for what is no zip
    /// file and where two members have one name.
    explicit NpzArchive(const std::filesystem::path& path);

    std::vector<std::string> names() const;  ///< of the arrays, without .npy, sorted
    bool has(const std::string& name) const { return members_.count(name) != 0; }

    /// An array of exactly this type and these lengths, as read_npy() has it. No more is unpacked than that takes. Throws
    /// Error{candidate, "protocol"} whose place is "FILE: NAME.npy"; also for an encrypted member, one of another compression
    /// and one whose checksum does not hold.
    Tensor read(const std::string& name, Dtype dtype, const std::vector<std::size_t>& dims) const;

private:
    std::string place_;
    std::unique_ptr<struct zip, int (*)(struct zip*)> archive_;
    std::map<std::string, std::uint64_t> members_;  ///< index by name
};

/// Writes members NAME.npy, uncompressed, in the order of their names, the same bytes for the same tensors. Throws
/// Error{internal} with the path when the file cannot be written whole.
void write_npz(const std::filesystem::path& path, const std::map<std::string, Tensor>& tensors);

}  // namespace bncheck
