#pragma once

#include <optional>

#include "bncheck/derivation/formula/expression.hpp"
#include "bncheck/derivation/proof/point.hpp"

namespace bncheck::derivation {

/// The formula with every root replaced: that of c q^n, c the square of a rational number, is a number times r^-n. That an
/// argument is c q^n is proven. Nothing where there are other roots, of v alone, say.
std::optional<Expression> without_roots(const Expression& formula, Setting setting, bool second = false);

}  // namespace bncheck::derivation
