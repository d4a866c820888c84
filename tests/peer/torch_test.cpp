#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

#include "../needs.hpp"

using Json = nlohmann::ordered_json;

TEST_CASE("torch's bits depend on the number of threads, and on nothing else that determinism asks for") {
    need("torch");
    const Json report =
        Json::parse(shell(BNCHECK_BINARY " run determinism --json - "
                                         "--candidate 'exec:/usr/bin/python3 scripts/candidates/torch_candidate.py'")
                        .out);
    CHECK(report["summary"]["fail"] > 0);
    for (const Json& c : report["cases"])
        for (const Json& check : c["checks"])
            if (check["verdict"] == "fail") CHECK(check["reason"] == "a run on one thread differs from those on several");
}
