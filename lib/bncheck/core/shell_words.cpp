#include "bncheck/core/shell_words.hpp"

#include <algorithm>
#include <cctype>

#include "bncheck/core/error.hpp"

namespace bncheck {

std::string shell_quoted(const std::string& word) {
    const auto is_plain = [](unsigned char c) {
        return std::isalnum(c) || std::string("_-./:=,+@").find(static_cast<char>(c)) != std::string::npos;
    };
    if (!word.empty() && std::all_of(word.begin(), word.end(), is_plain)) return word;
    std::string result = "'";
    for (char c : word) {
        if (c == '\'')
            result += "'\\''";
        else
            result += c;
    }
    return result + "'";
}

std::vector<std::string> split_words(const std::string& command) {
    std::vector<std::string> words;
    std::string word;
    bool started = false;
    char quote = 0;
    for (std::size_t i = 0; i < command.size(); ++i) {
        const char c = command[i];
        if (quote == '\'') {
            if (c == '\'')
                quote = 0;
            else
                word += c;
        } else if (c == '\\' && i + 1 < command.size() &&
                   (quote == 0 || std::string("$`\"\\").find(command[i + 1]) != std::string::npos)) {
            word += command[++i];
            started = true;
        } else if (quote == '"') {
            if (c == '"')
                quote = 0;
            else
                word += c;
        } else if (c == '\'' || c == '"') {
            quote = c;
            started = true;
        } else if (c == ' ' || c == '\t' || c == '\n') {
            if (started) words.push_back(word);
            word.clear();
            started = false;
        } else {
            word += c;
            started = true;
        }
    }
    if (quote) throw Error(Fault::usage, "format", "--candidate", "the command has an open quote: " + command, "close it");
    if (started) words.push_back(word);
    return words;
}

}  // namespace bncheck
