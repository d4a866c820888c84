#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "../needs.hpp"

using Json = nlohmann::ordered_json;

namespace {

/// Training forward of NCHW, which prints, with `body` before it.
std::string candidate(const std::string& body) {
    return "import {serve, Skip} from '" BNCHECK_SOURCE "/scripts/candidates/bncheck_candidate.mjs';\n" + body + R"(
        const forward = async request => {
            console.log("chatter"); process.stdout.write("more of it\n");
            await before(request);
            const {inputs, channels, count, shape, eps} = request;
            const spatial = count / shape[0], y = new Float64Array(inputs.x.length);
            const save_mean = new Float64Array(channels), save_invstd = new Float64Array(channels);
            for (let c = 0; c < channels; ++c) {
                const places = Array.from({length: count}, (_, i) => (Math.floor(i / spatial) * channels + c) * spatial + i % spatial);
                const mean = places.reduce((sum, k) => sum + inputs.x[k], 0) / count;
                const variance = places.reduce((sum, k) => sum + (inputs.x[k] - mean) ** 2, 0) / count;
                save_mean[c] = mean;
                save_invstd[c] = 1 / Math.sqrt(variance + eps);
                for (const k of places)
                    y[k] = (inputs.x[k] - mean) * save_invstd[c] * (inputs.gamma?.[c] ?? 1) + (inputs.beta?.[c] ?? 0);
            }
            return {y, save_mean, save_invstd};
        };
        await serve({forward}, {name: "js", layouts: ["NCHW"], modes: ["train"]});
    )";
}

}  // namespace

TEST_CASE("a candidate in JavaScript passes, and prints, skips and throws without harm to other cases") {
    need_program("node");
    const Folder folder;
    const auto run = [&](const std::string& before) {
        const std::string path = folder.write("candidate.mjs", candidate("const before = request => {" + before + "};"));
        return Json::parse(
            bncheck_tool("run shapes --json - -k 'shapes/equal-float(32|64)-NCHW-train' --candidate 'exec:node " + path + "'")
                .out);
    };
    const Json plain = run("");
    const int cases = plain["summary"]["cases"];
    CHECK(cases > 10);
    CHECK(plain["summary"]["pass"] == cases);
    CHECK(plain["environment"].dump().find("chatter") != std::string::npos);

    const std::string first = plain["cases"][0]["id"], one = "if (request.id === '" + first + "') ";
    const Json skipped = run(one + "throw new Skip('not today')"), thrown = run(one + "throw new Error('out of paper')");
    CHECK(skipped["summary"]["skipped"] == 1);
    CHECK(skipped["cases"][0]["reason"] == "not today");
    CHECK(thrown["summary"]["error"] == 1);
    CHECK(thrown["summary"]["pass"] == cases - 1);
    CHECK(thrown["cases"][0].dump().find("the candidate says: Error: out of paper") != std::string::npos);
    CHECK(run("request.eps *= 1.1")["summary"]["fail"] > 0);
}
