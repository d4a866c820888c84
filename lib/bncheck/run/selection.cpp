#include "bncheck/run/selection.hpp"

#include <algorithm>
#include <regex>

namespace bncheck::run {

Selection select(std::vector<suite::Suite>& suites, const Options& o) {
    const std::regex filter(o.filter);
    const auto is_chosen = [&](const suite::Case& c) {
        if (!o.filter.empty() && !std::regex_search(c.id(), filter)) return false;
        return std::all_of(o.tags.begin(), o.tags.end(), [&](const std::string& tag) {
            return std::find(c.tags.begin(), c.tags.end(), tag) != c.tags.end();
        });
    };
    std::vector<const suite::Case*> chosen;
    for (suite::Suite& suite : suites) {
        std::erase_if(suite.cases, [&](const suite::Case& c) { return !is_chosen(c); });
        for (const suite::Case& c : suite.cases) chosen.push_back(&c);
    }
    std::vector<std::size_t> shards(chosen.size(), 1);
    if (o.shard) shards = shards_of(chosen, o.shard->of);
    const std::size_t mine = o.shard ? o.shard->number : 1;
    Selection selection{chosen.size(), {}};
    std::size_t position = 0;
    for (suite::Suite& suite : suites)
        std::erase_if(suite.cases, [&](const suite::Case&) {
            const bool left = shards[position] == mine;
            if (left) selection.positions.push_back(position);
            ++position;
            return !left;
        });
    return selection;
}

}  // namespace bncheck::run
