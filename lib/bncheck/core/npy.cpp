#include "bncheck/core/npy.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "bncheck/core/error.hpp"

namespace bncheck {
namespace {

[[noreturn]] void refuse(const std::string& place, const std::string& what, const std::string& advice) {
    throw Error(Fault::candidate, "protocol", place, what, advice);
}

constexpr const char* again = "write it again";

void swap_bytes(Tensor& tensor) {
    const std::size_t width = size_of(tensor.dtype());
    std::byte* const begin = tensor.data();
    for (std::byte* p = begin; p != begin + tensor.bytes(); p += width) std::reverse(p, p + width);
}

/// `bytes` of a file from an offset on, mapped; null where that is not possible.
std::shared_ptr<const std::byte> map_file(const std::filesystem::path& path, std::size_t offset, std::size_t bytes) {
    const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return nullptr;
    void* const start = mmap(nullptr, offset + bytes, PROT_READ, MAP_PRIVATE, file, 0);
    close(file);
    if (start == MAP_FAILED) return nullptr;
    return {static_cast<const std::byte*>(start) + offset, [=](const std::byte*) { munmap(start, offset + bytes); }};
}

/// Column-major to row-major.
Tensor reordered(const Tensor& fortran) {
    Tensor result(fortran.dtype(), fortran.dims());
    const std::size_t width = size_of(fortran.dtype()), rank = fortran.dims().size();
    std::vector<std::size_t> index(rank, 0);
    for (std::size_t position = 0; position < fortran.size(); ++position) {
        std::size_t source = 0;
        for (std::size_t d = rank; d-- > 0;) source = source * fortran.dims()[d] + index[d];
        std::memcpy(result.data() + position * width, fortran.data() + source * width, width);
        for (std::size_t d = rank; d-- > 0;) {
            if (++index[d] < fortran.dims()[d]) break;
            index[d] = 0;
        }
    }
    return result;
}

[[noreturn]] void refuse_cut_off(const std::string& place, std::size_t available, std::size_t due) {
    refuse(place, "is cut off: " + std::to_string(available) + " bytes of data where " + std::to_string(due) + " are due",
           again);
}

[[noreturn]] void refuse_more(const std::string& place) { refuse(place, "has more data than its shape says", again); }

/// A tensor's bytes as they are stored in a file with this header.
Tensor decoded(Tensor tensor, const NpyHeader& header) {
    if (header.big_endian()) swap_bytes(tensor);
    return header.fortran_order ? reordered(tensor) : tensor;
}

Tensor loaded(const std::string& place, const ByteSource& source, Dtype dtype, const std::vector<std::size_t>& dims) {
    Tensor tensor(dtype, dims);
    const std::size_t got = source(reinterpret_cast<char*>(tensor.data()), tensor.bytes());
    if (got != tensor.bytes()) refuse_cut_off(place, got, tensor.bytes());
    return tensor;
}

}  // namespace

void write_npy(const std::filesystem::path& path, const Tensor& tensor) {
    std::ofstream out(path, std::ios::binary);
    out << npy_header(tensor.dtype(), tensor.dims());
    out.write(reinterpret_cast<const char*>(tensor.data()), static_cast<std::streamsize>(tensor.bytes()));
    out.close();
    if (!out)
        throw Error(Fault::usage, "io", path.string(), std::string("cannot be written: ") + std::strerror(errno),
                    "free space there, or take another folder (requests go to TMPDIR)");
}

Tensor read_npy(const std::filesystem::path& path, Dtype dtype, const std::vector<std::size_t>& dims, Access access) {
    const std::string place = path.filename().string();
    std::error_code failed;
    if (std::filesystem::is_directory(path, failed)) refuse(place, "is a folder", "put a .npy file in its place");
    if (std::filesystem::exists(path, failed) && !std::filesystem::is_regular_file(path, failed))
        refuse(place, "is not a regular file", "put a .npy file in its place");
    std::ifstream in(path, std::ios::binary);
    if (!in) refuse(place, std::string("cannot be read: ") + std::strerror(errno), "check its permissions");
    const ByteSource source = [&in](char* into, std::size_t bytes) {
        in.read(into, static_cast<std::streamsize>(bytes));
        return static_cast<std::size_t>(in.gcount());
    };
    const NpyHeader header = read_npy_header(place, source);
    require_npy(place, header, dtype, dims);
    const std::size_t offset = static_cast<std::size_t>(in.tellg());
    const std::size_t available = std::filesystem::file_size(path) - offset, due = Tensor(dtype, dims, nullptr).bytes();
    if (available < due) refuse_cut_off(place, available, due);
    if (available > due) refuse_more(place);
    if (due == 0) return Tensor(dtype, dims);
    if (access == Access::loaded) return decoded(loaded(place, source, dtype, dims), header);
    const std::shared_ptr<const std::byte> bytes = map_file(path, offset, due);
    if (!bytes) refuse(place, std::string("cannot be mapped: ") + std::strerror(errno), "copy it to a local disk");
    return decoded(Tensor(dtype, dims, bytes), header);
}

Tensor read_npy(const std::string& place, const ByteSource& source, Dtype dtype, const std::vector<std::size_t>& dims) {
    const NpyHeader header = read_npy_header(place, source);
    require_npy(place, header, dtype, dims);
    Tensor tensor = loaded(place, source, dtype, dims);
    char more;
    if (source(&more, 1) != 0) refuse_more(place);
    return decoded(std::move(tensor), header);
}

}  // namespace bncheck
