#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "bncheck/judge/bounds.hpp"
#include "bncheck/oracle/level.hpp"

namespace bncheck::judge {

enum class Verdict { pass, inconclusive, xpass, fail, error, skipped, xfail };
std::string_view name_of(Verdict verdict);

/// One element of an output beside the truth.
struct Element {
    std::size_t channel = 0, i = 0;
    double got = 0;
    oracle::Enclosure want;
    double error = 0;  ///< |got - want|; infinity where one is NaN or infinite and the other not
    double bound = 0;  ///< of the required class, with the allowance
};

/// Whether an infinite `got` is right: the truth overflows the type, or may within the bound.
bool overflow_is_due(double got, const oracle::Enclosure& want, double bound, const Format& format);

/// The truth of the element at a level.
using AtLevel = std::function<oracle::Enclosure(oracle::LevelName)>;

/// What an element is held against.
struct Requirement {
    AccuracyClass required;
    double allowed_ulp = 0;  ///< hand-set, added to the bound of the required class
    Format format;           ///< of the stored tensor
    /// NaN will do where infinity is due. So it is for the mean and the sums of data with an infinity: after it M + (x - M) / k
    /// of the updating algorithms and the low word of a compensated sum are inf - inf.
    bool nan_for_infinity = false;
    /// The definition has no value: 0 times infinity. What comes out is then inconclusive, unless it is as IEEE 754 has it.
    bool undefined = false;
};

/// What is found of one output tensor (or of some of its channels); merged in the order of channels.
struct TensorFindings {
    std::size_t elements = 0, failed = 0, inconclusive = 0;
    std::array<std::size_t, oracle::levels> decided{};  ///< elements by the level that decided them
    std::size_t tightest = 0;   ///< index of the tightest class that holds for all elements; accuracy_classes: none
    bool undetermined = false;  ///< some element is within no finite bound, and the next is infinite
    double max_abs = 0, max_rel = 0, max_ulp = 0, utilisation = 0;
    std::optional<Element> worst;

    Verdict verdict() const;
    /// The class's name, "none", or nothing where the bounds leave it open.
    std::optional<std::string> accuracy_class() const;
    double correct_digits(const Format& format) const;  ///< -log10(max_rel), at most the format's own digits

    /// Adds an element with its enclosure at `level`. Where that leaves open on which side of a bound its error is, the levels
    /// above are asked.
    void add(const Element& element, oracle::LevelName level, const ChannelBounds::PerClass& bounds,
             const Requirement& requirement, const AtLevel& at_level);
    /// Adds an element of which nothing better than its enclosure is known.
    void add(const Element& element, const ChannelBounds::PerClass& bounds, const Requirement& requirement);
    /// Counts elements that a screen has found to change nothing else.
    void pass_over(std::size_t count) {
        elements += count;
        decided[0] += count;
    }
    void merge(const TensorFindings& other);

private:
    void add_decided(Element element, const ChannelBounds::PerClass& bounds, const Requirement& requirement);
};

/// An element that must have the bits' value exactly (running statistics in inference): findings without a class.
void add_equal(TensorFindings& findings, std::size_t channel, double got, double want, const Format& format);

}  // namespace bncheck::judge
