#include "bncheck/bn/translation.hpp"

#include <algorithm>

#include "bncheck/bn/momentum.hpp"
#include "bncheck/bn/real.hpp"
#include "bncheck/core/error.hpp"

namespace bncheck::bn {
namespace {

bool accumulates(const Convention& convention) { return convention.momentum == Momentum::accumulates; }

/// Digits and how many of them stand behind the point: value = digits / 10^places.
struct Decimal {
    std::string digits;
    long places = 0;
};

std::optional<Decimal> parsed(std::string_view text) {
    Decimal decimal;
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    std::size_t i = 0;
    bool point = false;
    for (; i < text.size() && (is_digit(text[i]) || (text[i] == '.' && !point)); ++i) {
        if (text[i] == '.') {
            point = true;
            continue;
        }
        decimal.digits += text[i];
        decimal.places += point;
    }
    if (decimal.digits.empty()) return std::nullopt;
    if (i == text.size()) return decimal;
    if (text[i] != 'e' && text[i] != 'E') return std::nullopt;
    ++i;
    const bool negative = i < text.size() && text[i] == '-';
    if (i < text.size() && (text[i] == '-' || text[i] == '+')) ++i;
    if (i == text.size() || text.size() - i > 4) return std::nullopt;
    long exponent = 0;
    for (; i < text.size(); ++i) {
        if (!is_digit(text[i])) return std::nullopt;
        exponent = exponent * 10 + (text[i] - '0');
    }
    if (exponent > 400) return std::nullopt;
    decimal.places += negative ? exponent : -exponent;
    return decimal;
}

}  // namespace

std::optional<std::string> one_minus(std::string_view text) {
    auto decimal = parsed(text);
    if (!decimal) return std::nullopt;
    auto& [digits, places] = *decimal;
    if (places < 0) {
        digits.append(static_cast<std::size_t>(-places), '0');
        places = 0;
    }
    digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
    const std::size_t n = static_cast<std::size_t>(places);
    if (digits.size() > n) {  // at least 1
        const bool is_one = digits[0] == '1' && digits.size() == n + 1 && digits.find_first_not_of('0', 1) == std::string::npos;
        return is_one ? std::optional<std::string>("0") : std::nullopt;
    }
    digits.insert(0, n - digits.size(), '0');
    // 10^n - digits: nines' complement of all but the last digit that is not 0, tens' complement of that.
    const std::size_t last = digits.find_last_not_of('0');
    if (last == std::string::npos) return "1";
    for (std::size_t i = 0; i <= last; ++i) digits[i] = static_cast<char>('9' - digits[i] + '0' + (i == last));
    return "0." + digits.substr(0, last + 1);
}

Shares shares_of(const Convention& convention, const Training& training) {
    if (training.batches == 0) return {1, 0};
    if (!training.batches || !training.momentum || accumulates(convention)) return {};
    Real256 old = convention.momentum == Momentum::weighs_old ? Real256(*training.momentum) : Real256(1) - *training.momentum;
    mpfr_pow_ui(old.backend().data(), old.backend().data(), *training.batches, MPFR_RNDN);
    return {static_cast<double>(old), static_cast<double>(Real256(Real256(1) - old))};
}

Shares shares_in(const Convention& to, const Convention& from, const Training& training) {
    if (accumulates(to)) return shares_of(to, training);
    if (!accumulates(from)) return shares_of(from, training);      // the momentum means the same, whatever its rounding
    if (training.momentum == 1) return shares_of(from, training);  // cumulative averaging
    Convention constant = from;                                    // the weights that accumulation tends to
    constant.momentum = Momentum::weighs_old;
    return shares_of(constant, training);
}

VarianceFactor variance_factor(const Convention& from, const Convention& to) {
    if (from.running_variance == RunningVariance::unspecified || to.running_variance == RunningVariance::unspecified)
        return VarianceFactor::unspecified;
    if (from.unbiased() == to.unbiased()) return VarianceFactor::one;
    return to.unbiased() ? VarianceFactor::unbias : VarianceFactor::bias;
}

Obstacle variance_obstacle(const Convention& from, const Convention& to, const Training& training) {
    const VarianceFactor factor = variance_factor(from, to);
    if (factor == VarianceFactor::one) return {};
    if (factor == VarianceFactor::unspecified) {
        const Convention& silent = from.running_variance == RunningVariance::unspecified ? from : to;
        return {std::string(silent.name) + " does not say which variance enters running_var",
                "find out which the implementation takes, and name a convention that says so (onnx: the biased one)"};
    }
    if (!training.count)
        return {"one takes the biased variance and the other the unbiased one: the factor is m/(m - 1) or its inverse",
                "give m, the values per channel in a training batch, as --count"};
    if (*training.count < 2)
        return {"with one value per channel every batch's variance is 0, and the unbiased one 0/0",
                "keep running_var as it is, or train on more values"};
    return {};
}

StatisticsTranslation::StatisticsTranslation(const Convention& from, const Convention& to, const Training& training,
                                             bool with_variance)
    : training_(training), from_(shares_of(from, training)), to_(shares_in(to, from, training)) {
    if (!with_variance) return;
    if (const Obstacle obstacle = variance_obstacle(from, to, training); !obstacle.reason.empty())
        throw Error(Fault::usage, "count", "running_var", "cannot be converted: " + obstacle.reason, obstacle.advice);
    const VarianceFactor factor = variance_factor(from, to);
    if (factor == VarianceFactor::one) return;
    const double m = static_cast<double>(*training.count);
    factor_ = factor == VarianceFactor::unbias ? m / (m - 1) : (m - 1) / m;
}

double StatisticsTranslation::translated(double value, double initial, double factor) const {
    const bool same = from_.initial == to_.initial;
    if ((same && factor == 1) || from_.batches == 0) return value;  // also where no batch weighs anything
    const double of_batches = factor * (value - from_.initial * initial);
    return to_.initial * initial + (same ? 1 : to_.batches / from_.batches) * of_batches;
}

double StatisticsTranslation::mean(double running_mean) const { return translated(running_mean, training_.initial_mean, 1); }

double StatisticsTranslation::variance(double running_var) const {
    const double translation = translated(running_var, training_.initial_var, factor_);
    return factor_ == 1 ? translation : std::max(translation, to_.initial * training_.initial_var);
}

bool StatisticsTranslation::plausible_variance(double running_var, double u) const {
    const double steps = static_cast<double>(training_.batches.value_or(0));
    const double left = from_.initial * training_.initial_var;
    return running_var >= left * (1 - 3 * u * steps) - u * left;
}

}  // namespace bncheck::bn
