#pragma once

#include <string>
#include <vector>

#include "bncheck/derivation/walk/walk.hpp"

namespace bncheck::derivation {

/// What a walk comes to.
struct WalkVerdict {
    std::vector<std::string>
        most_accurate;                   ///< names of arrangements whose max_error reads the same at two digits as the least
    std::string lossiest_section;        ///< of the step that loses most; empty where none loses a digit
    const WalkStep* lossiest = nullptr;  ///< of the walk; null likewise
    std::string sentence;                ///< "most accurate here: ...", or why nothing can be said
};

/// `walk` must outlive the verdict.
WalkVerdict verdict_of(const Walk& walk);

}  // namespace bncheck::derivation
