#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "bncheck/report/plot_data.hpp"
#include "bncheck/report/text.hpp"
#include "bncheck/run/runner.hpp"
#include "bncheck/suite/suite.hpp"

using namespace bncheck;
using report::Json;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();

std::size_t sum(const Json& numbers) {
    std::size_t total = 0;
    for (const Json& n : numbers) total += n.get<std::size_t>();
    return total;
}

}  // namespace

TEST_CASE("few elements are all sampled, of many at most 512, from the first channel and value on") {
    for (const std::size_t channels : {1u, 2u, 63u, 64u, 65u, 130u, 4096u, 1000003u})
        for (const std::size_t values : {1u, 7u, 8u, 9u, 511u, 512u, 513u, 1000003u}) {
            INFO(channels << " channels of " << values);
            const judge::SamplingSteps steps = judge::sampling_steps(channels, values);
            const std::size_t of_channels = (channels - 1) / steps.channels + 1, each = (values - 1) / steps.values + 1;
            CHECK(of_channels <= 64);
            CHECK(of_channels * each <= 512);
            if (channels <= 64) CHECK(steps.channels == 1);
            if (channels <= 64 && channels * values <= 512) CHECK(steps.values == 1);
            // Half of what there is room for, at least: no step is longer than it need be.
            if (channels > 64) CHECK(of_channels > 32);
            if (steps.values > 1) CHECK(of_channels * each > 512 / 4);
        }
}

TEST_CASE("plots: counts by ulp, the largest by channels, the nearest to its bound by magnitude") {
    judge::ElementSample elements;
    for (std::size_t k = 0; k < 24; ++k)
        elements.push_back({k / 8, k % 2 ? -1.0 * static_cast<double>(k) : static_cast<double>(k), k == 5 ? 3.0 : 0.5,
                            k == 5   ? 1e9
                            : k == 6 ? 0.3
                                     : 0,
                            2});
    elements.push_back({7, inf, inf, inf, 1});
    const Json plot = report::plot_data(elements, {3, {1.5012, 0.25, inf}});
    CHECK(plot["elements"] == 25);
    CHECK(plot["ulp"]["at_most"] == Json({0, 0.5, "inf"}));
    CHECK(plot["ulp"]["elements"] == Json({22, 1, 2}));
    CHECK(plot["channels"] == Json({{"each", 3}, {"utilisation", {1.5, 0.25, "inf"}}}));
    CHECK(plot["magnitudes"]["want"].size() == 12);
    CHECK(plot["magnitudes"]["want"][2] == 5);  // of 4 and 5
    CHECK(plot["magnitudes"]["error"][2] == 3);
    CHECK(plot["magnitudes"]["bound"][2] == 2);
}

TEST_CASE("the map of channels has every channel, whichever are sampled") {
    const auto first_beyond = [](std::size_t channel) {
        // A channel of great mean is the only one that `textbook` gets wrong.
        Json x = Json::array();
        for (std::size_t k = 0; k < 32 * 200; ++k)
            x.push_back((k % 200 == channel ? 1e4 : 0.0) + static_cast<double>(k / 200 % 7));
        const Json text{{"suite", "map"},
                        {"cases",
                         {{{"name", "one"},
                           {"shape", {4, 200, 8}},
                           {"layout", "NHWC"},
                           {"require", "shifted"},
                           {"data", {{"x", {{"values", x}}}}}}}}};
        run::Options options;
        options.candidate = "builtin:textbook";
        const Json report = run::run({suite::read_suite("map", text.dump(), ".")}, options, [](auto&&...) {});
        const Json map = report["cases"][0]["checks"][0]["plot"]["channels"];
        CHECK(map["each"] == 4);
        std::vector<std::size_t> beyond;
        for (std::size_t block = 0; block < map["utilisation"].size(); ++block)
            if (report::value_of(map["utilisation"][block]) > 1) beyond.push_back(block);
        return beyond;
    };
    for (const std::size_t channel : {0u, 3u, 130u, 199u}) CHECK(first_beyond(channel) == std::vector{channel / 4});
}

TEST_CASE("what a report has for plots agrees with what it says of the tensors") {
    run::Options options;
    options.candidate = "builtin:fast";
    const Json report = run::run(suite::load_suites({"smoke", "precision"}), options, [](auto&&...) {});
    std::size_t whole = 0, sampled = 0;
    for (const Json& c : report["cases"])
        for (const Json& check : c["checks"]) {
            if (!check.contains("plot")) continue;
            INFO(c["id"] << " " << check["check"] << " " << check["tensor"]);
            const Json& plot = check["plot"];
            CHECK(sum(plot["ulp"]["elements"]) == plot["elements"]);
            REQUIRE(plot["elements"].get<std::size_t>() <= check["elements"].get<std::size_t>());
            // The worst element is there, however few are.
            plot["elements"] == check["elements"] ? ++whole : ++sampled;
            double most = 0;
            for (const Json& utilisation : plot["channels"]["utilisation"])
                most = std::max(most, report::value_of(utilisation));
            const double due = report::value_of(check["utilisation"]);
            // Of every element; three digits.
            CHECK((most == due || std::fabs(most - due) <= 0.005 * due));
            const std::size_t channels = c["shape"][1], each = plot["channels"]["each"];
            CHECK(plot["channels"]["utilisation"].size() == (channels + each - 1) / each);
            if (plot["elements"] != check["elements"]) continue;
            const double edge = report::value_of(plot["ulp"]["at_most"].back()), ulps = report::value_of(check["max_ulp"]);
            const double before = std::isinf(edge) ? 0x1p20 : edge <= 0.125 ? 0 : edge / 2;
            CHECK((ulps <= edge + 0.0625 && ulps >= before - 0.0625));
        }
    CHECK(whole > 500);
    CHECK(sampled > 10);
}
