#include <catch2/catch.hpp>
#include <set>

#include "bncheck/core/error.hpp"
#include "bncheck/core/random.hpp"
#include "bncheck/derivation/formula/formula.hpp"
#include "bncheck/derivation/proof/exact_point.hpp"
#include "bncheck/derivation/proof/quantities.hpp"
#include "bncheck/derivation/steps/section_proof.hpp"

using namespace bncheck;
using namespace bncheck::derivation;

namespace {

std::vector<Section> all_sections() {
    std::vector<Section> all = derivation_sections();
    for (const Section& section : double_backward_sections()) all.push_back(section);
    return all;
}

ProofRequest request_of(const Section& section) {
    return {section.setting, section.second, !section.second, section.running, section.from_m, 1};
}

Point<Exact> some_point(std::size_t m, Setting setting, std::uint64_t number) {
    const RandomStream stream("test", "derivation", setting_name(setting), number);
    return random_point(m, setting, [&, next = std::uint64_t{0}]() mutable {
        const std::uint64_t top = stream.below(40, next++) + 1;
        return Rational(top) / (stream.below(6, next++) + 1);
    });
}

}  // namespace

TEST_CASE("every step of the derivation is proven, and holds at random points") {
    std::size_t steps = 0;
    std::set<std::string> ids;
    for (const Section& section : all_sections()) {
        const SectionResult result = prove_section(section);
        CHECK(result.holds());
        CHECK(result.largest_m >= (section.second ? 11u : 7u));
        CHECK(result.random.points == 6);
        for (const StepResult& step : result.steps) {
            INFO(step.id);
            CHECK(step.holds);
            CHECK(step.random_holds);
            ids.insert(step.id);
            ++steps;
        }
    }
    CHECK(ids.size() == steps);
    CHECK(steps > 50);
}

TEST_CASE("deleting or negating any term of any step is noticed at that step alone") {
    std::size_t mutations = 0;
    for (const Section& section : all_sections())
        for (const Step& step : section.steps) {
            // The mutants of a step are proven together: each must fail, and for the same reasons as alone.
            std::vector<Equation> mutants;
            for (const Equation& equation : equations_of({step.id, step.states, "", {}}, section.setting))
                for (const Equation& mutant : with_one_term_changed(equation)) mutants.push_back(mutant);
            const Proof proof = prove(mutants, request_of(section));
            for (std::size_t i = 0; i < mutants.size(); ++i) {
                INFO(step.id << ": " << to_source(mutants[i].left) << " = " << to_source(mutants[i].right));
                CHECK_FALSE(proof.outcomes[i].holds);
                ++mutations;
            }
        }
    CHECK(mutations > 400);
}

TEST_CASE("a derivation with one wrong step is wrong at that step") {
    for (Section section : all_sections()) {
        for (std::size_t wrong = 0; wrong < section.steps.size(); wrong += 3) {
            Section altered = section;
            const Equation first = parse_equation(section.steps[wrong].states.front());
            altered.steps[wrong].states.front() = to_source(first.left) + " = -(" + to_source(first.right) + ")";
            const SectionResult result = prove_section(altered);
            CHECK_FALSE(result.holds());
            for (std::size_t i = 0; i < result.steps.size(); ++i) {
                INFO(section.steps[wrong].id << " was negated; " << result.steps[i].id);
                CHECK(result.steps[i].holds == (i != wrong));
                CHECK(result.steps[i].random_holds == (i != wrong));
            }
        }
    }
}

TEST_CASE("what the definition computes is compared: a wrong backward would be noticed") {
    // `computed` names an implementation's value; one of another quantity must fail.
    Section section = derivation_sections()[2];
    section.steps.back().computed = {"closed.dx"};
    section.steps.back().states = {"dx = gamma*r*(dy - dbeta/m - xhat*dgamma/m)"};
    CHECK(prove_section(section).holds());
    const ProofRequest request = request_of(section);
    CHECK_FALSE(prove({{name("dx"), name("staged.dd")}}, request).holds());
    CHECK_FALSE(prove({{name("dgamma"), name("closed.dbeta")}}, request).holds());
}

TEST_CASE("the degrees of every quantity are bounds: differences of higher order vanish exactly") {
    // Along a line in x (dy, eps fixed), q^(K/2) times a quantity is A + B sqrt(q) with degrees <= D: as a quantity a + b r of
    // the ring, q^n a and q^n b for 2n >= K are polynomials of degrees <= D + 2n - K + 1 whose differences of the next order
    // are zero.
    for (const Setting setting : {Setting::training, Setting::inference}) {
        const Seed seed = Seed::ddx;
        const Extents known = extents(setting, seed);
        for (const auto& [quantity, extent] : known) {
            if (!(extent.denominator == constant_extent())) continue;
            const ProofSize size = proof_size(extent.numerator, setting);
            const int n = std::max(0, (size.root + 1) / 2);
            const int degree = setting == Setting::inference ? size.x : size.x + 2 * n - size.root + 1;
            Point<Exact> at = some_point(3, setting, 1);
            at.seeds.ddgamma = at.seeds.ddbeta = Exact(0);
            const Point<Exact> direction = some_point(3, setting, 2);
            std::vector<Rational> a, b;
            for (int k = 0; k <= degree + 1; ++k) {
                for (std::size_t i = 0; i < at.x.size(); ++i) at.x[i] = at.x[i] + direction.x[i];
                at.same_as = first_equals(at.x, at.dy, at.seeds.ddx);
                Quantities<Exact> z = quantities(at, setting, Wanted{true, true});
                if (!z.values.count(quantity)) break;
                const Exact value = z.values.at(quantity).at(0);
                Rational power = 1;
                for (int j = 0; j < n; ++j) power *= z.values.at("q").at(0).rational();
                a.push_back(value.rational() * power);
                b.push_back(value.of_root() * power);
            }
            if (a.empty()) continue;
            for (std::vector<Rational>* values : {&a, &b}) {
                for (int order = 0; order <= degree; ++order)
                    for (std::size_t k = 0; k + 1 + static_cast<std::size_t>(order) < values->size(); ++k)
                        (*values)[k] = (*values)[k + 1] - (*values)[k];
                INFO(quantity << ", degree " << degree);
                CHECK(values->front() == 0);
            }
        }
    }
}

TEST_CASE("the powers of m of every quantity are bounds: differences of higher order vanish exactly") {
    // At x = (2, 0, 0, ...), dy = (1, 0, ...), ddx = (3, 0, ...) only monomials in the first index are left, so that the parts
    // a and b of q^n times the value at the first and at the second index are sums of powers m^low ... m^high from m = 2 on.
    const Extents known = extents(Setting::training, Seed::ddx);
    for (const auto& [quantity, extent] : known) {
        if (!(extent.denominator == constant_extent())) continue;
        const ProofSize size = proof_size(extent.numerator, Setting::training);
        const int n = std::max(0, (size.root + 1) / 2), low = size.m_low + size.root - 2 * n - 1;
        const std::size_t order = static_cast<std::size_t>(size.m_high - low) + 1;
        for (const std::size_t index : {0u, 1u}) {
            std::vector<Rational> a, b;
            for (std::size_t m = 2; m <= 2 + order; ++m) {
                WholePoint at;
                at.x.assign(m, 0);
                at.dy.assign(m, 0);
                at.ddx.assign(m, 0);
                at.x[0] = 2;
                at.dy[0] = 1;
                at.ddx[0] = 3;
                const Quantities<Exact> z = quantities(exact_point(at), Setting::training, Wanted{true, true});
                if (!z.values.count(quantity)) break;
                const Exact value = z.values.at(quantity).at(index);
                Rational power = 1;
                for (int k = 0; k < n; ++k) power *= z.values.at("q").at(0).rational();
                for (int k = 0; k < -low; ++k) power *= static_cast<unsigned long>(m);
                a.push_back(value.rational() * power);
                b.push_back(value.of_root() * power);
            }
            for (std::vector<Rational>* values : {&a, &b}) {
                if (values->empty()) continue;
                for (std::size_t k = 0; k < order; ++k)
                    for (std::size_t j = 0; j + 1 + k < values->size(); ++j) (*values)[j] = (*values)[j + 1] - (*values)[j];
                INFO(quantity << ", powers " << low << " to " << size.m_high);
                CHECK(values->front() == 0);
            }
        }
    }
}

TEST_CASE("the sizes of the closed form are those of design section 3") {
    const Extents known = extents(Setting::training, Seed::none);
    const QuotientExtent closed = extent_of(parse_expression("gamma*r*(dy - dbeta/m - xhat*dgamma/m)"), known);
    const ProofSize size = proof_size(residual_extent(closed, known.at("dx")), Setting::training);
    CHECK(size.root == 3);
    CHECK(size.x == 2);
    CHECK(size.eps == 1);
    CHECK((size.dy == 1 && size.dy_homogeneous));
    CHECK((size.gamma_values == 1 && size.others == 0));
    CHECK((size.m_low == -3 && size.m_high == 0));
    CHECK(size.indices == 4);
    CHECK(size.largest_m() == 7);
    const Extents second = extents(Setting::training, Seed::ddx);
    const ProofSize gx = proof_size(second.at("gx").numerator, Setting::training);
    CHECK((gx.root == 5 && gx.x == 3 && gx.eps == 1));
    CHECK((gx.indices == 6 && gx.largest_m() == 11));
}

TEST_CASE("the points determine polynomials: none that is not zero vanishes on them") {
    // Where a single point is taken away, a polynomial is left that vanishes at all others: so all are needed, and the lattice
    // is complete up to the order of the indices. Here: the product that is 1 at x = (1, 0, ...) and 0 at the other lattice
    // points.
    ProofSize size;
    size.x = 2;
    size.eps = 1;
    size.dy = 1;
    size.indices = 4;
    for (std::size_t m = 1; m <= 5; ++m) {
        const std::vector<WholePoint> points = proof_points(size, {}, m, 10000).value();
        // x up to order: 0, 1, 2, 1 + 1; dy at one of the places that x tells apart; eps 1 and 2.
        const std::size_t places = m == 1 ? 1 + 1 + 1 : m == 2 ? 1 + 2 + 2 + 1 : 1 + 2 + 2 + 2;
        CHECK(points.size() == 2 * places);
        for (const WholePoint& point : points) CHECK(point.x.size() == m);
    }
    CHECK_FALSE(proof_points(size, {}, 5, 3));
}

TEST_CASE("arithmetic in the exact ring agrees with real numbers") {
    const RandomStream stream("test", "derivation", "ring", 3);
    std::uint64_t next = 0;
    const auto whole = [&] { return Rational(static_cast<int>(stream.below(19, next++)) - 9); };
    for (int k = 0; k < 200; ++k) {
        const Rational top = stream.below(30, next++) + 1;
        const Rational q = top / (stream.below(5, next++) + 1);
        const double root = std::sqrt(1 / q.convert_to<double>());
        const Exact r = inverse_sqrt(Exact(q));
        const auto real = [&](const Exact& z) {
            return z.rational().convert_to<double>() + z.of_root().convert_to<double>() * root;
        };
        const Exact x = Exact(whole()) + Exact(whole()) * r, y = Exact(whole()) + Exact(whole()) * r;
        CHECK(r * r * Exact(q) == Exact(1));
        CHECK(real(x + y) == Approx(real(x) + real(y)).margin(1e-9));
        CHECK(real(x - y) == Approx(real(x) - real(y)).margin(1e-9));
        CHECK(real(x * y) == Approx(real(x) * real(y)).margin(1e-9));
        CHECK((x - x).is_zero());
        CHECK(x * (r / Exact(3)) / (r / Exact(3)) == x);
    }
    CHECK_THROWS_AS(Exact(1) / Exact(0), Error);
    CHECK_THROWS_AS(inverse_sqrt(Exact(0)), Error);
    CHECK_THROWS_AS(inverse_sqrt(Exact(2)) + inverse_sqrt(Exact(3)), Error);
}
