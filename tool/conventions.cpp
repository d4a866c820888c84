#include "conventions.hpp"

#include <fmt/format.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "bncheck/bn/observable.hpp"
#include "paragraph.hpp"

namespace bncheck::tool {
namespace {

using bn::Convention;
using Json = nlohmann::ordered_json;

/// Those whose implementations pass when they are judged by this convention.
std::vector<std::string> not_told_apart(const Convention& judged_by) {
    std::vector<std::string> names;
    for (const Convention& implemented : bn::conventions())
        if (&implemented != &judged_by && bn::observable_difference(implemented, judged_by).empty())
            names.emplace_back(implemented.name);
    return names;
}

std::string joined(const std::vector<std::string>& names) {
    std::string result;
    for (const std::string& name : names) result += (result.empty() ? "" : ", ") + name;
    return result;
}

std::string number(const std::optional<double>& value, const std::string& ours) {
    return value ? fmt::format("{}", *value) : ours;
}

std::string described(const Convention& c) {
    std::string text(c.of);
    for (const std::string_view part : {c.below_minimum, c.affine, c.normalization, c.note})
        if (!part.empty()) text += "; " + std::string(part);
    return text + (c.updates_in_backward ? "; running statistics are updated in the backward" : "");
}

void print_text() {
    std::cout
        << paragraph(
               "running = (1 - w) running + w batch, where the batch is the new statistic and running the old one.",
               "Momentum \"weighs new\": w = momentum; \"weighs old\": w = 1 - momentum; \"accumulates\": sum = "
               "momentum sum + batch and count = momentum count + 1, both from 0, and running = sum / count, so "
               "that w = 1 / count. running_var: what the biased variance of a batch of m values per channel is "
               "multiplied by. One value: training with m = 1. Cumulative: how averaging over all batches is asked "
               "for. In brackets: bncheck's own, where the framework has no default. Also passes as it: whose implementation "
               "shows in no running or saved statistic, y or refusal where this convention is judged.",
               0)
        << "\n";
    const auto row = [](auto... cells) {
        std::cout << fmt::format("{:11} {:37} {:8} {:13} {:8} {:10} {:15} {:16} {}\n", cells...);
    };
    row("convention", "momentum", "default", "running_var", "eps", "least eps", "saved", "one value", "cumulative");
    for (const Convention& c : bn::conventions()) {
        row(c.name, fmt::format("{} {}", c.momentum_name, words(c.momentum)),
            number(c.default_momentum, fmt::format("({})", c.momentum_or_ours())), words(c.running_variance),
            number(c.default_eps, fmt::format("({})", c.eps())), fmt::format("{}", c.minimum_eps), words(c.saved),
            words(c.one_value), words(c.cumulative));
        std::cout << paragraph("    is", described(c), 6) << paragraph("    read in", c.source, 6);
        if (!c.inferred.empty()) std::cout << paragraph("    not verified:", c.inferred, 6);
        if (const auto names = not_told_apart(c); !names.empty())
            std::cout << paragraph("    also passes as it:", joined(names), 6);
    }
}

Json json_of(const Convention& c) {
    const auto optional = [](const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); };
    Json differences = Json::object();
    for (const Convention& implemented : bn::conventions())
        if (&implemented != &c) differences[std::string(implemented.name)] = bn::observable_difference(implemented, c);
    return {{"name", c.name},
            {"of", c.of},
            {"momentum_name", c.momentum_name},
            {"momentum", words(c.momentum)},
            {"default_momentum", optional(c.default_momentum)},
            {"momentum_without_default", c.default_momentum ? Json(nullptr) : Json(c.momentum_or_ours())},
            {"running_variance", words(c.running_variance)},
            {"default_eps", optional(c.default_eps)},
            {"eps_without_default", c.default_eps ? Json(nullptr) : Json(c.eps())},
            {"minimum_eps", c.minimum_eps},
            {"below_minimum", c.below_minimum},
            {"saved", words(c.saved)},
            {"one_value", words(c.one_value)},
            {"cumulative", words(c.cumulative)},
            {"affine", c.affine},
            {"updates_in_backward", c.updates_in_backward},
            {"normalization", c.normalization},
            {"source", c.source},
            {"not_verified", c.inferred},
            {"note", c.note},
            {"an_implementation_of_another_differs_in", differences}};
}

}  // namespace

int conventions_command(const std::string& format) {
    if (format == "json") {
        Json table = Json::array();
        for (const Convention& c : bn::conventions()) table.push_back(json_of(c));
        std::cout << Json{{"conventions", table}}.dump(1) << "\n";
    } else {
        print_text();
    }
    return 0;
}

}  // namespace bncheck::tool
