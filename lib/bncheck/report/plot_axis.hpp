#pragma once

#include <string>
#include <vector>

#include "bncheck/report/plot.hpp"

namespace bncheck::report {

/// A whole number as an exponent.
std::string superscript(int number);

/// About how wide a label is, in units of a figure.
double width_of(const std::string& label);

/// Where values of an axis are, between 0 and 1.
class Scale {
public:
    /// Of an axis that shows these values.
    Scale(const Axis& axis, const std::vector<double>& values);

    /// NaN is where infinity is.
    double operator()(double value) const;

    struct Tick {
        double at;  ///< 0 to 1
        std::string label;
    };
    const std::vector<Tick>& ticks() const { return ticks_; }

private:
    void add_steps(const std::vector<std::string>& steps);
    void add_decades();
    void add_numbers();

    bool logarithmic_;
    bool zero_ = false, infinite_ = false;  ///< have places of their own
    double low_ = 0, high_ = 1;             ///< of the value, or of its logarithm to base 10
    double begin_ = 0, end_ = 1;            ///< where these are
    std::vector<Tick> ticks_;
};

}  // namespace bncheck::report
