#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <limits>
#include <set>
#include <sstream>

#include "bncheck/core/error.hpp"
#include "bncheck/derivation/check.hpp"
#include "bncheck/derivation/compare.hpp"
#include "bncheck/derivation/points.hpp"
#include "bncheck/derivation/text.hpp"

using namespace bncheck;
using namespace bncheck::derivation;

namespace {

using Number = Bounded<long double>;

const std::vector<Quantities<Number>>& all_quantities() {
    static const std::vector<Quantities<Number>> all = quantities_of(points<Number>());
    return all;
}

std::set<std::string> failing_steps(const std::vector<Quantities<Number>>& at) {
    std::set<std::string> failing;
    for (const Step<Number>& step : steps<Number>())
        if (!check_step(step, at).holds) failing.insert(step.statement.id);
    return failing;
}

/// The steps that fail where something is wrong with the quantities of every point.
template <class F>
std::set<std::string> failing_with(F wrong) {
    std::vector<Quantities<Number>> at = all_quantities();
    for (Quantities<Number>& z : at) wrong(z);
    return failing_steps(at);
}

/// Pseudo-random in [-1, 1): a linear congruential generator (D. E. Knuth, MMIX).
std::vector<double> scattered(std::size_t size, std::uint64_t state) {
    std::vector<double> values;
    for (std::size_t i = 0; i < size; ++i) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        values.push_back(std::ldexp(static_cast<double>(state >> 11), -52) - 1);
    }
    return values;
}

std::vector<double> affine(std::vector<double> values, double scale, double offset) {
    for (double& value : values) value = static_cast<float>(offset + scale * value);
    return values;
}

std::size_t code_points(const std::string& utf8) {
    std::size_t count = 0;
    for (const char byte : utf8) count += (static_cast<unsigned char>(byte) & 0xc0) != 0x80;
    return count;
}

}  // namespace

TEST_CASE("every step of the derivation holds in 256-bit arithmetic") {
    const Checks checks = check_derivation();
    const std::vector<Statement> all = statements();
    REQUIRE(checks.residuals.size() == all.size());
    CHECK(checks.bits >= 256);
    CHECK(checks.points == 42);
    std::set<std::string> ids;
    for (std::size_t i = 0; i < all.size(); ++i) {
        INFO(all[i].id);
        CHECK(checks.residuals[i].id == all[i].id);
        CHECK(checks.residuals[i].holds);
        CHECK(checks.residuals[i].utilisation <= 1);
        // Not the check itself but that its tolerance is not vacuous: 2^-256 is 1e-77, a wrong term near 1.
        CHECK(checks.residuals[i].relative < 1e-75);
        ids.insert(all[i].id);
    }
    CHECK(ids.size() == all.size());
    CHECK(checks.all_hold());
}

TEST_CASE("every step holds in the machine's types as well, to their own rounding errors") {
    for (const StepResidual& residual : check_steps<double>(points<Bounded<double>>())) CHECK(residual.holds);
    for (const StepResidual& residual : check_steps<float>(points<Bounded<float>>())) CHECK(residual.utilisation <= 1);
    CHECK(failing_steps(all_quantities()).empty());
}

TEST_CASE("deleting or negating any term of any step is noticed") {
    std::size_t mutations = 0;
    for (const Step<Number>& step : steps<Number>()) {
        const std::vector<Equation<Number>> most = step.equations(all_quantities().back());  // that of the largest m
        for (std::size_t equation = 0; equation < most.size(); ++equation)
            for (const bool left : {true, false})
                for (std::size_t term = 0; term < (left ? most[equation].left : most[equation].right).size(); ++term)
                    for (const bool negated : {true, false}) {
                        Step<Number> wrong = step;
                        wrong.equations = [&](const Quantities<Number>& z) {
                            std::vector<Equation<Number>> equations = step.equations(z);
                            std::vector<Term<Number>>& side = left ? equations[equation].left : equations[equation].right;
                            if (term < side.size()) side[term] = times(Number(negated ? -1 : 0), side[term]);
                            return equations;
                        };
                        INFO(step.statement.id << ", equation " << equation << (left ? ", left" : ", right") << ", term "
                                               << term);
                        CHECK_FALSE(check_step(wrong, all_quantities()).holds);
                        ++mutations;
                    }
    }
    CHECK(mutations > 300);
}

TEST_CASE("a staged backward with one wrong stage is noticed at that stage") {
    using Q = Quantities<Number>;
    const Number minus(-1);
    CHECK(failing_with([&](Q& z) { z.staged.dbeta = minus * z.staged.dbeta; }).count("chain.dbeta"));
    CHECK(failing_with([&](Q& z) { z.staged.dgamma = minus * z.staged.dgamma; }).count("chain.dgamma"));
    CHECK(failing_with([&](Q& z) { z.staged.dxhat = times(minus, z.staged.dxhat); }).count("chain.dxhat"));
    CHECK(failing_with([&](Q& z) { z.staged.dr = minus * z.staged.dr; }).count("chain.dr"));
    CHECK(failing_with([&](Q& z) { z.staged.dq = minus * z.staged.dq; }).count("chain.dq"));
    CHECK(failing_with([&](Q& z) { z.staged.dv = Number(2) * z.staged.dv; }).count("chain.dv"));
    CHECK(failing_with([&](Q& z) { z.staged.dd = times(z.n.r, z.staged.dxhat); }).count("chain.dd"));
    CHECK(failing_with([&](Q& z) { z.staged.dmu = minus * z.staged.dmu; }).count("chain.dmu"));
    CHECK(failing_with([&](Q& z) { z.staged.dx = z.staged.dd; }).count("chain.dx"));
    // A derivation consistent in itself but of another forward: only the derivative of the forward can tell.
    const std::set<std::string> other = failing_with([&](Q& z) {
        const Number outside = inverse_sqrt(z.n.v + Number(3)) + z.at.eps;
        z.staged = bn::staged_backward(z.at.x, z.at.dy, bn::Normalizer<Number>{z.n.mu, z.n.v, z.n.q, outside}, z.at.gamma);
    });
    CHECK(other.count("chain.dx"));
    CHECK(failing_with([&](Q& z) { z.closed.dx = z.staged.dd; }) == std::set<std::string>{"closed.factor"});
    CHECK(failing_with([&](Q& z) { z.inference.gradients.dx = z.staged.dx; }) == std::set<std::string>{"inference.dx"});
}

TEST_CASE("an error far below double precision is noticed, and rounding errors are not") {
    const auto off_by = [](long double relative) {
        return failing_with([&](Quantities<Number>& z) {
            if (z.at.x.size() > 1) z.closed.dx[1] = z.closed.dx[1] + Number(relative, 0) * z.at.gamma * z.n.r * z.at.dy[1];
        });
    };
    // The unit roundoff of long double is 5e-20: a thousand times that must be seen, a hundredth cannot.
    CHECK(off_by(1e-16L) == std::set<std::string>{"closed.factor"});
    CHECK(off_by(1e-22L).empty());
}

TEST_CASE("a step that cannot be decided does not hold") {
    Quantities<Number> z = all_quantities().back();
    z.staged.dbeta.error = std::numeric_limits<long double>::infinity();
    CHECK(failing_steps({z}).count("chain.dbeta"));
    z.staged.dbeta = Number(std::numeric_limits<long double>::quiet_NaN(), 0);
    CHECK(failing_steps({z}).count("chain.dbeta"));
}

TEST_CASE("bounded arithmetic contains the exact result") {
    using Narrow = Bounded<float>;
    using Exact = Bounded<long double>;
    const std::vector<double> a = scattered(2000, 1), b = scattered(2000, 2);
    const auto contained = [](const Narrow& narrow, const Exact& exact) {
        return std::fabs(static_cast<long double>(narrow.value) - exact.value) <=
               static_cast<long double>(narrow.error) + exact.error;
    };
    for (std::size_t i = 0; i < a.size(); ++i) {
        const float x = static_cast<float>(a[i]), y = static_cast<float>(b[i]);
        // Errors of earlier operations go into later ones; the difference of near squares cancels.
        const auto expressions = [](auto one, auto p, auto q) {
            const auto near = p + one / (one + one + one) * q, square = p * p;
            const auto cancelled = near * near - square;
            return std::vector<decltype(one)>{near, cancelled, cancelled / (q + one + one),
                                              inverse_sqrt(square + one / (one + one + one)),
                                              inverse_sqrt(square + q * q) * cancelled};
        };
        const std::vector<Narrow> narrow = expressions(Narrow(1), Narrow(x, 0), Narrow(y, 0));
        const std::vector<Exact> exact = expressions(Exact(1), Exact(x, 0), Exact(y, 0));
        for (std::size_t k = 0; k < narrow.size(); ++k) {
            INFO(k << ": " << x << ", " << y);
            REQUIRE(contained(narrow[k], exact[k]));
        }
    }
    CHECK(std::isinf((Narrow(1) / Narrow(0.5f, 0.5f)).error));
    CHECK(std::isinf(inverse_sqrt(Narrow(0.5f, 0.5f)).error));
}

TEST_CASE("dual numbers differentiate products, quotients and the root") {
    const Dual<double> x(3, 1), five = constant(5.0);
    CHECK((x * x * x).slope == 27);
    CHECK((five / x).slope == Approx(-5.0 / 9).epsilon(1e-15));
    CHECK((five - x + x * five).slope == 4);
    CHECK(inverse_sqrt(Dual<double>(4, 1)).slope == -1.0 / 16);
}

TEST_CASE("the text fits its width, numbers every step and marks the failing one") {
    const std::vector<Statement> all = statements();
    Checks checks = check_derivation();
    const std::string good = text(all, checks);
    std::istringstream lines(good);
    for (std::string line; std::getline(lines, line);) {
        INFO(line);
        CHECK(code_points(line) <= text_width);
        CHECK((line.empty() || line.back() != ' '));
    }
    CHECK(good.find("NOT EQUAL") == std::string::npos);
    CHECK(good.find("  3.10 dxᵢ = γ r (dyᵢ − dβ/m − x̂ᵢ dγ/m)\n") != std::string::npos);
    for (const Statement& statement : all) CHECK(good.find(statement.formula) != std::string::npos);

    checks.residuals[8].holds = false;
    const std::string bad = text(all, checks);
    CHECK_FALSE(checks.all_hold());
    CHECK(bad.find("NOT EQUAL", bad.find("2.2 ")) < bad.find("2.3 "));
    CHECK(bad.find("NOT hold: 2.2.") != std::string::npos);
    checks.residuals.pop_back();
    CHECK_THROWS_AS(text(all, checks), Error);
}

TEST_CASE("staged and closed form are equal in reference precision, however ill-conditioned the channel") {
    double largest_utilisation = 0;
    for (const std::size_t m : {1, 2, 3, 5, 8, 64, 1000})
        for (const double offset : {0.0, 1.0, 1e4, 1e8})
            for (const double scale : {1.0, 1e-3, 0.0})
                for (const double eps : {1e-5, 1e-12, 0.0})
                    for (const Dtype working : {Dtype::float32, Dtype::float64}) {
                        const std::vector<double> x = affine(scattered(m, 3), scale, offset);
                        const Comparison found = compare(x, scattered(m, m), -0.75, eps, working);
                        INFO(m << " values, offset " << offset << ", scale " << scale << ", eps " << eps);
                        const bool constant_channel = std::set<double>(x.begin(), x.end()).size() == 1;
                        REQUIRE(found.defined == (eps > 0 || !constant_channel));
                        if (!found.defined) continue;
                        CHECK(found.equal_in_reference);
                        CHECK(found.reference_bound < 1e-60);  // not vacuous: 2^-256 * 1e8 * m is below it
                        largest_utilisation = std::max(largest_utilisation, found.reference / found.reference_bound);
                    }
    CHECK(largest_utilisation > 0);
    CHECK(largest_utilisation < 1);
}

TEST_CASE("in working precision both arrangements err, by little where the channel is well conditioned") {
    const std::vector<double> x = affine(scattered(500, 5), 1, 0.25), dy = affine(scattered(500, 6), 1, 0);
    const auto small = [](double error, double u) { return error > 0.01 * u && error < 500 * u; };
    const Comparison single = compare(x, dy, 1.25, 1e-5, Dtype::float32), twice = compare(x, dy, 1.25, 1e-5, Dtype::float64);
    CHECK(small(single.staged, 0x1p-24));
    CHECK(small(single.closed, 0x1p-24));
    CHECK(small(twice.staged, 0x1p-53));
    CHECK(small(twice.closed, 0x1p-53));
    CHECK((single.staged_dgamma > 0 && single.closed_dgamma < 500 * 0x1p-24));
    CHECK((single.staged_dbeta > 0 && single.closed_dbeta < 500 * 0x1p-24));

    // At mean/stddev 1e4 float32 loses the digits of the mean; the reference does not.
    const Comparison far = compare(affine(x, 1, 1e4), dy, 1.25, 1e-5, Dtype::float32);
    CHECK(far.closed > 10 * single.closed);
    CHECK(far.equal_in_reference);
}

TEST_CASE("a channel without a derivative is undefined, one without a gradient has no error") {
    const double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
    CHECK_FALSE(compare({3, 3, 3}, {1, 2, 3}, 1, 0, Dtype::float64).defined);
    CHECK_FALSE(compare({1, nan}, {1, 2}, 1, 1, Dtype::float64).defined);
    CHECK_FALSE(compare({1, 2}, {infinity, 2}, 1, 1, Dtype::float64).defined);
    CHECK_FALSE(compare({1, 2}, {1, 2}, nan, 1, Dtype::float64).defined);
    CHECK_FALSE(compare({1, 2}, {1, 2}, 1, nan, Dtype::float64).defined);
    CHECK_FALSE(compare({}, {}, 1, 1, Dtype::float64).defined);
    CHECK_THROWS_AS(compare({1, 2}, {1}, 1, 1, Dtype::float64), Error);
    for (const double gamma : {0.0, 1.0}) {
        const Comparison zero = compare({1, 2, 4}, {0, 0, 0}, gamma, 1e-5, Dtype::float32);
        CHECK((zero.defined && zero.equal_in_reference));
        CHECK((zero.reference == 0 && zero.staged == 0 && zero.closed == 0));
    }
    // In float32 the variance overflows, r is 0 and dx is 0: wrong by its whole size. In 256 bits nothing overflows.
    const Comparison huge = compare({-1e30, 1e30, 3e30}, {1, 2, -1}, 1, 1e-5, Dtype::float32);
    CHECK((huge.defined && huge.equal_in_reference));
    CHECK(huge.closed > 0.1);
    // And where it underflows beside eps = 0, r is infinite.
    CHECK(std::isinf(compare({0, 1e-30, 3e-30}, {1, 2, -1}, 1, 0, Dtype::float32).closed));
}
