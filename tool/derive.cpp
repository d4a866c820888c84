#include "derive.hpp"

#include <ostream>

#include "bncheck/derivation/text.hpp"

namespace bncheck::tool {

int derive(std::ostream& out) {
    const derivation::Checks checks = derivation::check_derivation();
    out << derivation::text(derivation::statements(), checks);
    return checks.all_hold() ? 0 : 1;
}

}  // namespace bncheck::tool
