#include "bncheck/core/nearest.hpp"

#include <algorithm>
#include <numeric>

namespace bncheck {
namespace {

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t substituted = diagonal + (a[i] != b[j]);
            diagonal = row[j + 1];
            row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, substituted});
        }
    }
    return row.back();
}

}  // namespace

std::string nearest(std::string_view word, const std::vector<std::string>& known) {
    std::string best;
    std::size_t smallest = std::min<std::size_t>(word.size(), 200) / 2 + 1;
    for (const std::string& candidate : known) {
        const std::size_t distance = edit_distance(word.substr(0, 200), candidate);
        if (distance < smallest) {
            smallest = distance;
            best = candidate;
        }
    }
    return best;
}

std::string suggestion(std::string_view word, const std::vector<std::string>& known) {
    const std::string near = nearest(word, known);
    if (!near.empty()) return "did you mean '" + near + "'?";
    std::string list;
    for (const std::string& k : known) list += (list.empty() ? "" : ", ") + k;
    return "known are: " + list;
}

std::string listed(const std::vector<std::string>& words, std::size_t most) {
    std::string text;
    for (std::size_t i = 0; i < std::min(most, words.size()); ++i) text += (i == 0 ? "" : ", ") + words[i];
    return text + (words.size() > most ? " and " + std::to_string(words.size() - most) + " more" : "");
}

}  // namespace bncheck
