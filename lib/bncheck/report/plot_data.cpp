#include "bncheck/report/plot_data.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <nlohmann/json.hpp>

namespace bncheck::report {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr std::size_t most_magnitudes = 12;

Json rounded(double value) { return number(std::strtod(fmt::format("{:.3g}", value).c_str(), nullptr)); }

/// Also where nothing or everything is allowed.
double utilisation(const judge::SampledElement& e) { return e.error == 0 || std::isinf(e.bound) ? 0 : e.error / e.bound; }

double ulp_edge(double ulps) {
    if (ulps == 0) return 0;
    if (!(ulps <= 0x1p20)) return infinity;
    return std::max(0x1p-3, std::exp2(std::ceil(std::log2(ulps))));
}

Json histogram(const judge::ElementSample& elements) {
    std::map<double, std::size_t> counts;
    for (const judge::SampledElement& e : elements) ++counts[ulp_edge(e.ulps)];
    Json at_most = Json::array(), numbers = Json::array();
    for (const auto& [edge, count] : counts) {
        at_most.push_back(number(edge));
        numbers.push_back(count);
    }
    return {{"at_most", at_most}, {"elements", numbers}};
}

Json channels(const judge::ChannelMap& map) {
    Json utilisations = Json::array();
    for (const double utilisation : map.utilisation) utilisations.push_back(rounded(utilisation));
    return {{"each", map.channels_per_block}, {"utilisation", utilisations}};
}

Json magnitudes(judge::ElementSample elements) {
    std::erase_if(elements, [](const judge::SampledElement& e) { return !std::isfinite(e.want); });
    std::stable_sort(elements.begin(), elements.end(), [](const judge::SampledElement& a, const judge::SampledElement& b) {
        return std::fabs(a.want) < std::fabs(b.want);
    });
    const std::size_t parts = std::min(most_magnitudes, elements.size());
    Json want = Json::array(), error = want, bound = want;
    for (std::size_t k = 0; k < parts; ++k) {
        const auto begin = elements.begin() + static_cast<std::ptrdiff_t>(k * elements.size() / parts);
        const auto end = elements.begin() + static_cast<std::ptrdiff_t>((k + 1) * elements.size() / parts);
        const auto nearest = std::max_element(begin, end, [](const judge::SampledElement& a, const judge::SampledElement& b) {
            return utilisation(a) < utilisation(b);
        });
        want.push_back(rounded(std::fabs(nearest->want)));
        error.push_back(rounded(nearest->error));
        bound.push_back(rounded(nearest->bound));
    }
    return {{"want", want}, {"error", error}, {"bound", bound}};
}

}  // namespace

Json plot_data(const judge::ElementSample& elements, const judge::ChannelMap& map) {
    return {{"elements", elements.size()},
            {"ulp", histogram(elements)},
            {"channels", channels(map)},
            {"magnitudes", magnitudes(elements)}};
}

}  // namespace bncheck::report
