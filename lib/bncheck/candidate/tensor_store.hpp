#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>

#include "bncheck/core/npz.hpp"

namespace bncheck::candidate {

/// Tensors by name on disk: files NAME.npy of a folder, or members of an .npz archive.
class TensorStore {
public:
    /// A folder, or else an archive. Throws Error{candidate, "protocol"} whose place is the path.
    explicit TensorStore(const std::filesystem::path& path);

    const std::filesystem::path& path() const { return path_; }
    const std::set<std::string>& names() const { return names_; }
    bool has(const std::string& name) const { return names_.count(name) != 0; }

    /// Throws Error{candidate, "protocol"} whose place is the file's path, for what is not of this type and these lengths.
    Tensor read(const std::string& name, Dtype dtype, const std::vector<std::size_t>& dims) const;

private:
    std::filesystem::path path_;
    std::optional<NpzArchive> archive_;
    std::set<std::string> names_;
};

}  // namespace bncheck::candidate
