#include "bncheck/candidate/tensor_store.hpp"

#include "bncheck/core/error.hpp"
#include "bncheck/core/npy.hpp"

namespace bncheck::candidate {
namespace {

namespace fs = std::filesystem;

/// The place in an error, which is a file's name, with its folder.
template <class Work>
auto placed_in(const fs::path& folder, Work work) {
    try {
        return work();
    } catch (const Error& e) {
        throw Error(e.fault(), e.code(), (folder / e.place()).string(), e.message(), e.advice());
    }
}

}  // namespace

TensorStore::TensorStore(const fs::path& path) : path_(path) {
    std::error_code failed;
    if (!fs::is_directory(path, failed)) {
        archive_ = placed_in(path.parent_path(), [&] { return NpzArchive(path); });
        for (const std::string& name : archive_->names()) names_.insert(name);
        return;
    }
    fs::directory_iterator entries(path, failed);
    if (failed)
        throw Error(Fault::candidate, "protocol", path.string(), "cannot be read: " + failed.message(),
                    "check its permissions");
    for (const fs::directory_entry& entry : entries)
        if (entry.path().extension() == ".npy") names_.insert(entry.path().stem().string());
}

Tensor TensorStore::read(const std::string& name, Dtype dtype, const std::vector<std::size_t>& dims) const {
    return placed_in(archive_ ? path_.parent_path() : path_, [&] {
        return archive_ ? archive_->read(name, dtype, dims) : read_npy(path_ / (name + ".npy"), dtype, dims);
    });
}

}  // namespace bncheck::candidate
