#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "bncheck/oracle/channel.hpp"
#include "bncheck/oracle/enclosure.hpp"
#include "bncheck/oracle/radius.hpp"

namespace bncheck::oracle {

/// Arithmetics of the filtered oracle, cheapest first (the pattern of filtered exact predicates: J. R. Shewchuk, "Adaptive
/// Precision Floating-Point Arithmetic and Fast Robust Geometric Predicates", 1997).
enum class LevelName { float64, double_double, mpfr };
inline constexpr std::size_t levels = 3;
std::string_view name_of(LevelName level);

/// Running statistics after the last step.
struct RunningEnclosure {
    Enclosure mean, variance;
};

/// One channel's truth at one level: every value an enclosure by radius.hpp.
class Level {
public:
    virtual ~Level() = default;
    /// Whether its radii hold for this channel; if not, nothing else may be asked.
    virtual bool applies() const = 0;
    virtual Enclosure mu() const = 0;
    virtual Enclosure v() const = 0;
    virtual Enclosure r() const = 0;
    virtual RunningEnclosure running() const = 0;  ///< in training, with running statistics
    virtual Enclosure xhat(std::size_t i) const = 0;
    virtual Enclosure y(std::size_t i) const = 0;
    virtual Enclosure dx(std::size_t i) const = 0;  ///< this and what follows: where there is dy
    virtual Enclosure dgamma() const = 0;
    virtual Enclosure dbeta() const = 0;

    /// One of them by its tensor's name: y and dx of element i, save_mean, save_invstd, save_var, running_mean, running_var,
    /// dgamma, dbeta.
    Enclosure at(std::string_view tensor, std::size_t i) const;
};

/// The view and the facts must outlive the level.
std::unique_ptr<Level> make_double_level(const ChannelView& channel, const ChannelFacts& facts, Term omitted = Term::none);
std::unique_ptr<Level> make_double_double_level(const ChannelView& channel, const ChannelFacts& facts,
                                                Term omitted = Term::none);
std::unique_ptr<Level> make_mpfr_level(const ChannelView& channel, const ChannelFacts& facts, Term omitted = Term::none);
std::unique_ptr<Level> make_level(LevelName name, const ChannelView& channel, const ChannelFacts& facts,
                                  Term omitted = Term::none);

}  // namespace bncheck::oracle
