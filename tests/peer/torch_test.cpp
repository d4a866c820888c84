#include <catch2/catch.hpp>
#include <cstdlib>
#include <iostream>

#include "../shell.hpp"
#include "peer/defect.hpp"

using namespace bncheck;

TEST_CASE("torch fails where it has these defects, and nowhere else in any suite") {
    if (!has_python_module("torch")) {
        std::cout << "skipped: Debian's python3-torch is not installed\n";
        std::exit(77);
    }
    const Folder folder;
    const std::string report = (folder.path / "report.json").string();
    const Outcome outcome = bncheck_tool("run all -q --json " + report +
                                         " --candidate 'exec:/usr/bin/python3 scripts/candidates/torch_candidate.py'");
    CHECK(outcome.code == 1);
    const std::vector<peer::Defect> defects{
        {"(shapes|edge|impulse|properties|smoke|conditioning|lattice)/.*bfloat16-NHWC.*", "dx|dbeta|dgamma",
         "channels last, bfloat16: the backward adds dy and dy (x - mean) up in bfloat16 (dbeta -5.03125 where -5.04492 is "
         "right)"},
        {"determinism/.*", ".*", "statistics and gradients depend on the number of threads, by the last bits"},
        {"precision/constant-.*", "y", "y is x alpha + (beta - mean alpha) in float32: 168.466 where 0.943 is right"},
        {"precision/constant-.*", "dbeta", "dbeta is a sum in float32: 68.0621414 where 68.0620492 is right"},
        {"precision/wide-mean-.*", "y|dx|dgamma|dbeta",
         "the mean is rounded to float32 before it is subtracted: y is 0.374168 where 0.380624 is right, at mean/stddev 1e5"},
        {"precision/wide-mean-.*-NHWC-.*", "save_mean",
         "channels last: the mean is a sum in float32, 100.066856 where 100.066789 is right"},
        {"precision/wide-mean-1e[45].*", "save_invstd|running_var", "the variance is about a mean that was rounded"},
        {"precision/wide-scale-1e19", "y|save_invstd|running_var|dx|dgamma|dbeta",
         "the sum of squares overflows float32 where the variance does not: running_var is inf, invstd 0, y is beta"},
    };
    CHECK(peer::unexplained(nlohmann::ordered_json::parse(read_text(report)), defects) == std::vector<std::string>{});
}
