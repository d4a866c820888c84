#pragma once

#include <catch2/catch.hpp>
#include <string>

/// The bytes of a report but for `environment`.
inline std::string without_environment(const std::string& text) {
    const std::size_t begin = text.find("\n \"environment\": {"), end = text.find("\n },\n", begin);
    REQUIRE(begin != std::string::npos);
    REQUIRE(end != std::string::npos);
    return text.substr(0, begin) + text.substr(end);
}
