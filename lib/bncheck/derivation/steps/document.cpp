#include "bncheck/derivation/steps/document.hpp"

#include <algorithm>

namespace bncheck::derivation {
namespace {

/// "2", or "at most 3".
std::string number_of(int value) { return std::to_string(value); }

std::string sizes_of(const SectionResult& result) {
    const ProofSize& size = result.size;
    std::string text = "degree " + number_of(size.x) + " in `x`, " + number_of(size.eps) + " in `eps`";
    if (size.dy > 0) text += ", " + number_of(size.dy) + " in `dy`";
    if (size.seeds > 0) text += ", " + number_of(size.seeds) + " in (`ddx`, `ddgamma`, `ddbeta`)";
    text += "; " + number_of(size.indices) + " indices; powers of `m` from `" + number_of(size.m_low) + "` to `" +
            number_of(size.m_high) + "`";
    return text;
}

}  // namespace

bool ArrangementResult::holds() const {
    return std::all_of(claims.begin(), claims.end(),
                       [](const Decision& claim) { return claim.verdict == Decision::Verdict::proven; });
}

bool Document::holds() const {
    return std::all_of(sections.begin(), sections.end(), [](const SectionResult& section) { return section.holds(); }) &&
           std::all_of(arrangements.begin(), arrangements.end(),
                       [](const ArrangementResult& arrangement) { return arrangement.holds(); });
}

Document prove_all() {
    Document document;
    for (const Section& section : derivation_sections()) document.sections.push_back(prove_section(section));
    for (const Section& section : double_backward_sections()) document.sections.push_back(prove_section(section));
    for (const Arrangement& arrangement : arrangements()) {
        ArrangementResult result{arrangement, {}};
        for (const Claim& claim : claims_of(arrangement.program, Setting::training))
            result.claims.push_back(decide(claim, Setting::training));
        document.arrangements.push_back(std::move(result));
    }
    return document;
}

std::vector<std::string> introduction() {
    return {
        "One channel of `m` values. A loss depends on them through the `y` alone; its gradient by a quantity is written with a "
        "d "
        "before "
        "the name, so that `dx` is the gradient of `x`, and the `dy` are given. Quantities with an index `i` are one for every "
        "value, "
        "the others one for the channel.",
        "Every equation below is proven while this is printed, for every channel of every size: what is printed is what is "
        "proven. "
        "The values of `mu` to `y` are those of the template from which the reference and the built-in algorithms are "
        "compiled; "
        "gradients are the derivatives of that forward, by dual numbers. So it is the derivative that is proven, and not two "
        "derivations "
        "that agree. The template's own backward, node by node and closed, is proven equal to it where that is said.",
    };
}

std::vector<std::string> argument(const Document& document) {
    std::vector<std::string> paragraphs = {
        "Exact values. Where `x`, `eps` and the rest are rational, every quantity is `a + b*r` with rational `a` and `b` and "
        "`r^2 = 1/q`. With these numbers both sides of an equation are computed exactly, and differ by exactly zero or not. "
        "`r` stays a "
        "symbol: `a` and `b` are compared each for itself.",
        "One `m`. The difference of the sides, multiplied by a power of `sqrt(q)`, is `A + B*sqrt(q)` with polynomials `A` and "
        "`B` in "
        "the "
        "data, whose degrees are bounded from the formulas. A polynomial of degree `D` that is zero at all points of whole "
        "coordinates with sum at most `D` is zero. `dy` and what else enters linearly are tried one unit vector at a time. "
        "Since "
        "no order of the values matters, one point of each set of points that differ in the order alone is tried.",
        "Every `m`. A coefficient of `A` or `B` depends on `m` and on which of its monomial's indices are equal. For each such "
        "pattern "
        "it is a sum "
        "of powers of `m` between two bounds. From an `m` on at which all patterns occur, as many values of `m` as there are "
        "powers "
        "prove it zero for every `m`; smaller `m` are tried each for itself.",
    };
    for (const SectionResult& result : document.sections)
        paragraphs.push_back(
            "\"" + result.section.title + "\": " + sizes_of(result) + ". So `m = " + std::to_string(result.section.from_m) +
            "` to " + std::to_string(result.largest_m) + " prove every `m >= " +
            std::to_string(std::max<std::size_t>(static_cast<std::size_t>(result.size.indices), result.section.from_m)) +
            "`, and smaller `m` each for itself; " + std::to_string(result.points) + " points.");
    if (!document.sections.empty()) {
        const RandomEvidence& random = document.sections.front().random;
        int degree = 0;
        for (const SectionResult& result : document.sections) degree = std::max(degree, result.size.total_degree());
        std::string m;
        for (std::size_t i = 0; i < random.m.size(); ++i)
            m += (i == 0 ? "" : i + 1 < random.m.size() ? ", " : " and ") + std::to_string(random.m[i]);
        paragraphs.push_back(
            "Independent evidence. Each equation was computed at " + std::to_string(random.points) +
            " random rational points too, with `m` = " + m + ", coordinates drawn from " +
            std::to_string(static_cast<long>(random.set_size)) +
            " numbers. A polynomial of total degree `D` that is not zero is zero at such a point with a probability of "
            "at most `D/" +
            std::to_string(static_cast<long>(random.set_size)) + "` (Schwartz and Zippel); here `D` is at most " +
            std::to_string(degree) + ".");
    }
    return paragraphs;
}

}  // namespace bncheck::derivation
