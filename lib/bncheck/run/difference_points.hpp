#pragma once

#include <memory>
#include <optional>

#include "bncheck/candidate/stack.hpp"
#include "bncheck/gradient/forward_columns.hpp"
#include "bncheck/run/evidence.hpp"

namespace bncheck::run {

/// How much of a case is differenced: of so many channels, evenly spread, so many columns (coordinates of x, evenly spread), so
/// many rows of each (0: all), and so many directions, twice as many rows of each.
struct Sample {
    std::size_t channels, columns, rows, directions;
};

/// Pieces of work that a case is at least cut into where it has few channels; of long ones fewer, since each holds its points.
inline std::size_t least_pieces(std::size_t m) { return m <= std::size_t{1} << 16 ? 64 : 1; }

/// The k-th of `count` numbers evenly spread over 0, ..., n - 1, the first and last among them.
std::size_t spread(std::size_t k, std::size_t count, std::size_t n);

/// Steps along a line, and the noise there.
struct Plan {
    gradient::Steps steps;
    gradient::Noise found, required;
};

/// A channel whose forward is differenced.
struct DifferencedChannel {
    std::size_t channel = 0;
    gradient::BasePoint base;
    std::optional<Plan> of_columns;  ///< the same for every coordinate

    candidate::ChannelPass pass(const Question& question, const Values& x) const {
        return pass_of(question, base.parameters, channel, x);
    }
};

/// Of the case's x; null where the forward has no derivative.
std::unique_ptr<DifferencedChannel> differenced_channel(const Question& question, std::size_t channel);

/// Of an x some whole grid units away in every value, by at most an eighth of a standard deviation.
std::unique_ptr<DifferencedChannel> channel_nearby(const Question& question, std::size_t channel);

/// A difference with the points that it needs y of: first those of + h, + 2h, ..., then those of - h, ...
struct AskedDifference {
    gradient::Difference difference;
    std::vector<signed char> signs;
    std::vector<ChannelBuffer> points;
    std::vector<candidate::ChannelPass> passes;
};

/// The differences of a channel that a sample has: by columns, by directions, by gamma and beta where there are any.
class DifferencePoints {
public:
    /// `found`: the class that y was found to be of.
    DifferencePoints(const Question& question, const Sample& sample, AccuracyClass found)
        : q_(question), sample_(sample), found_(found) {}

    std::size_t count() const { return sample_.columns + sample_.directions + (q_.c.affine ? 2 : 0); }
    AskedDifference at(DifferencedChannel& channel, std::size_t number) const;

private:
    Plan plan(const gradient::BasePoint& at, const gradient::Line& line, std::size_t count) const;
    void ask_of_parameter(const DifferencedChannel& base, AskedDifference& asked) const;
    AccuracyClass loosest() const { return std::max({found_, q_.required, AccuracyClass::shifted}); }

    const Question& q_;
    const Sample& sample_;
    AccuracyClass found_;
};

}  // namespace bncheck::run
