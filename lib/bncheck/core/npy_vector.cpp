#include "bncheck/core/npy_vector.hpp"

#include <array>
#include <fstream>
#include <regex>
#include <utility>

#include "bncheck/core/error.hpp"
#include "bncheck/core/npy.hpp"

namespace bncheck {

Tensor read_npy_vector(const std::filesystem::path& path) {
    // Type and length stand within the first kilobyte of a header that numpy writes; read_npy() checks all of it.
    std::string begin(1024, '\0');
    std::ifstream in(path, std::ios::binary);
    in.read(begin.data(), static_cast<std::streamsize>(begin.size()));
    begin.resize(static_cast<std::size_t>(in.gcount()));
    static const std::regex type(R"re(['"]descr['"]\s*:\s*['"][<>=|](f[248])['"])re");
    static const std::regex length(R"re(['"]shape['"]\s*:\s*\(\s*([0-9]{1,18})\s*,\s*\))re");
    std::smatch t, n;
    if (!std::regex_search(begin, t, type) || !std::regex_search(begin, n, length)) {
        if (begin.find("NUMPY") == std::string::npos) return read_npy(path, Dtype::float32, {1});  // says what is wrong
        throw Error(Fault::candidate, "protocol", path.filename().string(),
                    "does not hold floating-point numbers in one dimension",
                    "write a vector of one value per channel with numpy.save, as float32 or float64");
    }
    static constexpr std::array<std::pair<const char*, Dtype>, 3> types{
        {{"f2", Dtype::float16}, {"f4", Dtype::float32}, {"f8", Dtype::float64}}};
    const std::size_t size = std::stoull(n[1]);
    if (size == 0)
        throw Error(Fault::candidate, "protocol", path.filename().string(), "is empty", "write one value per channel");
    Dtype dtype = Dtype::float32;
    for (const auto& [code, of] : types)
        if (t[1] == code) dtype = of;
    return read_npy(path, dtype, {size});
}

}  // namespace bncheck
