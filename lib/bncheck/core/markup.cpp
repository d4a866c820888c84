#include "bncheck/core/markup.hpp"

namespace bncheck {

std::string escaped(const std::string& characters) {
    std::string text;
    for (const char c : characters) switch (c) {
            case '&':
                text += "&amp;";
                break;
            case '<':
                text += "&lt;";
                break;
            case '>':
                text += "&gt;";
                break;
            case '"':
                text += "&quot;";
                break;
            default:
                text += c;
        }
    return text;
}

}  // namespace bncheck
