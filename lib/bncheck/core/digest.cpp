#include "bncheck/core/digest.hpp"

#include <fmt/format.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <vector>

#include "bncheck/core/error.hpp"

namespace bncheck {
namespace {

std::string hexadecimal(XXH64_hash_t hash) { return fmt::format("{:016x}", hash); }

}  // namespace

std::string digest_of(std::string_view text) { return hexadecimal(XXH3_64bits(text.data(), text.size())); }

std::string digest_of_file(const std::filesystem::path& path) {
    const std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> state(XXH3_createState(), XXH3_freeState);
    XXH3_64bits_reset(state.get());
    std::ifstream in(path, std::ios::binary);
    std::vector<char> buffer(1 << 20);
    while (in) {
        in.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
        XXH3_64bits_update(state.get(), buffer.data(), static_cast<std::size_t>(in.gcount()));
    }
    if (!in.eof())
        throw Error(Fault::usage, "io", path.string(), std::string("cannot be read: ") + std::strerror(errno),
                    "check its name and permissions");
    return hexadecimal(XXH3_64bits_digest(state.get()));
}

}  // namespace bncheck
