#include "bncheck/suite/json_text.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "bncheck/core/error.hpp"

namespace bncheck::suite {
namespace {

constexpr std::size_t deepest = 32;

std::string escaped(const std::string& key) {  // RFC 6901
    std::string text;
    for (char c : key) text += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
    return text;
}

/// Builds the document and knows at every moment where in it the text stands.
class Builder : public nlohmann::json_sax<Json> {
public:
    Builder(const std::string& file, std::string_view text) : file_(file), text_(text) {}

    Json document() && { return std::move(root_); }

    bool null() override { return value(nullptr); }
    bool boolean(bool v) override { return value(v); }
    bool number_integer(number_integer_t v) override { return value(v); }
    bool number_unsigned(number_unsigned_t v) override { return value(v); }
    bool number_float(number_float_t v, const string_t&) override { return value(v); }
    bool string(string_t& v) override { return value(std::move(v)); }
    bool binary(binary_t&) override { return false; }

    bool start_object(std::size_t) override { return open(Json::object()); }
    bool start_array(std::size_t) override { return open(Json::array()); }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }

    bool key(string_t& name) override {
        Level& level = levels_.back();
        level.key = name;
        if (level.json->contains(name))
            throw Error(Fault::usage, "format", file_ + ": " + pointer(), "the key stands twice in one object",
                        "remove one of the two");
        return true;
    }

    bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception& e) override {
        const std::string_view before = text_.substr(0, std::min(position > 0 ? position - 1 : 0, text_.size()));
        const auto line = std::count(before.begin(), before.end(), '\n') + 1;
        const std::size_t start = before.rfind('\n') + 1;
        std::string what = e.what();
        const std::size_t detail = what.rfind(": ");
        if (const std::size_t syntax = what.find("syntax error"); syntax != std::string::npos)
            what = what.substr(syntax);
        else if (detail != std::string::npos)
            what = what.substr(detail + 2);
        for (char& c : what)
            if (static_cast<unsigned char>(c) >= 0x80 || (static_cast<unsigned char>(c) < 0x20)) c = '?';
        throw Error(Fault::usage, "format",
                    file_ + ":" + std::to_string(line) + ":" + std::to_string(before.size() - start + 1) + ": " + pointer(),
                    "is not JSON: " + what, "write it as RFC 8259 says, in UTF-8 (NaN and infinities are strings: \"nan\")");
    }

private:
    struct Level {
        Json* json;
        std::string key;
    };

    std::string pointer() const {
        std::string text;
        for (const Level& level : levels_)
            text += "/" + (level.json->is_array() ? std::to_string(level.json->size() - (&level != &levels_.back()))
                                                  : escaped(level.key));
        return text.empty() ? "/" : text;
    }

    Json* place(Json&& v) {
        if (levels_.empty()) {
            root_ = std::move(v);
            return &root_;
        }
        Level& level = levels_.back();
        if (level.json->is_array()) {
            level.json->push_back(std::move(v));
            return &level.json->back();
        }
        return &((*level.json)[level.key] = std::move(v));
    }

    bool value(Json&& v) {
        place(std::move(v));
        return true;
    }

    bool open(Json&& empty) {
        if (levels_.size() == deepest)
            throw Error(Fault::usage, "format", file_ + ": " + pointer(),
                        "is nested deeper than " + std::to_string(deepest) + " levels",
                        "no key of a case file needs that; look for a bracket too many");
        Json* json = place(std::move(empty));
        levels_.push_back({json, ""});
        return true;
    }

    bool close() {
        levels_.pop_back();
        return true;
    }

    const std::string& file_;
    std::string_view text_;
    Json root_;
    std::vector<Level> levels_;  // pointers stay good: only the innermost container grows
};

}  // namespace

Json parse_json(const std::string& file, std::string_view text) {
    Builder builder(file, text);
    Json::sax_parse(text.begin(), text.end(), &builder);
    return std::move(builder).document();
}

}  // namespace bncheck::suite
