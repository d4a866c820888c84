#include "bncheck/report/reader.hpp"

#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "bncheck/core/error.hpp"
#include "bncheck/core/printable.hpp"

namespace bncheck::report {
namespace {

/// Reports nest 7 deep; what copies, compares and writes values goes down as deep.
constexpr int deepest = 32;

constexpr const char* advice = "name a report that 'bncheck run --json FILE' wrote";

/// A value and where it stands.
class Node {
public:
    Node(const Json& json, std::string name, std::string pointer)
        : json_(json), name_(std::move(name)), pointer_(std::move(pointer)) {}

    bool has(const std::string& key) const {
        object();
        return json_.contains(key);
    }
    Node at(const std::string& key) const {
        if (!has(key)) refuse("lacks '" + key + "'");
        return {json_[key], name_, pointer_ + "/" + key};
    }
    std::vector<Node> elements() const {
        if (!json_.is_array()) refuse("is no array");
        std::vector<Node> nodes;
        for (std::size_t i = 0; i < json_.size(); ++i) nodes.emplace_back(json_[i], name_, pointer_ + "/" + std::to_string(i));
        return nodes;
    }
    bool is_null() const { return json_.is_null(); }
    void object() const {
        if (!json_.is_object()) refuse("is no object");
    }
    std::string string() const {
        if (!json_.is_string()) refuse("is no string");
        return json_;
    }
    std::size_t count() const {
        if (!json_.is_number_unsigned()) refuse("is no whole number of at least 0, or too large a one");
        return json_.get<std::size_t>();
    }
    void boolean() const {
        if (!json_.is_boolean()) refuse("is neither true nor false");
    }
    void number() const {
        if (!json_.is_number()) refuse("is no number");
    }
    /// At least 0, or what JSON has no number for.
    void figure() const {
        if (json_ == "nan" || json_ == "inf") return;
        if (!json_.is_number() || json_.get<double>() < 0) refuse("is no number of at least 0, \"inf\" or \"nan\"");
    }
    void verdict() const {
        const std::string word = string();
        for (const judge::Verdict v :
             {judge::Verdict::pass, judge::Verdict::inconclusive, judge::Verdict::xpass, judge::Verdict::fail,
              judge::Verdict::error, judge::Verdict::skipped, judge::Verdict::xfail})
            if (word == name_of(v)) return;
        refuse("is '" + printable(word, 40) + "', which is no verdict");
    }
    void strings() const {
        for (const Node& element : elements()) element.string();
    }
    [[noreturn]] void refuse(const std::string& message) const {
        throw Error(Fault::usage, "format", name_ + (pointer_.empty() ? "" : ": " + pointer_), message, advice);
    }

private:
    const Json& json_;
    std::string name_, pointer_;
};

Json parsed(const std::string& name, const std::string& text) {
    const auto within_depth = [&](int depth, Json::parse_event_t, const Json&) {
        if (depth > deepest)
            throw Error(Fault::usage, "format", name, "is nested deeper than " + std::to_string(deepest) + " levels", advice);
        return true;
    };
    try {
        return Json::parse(text, within_depth);
    } catch (const Json::exception& e) {  // of the grammar, or a number beyond double
        throw Error(Fault::usage, "format", name, "is no JSON: " + printable(e.what(), 200), advice);
    }
}

/// Whether it was held against something.
bool check_of(const Node& check) {
    check.at("check").string();
    check.at("verdict").verdict();
    for (const char* key : {"tensor", "property", "method", "reason"})
        if (check.has(key)) check.at(key).string();
    for (const char* key : {"correct_digits", "max_ulp", "utilisation"})
        if (check.has(key)) check.at(key).figure();
    if (check.has("decided"))
        for (const char* level : {"double", "double-double", "mpfr"}) check.at("decided").at(level).count();
    if (!check.has("elements") || check.at("elements").count() == 0) return false;
    check.at("tensor").string();
    return true;
}

void case_of(const Node& c) {
    for (const char* key : {"suite", "mode", "dtype", "layout", "repro"}) c.at(key).string();
    c.at("verdict").verdict();
    c.at("affine").boolean();
    c.at("conditioning").at("resolution").number();
    if (const Node far = c.at("conditioning").at("mean_over_stddev"); !far.is_null()) far.figure();
    bool judged = false, backward = false;
    for (const Node& check : c.at("checks").elements())
        if (check_of(check)) {
            judged = true;
            backward = backward || check.at("check").string() == "backward";
        }
    if (!judged) return;
    const std::vector<Node> shape = c.at("shape").elements();
    if (shape.size() < 2) c.at("shape").refuse("has no channels");
    for (const Node& length : shape) length.count();
    c.at("data").at("x").string();
    if (backward) c.at("data").at("dy").string();
}

void shard_of(const Node& shard) {
    shard.at("command").string();
    shard.at("fail_fast").boolean();
    const std::size_t selected = shard.at("selected").count();
    for (const Node& position : shard.at("positions").elements())
        if (position.count() >= selected) position.refuse("is not below 'selected'");
    shard.at("digests").object();
    if (shard.has("data")) shard.at("data").object();
    if (!shard.has("known_failures")) return;
    for (const Node& tally : shard.at("known_failures").elements()) {
        for (const char* key : {"case", "tensor", "place"}) tally.at(key).string();
        for (const char* key : {"cases", "run", "failed", "passed"}) tally.at(key).count();
        if (!tally.at("first").is_null()) tally.at("first").count();
    }
}

}  // namespace

Json read_report(const std::string& name, const std::string& text) {
    Json json = parsed(name, text);
    const Node top(json, name, "");
    top.at("bncheck").at("version").string();
    if (const std::size_t format = top.at("bncheck").at("report").count(); format != 1)
        throw Error(Fault::usage, "format", name + ": /bncheck/report", "is " + std::to_string(format) + ", and 1 is known",
                    "take the bncheck that wrote it");
    const Node environment = top.at("environment"), candidate = top.at("candidate"), options = top.at("options");
    for (const char* key : {"host", "reference", "compiler", "candidate_stderr", "started"})
        if (environment.has(key)) environment.at(key).string();
    if (environment.has("seconds")) environment.at("seconds").number();
    for (const char* key : {"seconds_by_case", "seconds_by_stage", "seconds_by_method"})
        if (environment.has(key)) environment.at(key).object();
    candidate.at("name").string();
    for (const char* key : {"passes", "dtypes", "layouts"})
        if (candidate.has(key)) candidate.at(key).strings();
    options.at("strict").boolean();
    options.at("checks").strings();
    if (!options.at("shard").is_null()) options.at("shard").string();
    for (const Node& suite : top.at("suites").elements()) {
        suite.at("name").string();
        suite.at("cases").count();
    }
    if (top.has("shard")) shard_of(top.at("shard"));
    if (top.has("known_failures")) top.at("known_failures").at("file").string();
    std::set<std::string> ids;
    for (const Node& c : top.at("cases").elements()) {
        if (!ids.insert(c.at("id").string()).second) c.at("id").refuse("is that of an earlier case too");
        case_of(c);
    }
    return json;
}

}  // namespace bncheck::report
