#include "bncheck/derivation/walk/walk_text.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "walk_channel.hpp"

using namespace bncheck;
using namespace bncheck::derivation;

namespace {

std::size_t columns(const std::string& line) {
    return static_cast<std::size_t>(std::count_if(line.begin(), line.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace

TEST_CASE("text keeps to 100 columns, and data have every step") {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    std::vector<ChannelData> channels = {channel(120000, 1e4), channel(1, 0), {{2, 2}, {1, 2}, 1, 0, 0}};
    channels.push_back({{1, nan}, {1, 2}, 1, 0, 0});
    channels.push_back({{-1e30, 1e30, 3e30}, {1, 2, -1}, 1, 0, 1e-5});
    for (const ChannelData& data : channels)
        for (const Dtype working : {Dtype::float32, Dtype::float64}) {
            const Walk found = walk(data, working);
            const std::string shown = text(found, "suite/case, channel 0");
            std::istringstream lines(shown);
            for (std::string line; std::getline(lines, line);) {
                INFO(line);
                CHECK(columns(line) <= 100);
            }
            const nlohmann::ordered_json all = json(found);
            REQUIRE(all["sections"].size() == found.sections.size());
            for (std::size_t k = 0; k < found.sections.size(); ++k)
                CHECK(all["sections"][k]["steps"].size() == found.sections[k].steps.size());
            CHECK(all.dump().find("null") == std::string::npos);  // what JSON makes of infinities and NaN
            CHECK(shown.find(found.undefined.empty() ? "digits of dx: staged" : "no derivative here: ") != std::string::npos);
        }
}
