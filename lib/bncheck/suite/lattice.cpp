#include "bncheck/suite/lattice.hpp"

#include <array>
#include <map>
#include <utility>

namespace bncheck::suite {

std::vector<int> lattice_values(std::size_t m, std::size_t channel, const RandomStream& stream) {
    std::vector<int> a;
    a.reserve(m);
    const auto append = [&](std::initializer_list<int> block) { a.insert(a.end(), block); };
    if (m % 2 == 0) {
        while (a.size() < m) append({1, -1});
    } else {
        if (m % 4 == 3)
            append({1, 1, -2});
        else
            append({2, -2, 1, -1, 0});
        while (a.size() < m) append({2, -2, 0, 0});
    }
    for (std::size_t i = m; i-- > 1;) std::swap(a[i], a[stream.below(i + 1, channel * m + i)]);  // Fisher-Yates
    return a;
}

std::vector<int> lattice_pairs(const std::vector<int>& a, std::size_t channel, const RandomStream& stream) {
    std::vector<int> w(a.size(), 0);
    std::map<int, std::size_t> open;  // by a: the value that waits for its partner
    for (std::size_t i = 0; i < a.size(); ++i) {
        const auto waiting = open.find(a[i]);
        if (waiting == open.end()) {
            open.emplace(a[i], i);
            continue;
        }
        const int sign = stream.bits(channel * a.size() + i) & 1 ? 1 : -1;
        w[waiting->second] = sign;
        w[i] = -sign;
        open.erase(waiting);
    }
    return w;
}

int lattice_offset(std::size_t channel) {
    static constexpr std::array offsets{1, -1, 3, -3, 5};
    return offsets[channel % offsets.size()];
}

}  // namespace bncheck::suite
