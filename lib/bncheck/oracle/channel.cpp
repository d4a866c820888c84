#include "bncheck/oracle/channel.hpp"

#include "bncheck/bn/momentum.hpp"

namespace bncheck::oracle {

void ChannelParameters::follow(const bn::Convention& convention, std::span<const double> momentum, std::uint64_t batches) {
    const bool accumulates = convention.momentum == bn::Momentum::accumulates;
    weights.assign(momentum.begin(), momentum.end());
    for (double& weight : weights)
        if (accumulates) weight = bn::accumulated_weight(weight, batches++);
    weights_are_complements = convention.momentum == bn::Momentum::weighs_old;
    unbiased_running = convention.unbiased();
    weight_roundings = bn::weight_roundings(convention);
}

Channel copy_of(const ChannelView& view) {
    Channel channel{view, {}, std::nullopt};
    const auto copy = [](const Values& values) {
        std::vector<double> result(values.size());
        for (std::size_t i = 0; i < values.size(); ++i) result[i] = values[i];
        return result;
    };
    for (const Values& x : view.x) channel.x.push_back(copy(x));
    if (view.backward()) channel.dy = copy(view.dy);
    return channel;
}

}  // namespace bncheck::oracle
