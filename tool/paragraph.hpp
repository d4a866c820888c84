#pragma once

#include <cstddef>
#include <sstream>
#include <string>
#include <string_view>

namespace bncheck::tool {

/// The words of a text after `label`, in lines of at most 136 characters of which the later ones begin with `indent` spaces.
inline std::string paragraph(const std::string& label, std::string_view text, std::size_t indent) {
    constexpr std::size_t width = 136;
    std::istringstream words{std::string(text)};
    std::string line = label, result, word;
    while (words >> word) {
        if (line.size() + 1 + word.size() > width) {
            result += line + "\n";
            line = std::string(indent, ' ') + word;
        } else {
            line += (line.empty() ? "" : " ") + word;
        }
    }
    return result + line + "\n";
}

}  // namespace bncheck::tool
