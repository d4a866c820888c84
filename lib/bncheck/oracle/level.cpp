#include "bncheck/oracle/level.hpp"

namespace bncheck::oracle {

std::string_view name_of(LevelName level) {
    static constexpr std::string_view names[] = {"double", "double-double", "mpfr"};
    return names[static_cast<std::size_t>(level)];
}

std::unique_ptr<Level> make_level(LevelName name, const ChannelView& channel, const ChannelFacts& facts, Term omitted) {
    if (name == LevelName::float64) return make_double_level(channel, facts, omitted);
    if (name == LevelName::double_double) return make_double_double_level(channel, facts, omitted);
    return make_mpfr_level(channel, facts, omitted);
}

Enclosure Level::at(std::string_view tensor, std::size_t i) const {
    if (tensor == "y") return y(i);
    if (tensor == "dx") return dx(i);
    if (tensor == "save_mean") return mu();
    if (tensor == "save_invstd") return r();
    if (tensor == "save_var") return v();
    if (tensor == "running_mean") return running().mean;
    if (tensor == "running_var") return running().variance;
    return tensor == "dgamma" ? dgamma() : dbeta();
}

}  // namespace bncheck::oracle
