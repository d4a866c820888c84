#include "bncheck/judge/resolution.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace bncheck::judge {
namespace {

struct Limits {
    double x, d, dy, product;
};

template <class S>
void mark(const S* x, const S* dy, double mu, const Limits& limit, std::vector<char>& resolved) {
    for (std::size_t i = 0; i < resolved.size(); ++i) {
        const double value = x[i], d = std::fabs(value - mu), g = dy ? std::fabs(static_cast<double>(dy[i])) : 0;
        const bool seen = (std::fabs(value) > limit.x) | (d > limit.d) | (g > limit.dy) | (g * d > limit.product);
        resolved[i] = static_cast<char>(resolved[i] | seen);
    }
}

}  // namespace

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
    Limits limit{unlimited, unlimited, unlimited, unlimited};
    if (channel.training) {
        limit.x = bounds.save_mean()[k] * m;
        limit.d = std::sqrt(bounds.save_invstd()[k] * 2 * m * facts.q / facts.r);
    }
    if (channel.backward()) {
        limit.dy = bounds.dbeta()[k];
        limit.product = bounds.dgamma()[k] / facts.r;
    }
    const oracle::MomentFacts& f = facts.x.back();
    const double largest_dy = channel.backward() ? facts.dy.max_abs_dy : 0;
    const double largest_d = channel.training ? f.max_deviation : f.max_abs + std::fabs(facts.hi);
    if (f.max_abs <= limit.x && f.max_deviation <= limit.d && largest_dy <= limit.dy && largest_dy * largest_d <= limit.product)
        return;
    const Values& x = channel.x.back();
    if (x.narrow())
        mark(x.narrow(), channel.dy.narrow(), facts.hi, limit, resolved);
    else
        mark(x.wide(), channel.dy.wide(), facts.hi, limit, resolved);
}

}  // namespace bncheck::judge
