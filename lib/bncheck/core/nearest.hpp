#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bncheck {

/// The known word with the smallest edit distance (Levenshtein) to a word; empty where none is nearer than half its length.
std::string nearest(std::string_view word, const std::vector<std::string>& known);

/// "did you mean 'shape'?", or "known are: a, b, c".
std::string suggestion(std::string_view word, const std::vector<std::string>& known);

/// "a, b, c and 2 more": `most` of the words.
std::string listed(const std::vector<std::string>& words, std::size_t most);

}  // namespace bncheck
