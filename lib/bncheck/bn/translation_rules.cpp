#include "bncheck/bn/translation_rules.hpp"

#include <charconv>

#include "bncheck/bn/momentum.hpp"

namespace bncheck::bn {
namespace {

std::string shortest(double value) {
    char text[32];
    return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

std::string named(const Convention& c) { return std::string(c.name); }

bool accumulates(const Convention& c) { return c.momentum == Momentum::accumulates; }

void add_momentum(TranslationRules& rules, const Convention& from, const Convention& to, const Settings& settings) {
    const std::string from_name(from.momentum_name), to_name(to.momentum_name);
    if (settings.cumulative) {
        if (to.cumulative == Cumulative::not_offered)
            rules.not_converted.push_back({"cumulative averaging", from_name + " " + std::string(words(from.cumulative)), "",
                                           named(to) + " has none: its " + to_name + " is one number for all batches"});
        else
            rules.converted.push_back({"momentum", from_name + " = " + std::string(words(from.cumulative)),
                                       to_name + " = " + std::string(words(to.cumulative)),
                                       "cumulative averaging: after n batches the new one weighs 1/(n + 1)"});
        return;
    }
    const std::optional<std::string> momentum = momentum_text(from, settings);
    if (accumulates(to) && !accumulates(from) && momentum && translated_momentum(from, to, *momentum) == "1") {
        rules.not_converted.push_back({"momentum", from_name + " = " + *momentum, "",
                                       "running statistics that stay as they are have no counterpart: under " + named(to) +
                                           " every new batch weighs something"});
        return;
    }
    const bool complement = (from.momentum == Momentum::weighs_new) != (to.momentum == Momentum::weighs_new);
    const std::string rule = complement ? "1 - " + from_name + ": of the two weights each names the other" : "the same number";
    if (!momentum) {
        rules.converted.push_back({"momentum", from_name, to_name, rule + "; " + named(from) + " has no default"});
    } else {
        std::string note = rule;
        const std::string translated = translated_momentum(from, to, *momentum);
        if (to.default_momentum && shortest(*to.default_momentum) != translated)
            note += "; not the default of " + named(to) + ", " + shortest(*to.default_momentum) + ": set it";
        rules.converted.push_back({"momentum", from_name + " = " + *momentum, to_name + " = " + translated, note});
    }
    if (accumulates(from) != accumulates(to))
        rules.not_converted.push_back({"first batches", "", "",
                                       "under caffe batch n + 1 weighs 1/(1 + f + ... + f^n), under " +
                                           named(accumulates(from) ? to : from) +
                                           " as much as any other: the averages differ until f^n is gone"});
    if (from.cumulative != Cumulative::not_offered && to.cumulative == Cumulative::not_offered)
        rules.not_converted.push_back({"cumulative averaging", "", "", named(to) + " has none"});
}

void add_eps(TranslationRules& rules, const Convention& from, const Convention& to, const Settings& settings) {
    const std::optional<double> eps = settings.eps ? settings.eps : from.default_eps;
    const std::string ours = eps ? shortest(*eps) : "", meaning = "the same number, under the root in both";
    if (!eps) {
        rules.converted.push_back({"eps", "eps", "eps", meaning + "; " + named(from) + " has no default"});
    } else if (*eps < to.minimum_eps) {
        const std::string least = shortest(to.minimum_eps);
        rules.not_converted.push_back({"eps", "eps = " + ours, "",
                                       named(to) + " wants at least " + least + ": " + std::string(to.below_minimum) +
                                           ". For inference alone take eps = " + least + " and subtract " + least + " - " +
                                           ours + " from running_var, where that leaves it above 0"});
    } else {
        const bool differs = to.default_eps != eps;
        rules.converted.push_back(
            {"eps", "eps = " + ours, "eps = " + ours,
             !differs         ? meaning + ", and the default of both"
             : to.default_eps ? meaning + "; not the default of " + named(to) + ", " + shortest(*to.default_eps) + ": set it"
                              : meaning + "; " + named(to) + " has no default: set it"});
    }
}

void add_statistics(TranslationRules& rules, const Convention& from, const Convention& to, const Settings& settings,
                    const Training& training) {
    const bool other_weights = accumulates(from) != accumulates(to) && !settings.cumulative;  // those of an average are the same
    const std::string weighing =
        !other_weights ? ""
        : accumulates(to)
            ? "the initial value is taken out and the weights of the batches brought to 1, which accumulation makes them: "
            : "the batches are weighed less and the initial value is put in, which accumulation does not keep: ";
    const std::string known =
        training.batches ? "exact with --batches" : "as it is after many batches; --batches n makes it exact";
    rules.converted.push_back({"running_mean", "", "", other_weights ? weighing + known : "as it is"});
    std::string rule;
    switch (variance_factor(from, to)) {
        case VarianceFactor::one:
            rule = other_weights ? weighing + known : "as it is";
            break;
        case VarianceFactor::unbias:
        case VarianceFactor::bias: {
            const bool unbias = to.unbiased();
            rule = weighing + std::string("times ") + (unbias ? "m/(m - 1)" : "(m - 1)/m") +
                   ", m the values per channel in a " + "training batch (--count): " + named(from) + " averages the " +
                   (unbias ? "biased" : "unbiased") + " variance, " + named(to) + " the " + (unbias ? "unbiased" : "biased") +
                   " one";
            rule += training.batches ? "; what is left of the initial value after n batches is no batch's, and keeps its size"
                                     : "; after few batches (1 - w)^n of it is the initial value, which must keep its size: "
                                       "without --batches n it is off by up to (1 - w)^n initial/" +
                                           std::string(unbias ? "(m - 1)" : "m");
            rule += "; all batches must have the same m";
            break;
        }
        case VarianceFactor::unspecified:
            rules.not_converted.push_back({"running_var", "", "", variance_obstacle(from, to, training).reason});
            break;
    }
    if (!rule.empty()) rules.converted.push_back({"running_var", "", "", rule});
    if (accumulates(from) && !accumulates(to))
        rules.converted.push_back({"blobs", "", "",
                                   "running_mean and running_var are the first two blobs divided by the third, "
                                   "s; 0 where s is 0"});
    if (accumulates(to) && !accumulates(from))
        rules.converted.push_back({"blobs", "", "",
                                   "s = 1 + f + ... + f^(n - 1), n the batches so far, and the first two blobs "
                                   "are running_mean s and running_var s; for inference any s > 0 does, such "
                                   "as 1"});
}

void add_saved(TranslationRules& rules, const Convention& from, const Convention& to) {
    const auto hands_out = [](const Convention& c) { return c.saved == Saved::mean_invstd || c.saved == Saved::mean_variance; };
    if (!hands_out(from) || !hands_out(to)) {
        const Convention& silent = hands_out(from) ? to : from;
        rules.not_converted.push_back({"saved statistics", "", "",
                                       silent.saved == Saved::nothing
                                           ? named(silent) + " hands none to a backward of its own"
                                           : named(silent) + " keeps xhat and sqrt(v + eps) inside"});
    } else {
        rules.converted.push_back({"saved statistics", std::string(words(from.saved)), std::string(words(to.saved)),
                                   from.saved == to.saved               ? "as they are"
                                   : from.saved == Saved::mean_variance ? "invstd = 1/sqrt(v + eps)"
                                                                        : "v = 1/invstd^2 - eps, which loses digits where v is "
                                                                          "far below eps"});
    }
}

/// What `c` does that is not of the kind of things that the others name.
void add_peculiarities(TranslationRules& rules, const Convention& from, const Convention& to) {
    for (const Convention* c : {&from, &to}) {
        if (!c->affine.empty() && from.affine != to.affine)
            rules.converted.push_back({"gamma, beta", "", "", named(*c) + ": " + std::string(c->affine)});
        if (c->updates_in_backward && from.updates_in_backward != to.updates_in_backward)
            rules.not_converted.push_back(
                {"time of the update", "", "",
                 named(*c) +
                     " updates running statistics in the backward: a training forward without one leaves them as they were"});
        if (!c->normalization.empty() && from.normalization != to.normalization)
            rules.not_converted.push_back({"normalization", "", "", named(*c) + ": " + std::string(c->normalization)});
    }
    if (from.one_value != to.one_value)
        rules.not_converted.push_back({"one value", std::string(words(from.one_value)), std::string(words(to.one_value)),
                                       "training with one value per channel is not the same in both"});
}

}  // namespace

std::optional<std::string> momentum_text(const Convention& convention, const Settings& settings) {
    if (settings.cumulative) return std::nullopt;
    if (settings.momentum) return settings.momentum;
    return convention.default_momentum ? std::optional(shortest(*convention.default_momentum)) : std::nullopt;
}

std::string translated_momentum(const Convention& from, const Convention& to, const std::string& momentum) {
    if ((from.momentum == Momentum::weighs_new) == (to.momentum == Momentum::weighs_new)) return momentum;
    return one_minus(momentum).value_or("");
}

TranslationRules translation_rules(const Convention& from, const Convention& to, const Settings& settings,
                                   const Training& training) {
    TranslationRules rules;
    add_momentum(rules, from, to, settings);
    add_eps(rules, from, to, settings);
    add_statistics(rules, from, to, settings, training);
    add_saved(rules, from, to);
    add_peculiarities(rules, from, to);
    return rules;
}

}  // namespace bncheck::bn
