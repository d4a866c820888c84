#include "bncheck/derivation/proof/points.hpp"

#include <algorithm>
#include <array>

namespace bncheck::derivation {
namespace {

using Triple = std::array<int, 3>;  ///< x_i, dy_i, ddx_i

/// Non-increasing sequences of m triples whose sums stay within the budgets.
class Multisets {
public:
    Multisets(std::size_t m, const Triple& budget, std::size_t most) : m_(m), most_(most) {
        std::vector<Triple> begun;
        extend(begun, budget, budget);
    }
    std::vector<std::vector<Triple>> found;  ///< more than `most` where there are more
    bool complete() const { return found.size() <= most_; }

private:
    void extend(std::vector<Triple>& begun, const Triple& left, const Triple& largest) {
        if (begun.size() == m_) {
            found.push_back(begun);
            return;
        }
        if (found.size() > most_) return;
        for (int x = 0; x <= left[0]; ++x)
            for (int dy = 0; dy <= left[1]; ++dy)
                for (int ddx = 0; ddx <= left[2]; ++ddx) {
                    const Triple next{x, dy, ddx};
                    if (next > largest) continue;
                    begun.push_back(next);
                    extend(begun, {left[0] - x, left[1] - dy, left[2] - ddx}, next);
                    begun.pop_back();
                }
    }
    std::size_t m_, most_;
};

int total(const std::vector<int>& values) {
    int sum = 0;
    for (const int value : values) sum += value;
    return sum;
}

/// Every point with a coordinate at every value from `low` to what `high` says for it.
template <class High>
std::vector<WholePoint> varied(const std::vector<WholePoint>& points, int WholePoint::*coordinate, int low, High high) {
    std::vector<WholePoint> all;
    for (WholePoint point : points) {
        const int last = high(point);
        for (int value = low; value <= last; ++value) {
            point.*coordinate = value;
            all.push_back(point);
        }
    }
    return all;
}

/// Those of the multisets, with dy and ddx on their lattices.
std::optional<std::vector<WholePoint>> vector_points(const ProofSize& size, bool with_ddx, std::size_t m, std::size_t most) {
    std::vector<WholePoint> points;
    const Multisets multisets(m, {size.x, size.dy, with_ddx ? size.seeds : 0}, most);
    if (!multisets.complete()) return std::nullopt;
    for (const std::vector<Triple>& triples : multisets.found) {
        WholePoint point;
        for (const auto& [x, dy, ddx] : triples) {
            point.x.push_back(x);
            point.dy.push_back(dy);
            point.ddx.push_back(ddx);
        }
        if (!size.dy_homogeneous || total(point.dy) == size.dy) points.push_back(point);
    }
    return points;
}

/// Those whose seeds have the sum that is due.
std::vector<WholePoint> with_seeds(std::vector<WholePoint> points, const ProofSize& size, const Family& family) {
    if (family.seed == Seed::none) return points;
    const bool affine = family.setting != Setting::without_affine;
    const bool ddgamma = affine && (family.seed == Seed::ddgamma || family.seed == Seed::all);
    const bool ddbeta = affine && (family.seed == Seed::ddbeta || family.seed == Seed::all);
    const auto left = [&](const WholePoint& p) { return size.seeds - total(p.ddx) - p.ddgamma - p.ddbeta; };
    if (ddgamma) points = varied(points, &WholePoint::ddgamma, 0, left);
    if (ddbeta) points = varied(points, &WholePoint::ddbeta, 0, left);
    if (size.seeds_homogeneous) std::erase_if(points, [&](const WholePoint& p) { return left(p) != 0; });
    return points;
}

/// Those with beta, the running statistics and their weight on one lattice; in inference the mean is on it, and the variance is
/// of q, with degrees as eps, and positive.
std::vector<WholePoint> with_others(std::vector<WholePoint> points, const ProofSize& size, const Family& family) {
    const bool inference = family.setting == Setting::inference;
    const auto left = [&](const WholePoint& p) {
        return size.others - p.beta - p.running_mean - p.weight - (inference ? 0 : p.running_var);
    };
    points = varied(points, &WholePoint::beta, 0, left);
    if (inference || family.running) points = varied(points, &WholePoint::running_mean, 0, left);
    if (family.running)
        for (int WholePoint::*coordinate : {&WholePoint::weight, &WholePoint::running_var})
            points = varied(points, coordinate, 0, left);
    if (!inference) return points;
    return varied(points, &WholePoint::running_var, 1, [&](const WholePoint&) { return size.eps + 1; });
}

}  // namespace

ProofSize proof_size(const Extent& residual, Setting setting) {
    ProofSize size;
    if (residual.zero) return size;
    const int root = residual.root, of_root = root_degree(setting);
    size.root = root;
    size.x = std::max(0, residual.x + of_root * root);
    size.eps = std::max(0, (residual.twice_eps + root) / 2);
    size.dy = residual.dy.high;
    size.dy_homogeneous = residual.dy.width() == 0;
    size.seeds = residual.seeds.high;
    size.seeds_homogeneous = residual.seeds.width() == 0;
    size.gamma_values = residual.gamma.width() + 1;
    size.others = residual.others;
    size.m_low = std::min(0, residual.m_low - of_root * root);
    size.m_high = std::max(0, residual.m_high);
    size.indices = std::max(1, size.x + size.dy + size.seeds + (residual.indexed ? 1 : 0));
    return size;
}

ProofSize joined(const ProofSize& a, const ProofSize& b) {
    ProofSize size;
    size.root = std::max(a.root, b.root);
    size.x = std::max(a.x, b.x);
    size.eps = std::max(a.eps, b.eps);
    size.dy = std::max(a.dy, b.dy);
    size.seeds = std::max(a.seeds, b.seeds);
    size.others = std::max(a.others, b.others);
    size.gamma_values = std::max(a.gamma_values, b.gamma_values);
    // A homogeneous polynomial of smaller degree vanishes too if it does on the lattice of a larger sum.
    size.dy_homogeneous = a.dy_homogeneous && b.dy_homogeneous;
    size.seeds_homogeneous = a.seeds_homogeneous && b.seeds_homogeneous;
    size.m_low = std::min(a.m_low, b.m_low);
    size.m_high = std::max(a.m_high, b.m_high);
    size.indices = std::max(a.indices, b.indices);
    return size;
}

std::optional<std::vector<WholePoint>> proof_points(const ProofSize& size, const Family& family, std::size_t m,
                                                    std::size_t most) {
    const bool with_ddx = family.seed == Seed::ddx || family.seed == Seed::all;
    const std::optional<std::vector<WholePoint>> vectors = vector_points(size, with_ddx, m, most);
    if (!vectors) return std::nullopt;
    std::vector<WholePoint> points = with_seeds(*vectors, size, family);
    // Counted before they are made.
    const double others = static_cast<double>(with_others({WholePoint()}, size, family).size());
    if (static_cast<double>(points.size()) * (size.eps + 1) * size.gamma_values * others > static_cast<double>(most))
        return std::nullopt;
    points = varied(points, &WholePoint::eps, 1, [&](const WholePoint&) { return size.eps + 1; });
    points = varied(points, &WholePoint::gamma, 1, [&](const WholePoint&) { return size.gamma_values; });
    points = with_others(std::move(points), size, family);
    const auto weight = [](const WholePoint& p) {
        return total(p.x) + total(p.dy) + total(p.ddx) + p.eps + p.gamma + p.beta + p.running_mean + p.running_var + p.weight;
    };
    std::stable_sort(points.begin(), points.end(),
                     [&](const WholePoint& a, const WholePoint& b) { return weight(a) < weight(b); });
    return points;
}

}  // namespace bncheck::derivation
