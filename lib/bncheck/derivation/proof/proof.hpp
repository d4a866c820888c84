#pragma once

// Proof that equations between the quantities hold for every channel: by their exact values at the points of points.hpp.
//
// Why that is a proof. (1) For a given m, left - right times q^(K/2) is A + B sqrt(q) with polynomials A and B of bounded
// degrees (extent.hpp), zero at the points, hence zero. (2) The coefficients of A and B are Laurent polynomials in m for each
// pattern of equal indices. From m = `indices` on all patterns occur; being zero for more values of m than their powers span,
// they are zero for every such m. (3) Smaller m are tried each for itself.
//
// That A and B vanish at a point is decided exactly: all values are elements of Q[r]/(q r^2 - 1) (exact.hpp), and the
// derivatives among them come from dual numbers of the forward of bn/definition.hpp, which is instantiated with them.

#include <string>
#include <vector>

#include "bncheck/derivation/formula/expression.hpp"
#include "bncheck/derivation/proof/points.hpp"

namespace bncheck::derivation {

/// An equation and what the proof found.
struct Outcome {
    bool holds = true;
    std::size_t m = 0;  ///< where it does not: the smallest m, and there the first point
    WholePoint at;
    Seed seed = Seed::none;
    bool undefined = false;  ///< it divides by zero at every point of that m
};

struct Proof {
    std::vector<Outcome> outcomes;  ///< in the order of the equations
    std::vector<ProofSize> sizes;   ///< of each
    ProofSize size;                 ///< for all together
    std::size_t largest_m = 0;      ///< every m from the first on to this one was tried
    std::size_t points = 0;         ///< of all m together

    bool holds() const;
};

struct ProofRequest {
    Setting setting = Setting::training;
    bool second = false;     ///< with the quantities of the double backward
    bool chain = true;       ///< with the adjoints of the nodes and the running statistics
    bool running = false;    ///< speaks of the running statistics
    std::size_t from_m = 1;  ///< the claim is made for m from here on
    std::size_t least_largest_m = 1;
    double most_work = 3e6;  ///< points, each counted m^2 times: some seconds
};

/// Proves or refutes each of the equations, which have no roots in them.
Proof prove(const std::vector<Equation>& equations, const ProofRequest& request);

/// Independent evidence, without any bound on single degrees: random rational points. A polynomial of total degree d that is
/// not zero vanishes at a point drawn uniformly from S^n with probability d/|S| at most (J. T. Schwartz 1980; R. Zippel 1979).
struct RandomEvidence {
    std::vector<bool> holds;  ///< each equation at all the points
    std::size_t points = 0;
    std::vector<std::size_t> m;  ///< of the points
    double set_size = 0;         ///< |S|
};
RandomEvidence random_evidence(const std::vector<Equation>& equations, const ProofRequest& request, std::vector<std::size_t> m,
                               std::size_t points_each);

}  // namespace bncheck::derivation
