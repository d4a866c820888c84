#pragma once

// The derivation at one channel's data, statement by statement, in a working and in reference precision: where digits are lost.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "bncheck/core/dtype.hpp"
#include "bncheck/derivation/walk/channel_data.hpp"

namespace bncheck::derivation {

/// An error of the working precision against the reference, relative to it: 0 where they are equal, infinite where the
/// reference is 0 or the working value alone is not finite, NaN where the reference is not finite. Digits are -log10 of it,
/// from 0 to the digits that the working precision has, p log10(2); NaN for NaN.
struct RelativeError {
    double error = 0, digits = 0;
};

/// One quantity and how it was computed. Of an indexed quantity everything but index, working, reference and element is about
/// norms, max_i |...|.
struct WalkStep {
    std::string quantity;
    std::string formula;  ///< as formula.hpp writes it; empty of data
    bool indexed = false;
    std::size_t index = 0;         ///< of the element with the fewest correct digits, the first of several
    double working = 0;            ///< there, in working precision
    double reference = 0;          ///< there, in 256 bits, rounded
    std::string reference_digits;  ///< the same to 30 digits; "inf", "-inf", "nan"
    RelativeError element;         ///< there
    RelativeError norm;            ///< max |working - reference| / max |reference|
    /// The parts of norm.error: what the formula makes, in 256 bits, of the errors of its operands, and what this one
    /// evaluation adds by its own rounding.
    double inherited = 0, made_here = 0;
    std::string worst_operand;  ///< with the fewest digits of norm; empty where none has lost any
    double lost = 0;            ///< digits of the worst operand less those of the result, >= 0
    std::string reason;         ///< why, where a digit or more is lost; or why it is not finite
    double condition = 1;       ///< where a digit or more is lost, sum |terms| / |sum| of what cancels most
};

/// A digit or more is lost, as a loss is written: 1.0.
inline bool loses(const WalkStep& step) { return step.lost >= 0.95; }

/// Statements that belong together, such as one implementation's backward.
struct WalkSection {
    std::string id, title, source;  ///< source: where the statements were read, or empty
    std::vector<WalkStep> steps;
};

/// How good one arrangement's dx is.
struct ArrangementDigits {
    std::string id;        ///< "staged", "closed", or of arrangements()
    std::string name;      ///< "staged", "closed form", ...
    RelativeError norm;    ///< of dx
    double max_error = 0;  ///< max |working - reference| in units of |gamma| r max|dy|, as compare() has it
};

struct Walk {
    std::size_t m = 0;
    bool training = true;
    Dtype working = Dtype::float32;
    std::string undefined;              ///< why there is no derivative here; empty: there is
    std::vector<WalkSection> sections;  ///< data, forward, staged, closed, and in training arrangements()
    std::vector<ArrangementDigits> arrangements;
    bool exact() const;  ///< no step has an error
};

/// Channels with more values are refused: numbers of 256 bits take some 800 bytes and 13 microseconds a value, here 1.6 GB and
/// half a minute.
inline constexpr std::size_t longest_walk = 2'000'000;

/// Walks the channel; `working` is float32 or float64 (float32 for data of 16 bits). Throws Error(internal) where x and dy
/// differ in size or are empty, Error(usage, "too-large") beyond longest_walk.
Walk walk(const ChannelData& channel, Dtype working);

}  // namespace bncheck::derivation
