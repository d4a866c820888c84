#pragma once

#include <string_view>

#include "bncheck/core/dtype.hpp"
#include "bncheck/oracle/channel.hpp"
#include "bncheck/oracle/radius.hpp"

namespace bncheck::oracle {

/// One channel of the double backward: x, dy and the parameters of `first`, and what L = <ddx, dx> + ddgamma dgamma + ddbeta
/// dbeta is formed with.
struct SecondOrderView {
    ChannelView first;
    Values ddx;
    double ddgamma = 0, ddbeta = 0;
};

/// Sizes of what belongs to one of the two vectors z = dy and z = ddx: upper bounds of magnitudes, by sums in double.
struct VectorSizes {
    double mean_abs, mean, s;      ///< mean|z|, |mean z|, |mean(z xhat)|
    double products;               ///< mean|z xhat|
    double largest;                ///< max|z|
    double signed_mean, signed_s;  ///< as computed
};

/// What the errors of the double backward depend on.
struct SecondOrderFacts {
    ChannelFacts dy, ddx;  ///< of x with dy, and with ddx in its place; gamma 1, and no sum taken for exact
    bool training;
    double m, r, gamma, ddgamma, ddbeta;  ///< of the last four upper bounds of magnitudes
    double spread;                        ///< not below mean|xhat| in training
    VectorSizes g, u;                     ///< of dy and of ddx
    double products;                      ///< mean|ddx dy|
    double B;                             ///< as computed in double; in inference mean(ddx dy)
    double signed_gamma, signed_ddgamma;
    double largest_deviation;  ///< max|x - mu|
};
SecondOrderFacts second_order_facts(const SecondOrderView& view, Dtype dtype);

/// By how much an arithmetic may be off in what the double backward is made of.
struct SecondOrderErrors {
    double u;          ///< of one operation
    double sum;        ///< a sum of products, with what rounds in its terms and its division by m, over the sum of magnitudes
    double rho;        ///< relative, of r
    Linear xhat;       ///< a + b |xhat|
    double power;      ///< relative, of r^2 and r^3 where they underflow
    double underflow;  ///< of an element of gdy and gx, of all products and quotients; m times this of ggamma
    struct OfVector {
        double mean, s;
    } g, u_vector;  ///< of mean z and s_z
};

/// Errors of the definition's operations in an arithmetic without overflow and underflow, sums in order; rho is infinite where
/// the analysis of radius.hpp does not hold.
SecondOrderErrors plain_errors(const Arithmetic& arithmetic, const SecondOrderView& view, const SecondOrderFacts& facts);
/// Those of the facts themselves, and of elements computed from them in double.
SecondOrderErrors double_errors(const SecondOrderFacts& facts);

/// Magnitudes of one element, as computed in double, widened to upper bounds.
struct SecondOrderElement {
    double xhat, g, u, g_centred, u_centred;  ///< centred: |z - mean z|
    double gdy, gx;                           ///< values as computed
};
SecondOrderElement second_order_element(const SecondOrderView& view, const SecondOrderFacts& facts, std::size_t i);

// |computed - true| in any arrangement (derivations in second_order_error.cpp), before the result is stored.
double gdy_error(const SecondOrderFacts& facts, const SecondOrderErrors& errors, const SecondOrderElement& element);
double gx_error(const SecondOrderFacts& facts, const SecondOrderErrors& errors, const SecondOrderElement& element);
double ggamma_error(const SecondOrderFacts& facts, const SecondOrderErrors& errors);
/// One of them by its tensor's name.
double second_order_error(std::string_view tensor, const SecondOrderFacts& facts, const SecondOrderErrors& errors,
                          const SecondOrderElement& element);

}  // namespace bncheck::oracle
