#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "bncheck/judge/bounds.hpp"

namespace bncheck::judge {

enum class Verdict { pass, inconclusive, xpass, fail, error, skipped, xfail };
std::string_view name_of(Verdict verdict);

/// One element of an output beside the truth.
struct Element {
    std::size_t channel = 0, i = 0;
    double got = 0;
    oracle::Enclosure want;
    double error = 0;  ///< upper bound of |got - want|; infinity where one is NaN or infinite and the other not
    double bound = 0;  ///< of the required class, with the allowance
};

/// What is found of one output tensor (or of one channel of it); merged over channels in order.
struct TensorFindings {
    std::size_t elements = 0, failed = 0, inconclusive = 0;
    std::size_t tightest = 0;   ///< index of the tightest class that holds for all elements; accuracy_classes: none
    bool undetermined = false;  ///< some element is within no finite bound, and the next is infinite
    double max_abs = 0, max_rel = 0, max_ulp = 0, utilisation = 0;
    std::optional<Element> worst;

    Verdict verdict() const;
    /// The class's name, "none", or nothing where the bounds leave it open.
    std::optional<std::string> accuracy_class() const;
    double correct_digits(const Format& format) const;  ///< -log10(max_rel), at most the format's own digits

    void add(const Element& element, const ChannelBounds::PerClass& bounds, AccuracyClass required, double allowed_ulp,
             const Format& format);
    void merge(const TensorFindings& other);
};

/// An element that must have the bits' value exactly (running statistics in inference): findings without a class.
void add_equal(TensorFindings& findings, std::size_t channel, double got, double want, const Format& format);

}  // namespace bncheck::judge
