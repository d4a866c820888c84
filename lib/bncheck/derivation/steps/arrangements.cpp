#include "bncheck/derivation/steps/arrangements.hpp"

namespace bncheck::derivation {

std::vector<Arrangement> arrangements() {
    return {
        {"paper", "The paper",
         "S. Ioffe, C. Szegedy, \"Batch Normalization\", ICML 2015, section 3: the chain rule, node by node",
         "l_xhat = dy*gamma\n"
         "l_var = sum(l_xhat*(x - mu)*(-1/2)*(v + eps)^(-3/2))\n"
         "l_mean = sum(l_xhat*(-1/sqrt(v + eps))) + l_var*sum(-2*(x - mu))/m\n"
         "dx = l_xhat/sqrt(v + eps) + l_var*2*(x - mu)/m + l_mean/m\n"
         "dgamma = sum(dy*xhat)\n"
         "dbeta = sum(dy)"},
        {"pytorch", "PyTorch, CPU", "aten/src/ATen/native/Normalization.cpp, batch_norm_backward_cpu_template",
         "invstd = 1/sqrt(sum((x - mu)^2)/m + eps)\n"
         "sum_dy = sum(dy)\n"
         "dotp = sum((x - mu)*dy)\n"
         "k = dotp*invstd*invstd/m\n"
         "grad_mean = sum_dy/m\n"
         "dx = (dy - grad_mean - (x - mu)*k)*invstd*gamma\n"
         "dgamma = dotp*invstd\n"
         "dbeta = sum_dy"},
        {"onednn", "oneDNN", "src/cpu/ref_batch_normalization.cpp, the reference backward",
         "sqrt_variance = 1/sqrt(v + eps)\n"
         "diff_gamma = sum((x - mu)*dy)*sqrt_variance\n"
         "diff_beta = sum(dy)\n"
         "dx = gamma*sqrt_variance*(dy - (diff_beta/m + (x - mu)*diff_gamma*sqrt_variance/m))\n"
         "dgamma = diff_gamma\n"
         "dbeta = diff_beta"},
        {"tensorflow", "TensorFlow, fused", "tensorflow/python/ops/nn_grad.py, the formula stated at _BaseFusedBatchNormGrad",
         "dx = gamma*rsqrt(v + eps)*(dy - mean(dy) - (x - mu)*mean(dy*(x - mu))/(v + eps))\n"
         "dgamma = sum(dy*(x - mu)*rsqrt(v + eps))\n"
         "dbeta = sum(dy)"},
    };
}

std::vector<std::string> code_columns() { return {"the paper", "PyTorch, CPU", "cuDNN", "oneDNN"}; }

std::vector<CodeName> code_names() {
    return {
        {"x", {"x_i", "input, x", "x", "src"}},
        {"m", {"m", "N, n", "", "N*D*H*W"}},
        {"mu", {"mu_B", "save_mean, mean", "resultSaveMean, savedMean", "mean"}},
        {"m*v", {"", "var_sum", "", ""}},
        {"v", {"sigma_B^2", "", "", "variance"}},
        {"r",
         {"1/sqrt(sigma_B^2 + eps)", "save_var_transform(var_sum/n), save_invstd, invstd",
          "resultSaveInvVariance, savedInvVariance", "sqrt_variance"}},
        {"xhat", {"xhat_i", "", "", ""}},
        {"gamma", {"gamma", "weight, w", "bnScale", "scale"}},
        {"beta", {"beta", "bias, b", "bnBias", "shift"}},
        {"y", {"y_i", "output", "y", "dst"}},
        {"dy", {"dl/dy_i", "grad_out, dy", "dy", "diff_dst"}},
        {"dx", {"dl/dx_i", "grad_input, gI", "dx", "diff_src"}},
        {"dgamma", {"dl/dgamma", "grad_weight", "dBnScaleResult", "diff_scale, diff_gamma"}},
        {"dbeta", {"dl/dbeta", "grad_bias, sum", "dBnBiasResult", "diff_shift, diff_beta"}},
        {"sum(dy*d)", {"", "dotp", "", ""}},
        {"dgamma*r/m", {"", "k", "", ""}},
        {"dbeta/m", {"", "grad_mean", "", ""}},
        {"dv", {"dl/dsigma_B^2", "", "", ""}},
        {"dmu", {"dl/dmu_B", "", "", ""}},
        {"eps", {"eps", "eps", "epsilon", "epsilon"}},
        {"w", {"", "momentum", "exponentialAverageFactor", ""}},
    };
}

}  // namespace bncheck::derivation
