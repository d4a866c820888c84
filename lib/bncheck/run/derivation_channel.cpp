#include "bncheck/run/derivation_channel.hpp"

#include <span>

namespace bncheck::run {

derivation::ChannelData derivation_channel(const suite::Case& c, const suite::Problem& problem, std::size_t channel) {
    const auto parameter = [&](const char* name) { return problem.per_channel().at(name).at(channel); };
    derivation::ChannelData data;
    data.x.resize(c.shape.count());
    data.dy.resize(c.shape.count());
    problem.channel<double>("x", c.steps - 1, channel, data.x);
    problem.channel<double>("dy", 0, channel, data.dy);
    data.eps = c.eps;
    if (c.affine) {
        data.gamma = parameter("gamma");
        data.beta = parameter("beta");
    }
    if (!c.training) data.given = {parameter("running_mean"), parameter("running_var")};
    return data;
}

}  // namespace bncheck::run
