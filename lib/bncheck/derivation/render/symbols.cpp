#include "bncheck/derivation/render/symbols.hpp"

#include <algorithm>
#include <map>

#include "bncheck/derivation/proof/setting.hpp"

namespace bncheck::derivation {
namespace {

using Style = Symbol::Style;

const std::map<std::string, Symbol>& letters() {
    static const std::map<std::string, Symbol> all = [] {
        std::map<std::string, Symbol> table = {
            {"xhat", {.letter = "x", .hat = true}},
            {"mu", {.letter = "μ"}},
            {"eps", {.letter = "ε"}},
            {"gamma", {.letter = "γ"}},
            {"beta", {.letter = "β"}},
            {"Pg", {.letter = "P", .subscript = "g"}},
            {"Pu", {.letter = "P", .subscript = "u"}},
            {"sg", {.letter = "s", .subscript = "g"}},
            {"su", {.letter = "s", .subscript = "u"}},
        };
        for (const char* letter : {"x", "y", "d", "v", "q", "r", "m", "w", "L", "B"}) table[letter] = {.letter = letter};
        for (const char* word : {"running_mean", "running_var", "new_running_mean", "new_running_var", "unbiased"})
            table[word] = {.style = Style::word, .letter = word};
        // "dd" is the gradient of d, and what begins with "dd" otherwise arrives at a gradient in the double backward.
        const auto gradient = [&](const char* prefix, const char* of) {
            Symbol symbol = table.at(of);
            symbol.prefix = prefix;
            table[std::string(prefix) + of] = symbol;
        };
        for (const char* of : {"x", "y", "d", "v", "q", "r", "mu", "xhat", "gamma", "beta"}) gradient("d", of);
        for (const char* of : {"x", "gamma", "beta"}) gradient("dd", of);
        for (const char* of : {"x", "gamma"}) gradient("g", of);
        gradient("gd", "y");
        for (const NamedQuantity& quantity : named_quantities(Setting::training))
            table.at(quantity.name).indexed = quantity.indexed;
        table.at("Pg").indexed = table.at("Pu").indexed = true;
        return table;
    }();
    return all;
}

}  // namespace

Symbol symbol_of(const std::string& name, const Vocabulary& vocabulary) {
    const auto known = letters().find(name);
    if (known != letters().end()) return known->second;
    const bool letter = name.size() == 1 && !vocabulary.code;
    return {.style = letter ? Style::letter : Style::code, .letter = name, .indexed = vocabulary.indexed.count(name) > 0};
}

bool has_free_index(const Expression& formula, const Vocabulary& vocabulary) {
    switch (formula->kind) {
        case Node::Kind::name:
            return symbol_of(formula->name, vocabulary).indexed;
        case Node::Kind::partial:
            return symbol_of(formula->name, vocabulary).indexed || symbol_of(formula->by, vocabulary).indexed;
        case Node::Kind::sum:
        case Node::Kind::mean:
            return false;
        default:
            return std::any_of(formula->children.begin(), formula->children.end(),
                               [&](const Expression& child) { return has_free_index(child, vocabulary); });
    }
}

}  // namespace bncheck::derivation
