#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bncheck/bn/translation.hpp"

namespace bncheck::bn {

/// How one thing is carried over from one convention to another, or why it cannot be.
struct TranslationRule {
    std::string what;      ///< momentum, eps, running_mean, ...
    std::string from, to;  ///< settings, as text: "momentum = 0.99"; empty where it is about tensors
    std::string rule;
};

struct TranslationRules {
    std::vector<TranslationRule> converted, not_converted;
};

/// What is asked for: as text, since decimals are converted exactly.
struct Settings {
    std::optional<std::string> momentum;  ///< in the meaning of `from`, a decimal in [0, 1]; none: the default of `from`
    bool cumulative = false;              ///< in its place
    std::optional<double> eps;            ///< none: the default of `from`
};

/// The momentum that the settings say, as text; none where the convention has no default and nothing is given.
std::optional<std::string> momentum_text(const Convention& convention, const Settings& settings);
/// The momentum with the same meaning in `to`: the same text, or 1 minus it.
std::string translated_momentum(const Convention& from, const Convention& to, const std::string& momentum);

TranslationRules translation_rules(const Convention& from, const Convention& to, const Settings& settings,
                                   const Training& training);

}  // namespace bncheck::bn
