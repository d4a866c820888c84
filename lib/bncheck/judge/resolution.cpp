#include "bncheck/judge/resolution.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace bncheck::judge {

void mark_resolved(const oracle::ChannelView& channel, const oracle::ChannelFacts& facts, const ChannelBounds& bounds,
                   AccuracyClass c, std::vector<char>& resolved) {
    constexpr double unlimited = std::numeric_limits<double>::infinity();
    const std::size_t k = static_cast<std::size_t>(c);
    const double m = channel.count();
    if (!channel.training && !channel.backward()) {  // without a sum nothing can be left out of one
        std::fill(resolved.begin(), resolved.end(), char{1});
        return;
    }
    // Leaving x out moves the mean by |x| / m and r by r d^2 / (2 m q); dy moves dbeta by |dy| and dgamma by |dy d| r.
    const double x_limit = channel.training ? bounds.save_mean()[k] * m : unlimited;
    const double d_limit = channel.training ? std::sqrt(bounds.save_invstd()[k] * 2 * m * facts.q / facts.r) : unlimited;
    const double dy_limit = channel.backward() ? bounds.dbeta()[k] : unlimited;
    const double product_limit = channel.backward() ? bounds.dgamma()[k] / facts.r : unlimited;
    const oracle::MomentFacts& f = facts.x.back();
    const double largest_dy = channel.backward() ? m * facts.dy.mean_abs_dy : 0;  // no dy is above their sum
    if (f.max_abs <= x_limit && f.max_deviation <= d_limit && largest_dy <= dy_limit &&
        m * facts.dy.abs_products <= product_limit)
        return;
    const Values& x = channel.x.back();
    for (std::size_t i = 0; i < x.size(); ++i) {
        if (resolved[i]) continue;
        const double d = std::fabs(x[i] - facts.hi), dy = channel.backward() ? std::fabs(channel.dy[i]) : 0;
        resolved[i] = std::fabs(x[i]) > x_limit || d > d_limit || dy > dy_limit || dy * d > product_limit;
    }
}

}  // namespace bncheck::judge
