#include <catch2/catch.hpp>
#include <cmath>
#include <functional>
#include <nlohmann/json.hpp>

#include "bncheck/core/error.hpp"
#include "bncheck/core/random.hpp"
#include "bncheck/derivation/claim/decision.hpp"
#include "bncheck/derivation/claim/decision_text.hpp"
#include "bncheck/derivation/claim/explain.hpp"
#include "bncheck/derivation/formula/evaluate.hpp"
#include "bncheck/derivation/formula/formula.hpp"
#include "bncheck/derivation/steps/arrangements.hpp"

using namespace bncheck;
using namespace bncheck::derivation;
using Verdict = Decision::Verdict;

namespace {

Decision decided(const std::string& program, Setting setting = Setting::training) {
    const std::vector<Claim> claims = claims_of(program, setting);
    REQUIRE(claims.size() == 1);
    return decide(claims.front(), setting);
}

/// "(1, -1/2)" or "3/4".
std::vector<double> numbers(std::string text) {
    if (text.front() == '(') text = text.substr(1, text.size() - 2);
    std::vector<double> values;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find(", ", begin), text.size());
        const std::string one = text.substr(begin, end - begin);
        const std::size_t bar = one.find('/');
        values.push_back(bar == std::string::npos ? std::stod(one)
                                                  : std::stod(one.substr(0, bar)) / std::stod(one.substr(bar + 1)));
        begin = end + 2;
    }
    return values;
}

/// The quantities of a counterexample computed by hand, so to say: in plain double, from the textbook's formulas.
Quantities<double> by_hand(const Counterexample& example, bool inference) {
    std::map<std::string, std::vector<double>> data;
    for (const auto& [name, text] : example.data) data[name] = numbers(text);
    const std::vector<double>&x = data.at("x"), &dy = data.at("dy");
    const double m = static_cast<double>(x.size()), eps = data.at("eps")[0], gamma = data.at("gamma")[0];
    const double beta = data.count("beta") ? data.at("beta")[0] : 0;
    double mu = 0, v = 0, dbeta = 0, dgamma = 0;
    for (const double value : x) mu += value / m;
    for (const double value : x) v += (value - mu) * (value - mu) / m;
    if (inference) mu = data.at("mu")[0], v = data.at("v")[0];
    const double r = 1 / std::sqrt(v + eps);
    std::vector<double> xhat, y, d, dx;
    for (std::size_t i = 0; i < x.size(); ++i) {
        d.push_back(x[i] - mu);
        xhat.push_back((x[i] - mu) * r);
        y.push_back(gamma * xhat[i] + beta);
        dbeta += dy[i];
        dgamma += dy[i] * xhat[i];
    }
    for (std::size_t i = 0; i < x.size(); ++i)
        dx.push_back(inference ? gamma * r * dy[i] : gamma * r * (dy[i] - dbeta / m - xhat[i] * dgamma / m));
    Quantities<double> z;
    z.m = x.size();
    z.values = {{"m", one_number(m)},        {"x", for_every_index(x)},   {"mu", one_number(mu)},
                {"v", one_number(v)},        {"eps", one_number(eps)},    {"q", one_number(v + eps)},
                {"r", one_number(r)},        {"d", for_every_index(d)},   {"xhat", for_every_index(xhat)},
                {"y", for_every_index(y)},   {"dy", for_every_index(dy)}, {"gamma", one_number(gamma)},
                {"beta", one_number(beta)},  {"dx", for_every_index(dx)}, {"dgamma", one_number(dgamma)},
                {"dbeta", one_number(dbeta)}};
    return z;
}

/// The counterexample is one: both values are what they are said to be, and differ.
void check_by_hand(const Decision& decision, bool inference = false) {
    REQUIRE(decision.counterexample);
    const Counterexample& example = *decision.counterexample;
    const Quantities<double> z = by_hand(example, inference);
    const std::size_t i = example.index == 0 ? 0 : example.index - 1;
    const double formula = evaluate<double>(decision.claim.formula, z).at(i), truth = z.values.at(decision.claim.target).at(i);
    INFO(to_source(decision.claim.formula));
    CHECK(example.m == z.m);
    // Values of a few units, m at most 4 and some ten roundings each: far from 1e-12, and the two differ by far more.
    CHECK(formula == Approx(example.formula_decimal).margin(1e-12));
    CHECK(truth == Approx(example.truth_decimal).margin(1e-12));
    CHECK(std::fabs(formula - truth) > 1e-6);
    if (example.exact && example.formula.find('r') == std::string::npos) {
        CHECK(numbers(example.formula)[0] == Approx(example.formula_decimal));
        CHECK(numbers(example.truth)[0] == Approx(example.truth_decimal));
    }
}

}  // namespace

TEST_CASE("every mutation of one term of the closed form is refuted, and the counterexample can be checked by hand") {
    struct Mutation {
        const char *formula, *difference;
    };
    const Mutation mutations[] = {
        {"-gamma*r*(dy - dbeta/m - xhat*dgamma/m)", "it has the wrong sign"},
        {"gamma*r*(-dy - dbeta/m - xhat*dgamma/m)", "the term gamma*r*dy has the wrong sign"},
        {"gamma*r*(dy + dbeta/m - xhat*dgamma/m)", "the term -gamma*r*dbeta/m has the wrong sign"},
        {"gamma*r*(dy - dbeta/m + xhat*dgamma/m)", "the term -gamma*r*xhat*dgamma/m has the wrong sign"},
        {"gamma*r*(-dbeta/m - xhat*dgamma/m)", "the term gamma*r*dy is missing"},
        {"gamma*r*(dy - xhat*dgamma/m)", "the term -gamma*r*dbeta/m is missing"},
        {"gamma*r*(dy - dbeta/m)", "the term -gamma*r*xhat*dgamma/m is missing"},
        {"gamma*r*dy", "both terms that come through mu and v are missing: it is the backward of inference"},
        {"gamma*r*(dy - dbeta/(m - 1) - xhat*dgamma/m)", "the term -gamma*r*dbeta/m is divided by m - 1 in place of m"},
        {"gamma*r*(dy - dbeta/m - xhat*dgamma/(m - 1))", "the term -gamma*r*xhat*dgamma/m is divided by m - 1 in place of m"},
        {"gamma*r*(dy - dbeta/(m - 1) - xhat*dgamma/(m - 1))",
         "of the last two terms, the term -gamma*r*dbeta/m is divided by m - 1 in place of m, and likewise "
         "-gamma*r*xhat*dgamma/m"},
        {"gamma*r^2*(dy - dbeta/m - xhat*dgamma/m)", "r^2 in place of r: it is r times what is due"},
        {"gamma*(dy - dbeta/m - xhat*dgamma/m)", "a factor r is missing: it is what is due divided by r"},
        {"gamma/r*(dy - dbeta/m - xhat*dgamma/m)", "it is what is due divided by r^2"},
        {"r*(dy - dbeta/m - xhat*dgamma/m)", "gamma is missing: it is what is due divided by gamma"},
        {"gamma^2*r*(dy - dbeta/m - xhat*dgamma/m)", "gamma is squared: it is gamma times what is due"},
        {"gamma/sqrt(v)*(dy - dbeta/m - xhat*dgamma/m)", "eps is dropped from one r"},
        {"gamma/sqrt(v)*(dy - mean(dy) - (x - mu)*mean(dy*(x - mu))/v)", "it is right for r = v^(-1/2): eps is dropped"},
        {"gamma/(sqrt(v) + eps)*(dy - dbeta/m - xhat*dgamma/m)", "one r has eps outside of the root"},
        {"gamma*(v*m/(m - 1) + eps)^(-1/2)*(dy - dbeta/m - xhat*dgamma/m)", "one r has the unbiased variance"},
        {"gamma*r*(dy - dbeta - xhat*dgamma/m)",
         "the term -gamma*r*dbeta/m has the factor m too much, or lacks a division by m"},
        {"gamma*r*(dy - dbeta/m - xhat*dgamma)",
         "the term -gamma*r*xhat*dgamma/m has the factor m too much, or lacks a division by m"},
        {"gamma*r*(dy - dbeta/m - (x - mu)*dgamma/m)", "the term -gamma*r*xhat*dgamma/m lacks a factor r"},
        {"gamma*r*(dy - dbeta/m - xhat*r*dgamma/m)", "the term -gamma*r*xhat*dgamma/m has the factor r once too often"},
        {"gamma*r*(dy - dbeta/m - x*dgamma/m)", "it is right with xhat in the place of x"},
        {"gamma*r*(dy - dbeta/m - y*dgamma/m)", "it is right with xhat in the place of y"},
        {"gamma*r*(dy - dbeta/m - xhat*dbeta/m)", "it is right with dgamma in the place of dbeta"},
        {"gamma*r*(dy - dgamma/m - xhat*dbeta/m)", "dgamma and dbeta have changed places"},
        {"beta*r*(dy - dbeta/m - xhat*dgamma/m)", "it is right with gamma in the place of beta"},
        {"gamma*r*(2*dy - dbeta/m - xhat*dgamma/m)", "the term gamma*r*dy is counted twice"},
        {"gamma*r*(dy - dbeta/m - 2*xhat*dgamma/m)", "the term -gamma*r*xhat*dgamma/m is counted twice"},
        {"gamma*r*(dy - dbeta/m - xhat*dgamma/m) + beta", "it is what is due plus beta"},
        {"gamma*r*(dy - dbeta/m - xhat*dgamma/m^2)", "the term -gamma*r*xhat*dgamma/m is divided by m once too often"},
        {"gamma*r*(dy - dbeta/m - xhat^2*dgamma/m)", ""},
        {"gamma*r*(dy - dbeta/m - xhat*dgamma/m) + eps", "it is what is due plus eps"},
        {"dy", ""},
        {"0", "it is zero"},
    };
    for (const auto& [formula, difference] : mutations) {
        INFO(formula);
        const Decision decision = decided(std::string("dx = ") + formula);
        CHECK(decision.verdict == Verdict::refuted);
        check_by_hand(decision);
        CHECK(decision.difference == difference);
    }
    CHECK(std::size(mutations) >= 25);
}

TEST_CASE("algebraically equal rewritings are proven") {
    const char* rewritings[] = {
        "dx = gamma*r*(dy - mean(dy) - xhat*mean(dy*xhat))",
        "dx = gamma*r/m*(m*dy - dbeta - xhat*dgamma)",
        "dx = gamma*r*dy - gamma*r*dbeta/m - gamma*r*xhat*dgamma/m",
        "dx = gamma/sqrt(v + eps)*(dy - mean(dy) - (x - mu)*mean(dy*(x - mu))/(v + eps))",
        "dx = gamma*(v + eps)^(-0.5)*(dy - sum(dy)/m - (x - mean(x))*r^2*sum(dy*(x - mu))/m)",
        "dx = -gamma*rsqrt(q)*(xhat*dgamma/m + dbeta/m - dy)",
        "dx = r*(gamma*dy - mean(gamma*dy) - xhat*mean(gamma*dy*xhat))",
        "dx = gamma*(q*(dy - dbeta/m) - (x - mu)*sum(dy*(x - mu))/m)*r^3",
        "dx = gamma*r*dy - gamma*r*mean(dy + xhat*mean(dy*xhat)) - gamma*r*xhat*mean(dy*xhat)",
        "dx = gamma*sqrt(1/q)*(dy - dbeta/m - xhat*dgamma/m)",
        "dx = gamma*4*r/sqrt(16)*(dy - dbeta/m - xhat*dgamma/m)",
        "dx = dd + dmu/m",
        "invstd = 1/sqrt(v + eps); dotp = sum((x - mu)*dy); k = dotp*invstd^2/m; dx = (dy - dbeta/m - (x - mu)*k)*invstd*gamma",
        "dx = gamma*r*(dy − dbeta/m − xhat·dgamma/m)",
        "dx = γ*r*(dy - dbeta/m - xhat*dgamma/m)",
        "dgamma = (sum(dy*x) - mu*dbeta)*r",
        "dgamma = m*mean(dy*xhat)",
        "dbeta = m*mean(dy)",
        "v = mean(x^2) - mean(x)^2",
        "y = (x - mean(x))*gamma/sqrt(mean((x - mean(x))^2) + eps) + beta",
        "dv = sum(dy*gamma*(x - mu))*(-1/2)*(v + eps)^(-3/2)",
        "r = mean(diff(xhat, d))",
        "gdy = gamma*r*(ddx - mean(ddx) - xhat*mean(ddx*xhat)) + ddgamma*xhat + ddbeta",
        "ggamma = sum(ddx*dx)/gamma",
    };
    for (const char* rewriting : rewritings) {
        INFO(rewriting);
        const Decision decision = decided(rewriting);
        CHECK(decision.verdict == Verdict::proven);
        CHECK(decision.proof.points > 0);
        CHECK(decision.random.points == 6);
    }
    for (const Arrangement& arrangement : arrangements())
        for (const Claim& claim : claims_of(arrangement.program, Setting::training)) {
            INFO(arrangement.id << ": " << claim.target);
            CHECK(decide(claim, Setting::training).verdict == Verdict::proven);
        }
    CHECK(decided("dx = gamma*dy/sqrt(v + eps)", Setting::inference).verdict == Verdict::proven);
    const Decision training = decided("dx = gamma*r*(dy - dbeta/m - xhat*dgamma/m)", Setting::inference);
    CHECK(training.verdict == Verdict::refuted);
    check_by_hand(training, true);
}

TEST_CASE("what is wrong at one m alone is found there") {
    // Right for every m but 5: (m-1)(m-2)(m-3)(m-4) is zero for smaller m.
    const Decision decision = decided("dbeta = sum(dy) + (m - 1)*(m - 2)*(m - 3)*(m - 4)*dgamma^2");
    CHECK(decision.verdict == Verdict::refuted);
    REQUIRE(decision.counterexample);
    CHECK(decision.counterexample->m == 5);
    check_by_hand(decision);
    // And what is zero at all of m = 1 to 7 is still refuted: the powers of m ask for more.
    const Decision eighth = decided("dbeta = sum(dy) + (m - 1)*(m - 2)*(m - 3)*(m - 4)*(m - 5)*(m - 6)*(m - 7)*sum(dy)");
    CHECK(eighth.verdict == Verdict::refuted);
    REQUIRE(eighth.counterexample);
    CHECK(eighth.counterexample->m == 8);
}

TEST_CASE("what is not linear in what arrives at the double backward is tried with all of it together") {
    const std::string gdy = "gdy = gamma*r*(ddx - mean(ddx) - xhat*mean(ddx*xhat)) + ddgamma*xhat + ddbeta";
    CHECK(decided(gdy).verdict == Verdict::proven);
    CHECK(decided(gdy + " + ddgamma*ddbeta").verdict == Verdict::refuted);
    CHECK(decided(gdy + " + (ddx + ddgamma)^2 - ddx^2 - 2*ddx*ddgamma - ddgamma^2").verdict == Verdict::proven);
    const std::string fixed = "gdy = gamma*r*ddx + ddgamma*xhat + ddbeta";
    CHECK(decided(fixed, Setting::inference).verdict == Verdict::proven);
    for (const char* excess : {" + ddgamma*ddbeta", " + ddx*ddgamma", " + ddx*ddbeta*dbeta", " + ddx - ddx^2", " + 1"}) {
        INFO(excess);
        CHECK(decided(fixed + excess, Setting::inference).verdict == Verdict::refuted);
    }
}

TEST_CASE("a formula that divides by zero is refuted, and said to be equal elsewhere where it is") {
    const Decision decision = decided("dx = (m - 1)*gamma*r*(dy - dbeta/m - xhat*dgamma/m)/(m - 1)");
    CHECK(decision.verdict == Verdict::refuted);
    CHECK_FALSE(decision.counterexample);
    CHECK(decision.note == "at m = 1 it divides by zero for all data; for larger m it is equal to dx");
    const Decision elsewhere = decided("dx = gamma*r*(dy - dbeta/m - xhat*dgamma/m)*(x + 1)/(x + 1)");
    CHECK(elsewhere.verdict == Verdict::proven);
    CHECK(elsewhere.note == "wherever the formula does not divide by zero");
    CHECK(decided("dx = dy/(m - m)").verdict == Verdict::refuted);
    CHECK(decided("dgamma = dbeta/(mu - mean(x))").verdict == Verdict::refuted);
}

TEST_CASE("roots of other things than q are refuted where wrong and undecided where not") {
    CHECK(decided("dx = gamma/sqrt(q + 1)*dy").verdict == Verdict::refuted);
    const Decision undecided = decided("dx = gamma*sqrt(m)/sqrt(m*q)*(dy - dbeta/m - xhat*dgamma/m)");
    CHECK(undecided.verdict == Verdict::undecided);
    CHECK(undecided.note.find("root") != std::string::npos);
    // Wrong by less than any rational channel shows quickly, but wrong.
    const Decision decimal = decided("dx = gamma*r*(dy - dbeta/m - xhat*dgamma/m) + 1e-9*(sqrt(q + 2/7) - sqrt(q))*dy*beta");
    CHECK(decimal.verdict == Verdict::refuted);
}

TEST_CASE("what is written is read back as the same formula, and decisions agree with decimals") {
    const RandomStream stream("test", "derivation", "formulas", 4);
    std::uint64_t next = 0;
    const auto pick = [&](std::size_t n) { return static_cast<std::size_t>(stream.below(n, next++)); };
    const char* quantities[] = {"x", "mu", "r", "xhat", "dy", "dbeta", "dgamma", "gamma", "m", "q"};
    const std::function<Expression(int)> random_formula = [&](int depth) -> Expression {
        if (depth == 0 || pick(5) == 0)
            return pick(4) == 0 ? number(static_cast<long long>(pick(4)) + 1, static_cast<long long>(pick(2)) + 1)
                                : name(quantities[pick(std::size(quantities))]);
        switch (pick(7)) {
            case 0:
                return terms({random_formula(depth - 1), random_formula(depth - 1)}, {pick(2) == 0, pick(2) == 0});
            case 1:
                return negated(random_formula(depth - 1));
            case 2:
            case 3:
                return product(random_formula(depth - 1), random_formula(depth - 1));
            case 4:
                return quotient(random_formula(depth - 1), name(pick(2) == 0 ? "m" : "q"));
            case 5:
                return power(random_formula(depth - 1), 4);
            default:
                return over_indices(pick(2) == 0 ? Node::Kind::sum : Node::Kind::mean, random_formula(depth - 1));
        }
    };
    const DecimalChannels channels(Setting::training, false);
    std::size_t proven = 0;
    for (int k = 0; k < 24; ++k) {
        const Expression formula = random_formula(2);
        INFO(to_source(formula));
        CHECK(to_source(parse_expression(to_source(formula))) == to_source(formula));
        CHECK(channels.agree(formula, parse_expression(to_source(formula))));
        // dx + f - f' where f' is f, or f with one term changed: equal or not as 256 bits say.
        const std::vector<Equation> changes = with_one_term_changed({formula, number(0)});
        const Expression other = k % 2 == 0 ? parse_expression(to_source(formula)) : changes[pick(changes.size())].left;
        const Expression closed = parse_expression("gamma*r*(dy - mean(dy) - xhat*mean(dy*xhat))");
        Claim claim{"dx", terms({closed, formula, other}, {false, false, true}), false, 1};
        try {
            const Decision decision = decide(claim, Setting::training);
            const bool agree = channels.agree(claim.formula, name("dx"));
            CHECK((decision.verdict == Verdict::proven) == agree);
            proven += decision.verdict == Verdict::proven;
            if (decision.counterexample) CHECK(decision.counterexample->formula != decision.counterexample->truth);
        } catch (const Error& error) {
            CHECK(error.code() == "too-large");
        }
    }
    CHECK((proven >= 8 && proven < 24));
}

TEST_CASE("a decision as text and as data says all that is needed to check it") {
    const Decision refuted = decided("dx = gamma*r*(dy - dbeta/m)"), proven = decided("dbeta = sum(dy)");
    const std::string said = text(refuted);
    for (const char* part : {"refuted", "the term -gamma*r*xhat*dgamma/m is missing", "m = 2", "xhat     (-1/2, 1/2)",
                             "dx_1: the formula gives -1/4, the truth is -3/16"})
        CHECK(said.find(part) != std::string::npos);
    CHECK(text(proven).find("proven for every channel of every size") != std::string::npos);
    const nlohmann::ordered_json data = json(refuted);
    CHECK(data["verdict"] == "refuted");
    CHECK(data["counterexample"]["data"]["x"] == nlohmann::ordered_json::array({"0", "2"}));
    CHECK(data["counterexample"]["truth"]["decimal"] == -0.1875);
    CHECK(json(proven)["proof"]["every_m_from"] == 1);
}
