#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "../needs.hpp"

using Json = nlohmann::ordered_json;

namespace {

/// A peer over all suites, held against its known failures: each of them fails, and nothing else. The report.
Json conformance(const std::string& peer, const std::string& convention, const std::vector<std::string>& reasons_to_skip,
                 const std::string& variables = "") {
    const Folder folder;
    const Outcome outcome = shell(variables + " scripts/conformance --bncheck " BNCHECK_BINARY " --out " +
                                  folder.path.string() + " --peers " + peer);
    INFO(outcome.out << read_text((folder.path / (peer + ".txt")).string()));
    CHECK(outcome.code == 0);
    const Json report = Json::parse(read_text((folder.path / (peer + ".json")).string()));
    CHECK(report["candidate"]["convention"] == convention);
    CHECK(report["known_failures"]["elsewhere"] == 0);
    CHECK(report["summary"]["xfail"] > 0);
    for (const Json& c : report["cases"])
        if (c["verdict"] == "skipped") {
            const std::string reason = c["reason"];
            INFO(c["id"] << ": " << reason);
            CHECK(std::any_of(reasons_to_skip.begin(), reasons_to_skip.end(),
                              [&](const std::string& begin) { return reason.starts_with(begin); }));
        }
    const std::string table = read_text((folder.path / "table.md").string());
    CHECK(table.find("| **all** |") != std::string::npos);
    CHECK(table.find("not known") == std::string::npos);
    return report;
}

}  // namespace

TEST_CASE("torch fails where its known failures are, and nowhere else") {
    need("torch");
    const Json report = conformance("torch", "pytorch", {"the candidate does not support dtype float16", "pytorch refuses"});
    for (const Json& c : report["cases"])
        if (c["id"] == "precision/constant-1e7+3") CHECK(c["checks"][0]["worst"]["got"].get<double>() > 100);
}

TEST_CASE("onnxruntime fails where its known failures are, and nowhere else") {
    need_node_module("onnxruntime-node");
    conformance("onnxruntime", "onnx", {"the candidate does not support ", "an ONNX model holds epsilon as float32"});
}

TEST_CASE("tfjs fails where its known failures are, and nowhere else") {
    need_node_module("@tensorflow/tfjs");
    conformance("tfjs", "keras", {"the candidate does not support "});
}

#if defined(ONEDNN_PLUGIN)
TEST_CASE("oneDNN fails where its known failures are, and nowhere else, whatever instructions it uses") {
    for (const std::string isa : {"AVX2", "ALL"})
        conformance(
            "onednn", "onednn",
            {"the candidate does not support dtype", "the candidate does not support pass double-backward", "not provided"},
            "ONEDNN_MAX_CPU_ISA=" + isa);
}
#endif
