#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bncheck/diagnose/planted_bug.hpp"
#include "bncheck/judge/verdict.hpp"
#include "bncheck/suite/suite.hpp"

namespace bncheck::diagnose {

/// The first check of a case that failed.
struct Finding {
    std::string id;
    std::size_t elements = 0;  ///< of the case's x
    std::string check, tensor;
    judge::Verdict verdict = judge::Verdict::fail;  ///< fail or error
};

/// A bug, and the smallest case of each suite that caught it.
struct BugRow {
    const PlantedBug* bug = nullptr;
    std::vector<std::optional<Finding>> caught;  ///< by suite

    bool killed() const { return smallest() != nullptr; }
    const Finding* smallest() const;               ///< the smallest case of all suites; null where it survives
    bool killed_without(std::size_t suite) const;  ///< by another suite than this
};

/// An algorithm that is right, and what the suites say of it.
struct AlgorithmRow {
    std::string name;
    AccuracyClass owed = AccuracyClass::updating;  ///< the class that it promises
    struct Outcome {
        std::size_t judged = 0, not_owed = 0;  ///< cases
        std::optional<Finding> accused;
    };
    std::vector<Outcome> outcomes;  ///< by suite

    bool accused() const;
};

/// Which suite kills which bug (R. A. DeMillo, R. J. Lipton, F. G. Sayward, "Hints on Test Data Selection: Help for the
/// Practicing Programmer", Computer 11 (1978)).
struct KillMatrix {
    std::vector<std::string> suites;
    std::vector<BugRow> bugs;
    std::vector<AlgorithmRow> algorithms;

    std::vector<const BugRow*> survivors() const;
    /// Bugs that would survive if the suite were left out, beside those that survive as it is.
    std::vector<const BugRow*> survivors_without(std::size_t suite) const;
    bool holds() const;  ///< every bug is killed and no right algorithm is accused
};

/// Called as cases finish.
using CaseProgress = std::function<void(const std::string& id, std::size_t done, std::size_t due)>;

/// Puts every case to our own kernel with each bug, and to the right algorithms: our own kernel without a bug, and the built-in
/// ones. The first is the control of all the others. A case that requires `updating` asks of an algorithm the class that it
/// promises; one that requires more asks only the algorithms that promise it. Only names that `chosen` accepts take part, and
/// the control. The result does not depend on the number of threads.
KillMatrix kill_matrix(const std::vector<suite::Suite>& suites, const std::function<bool(const std::string& name)>& chosen,
                       const CaseProgress& progress);

}  // namespace bncheck::diagnose
