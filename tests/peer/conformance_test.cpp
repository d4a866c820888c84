#include "conformance.hpp"

using Json = nlohmann::ordered_json;

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

#if defined(ONEDNN_PLUGIN)
TEST_CASE("oneDNN fails where its known failures are, and nowhere else") {
    conformance(
        "onednn", "onednn",
        {"the candidate does not support dtype", "the candidate does not support pass double-backward", "not provided"});
}
#endif
