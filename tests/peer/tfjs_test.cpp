#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

#include "../needs.hpp"

using Json = nlohmann::ordered_json;

namespace {

std::string tfjs(const std::string& flags = "") {
    return " --json - --candidate 'exec:node scripts/candidates/tfjs_candidate.mjs" + flags + "'";
}

}  // namespace

TEST_CASE("tf.layers.batchNormalization({axis: 1}) is wrong on tfjs's CPU backend") {
    need_node_module("@tensorflow/tfjs");
    // The kernel takes statistic i mod C for element i of the storage, so that only a single channel comes out right; the
    // gradient of the statistics keeps the shape of x.
    for (const std::string mode : {"train", "eval"}) {
        const auto run = [&](const std::string& shape, const std::string& checks) {
            return shell(BNCHECK_BINARY " run --shape " + shape + " --mode " + mode + " --checks " + checks +
                         tfjs(" --axis-1"));
        };
        INFO(mode);
        CHECK(Json::parse(run("4,3,5,5", "forward").out)["cases"][0]["checks"][0]["failed"] > 0);
        CHECK(run("4,3,5,5", "forward").code == 1);
        CHECK(run("4,1,5,5", "forward").code == 0);
        const Outcome backward = run("4,3,5,5", "backward");
        CHECK(backward.code == 3);
        CHECK(backward.out.find("Size(300) must match the product of shape 1,3,1,1") != std::string::npos);
    }
}

TEST_CASE("tf.batchNorm without a scale cannot be differentiated") {
    need_node_module("@tensorflow/tfjs");
    const auto gradient = [](const std::string& scale) {
        return shell(
            "cd scripts/candidates && node -e 'const tf = require(\"@tensorflow/tfjs\"); const zeros = tf.zeros([3]); "
            "tf.grad(x => tf.batchNorm(x, zeros, zeros, zeros, " +
            scale + ", 1))(tf.ones([2, 3]))'");
    };
    CHECK(gradient("zeros").code == 0);
    const Outcome outcome = gradient("null");
    CHECK(outcome.code == 1);
    CHECK(outcome.out.find("TypeError") != std::string::npos);
}
