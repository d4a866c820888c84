#include "bncheck/derivation/claim/explain.hpp"

#include <algorithm>
#include <vector>

#include "bncheck/derivation/claim/counterexample.hpp"
#include "bncheck/derivation/formula/formula.hpp"

namespace bncheck::derivation {
namespace {

/// What the true formula is the sum of.
std::vector<std::string> terms_of(const std::string& target, Setting setting) {
    const bool inference = setting == Setting::inference;
    if (target == "dx" && !inference) return {"gamma*r*dy", "-gamma*r*dbeta/m", "-gamma*r*xhat*dgamma/m"};
    if (target == "y") return {"gamma*xhat", "beta"};
    if (target == "gdy" && inference) return {"gamma*r*ddx", "ddgamma*xhat", "ddbeta"};
    if (target == "gdy") return {"gamma*r*ddx", "-gamma*r*mean(ddx)", "-gamma*r*xhat*mean(ddx*xhat)", "ddgamma*xhat", "ddbeta"};
    if (target == "gx" && !inference)
        return {"ddgamma*r*(dy - mean(dy) - xhat*mean(dy*xhat))",
                "-gamma*r^2*xhat*(mean(ddx*dy) - mean(ddx)*mean(dy) - mean(ddx*xhat)*mean(dy*xhat))",
                "-gamma*r^2*mean(dy*xhat)*(ddx - mean(ddx) - xhat*mean(ddx*xhat))",
                "-gamma*r^2*mean(ddx*xhat)*(dy - mean(dy) - xhat*mean(dy*xhat))"};
    return {};
}

/// By what a term may have been multiplied.
struct Factor {
    const char *formula, *of_term, *of_whole;
};
constexpr Factor factors[] = {
    {"0", "the term %s is missing", ""},
    {"-1", "the term %s has the wrong sign", "it has the wrong sign"},
    {"2", "the term %s is counted twice", "it is twice what is due"},
    {"1/2", "the term %s is halved", "it is half of what is due"},
    {"m/(m - 1)", "the term %s is divided by m - 1 in place of m", "it is m/(m - 1) times what is due: m - 1 in place of m"},
    {"(m - 1)/m", "the term %s has the factor (m - 1)/m too much", "it is (m - 1)/m times what is due"},
    {"m", "the term %s has the factor m too much, or lacks a division by m", "it is m times what is due"},
    {"1/m", "the term %s is divided by m once too often", "it is what is due divided by m"},
    {"1/m^2", "the term %s is divided by m^2 too much", "it is what is due divided by m^2"},
    {"m^2", "the term %s has the factor m^2 too much", "it is m^2 times what is due"},
    {"gamma", "the term %s has the factor gamma once too often", "gamma is squared: it is gamma times what is due"},
    {"1/gamma", "the term %s lacks the factor gamma", "gamma is missing: it is what is due divided by gamma"},
    {"r", "the term %s has the factor r once too often", "r^2 in place of r: it is r times what is due"},
    {"1/r", "the term %s lacks a factor r", "a factor r is missing: it is what is due divided by r"},
    {"r^2", "the term %s has the factor r^2 too much", "it is r^2 times what is due"},
    {"1/r^2", "the term %s lacks a factor r^2", "it is what is due divided by r^2"},
    {"r^3", "the term %s has the factor r^3 too much", "it is r^3 times what is due"},
    {"1/r^3", "the term %s lacks a factor r^3", "it is what is due divided by r^3"},
    {"-gamma", "the term %s has the factor -gamma too much", "it is -gamma times what is due"},
    {"-r", "the term %s has the factor -r too much", "it is -r times what is due"},
    {"-1/m", "the term %s has the wrong sign and is divided by m once too often", "it is what is due divided by -m"},
    {"sqrt(q/v)", "in the term %s eps is dropped from one r", "eps is dropped from one r"},
    {"q/v", "in the term %s eps is dropped from r^2", "eps is dropped from r^2"},
    {"(q/v)^(3/2)", "in the term %s eps is dropped from r^3", "eps is dropped from r^3"},
    {"sqrt(q)/(sqrt(v) + eps)", "in the term %s one r has eps outside of the root", "one r has eps outside of the root"},
    {"sqrt(q/(v*m/(m - 1) + eps))", "in the term %s one r has the unbiased variance", "one r has the unbiased variance"},
};

/// Another r in every place, as one would by mistaking its definition.
struct OtherRoot {
    const char *formula, *what;
};
constexpr OtherRoot other_roots[] = {
    {"v^(-1/2)", "it is right for r = v^(-1/2): eps is dropped"},
    {"(1/(sqrt(v) + eps))", "it is right for r = 1/(sqrt(v) + eps): eps is outside of the root"},
    {"(v*m/(m - 1) + eps)^(-1/2)", "it is right for the unbiased variance, divided by m - 1"},
    {"sqrt(q)", "it has sqrt(q) in the place of r = 1/sqrt(q)"},
    {"(1/q)", "it has 1/q in the place of r = 1/sqrt(q)"},
};

/// True formulas, in which names are replaced; the first one has each of its r written out.
std::vector<std::string> true_formulas(const std::string& target, Setting setting) {
    const bool inference = setting == Setting::inference;
    if (target == "dx" && inference) return {"gamma*r*dy"};
    if (target == "dx")
        return {"gamma*r*(dy - mean(dy) - (x - mu)*r*mean(dy*(x - mu)*r))", "gamma*r*(dy - dbeta/m - (x - mu)*r*dgamma/m)",
                "gamma*r*(dy - dbeta/m - xhat*dgamma/m)"};
    if (target == "dgamma") return {"sum(dy*(x - mu)*r)", "sum(dy*xhat)"};
    if (target == "dbeta") return {"sum(dy)"};
    if (target == "xhat") return {"(x - mu)*r"};
    if (target == "y") return {"gamma*(x - mu)*r + beta", "gamma*xhat + beta"};
    return {};
}

/// What may stand in another's place, or be added.
constexpr const char* mistakable[] = {"x", "d", "xhat",  "y",    "dy",     "mu",    "v",
                                      "q", "r", "gamma", "beta", "dgamma", "dbeta", "eps"};

class Explainer {
public:
    Explainer(const Claim& claim, Setting setting)
        : claim_(claim), setting_(setting), truth_(name(claim.target)), channels_(setting, claim.second) {}

    std::string found() const {
        if (is(truth_)) return "";  // it is wrong for other channels than those of the comparison
        if (is(number(0))) return "it is zero";
        for (const Factor& factor : factors)
            if (*factor.of_whole && is(product(parse_expression(factor.formula), truth_))) return of_whole(factor.of_whole);
        if (claim_.target == "dx" && setting_ != Setting::inference && is(parse_expression("gamma*r*dy")))
            return "both terms that come through mu and v are missing: it is the backward of inference";
        for (const auto& search :
             {&Explainer::wrong_term, &Explainer::other_root, &Explainer::other_name, &Explainer::added_name})
            if (const std::string what = (this->*search)(); !what.empty()) return what;
        return "";
    }

private:
    std::string wrong_term() const {
        const std::vector<std::string> terms = terms_of(claim_.target, setting_);
        for (const std::string& term : terms)
            for (const Factor& factor : factors)
                if (is(with_factor(parse_expression(term), factor))) return said(factor.of_term, term);
        if (claim_.target != "dx" || terms.size() != 3) return "";
        for (const Factor& factor : factors)
            if (is(with_factor(parse_expression(terms[1] + terms[2]), factor)))
                return "of the last two terms, " + said(factor.of_term, terms[1]) + ", and likewise " + terms[2];
        return "";
    }

    std::string other_root() const {
        for (const std::string& formula : true_formulas(claim_.target, setting_))
            for (const OtherRoot& other : other_roots)
                if (is(substituted(parse_expression(formula), "r", parse_expression(other.formula)))) return other.what;
        return "";
    }

    std::string other_name() const {
        for (const std::string& formula : true_formulas(claim_.target, setting_)) {
            const Expression truth = parse_expression(formula);
            for (const std::string& right : names_in(truth))
                for (const std::string wrong : mistakable)
                    if (wrong != right && uses(wrong) && is(substituted(truth, right, name(wrong))))
                        return "it is right with " + right + " in the place of " + wrong;
            const Expression swapped =
                substituted(substituted(substituted(truth, "dgamma", name("y")), "dbeta", name("dgamma")), "y", name("dbeta"));
            if (is(swapped)) return "dgamma and dbeta have changed places";
        }
        return "";
    }

    std::string added_name() const {
        for (const std::string added : mistakable) {
            if (is(binary_sum(truth_, name(added)))) return "it is what is due plus " + added;
            if (is(minus(truth_, name(added)))) return "it is what is due minus " + added;
        }
        return "";
    }

    bool uses(const std::string& quantity) const {
        const std::vector<std::string> names = names_in(claim_.formula);
        return std::find(names.begin(), names.end(), quantity) != names.end();
    }

    /// "gamma is squared: it is ..." of what has the factors gamma and r, else the part after the colon.
    std::string of_whole(const std::string& what) const {
        if (claim_.target == "dx" || claim_.target == "gx") return what;
        const std::size_t colon = what.find(": ");
        return colon == std::string::npos ? what : what.substr(colon + 2);
    }

    /// truth + term (factor - 1)
    Expression with_factor(const Expression& term, const Factor& factor) const {
        return binary_sum(truth_, product(term, minus(parse_expression(factor.formula), number(1))));
    }

    static Expression binary_sum(const Expression& a, const Expression& b) { return derivation::terms({a, b}, {false, false}); }

    bool is(const Expression& candidate) const { return channels_.agree(claim_.formula, candidate); }

    static std::string said(std::string text, const std::string& term) {
        if (const std::size_t at = text.find("%s"); at != std::string::npos) text.replace(at, 2, term);
        return text;
    }

    const Claim& claim_;
    Setting setting_;
    Expression truth_;
    DecimalChannels channels_;
};

}  // namespace

std::string explain(const Claim& claim, Setting setting) { return Explainer(claim, setting).found(); }

}  // namespace bncheck::derivation
