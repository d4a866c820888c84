#pragma once

#include "bncheck/judge/bounds.hpp"
#include "bncheck/oracle/second_order_error.hpp"

namespace bncheck::judge {

/// The derived bounds of the double backward's outputs by accuracy class, on the pattern of ChannelBounds: the errors of
/// oracle/second_order_error.hpp with what a class admits. View and facts must outlive it.
class SecondOrderBounds {
public:
    /// `flushes`: the candidate says that it flushes subnormal results to zero.
    SecondOrderBounds(const oracle::SecondOrderView& view, const oracle::SecondOrderFacts& facts, Dtype dtype, bool flushes);

    /// Of element i of "gdy" or "gx", or of "ggamma".
    ChannelBounds::PerClass at(std::string_view tensor, std::size_t i) const;
    /// A class's own bound of gdy or gx of an element, or of ggamma, which the nested one is not below: affine in the element's
    /// magnitudes but for `value`, the magnitude of what is stored.
    double own(std::string_view tensor, AccuracyClass c, const oracle::SecondOrderElement& element, double value) const;
    /// Whether products of the formulas may over- or underflow in the type itself, so that another arrangement than the
    /// candidate's would come out infinite or NaN.
    bool leaves_range(AccuracyClass c) const;

private:
    struct Admitted {  // by one class
        ClassTerms terms;
        oracle::SecondOrderErrors errors;
        bool leaves_range;
    };
    Admitted admitted(AccuracyClass c, bool flushes) const;

    const oracle::SecondOrderView& view_;
    const oracle::SecondOrderFacts& facts_;
    Dtype dtype_;
    bool flushes_;
    std::array<Admitted, accuracy_classes> admitted_;
};

}  // namespace bncheck::judge
