#include <catch2/catch.hpp>

#include "bncheck/candidate/candidate.hpp"
#include "bncheck/candidate/channelwise.hpp"
#include "bncheck/suite/suite.hpp"

using namespace bncheck;

TEST_CASE("per-channel results of every builtin are numbers of the statistics' type") {
    const std::vector<float> x{0.1f, 0.7f, -1.3f, 2.9f, 0.3f}, dy{1.1f, -0.2f, 0.6f, 0.9f, -2.3f};
    const suite::Case c =
        suite::read_suite("s.json", R"({"suite": "s", "cases": [{"name": "c", "shape": [5, 1]}]})", ".").cases.at(0);
    for (const char* name : {"fast", "two_pass", "textbook", "welford", "shifted", "pairwise", "compensated", "wide"})
        for (const auto pass : {candidate::Pass::forward, candidate::Pass::backward, candidate::Pass::double_backward}) {
            const auto builtin = candidate::make_builtin(name);
            candidate::ChannelResult result = builtin->channelwise()->run_channel(
                {c, c.convention, 0.1, 0, pass, x, dy, 1.25, 0.5, 0.25, 1.5, 0, x, 0.3, 0.7});
            for (const char* tensor :
                 {"save_mean", "save_invstd", "save_var", "running_mean", "running_var", "dgamma", "dbeta", "ggamma"}) {
                INFO(name << " " << tensor);
                CHECK(result.at(tensor) == format_of(Dtype::float32).round(result.at(tensor)));
            }
        }
}
