#include <catch2/catch.hpp>

#include "../needs.hpp"
#include "defect.hpp"

using namespace bncheck::peer;
using Json = nlohmann::ordered_json;

namespace {

/// Each was reproduced bit for bit by the arithmetic that its sentence tells, in numpy. tfjs computes every operation and sum
/// in double and stores its result as float32.
const std::vector<Defect> defects{
    {std::regex("^precision/wide-mean-"),
     {"y", "running_var", "dx", "dgamma"},
     "the mean, summed in double, is rounded to float32 before it is subtracted from x: at mean/stddev 1e5 y is 0.00216 where "
     "0.00699 is due"},
    {std::regex("^conditioning/tiny-scale-float32-"),
     {"dx"},
     "the gradient of tf.batchNorm stores -invstd^3 / 2 as float32: at stddev 1e-15 it is -inf, and dx is NaN"},
    {std::regex("^(conditioning/huge-scale-float32-|precision/wide-scale-1e19$)"),
     {"dx"},
     "the same from stddev 1e15 on: it is 0, and dx lacks its part along xhat: -2.55e-16 where 8.24e-16 is due"},
};

std::string tfjs(const std::string& flags = "") {
    return " --json - --candidate 'exec:node scripts/candidates/tfjs_candidate.mjs" + flags + "'";
}

}  // namespace

TEST_CASE("tfjs fails where its defects are, and nowhere else") {
    need_node_module("@tensorflow/tfjs");
    // The suite impulse alone takes it half as long as all the others.
    const Json report = Json::parse(shell(BNCHECK_BINARY " run all -k '^(?!impulse)'" + tfjs()).out);
    CHECK(disagreements(report, defects) == std::vector<std::string>{});
    CHECK(report["candidate"]["convention"] == "keras");
    for (const Json& c : report["cases"])
        if (c["verdict"] == "skipped") {
            const std::string reason = c["reason"];
            INFO(c["id"] << ": " << reason);
            CHECK(reason.starts_with("the candidate does not support "));
        }
}

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
