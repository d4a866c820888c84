#include "bncheck/core/npy.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <functional>
#include <numeric>
#include <regex>

#include "bncheck/core/error.hpp"

namespace bncheck {
namespace {

constexpr std::string_view magic = "\x93NUMPY";

std::string type_code(Dtype dtype) {
    switch (dtype) {
        case Dtype::float16:
            return "f2";
        case Dtype::bfloat16:
            return "u2";
        case Dtype::float32:
            return "f4";
        case Dtype::float64:
            return "f8";
    }
    return "";
}

std::string python_tuple(const std::vector<std::size_t>& dims) {
    std::string text = "(";
    for (std::size_t d : dims) text += std::to_string(d) + ", ";
    if (dims.size() > 1)
        text.resize(text.size() - 2);
    else if (dims.size() == 1)
        text.resize(text.size() - 1);
    return text + ")";
}

[[noreturn]] void refuse(const std::filesystem::path& path, const std::string& what) {
    throw Error(Fault::candidate, "protocol", path.filename().string(), what,
                "write it with numpy.save, or as NEP 1 describes");
}

struct Header {
    std::string descr;
    bool fortran_order = false;
    std::vector<std::size_t> dims;
};

Header parse_header(const std::filesystem::path& path, const std::string& text) {
    static const std::regex descr(R"re(['"]descr['"]\s*:\s*['"]([^'"]*)['"])re");
    static const std::regex order(R"re(['"]fortran_order['"]\s*:\s*(True|False))re");
    static const std::regex lengths(R"re(['"]shape['"]\s*:\s*\(([0-9, ]*)\))re");
    std::smatch d, o, s;
    if (!std::regex_search(text, d, descr) || !std::regex_search(text, o, order) || !std::regex_search(text, s, lengths))
        refuse(path, "is not a .npy file of a plain number type: its header is " + text.substr(0, 120));
    Header header{d[1].str(), o[1].str() == "True", {}};
    static const std::regex digits("[0-9]+");
    const std::string list = s[1].str();
    for (auto it = std::sregex_iterator(list.begin(), list.end(), digits); it != std::sregex_iterator(); ++it) {
        if (it->str().size() > 18) refuse(path, "has the impossible shape (" + list + ")");
        header.dims.push_back(std::stoull(it->str()));
    }
    return header;
}

Header read_header(const std::filesystem::path& path, std::istream& in) {
    char prefix[8];
    if (!in.read(prefix, sizeof prefix) || std::string_view(prefix, magic.size()) != magic)
        refuse(path, "is not a .npy file: it does not begin with the magic bytes");
    const int version = static_cast<unsigned char>(prefix[6]);
    if (version < 1 || version > 3) refuse(path, "has .npy format version " + std::to_string(version) + "; 1 to 3 are known");
    const std::size_t width = version == 1 ? 2 : 4;
    unsigned char raw[4] = {};
    if (!in.read(reinterpret_cast<char*>(raw), static_cast<std::streamsize>(width))) refuse(path, "is cut off in its header");
    const std::size_t length = raw[0] | raw[1] << 8 | raw[2] << 16 | static_cast<std::size_t>(raw[3]) << 24;
    if (length > (1u << 20)) refuse(path, "has a header of " + std::to_string(length) + " bytes");
    std::string text(length, ' ');
    if (!in.read(text.data(), static_cast<std::streamsize>(length))) refuse(path, "is cut off in its header");
    return parse_header(path, text);
}

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

}  // namespace

void write_npy(const std::filesystem::path& path, const Tensor& tensor) {
    static_assert(std::endian::native == std::endian::little);
    std::string header = "{'descr': '<" + type_code(tensor.dtype()) +
                         "', 'fortran_order': False, 'shape': " + python_tuple(tensor.dims()) + ", }";
    const std::size_t unpadded = magic.size() + 4 + header.size() + 1;
    header.append((64 - unpadded % 64) % 64, ' ');  // NEP 1: the data begins at a multiple of 64 bytes
    header += '\n';
    std::ofstream out(path, std::ios::binary);
    out << magic << '\x01' << '\x00' << static_cast<char>(header.size() & 0xff) << static_cast<char>(header.size() >> 8)
        << header;
    out.write(reinterpret_cast<const char*>(tensor.data()), static_cast<std::streamsize>(tensor.bytes()));
    out.close();
    if (!out)
        throw Error(Fault::internal, "io", path.string(), std::string("cannot be written: ") + std::strerror(errno),
                    "free space, or set TMPDIR to another folder");
}

Tensor read_npy(const std::filesystem::path& path, Dtype dtype, const std::vector<std::size_t>& dims, Access access) {
    std::ifstream in(path, std::ios::binary);
    if (!in) refuse(path, std::string("cannot be read: ") + std::strerror(errno));
    const Header header = read_header(path, in);
    const std::string code = type_code(dtype);
    const char order = header.descr.empty() ? ' ' : header.descr[0];
    if (header.descr.substr(std::min<std::size_t>(1, header.descr.size())) != code ||
        std::string("<>=|").find(order) == std::string::npos)
        refuse(path, "has type '" + header.descr + "' where '<" + code + "' is due");
    if (header.dims != dims)
        refuse(path, "has shape " + python_tuple(header.dims) + " where " + python_tuple(dims) + " is due");
    const std::size_t offset = static_cast<std::size_t>(in.tellg());
    const std::size_t available = std::filesystem::file_size(path) - offset;
    const std::size_t due = std::accumulate(dims.begin(), dims.end(), size_of(dtype), std::multiplies<>());
    if (available < due)
        refuse(path, "is cut off: " + std::to_string(available) + " bytes of data where " + std::to_string(due) + " are due");
    if (available > due) refuse(path, "has more data than its shape says");
    if (due == 0) return Tensor(dtype, dims);
    Tensor tensor;
    if (access == Access::mapped) {
        const std::shared_ptr<const std::byte> bytes = map_file(path, offset, due);
        if (!bytes) refuse(path, std::string("cannot be mapped: ") + std::strerror(errno));
        tensor = Tensor(dtype, dims, bytes);
    } else {
        tensor = Tensor(dtype, dims);
        in.read(reinterpret_cast<char*>(tensor.data()), static_cast<std::streamsize>(due));
        if (static_cast<std::size_t>(in.gcount()) != due) refuse(path, "was cut off while it was read");
    }
    if (order == '>') swap_bytes(tensor);
    return header.fortran_order ? reordered(tensor) : tensor;
}

}  // namespace bncheck
