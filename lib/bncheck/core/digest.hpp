#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace bncheck {

/// 16 hexadecimal digits to tell texts apart by, where nobody means harm: XXH3 of 64 bits.
std::string digest_of(std::string_view text);

/// The same of what a file has in it. Throws Error{usage} where it cannot be read.
std::string digest_of_file(const std::filesystem::path& path);

}  // namespace bncheck
