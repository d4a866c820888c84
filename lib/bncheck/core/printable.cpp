#include "bncheck/core/printable.hpp"

namespace bncheck {

std::string cut(const std::string& text, std::size_t longest) {
    if (text.size() <= longest) return text;
    while (longest > 0 && (static_cast<unsigned char>(text[longest]) & 0xc0) == 0x80) --longest;
    return text.substr(0, longest) + "...";
}

std::string printable(const std::string& text, std::size_t longest) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string result;
    for (const char c : cut(text, longest)) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f)
            result += {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
        else
            result += c;
    }
    return result;
}

}  // namespace bncheck
