#include "bncheck/derivation/walk/walk.hpp"

#include <fmt/format.h>

#include "bncheck/core/error.hpp"
#include "bncheck/derivation/walk/walk_programs.hpp"
#include "bncheck/derivation/walk/walk_step.hpp"

namespace bncheck::derivation {
namespace {

using Real = bn::Real256;

template <class N>
std::vector<N> converted(const std::vector<double>& values) {
    std::vector<N> result;
    result.reserve(values.size());
    for (const double value : values) result.push_back(static_cast<N>(value));
    return result;
}

/// T is the working precision.
template <class T>
class Walker {
public:
    explicit Walker(const ChannelData& channel) : channel_(channel) {
        state_.working.m = state_.reference.m = channel.x.size();
        state_.working.values["m"] = one_number(bn::count<T>(channel.x.size()));
        state_.reference.values["m"] = one_number(bn::count<Real>(channel.x.size()));
    }

    Walk walk() {
        Walk result;
        result.m = channel_.x.size();
        result.training = !channel_.given;
        result.sections.push_back(data());
        std::vector<Statement> forward;
        for (const WalkProgram& program : walk_programs(result.training)) {
            result.sections.push_back(follow(program, forward));
            if (forward.empty()) {
                forward = program.statements;
                continue;
            }
            result.arrangements.push_back(figures_of_dx(result.sections.back()));
            forget(program);
        }
        result.undefined = undefined();
        return result;
    }

private:
    void keep(const std::string& name, Value<T> working, Value<Real> reference, double digits) {
        state_.working.values.insert_or_assign(name, std::move(working));
        state_.reference.values.insert_or_assign(name, std::move(reference));
        state_.digits.insert_or_assign(name, digits);
    }

    WalkSection data() {
        WalkSection section{"data", "Data", "", {}};
        const auto add = [&](const std::string& name, const std::vector<double>& values, bool indexed) {
            Value<T> working{converted<T>(values), indexed};
            Value<Real> reference{converted<Real>(values), indexed};
            section.steps.push_back(measured(name, working, reference, reference).step);
            keep(name, std::move(working), std::move(reference), section.steps.back().norm.digits);
        };
        add("x", channel_.x, true);
        add("dy", channel_.dy, true);
        add("gamma", {channel_.gamma}, false);
        add("beta", {channel_.beta}, false);
        add("eps", {channel_.eps}, false);
        if (channel_.given) {
            add("mu", {channel_.given->mean}, false);
            add("v", {channel_.given->variance}, false);
        }
        return section;
    }

    WalkSection follow(const WalkProgram& program, const std::vector<Statement>& known) {
        WalkSection section{program.id, program.title, program.source, {}};
        for (const Statement& statement : program.statements) {
            const Statement restated{statement.target, in_terms_of(known, statement.value)};
            Value<T> working = evaluate<T>(statement.value, state_.working);
            Value<Real> reference = evaluate<Real>(restated.value, state_.reference);
            WalkedStep walked = assess(restated, state_, working, reference);
            walked.step.formula = to_source(statement.value);
            section.steps.push_back(std::move(walked.step));
            max_abs_ = walked.max_abs;
            keep(statement.target, std::move(working), std::move(reference), section.steps.back().norm.digits);
        }
        return section;
    }

    /// The targets of a backward, which the next one computes anew.
    void forget(const WalkProgram& program) {
        for (const Statement& statement : program.statements) {
            state_.working.values.erase(statement.target);
            state_.reference.values.erase(statement.target);
            state_.digits.erase(statement.target);
        }
    }

    /// Of a section whose last step is dx.
    ArrangementDigits figures_of_dx(const WalkSection& section) const {
        Real largest_dy = 0;
        for (const Real& dy : state_.reference.values.at("dy").values)
            if (largest_dy < abs(dy)) largest_dy = abs(dy);
        const Real unit = abs(state_.reference.values.at("gamma").at(0)) * state_.reference.values.at("r").at(0) * largest_dy;
        return {section.id, section.id == "closed" ? "closed form" : section.id, section.steps.back().norm,
                relative_to(max_abs_, unit)};
    }

    std::string undefined() const {
        for (const auto& [name, values] : {std::pair("x", &channel_.x), std::pair("dy", &channel_.dy)})
            for (std::size_t i = 0; i < values->size(); ++i)
                if (!std::isfinite((*values)[i])) return fmt::format("{}[{}] is {}", name, i, (*values)[i]);
        for (const char* name : {"gamma", "beta", "eps", "mu", "v"})
            if (!isfinite(state_.reference.values.at(name).at(0))) return std::string(name) + " is not finite";
        const Real& q = state_.reference.values.at("q").at(0);
        return q > 0 ? "" : q == 0 ? "q = v + eps is 0" : "q = v + eps is negative";
    }

    const ChannelData& channel_;
    WalkState<T> state_;
    Real max_abs_;  ///< of the last step
};

}  // namespace

bool Walk::exact() const {
    for (const WalkSection& section : sections)
        for (const WalkStep& step : section.steps)
            if (!(step.norm.error == 0)) return false;
    return true;
}

Walk walk(const ChannelData& channel, Dtype working) {
    const std::size_t m = channel.x.size();
    if (m != channel.dy.size() || m == 0)
        throw Error(Fault::internal, "bad-shape", "derivation", "x and dy of a channel are empty or of different sizes");
    if (m > longest_walk)
        throw Error(Fault::usage, "too-large", "derivation",
                    fmt::format("a channel of {} values is too long for a walk in 256 bits", m),
                    fmt::format("take a case with at most {} values a channel", longest_walk));
    Walk result = working == Dtype::float64 ? Walker<double>(channel).walk() : Walker<float>(channel).walk();
    result.working = working;
    return result;
}

}  // namespace bncheck::derivation
