#include "bncheck/core/npy_vector.hpp"

#include <fstream>

#include "bncheck/core/error.hpp"
#include "bncheck/core/npy.hpp"

namespace bncheck {

Tensor read_npy_vector(const std::filesystem::path& path) {
    const std::string place = path.filename().string();
    std::ifstream in(path, std::ios::binary);
    if (!in) return read_npy(path, Dtype::float32, {1});  // says what is wrong
    const NpyHeader header = read_npy_header(place, [&](char* into, std::size_t bytes) {
        in.read(into, static_cast<std::streamsize>(bytes));
        return static_cast<std::size_t>(in.gcount());
    });
    for (const Dtype dtype : {Dtype::float16, Dtype::float32, Dtype::float64}) {
        if (header.code() != npy_type(dtype).substr(1) || header.dims.size() != 1) continue;
        if (header.dims[0] == 0) throw Error(Fault::candidate, "protocol", place, "is empty", "write one value per channel");
        return read_npy(path, dtype, header.dims);
    }
    throw Error(Fault::candidate, "protocol", place, "does not hold floating-point numbers in one dimension",
                "write a vector of one value per channel with numpy.save, as float32 or float64");
}

}  // namespace bncheck
