#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "../needs.hpp"

using Json = nlohmann::ordered_json;

namespace {

const std::string torch_settings = "ATEN_CPU_CAPABILITY=avx2 OMP_NUM_THREADS=1 ";

}  // namespace

TEST_CASE("gradcheck: wrong gradients that torch's own fast gradcheck accepts fail, without --full") {
    need("torch");
    const auto outcome_of = [](const std::string& bug, const std::string& dtype) {
        return shell(torch_settings + BNCHECK_BINARY " gradcheck --shape 8,16,56,56 --checks gradient --json - --dtype " +
                     dtype + " --candidate 'exec:/usr/bin/python3 tests/candidates/torch_wrong.py --bug " + bug + "'");
    };
    const std::vector<std::pair<std::string, std::string>> bugs{{"zero", "float32"},
                                                                {"negated", "float32"},
                                                                {"tripled", "float32"},
                                                                {"slightly-scaled", "float64"},
                                                                {"512-zeroed", "float64"}};
    for (const auto& [bug, dtype] : bugs) {
        INFO(bug << " " << dtype);
        CHECK(shell(torch_settings + "/usr/bin/python3 tests/candidates/torch_wrong.py --bug " + bug + " --torch-accepts " +
                    dtype)
                  .code == 0);
        const Outcome outcome = outcome_of(bug, dtype);
        CHECK(outcome.code == 1);
        const Json checks = Json::parse(outcome.out)["cases"][0]["checks"];
        for (const Json& check : checks) {
            // The products see it and the Taylor test does not deny it; what is of the forward or of other tensors is right.
            if (check["tensor"] == "dx" && check["method"] == "vjp")
                CHECK(check["verdict"] == "fail");
            else if (check["method"] == "taylor")
                CHECK(check["verdict"] == (dtype == "float64" ? "fail" : "inconclusive"));
            else
                CHECK(check["verdict"] == "pass");
        }
    }
    for (const std::string dtype : {"float32", "float64"}) CHECK(outcome_of("none", dtype).code == 0);
}
