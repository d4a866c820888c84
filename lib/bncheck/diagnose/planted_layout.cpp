#include <algorithm>

#include "bncheck/diagnose/planted_edit.hpp"

namespace bncheck::diagnose {
namespace {

/// The parameter that multiplies value i, and the one that is added.
template <class Index>
Edit gamma_indexed(Index index) {
    return in_forward([index](StagedChannel& s) {
        for (std::size_t i = 0; i < s.m(); ++i) s.y[i] = s.input("gamma", index(s, i) % s.channels(), 1.0) * s.xhat(i) + s.beta;
    });
}

std::size_t next(const StagedChannel& s) { return (s.channel + 1) % s.channels(); }
std::size_t neighbour(const StagedChannel& s) { return std::min(s.channel ^ 1, s.channels() - 1); }

/// Only one plane in the innermost two axes is worked on.
bool beyond_first_depth(const StagedChannel& s, std::size_t i) {
    return s.c.shape.dims.size() == 5 && i % s.spatial() >= s.spatial() / s.c.shape.dims[2];
}

}  // namespace

std::vector<PlantedBug> layout_bugs() {
    using enum Stage;
    constexpr BugKind kind = BugKind::layout;
    return {
        {"nhwc-read-as-nchw", kind, "x is read as NCHW whatever its layout", inputs,
         [](StagedChannel& s) { s.x = s.input("x", s.channel, Layout::nchw); }},
        {"nchw-read-as-nhwc", kind, "x is read as NHWC whatever its layout", inputs,
         [](StagedChannel& s) { s.x = s.input("x", s.channel, Layout::nhwc); }},
        {"nhwc-dy-read-as-nchw", kind, "dy alone is read as NCHW whatever its layout", inputs,
         in_backward([](StagedChannel& s) { s.dy = s.input("dy", s.channel, Layout::nchw); })},
        {"nhwc-written-as-nchw", kind, "y and dx are written as NCHW whatever their layout", inputs,
         [](StagedChannel& s) { s.stored_layout = Layout::nchw; }},
        {"nhwc-as-nchw-throughout", kind, "the layout is ignored in what is read and what is written", inputs,
         [](StagedChannel& s) {
             s.x = s.input("x", s.channel, Layout::nchw);
             if (s.backward) s.dy = s.input("dy", s.channel, Layout::nchw);
             s.stored_layout = Layout::nchw;
         }},
        {"plane-transposed", kind, "square planes of y are written with rows and columns exchanged", output,
         [](StagedChannel& s) {
             const std::size_t side = s.row();
             if (s.c.shape.dims.size() != 4 || s.c.shape.dims[2] != side) return;
             const std::vector<double> y = s.y;
             for (std::size_t i = 0; i < s.m(); ++i) {
                 const std::size_t at = i % (side * side);
                 s.y[i] = y[i - at + at % side * side + at / side];
             }
         }},
        {"samples-reversed", kind, "the samples of y come out in reverse", output,
         [](StagedChannel& s) {
             const std::vector<double> y = s.y;
             for (std::size_t i = 0; i < s.m(); ++i)
                 s.y[i] = y[(s.samples() - 1 - i / s.spatial()) * s.spatial() + i % s.spatial()];
         }},
        {"gamma-of-next-channel", kind, "gamma is read one channel ahead", output,
         gamma_indexed([](const StagedChannel& s, std::size_t) { return s.channel + 1; })},
        {"gamma-of-channel-0", kind, "gamma of channel 0 serves all", output,
         gamma_indexed([](const StagedChannel&, std::size_t) { return std::size_t{0}; })},
        {"gamma-by-sample", kind, "gamma is indexed by the sample", output,
         gamma_indexed([](const StagedChannel& s, std::size_t i) { return i / s.spatial(); })},
        {"gamma-along-last-axis", kind, "gamma is broadcast along the last axis, not along the channels", output,
         gamma_indexed([](const StagedChannel& s, std::size_t i) { return s.row() == 1 ? s.channel : i % s.row(); })},
        {"gamma-along-axis-of-equal-length", kind, "where the last axis is as long as the channels, gamma goes along it",
         output, gamma_indexed([](const StagedChannel& s, std::size_t i) {
             return s.row() == s.channels() ? i % s.row() : s.channel;
         })},
        {"beta-of-next-channel", kind, "beta is read one channel ahead", inputs,
         [](StagedChannel& s) { s.beta = s.input("beta", next(s), 0.0); }},
        {"mean-of-next-channel", kind, "the mean is that of the next channel", statistics, in_training([](StagedChannel& s) {
             const std::vector<double> x = s.input("x", next(s), s.c.layout);
             double total = 0;
             for (double value : x) total += value;
             s.mu = total / s.count();
         })},
        {"eval-mean-of-next-channel", kind, "inference reads the running mean one channel ahead", statistics,
         in_inference([](StagedChannel& s) { s.mu = s.input("running_mean", next(s), 0.0); })},
        {"dy-of-neighbour", kind, "dy is read from the other channel of a pair", inputs,
         in_backward([](StagedChannel& s) { s.dy = s.input("dy", neighbour(s), s.c.layout); })},
        {"written-to-neighbour", kind, "each channel is written in the place of the other of its pair", inputs,
         [](StagedChannel& s) { s.stored_channel = neighbour(s); }},
        {"last-channel-skipped", kind, "the loop over channels ends one too early", inputs,
         [](StagedChannel& s) { s.stored = s.channel + 1 < s.channels() || s.channels() == 1; }},
        {"channels-mod-4-skipped", kind, "channels beyond a multiple of four are not worked on", inputs,
         [](StagedChannel& s) { s.stored = s.channel < s.channels() / 4 * 4 || s.channels() < 4; }},
        {"channels-mod-16-skipped", kind, "with channels last, those beyond a multiple of sixteen are not worked on", inputs,
         [](StagedChannel& s) {
             s.stored = s.c.layout == Layout::nchw || s.channels() < 16 || s.channel < s.channels() / 16 * 16;
         }},
        {"channels-beyond-64", kind, "a table of 64 channels is full, the rest is not worked on", inputs,
         [](StagedChannel& s) { s.stored = s.channel < 64; }},
        {"channels-beyond-1024", kind, "a grid of 1024 threads has one channel each, the rest is not worked on", inputs,
         [](StagedChannel& s) { s.stored = s.channel < 1024; }},
        {"samples-beyond-1024", kind, "a grid of 1024 threads has one sample each, the rest is left out of the sums",
         statistics, statistics_counting([](const StagedChannel& s, std::size_t i) { return i / s.spatial() < 1024 ? 1 : 0; })},
        {"last-axis-of-1-squeezed", kind,
         "a last axis of length 1 is dropped, and of the one before it only the start is summed", statistics,
         statistics_counting([](const StagedChannel& s, std::size_t i) {
             return s.c.shape.dims.back() == 1 && s.c.shape.dims.size() > 2 && i % s.spatial() > 0 ? 0 : 1;
         })},
        {"index-in-16-bits", kind, "the index into a channel wraps around at 65536", inputs,
         [](StagedChannel& s) {
             for (std::size_t i = 65536; i < s.m(); ++i) s.x[i] = s.x[i & 0xffff];
         }},
        {"rank-2-over-features", kind, "at rank 2 a sample is normalized over its features", statistics,
         in_training(in_forward([](StagedChannel& s) {
             if (s.c.shape.dims.size() != 2) return;
             double total = 0, squares = 0;  // of sample 0, for all
             for (std::size_t ch = 0; ch < s.channels(); ++ch) total += s.input("x", ch, s.c.layout)[0];
             s.mu = total / static_cast<double>(s.channels());
             for (std::size_t ch = 0; ch < s.channels(); ++ch) squares += std::pow(s.input("x", ch, s.c.layout)[0] - s.mu, 2);
             s.v = squares / static_cast<double>(s.channels());
         }))},
        {"rank-5-first-depth-only", kind, "at rank 5 the sums see the first depth alone", statistics,
         statistics_counting([](const StagedChannel& s, std::size_t i) { return beyond_first_depth(s, i) ? 0 : 1; })},
        {"rank-5-first-depth-written", kind, "at rank 5 the first depth alone is written", output,
         not_written(beyond_first_depth)},
    };
}

}  // namespace bncheck::diagnose
