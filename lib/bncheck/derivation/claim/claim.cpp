#include "bncheck/derivation/claim/claim.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "bncheck/core/error.hpp"
#include "bncheck/core/nearest.hpp"
#include "bncheck/derivation/formula/formula.hpp"
#include "bncheck/derivation/formula/tokens.hpp"

namespace bncheck::derivation {
namespace {

using Kind = Node::Kind;

/// Nodes of a formula that is written out in full.
constexpr std::size_t most_nodes = 20000;
constexpr std::size_t most_depth = 500;
/// Of the numbers that it may come to where quantities are small.
constexpr double most_bits = 1e5;

/// What a claim cannot be about: what is given.
const std::set<std::string>& given(Setting setting) {
    static const std::set<std::string> in_training = {"x", "m", "eps", "gamma", "beta", "dy", "ddx", "ddgamma", "ddbeta"};
    static const std::set<std::string> in_inference = [] {
        std::set<std::string> all = in_training;
        all.insert({"mu", "v"});
        return all;
    }();
    return setting == Setting::inference ? in_inference : in_training;
}

const std::set<std::string> of_double_backward = {"ddx", "ddgamma", "ddbeta", "gdy", "gx", "ggamma"};

double bits_of(const Node& n) {
    if (n.kind != Kind::number) return 1;
    return std::log2(std::abs(static_cast<double>(n.numerator)) + 1) + std::log2(static_cast<double>(n.denominator)) + 1;
}

struct Definition {
    Expression formula;
    bool indexed, second;
    std::size_t nodes, depth;
    double bits;  ///< of the numbers in its value, a bound of their logarithm
};

class Reader {
public:
    explicit Reader(Setting setting) : setting_(setting) {
        for (const NamedQuantity& quantity : named_quantities(setting)) known_[quantity.name] = quantity.indexed;
    }

    void read(const Statement& statement) {
        const std::string& target = statement.target;
        for (const char* function : {"sum", "mean", "sqrt", "rsqrt", "diff"})
            if (target == function)
                refuse_formula(statement.column, "'" + target + "' is a function", "give the formula another name");
        if (given(setting_).count(target))
            refuse_formula(statement.column, "'" + target + "' is given: there is no formula for it",
                           "write a formula for " + provable());
        if (defined_.count(target)) refuse_formula(statement.column, "'" + target + "' is defined twice", "use another name");
        const Definition read = written_out(statement.value);
        if (!known_.count(target)) {
            defined_[target] = read;
            return;
        }
        if (const std::size_t column = column_of(statement.value, target))
            refuse_formula(column, "'" + target + "' stands in its own formula", "write it by other quantities");
        if (uses(read.formula, target))
            refuse_formula(statement.value_column, "'" + target + "' stands in its own formula, through a name defined before",
                           "write it by other quantities");
        if (read.indexed && !known_.at(target))
            refuse_formula(statement.value_column,
                           "'" + target + "' is one number a channel, and its formula gives one for every value",
                           "add them up with sum(...) or mean(...)");
        claims.push_back({target, read.formula, read.second || of_double_backward.count(target) > 0, statement.value_column});
    }

    [[noreturn]] void refuse_without_claim(const Statement& last) const {
        std::vector<std::string> names;
        for (const auto& [name, indexed] : known_)
            if (!given(setting_).count(name)) names.push_back(name);
        const std::string nearest_one = nearest(last.target, names);
        refuse_formula(last.column, "'" + last.target + "' is no quantity of batch normalization, so that nothing is claimed",
                       nearest_one.empty() ? "write a formula for " + provable() : "did you mean '" + nearest_one + "'?");
    }

    std::vector<Claim> claims;

private:
    std::string provable() const {
        return setting_ == Setting::inference ? "dx, dgamma or dbeta" : "dx, dgamma, dbeta, or a node";
    }

    /// The formula with defined names replaced, checked name by name.
    Definition written_out(const Expression& e) const {
        if (e->kind == Kind::name) {
            const auto definition = defined_.find(e->name);
            if (definition != defined_.end()) return definition->second;
            const auto quantity = known_.find(e->name);
            if (quantity == known_.end()) refuse_unknown(*e);
            return {e, quantity->second, of_double_backward.count(e->name) > 0, 1, 1, 1};
        }
        if (e->kind == Kind::partial) {
            const Extents all = extents(setting_, Seed::none);
            const auto found = all.find(e->name + "/" + e->by);
            if (setting_ != Setting::training || found == all.end() || e->name == "L" || e->by == "x")
                refuse_formula(e->column, "there is no local derivative of " + e->name + " by " + e->by + " to be used here",
                               "write it by its formula");
            return {e, found->second.numerator.indexed || known_.at(e->name) || known_.at(e->by), false, 1, 1, 1};
        }
        Definition result{e, false, false, 1, 1, bits_of(*e)};
        Node changed = *e;
        for (Expression& child : changed.children) {
            const Definition inside = written_out(child);
            child = inside.formula;
            result.indexed = result.indexed || inside.indexed;
            result.second = result.second || inside.second;
            result.nodes += inside.nodes;
            result.depth = std::max(result.depth, inside.depth + 1);
            result.bits += inside.bits;
        }
        if (e->kind == Kind::power) result.bits *= 1 + std::abs(static_cast<double>(e->halves)) / 2;
        if (result.nodes > most_nodes || result.depth > most_depth || result.bits > most_bits)
            throw Error(Fault::usage, "too-large", "",
                        "the formula is too large written out: more than " + std::to_string(most_nodes) + " operations, " +
                            std::to_string(most_depth) + " of them inside of each other, or too large powers",
                        "use smaller powers and shorter definitions");
        if (e->kind == Kind::sum || e->kind == Kind::mean) result.indexed = false;
        result.formula = std::make_shared<const Node>(std::move(changed));
        return result;
    }

    [[noreturn]] void refuse_unknown(const Node& unknown) const {
        std::vector<std::string> names;
        for (const auto& [name, indexed] : known_) names.push_back(name);
        for (const auto& [name, definition] : defined_) names.push_back(name);
        refuse_formula(unknown.column, "'" + unknown.name + "' is no quantity and has not been defined before",
                       suggestion(unknown.name, names));
    }

    /// Where a name stands in a formula; 0 where it does not.
    static std::size_t column_of(const Expression& e, const std::string& name) {
        if (e->kind == Kind::name && e->name == name) return e->column;
        for (const Expression& child : e->children)
            if (const std::size_t column = column_of(child, name)) return column;
        return 0;
    }

    static bool uses(const Expression& e, const std::string& name) {
        const std::vector<std::string> names = names_in(e);
        return std::find(names.begin(), names.end(), name) != names.end();
    }

    Setting setting_;
    std::map<std::string, bool> known_;  ///< and whether indexed
    std::map<std::string, Definition> defined_;
};

}  // namespace

std::vector<Claim> claims_of(const std::string& program, Setting setting) {
    const std::vector<Statement> statements = parse_program(program);
    Reader reader(setting);
    for (const Statement& statement : statements) reader.read(statement);
    if (reader.claims.empty()) reader.refuse_without_claim(statements.back());
    return reader.claims;
}

}  // namespace bncheck::derivation
