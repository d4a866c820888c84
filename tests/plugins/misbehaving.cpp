// A right plugin but for how it behaves on the cases whose id contains BNCHECK_MISBEHAVE_ON, which BNCHECK_MISBEHAVE names.
#include <bncheck/plugin.h>
#include <fenv.h>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <thread>

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

namespace {

std::string setting(const char* name) {
    const char* const value = std::getenv(name);
    return value ? value : "";
}

std::int64_t offset(const bncheck_request& r, std::int64_t c, std::int64_t i) {
    std::int64_t at = c * r.strides[1];
    for (int d = r.rank - 1; d >= 2; i /= r.dims[d--]) at += i % r.dims[d] * r.strides[d];
    return at + i * r.strides[0];
}

void forward(const bncheck_request& r) {
    const auto* x = static_cast<const float*>(r.in->x);
    const auto *gamma = static_cast<const float*>(r.in->gamma), *beta = static_cast<const float*>(r.in->beta);
    auto* y = static_cast<float*>(r.out->y);
    for (std::int64_t c = 0; c < r.channels; ++c) {
        double mean = 0, variance = 0;
        for (std::int64_t i = 0; i < r.count; ++i) mean += x[offset(r, c, i)] / static_cast<double>(r.count);
        for (std::int64_t i = 0; i < r.count; ++i)
            variance += std::pow(x[offset(r, c, i)] - mean, 2) / static_cast<double>(r.count);
        const double invstd = 1 / std::sqrt(variance + r.eps);
        for (std::int64_t i = 0; i < r.count; ++i)
            y[offset(r, c, i)] =
                static_cast<float>((x[offset(r, c, i)] - mean) * invstd * (gamma ? gamma[c] : 1) + (beta ? beta[c] : 0));
    }
}

[[noreturn]] void throw_it() { throw std::runtime_error("thrown on purpose"); }
void through_noexcept() noexcept { throw_it(); }

int overflow_the_stack(int depth) {
    volatile char much[4096];
    much[0] = static_cast<char>(depth);
    return depth < 0 ? 0 : overflow_the_stack(depth + 1) + much[0];
}

int misbehave(const std::string& how, const bncheck_request& r, char* message, std::size_t size) {
    auto* y = static_cast<float*>(r.out->y);
    const std::int64_t elements = r.channels * r.count;
    volatile std::intptr_t nowhere = 8;
    if (how == "segfault") *reinterpret_cast<volatile int*>(nowhere) = 1;
    if (how == "stack-overflow") return overflow_the_stack(0) != 0;
    if (how == "abort") std::abort();
    if (how == "raise-segv") std::raise(SIGSEGV);
    if (how == "quick-exit") std::quick_exit(0);
    if (how == "close-stdin") close(0);
    if (how == "alarm") alarm(1);
    if (how == "fork-exit" && fork() == 0) std::exit(0);
    if (how == "fork-return" && fork() == 0) return BNCHECK_OK;
    if (how == "divide-by-zero") std::raise(SIGFPE);
    if (how == "exit") std::exit(0);
    if (how == "_exit") _exit(0);
    if (how == "spin")
        for (volatile int forever = 1; forever;) continue;
    if (how == "throw") throw_it();
    if (how == "throw-int") throw 42;
    if (how == "throw-noexcept") through_noexcept();
    if (how == "throw-in-thread") std::thread(throw_it).join();
    if (how == "error") return std::snprintf(message, size, "not today"), BNCHECK_ERROR;
    if (how == "long-error") return std::memset(message, 'x', size), BNCHECK_ERROR;
    if (how == "skip") return std::snprintf(message, size, "not this one"), BNCHECK_SKIPPED;
    if (how == "status-77") return 77;
    if (how == "stdout") std::printf("{\"chatter\": true}\n"), std::fflush(stdout);
    forward(r);
    if (how == "write-after") y[elements] = 1;
    if (how == "write-far-after") y[elements + 20000] = 1;
    if (how == "write-zero-after") y[elements + 1100] = 0;
    if (how == "write-before") y[-1] = 1;
    if (how == "write-input") const_cast<float*>(static_cast<const float*>(r.in->x))[0] = 0;
    if (how == "rounding-mode") fesetround(FE_UPWARD);
#if defined(__SSE__)
    if (how == "sse-rounding-mode") _MM_SET_ROUNDING_MODE(_MM_ROUND_DOWN);
    if (how == "sse-trap") _MM_SET_EXCEPTION_MASK(_MM_GET_EXCEPTION_MASK() & ~_MM_MASK_DIV_ZERO);
    if (how == "flush-to-zero") _mm_setcsr(_mm_getcsr() | 0x8000);
    if (how == "denormals-are-zero") _mm_setcsr(_mm_getcsr() | 0x0040);
#endif
    if (how == "trap") feenableexcept(FE_DIVBYZERO);
    return BNCHECK_OK;
}

int run(const bncheck_request* request, char* message, std::size_t size) {
    const bncheck_request& r = *request;
    const std::string how = setting("BNCHECK_MISBEHAVE");
    if (std::strstr(r.id, setting("BNCHECK_MISBEHAVE_ON").c_str()) == nullptr) return forward(r), BNCHECK_OK;
    if (how != "unwritten") return misbehave(how, r, message, size);
    // All but one element, whatever the layout: the value is put back after the whole is computed.
    auto* y = static_cast<float*>(r.out->y);
    const std::int64_t one = r.channels * r.count / 2;
    float kept;
    std::memcpy(&kept, y + one, sizeof kept);
    forward(r);
    std::memcpy(y + one, &kept, sizeof kept);
    return BNCHECK_OK;
}

}  // namespace

extern "C" const bncheck_plugin* bncheck_plugin_describe(void) {
    static bncheck_plugin plugin{sizeof(bncheck_plugin),
                                 BNCHECK_PLUGIN_VERSION,
                                 "misbehaving",
                                 BNCHECK_FLOAT32,
                                 BNCHECK_NCHW | BNCHECK_NHWC,
                                 BNCHECK_TRAIN,
                                 BNCHECK_FORWARD,
                                 nullptr,
                                 0,
                                 run};
    const std::string how = setting("BNCHECK_MISBEHAVE");
    if (how == "describe-throw") throw_it();
    if (how == "describe-rounding") fesetround(FE_UPWARD);
#if defined(__SSE__)
    if (how.starts_with("describe-flush")) _mm_setcsr(_mm_getcsr() | 0x8040);
#endif
    if (how == "describe-flush-told") plugin.ftz = 1;
    if (how == "describe-null") return nullptr;
    if (how == "describe-version") plugin.version = 99;
    if (how == "describe-size") plugin.size = 8;
    if (how == "describe-no-run") plugin.run = nullptr;
    if (how == "describe-crash") std::raise(SIGSEGV);
    return &plugin;
}
