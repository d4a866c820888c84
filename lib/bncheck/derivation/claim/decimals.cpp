#include <sstream>

#include "bncheck/bn/real.hpp"
#include "bncheck/core/random.hpp"
#include "bncheck/derivation/claim/counterexample.hpp"
#include "bncheck/derivation/numbers/bounded.hpp"
#include "bncheck/derivation/proof/exact_point.hpp"
#include "bncheck/derivation/proof/quantities.hpp"

namespace bncheck::derivation {
namespace {

using Number = Bounded<bn::Real256>;

/// A random channel with eps in (0, 1) and the rest in (-2, 2).
Point<Number> random_channel(std::size_t m, Setting setting, std::uint64_t number) {
    const RandomStream stream("derivation", setting_name(setting), "decimal", number);
    std::uint64_t next = 0;
    const auto draw = [&] { return Number(bn::Real256(4 * stream.uniform(next++) - 2), bn::Real256(0)); };
    const auto positive = [&] { return Number(bn::Real256(stream.uniform(next++)), bn::Real256(0)); };
    const auto vector = [&] {
        std::vector<Number> values;
        for (std::size_t i = 0; i < m; ++i) values.push_back(draw());
        return values;
    };
    const bool affine = setting != Setting::without_affine;
    Point<Number> point{vector(),
                        vector(),
                        affine ? draw() : Number(1),
                        affine ? draw() : Number(0),
                        positive(),
                        {draw(), positive()},
                        positive(),
                        {vector(), affine ? draw() : Number(0), affine ? draw() : Number(0)},
                        {}};
    for (std::size_t i = 0; i < m; ++i) point.same_as.push_back(i);
    return point;
}

/// Whether the interval around the value is a bounded one.
bool known(const Number& value) {
    using boost::multiprecision::isfinite;
    return isfinite(value.value) && isfinite(value.error);
}

std::string written(const bn::Real256& value) {
    std::ostringstream text;
    text.precision(30);
    text << value;
    return text.str();
}

std::string written(const Value<Number>& value) {
    std::string all = value.indexed ? "(" : "";
    for (std::size_t i = 0; i < value.values.size(); ++i) all += (i == 0 ? "" : ", ") + written(value.at(i).value);
    return value.indexed ? all + ")" : all;
}

constexpr std::size_t channels_each = 8, smallest_m = 2, largest_m = 6;

}  // namespace

std::optional<Counterexample> decimal_counterexample(const Claim& claim, Setting setting) {
    for (std::size_t m = smallest_m; m <= largest_m; ++m)
        for (std::size_t k = 0; k < channels_each; ++k) {
            const Quantities<Number> z =
                quantities(random_channel(m, setting, 16 * m + k), setting, {setting == Setting::training, claim.second});
            const Value<Number> formula = evaluate<Number>(claim.formula, z);
            const Value<Number>& truth = z.values.at(claim.target);
            for (std::size_t i = 0; i < (truth.indexed ? m : 1); ++i) {
                const Number difference = formula.at(i) - truth.at(i);
                if (!known(difference) || magnitude(difference.value) <= difference.error) continue;
                Counterexample example;
                example.exact = false;
                example.m = m;
                example.index = truth.indexed ? i + 1 : 0;
                std::vector<const char*> data = {"x", "eps", "dy", "gamma", "beta"};
                if (setting == Setting::inference) data.insert(data.end(), {"mu", "v"});
                if (claim.second) data.insert(data.end(), {"ddx", "ddgamma", "ddbeta"});
                for (const char* name : data) example.data.emplace_back(name, written(z.values.at(name)));
                for (const char* name : {"mu", "v", "r"}) example.derived.emplace_back(name, written(z.values.at(name)));
                example.formula = written(formula.at(i).value);
                example.truth = written(truth.at(i).value);
                example.formula_decimal = static_cast<double>(formula.at(i).value);
                example.truth_decimal = static_cast<double>(truth.at(i).value);
                return example;
            }
        }
    return std::nullopt;
}

struct DecimalChannels::Channels {
    std::vector<Quantities<Number>> all;
};

DecimalChannels::DecimalChannels(Setting setting, bool second) {
    Channels channels;
    for (std::size_t m = 3; m <= largest_m; ++m)
        for (std::size_t k = 0; k < 2; ++k)
            channels.all.push_back(
                quantities(random_channel(m, setting, 16 * m + k), setting, {setting == Setting::training, second}));
    channels_ = std::make_unique<const Channels>(std::move(channels));
}

DecimalChannels::~DecimalChannels() = default;

bool DecimalChannels::agree(const Expression& a, const Expression& b) const {
    for (const Quantities<Number>& z : channels_->all) {
        const Value<Number> left = evaluate<Number>(a, z), right = evaluate<Number>(b, z);
        for (std::size_t i = 0; i < (left.indexed || right.indexed ? z.m : 1); ++i) {
            const Number difference = left.at(i) - right.at(i);
            if (!known(difference) || magnitude(difference.value) > difference.error) return false;
        }
    }
    return true;
}

}  // namespace bncheck::derivation
