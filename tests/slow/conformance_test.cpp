#include "../peer/conformance.hpp"

TEST_CASE("tfjs fails where its known failures are, and nowhere else") {
    need_node_module("@tensorflow/tfjs");
    conformance("tfjs", "keras", {"the candidate does not support "});
}

#if defined(ONEDNN_PLUGIN)
TEST_CASE("oneDNN fails where its known failures are with AVX2 too, and nowhere else") {
    conformance("onednn", "onednn",
                {"the candidate does not support dtype", "the candidate does not support pass double-backward", "not provided"},
                "ONEDNN_MAX_CPU_ISA=AVX2");
}
#endif
