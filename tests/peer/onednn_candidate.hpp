#pragma once

#include "bncheck/candidate/candidate.hpp"

namespace bncheck::peer {

/// oneDNN's batch normalization primitive on the CPU, through its C++ API (dev guide, "Batch Normalization"): float32, and
/// bfloat16 where the CPU has it; ranks 2 to 5; the layouts are its plain tags, from `nc` to `ndhwc`. gamma and beta go
/// together by use_scale_shift, inference is use_global_stats. It saves the variance; running statistics are its caller's, so
/// that it provides none. Which code runs depends on the CPU: dnnl::set_max_cpu_isa().
class OnednnCandidate : public candidate::Candidate {
public:
    OnednnCandidate();
    const candidate::Hello& hello() const override { return hello_; }
    candidate::Response run(const candidate::Request& request) override;

private:
    candidate::Hello hello_;
};

/// oneDNN's name for the code that it would run on a shape, such as "bnorm_jit:avx2".
std::string onednn_implementation(const Shape& shape, Dtype dtype, Layout layout, bool training, bool backward);

}  // namespace bncheck::peer
