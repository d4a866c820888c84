#include "bncheck/core/digest.hpp"

#include <fmt/format.h>

#include "bncheck/core/random.hpp"

namespace bncheck {

std::string digest_of(std::string_view text) { return fmt::format("{:016x}", RandomStream(text, "", "digest", 0).bits(0)); }

}  // namespace bncheck
