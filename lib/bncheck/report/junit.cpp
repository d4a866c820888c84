#include "bncheck/report/junit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>
#include <regex>
#include <set>
#include <sstream>

#include "bncheck/core/printable.hpp"
#include "bncheck/report/failures.hpp"
#include "bncheck/report/text.hpp"

namespace bncheck::report {
namespace {

/// What a testcase says is bounded, that a file of thousands stays below the 30 MB that GitLab reads.
constexpr std::size_t most_checks = 16, longest_text = 2000;

/// UTF-8 of Char of XML 1.0: no control characters but tab, line feed and carriage return; not U+FFFE, U+FFFF.
std::string xml_text(const std::string& text) {
    std::string result;
    for (std::size_t k = 0; k < text.size(); ++k) {
        const auto byte = static_cast<unsigned char>(text[k]);
        if (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r')
            result += "\xef\xbf\xbd";
        else if (const std::string three = text.substr(k, 3); three == "\xef\xbf\xbe" || three == "\xef\xbf\xbf") {
            result += "\xef\xbf\xbd";
            k += 2;
        } else
            result += text[k];
    }
    return result;
}

void set(pugi::xml_node node, const char* name, const std::string& value) {
    node.append_attribute(name).set_value(xml_text(value).c_str());
}

void add_text(pugi::xml_node node, const std::string& text) {
    node.append_child(pugi::node_pcdata).set_value(xml_text(text).c_str());
}

/// Jenkins' schema has no more decimals.
std::string seconds_text(double seconds) { return fmt::format("{:.3f}", seconds); }

/// `text`, or `otherwise` where it is blank.
std::string not_blank(const std::string& text, const std::string& otherwise) {
    return text.find_first_not_of(" \t\r\n") == std::string::npos ? otherwise : text;
}

std::string exactly(const Json& number) { return number.is_string() ? number.get<std::string>() : number.dump(); }

/// All that a report says of one check, numbers as they are there.
std::string details_of(const Json& check, const std::string& known_reason) {
    std::string text = text_at(check, "check") + " " + text_at(check, "tensor");
    for (const char* key : {"property", "method"})
        if (const std::string name = text_at(check, key); !name.empty()) text += " " + name;
    text += ": " + text_at(check, "verdict") + "\n";
    if (const std::string deviation = deviation_text(check); !deviation.empty()) text += "  explanation: " + deviation + "\n";
    if (const std::string reason = text_at(check, "reason"); !reason.empty() && reason != known_reason)
        text += "  reason: " + cut(reason, longest_text) + "\n";
    for (const char* key :
         {"required", "class", "utilisation", "max_abs", "max_rel", "max_ulp", "correct_digits", "elements", "failed"})
        if (const auto found = check.find(key); found != check.end() && !found->is_null())
            text += fmt::format("  {}: {}\n", key, exactly(*found));
    if (const auto worst = check.find("worst"); worst != check.end() && !worst->is_null()) {
        text += "  worst: " + index_text((*worst)["index"]) + "\n";
        for (const char* key : {"got", "want", "error", "bound"})
            if (const auto found = worst->find(key); found != worst->end())
                text += fmt::format("    {}: {}\n", key, exactly(*found));
    }
    if (const auto allow = check.find("allow"); allow != check.end() && !allow->is_null())
        text += "  hand-set allowance, ulp: " + exactly((*allow)["ulp"]) + "\n";
    return text;
}

std::string details_of_case(const Json& c) {
    const std::vector<const Json*> checks = telling_checks(c);
    const std::string reason = text_at(c, "reason");
    std::string text = reason.empty() ? "" : cut(reason, longest_text) + "\n";
    for (std::size_t k = 0; k < std::min(checks.size(), most_checks); ++k) text += details_of(*checks[k], reason);
    if (checks.size() > most_checks) text += fmt::format("and {} more checks\n", checks.size() - most_checks);
    return text + "repro: " + text_at(c, "repro") + "\n";
}

/// One line: what is known of why, then the numbers.
std::string message_of(const Json& c) {
    const std::vector<const Json*> checks = telling_checks(c);
    const std::string why = sentence_of(c), numbers = checks.empty() ? "" : numbers_text(*checks[0]);
    return text_at(c, "verdict") + (numbers.empty() ? "" : ": " + numbers) + (why.empty() ? "" : ": " + printable(why, 300));
}

struct Suite {
    std::string name;
    std::vector<const Json*> cases;
};

std::vector<Suite> suites_of(const Json& report) {
    std::vector<Suite> suites;
    std::map<std::string, std::size_t> at;
    for (const Json& c : report["cases"]) {
        const std::string name = suite_of(c);
        const auto [place, is_new] = at.emplace(name, suites.size());
        if (is_new) suites.push_back({name, {}});
        suites[place->second].cases.push_back(&c);
    }
    return suites;
}

class Document {
public:
    explicit Document(const Json& report) : report_(report), environment_(report["environment"]) {
        pugi::xml_node declaration = document_.append_child(pugi::node_declaration);
        set(declaration, "version", "1.0");
        set(declaration, "encoding", "UTF-8");
        all_ = document_.append_child("testsuites");
        for (const Suite& suite : suites_of(report)) add(suite);
        if (report.contains("known_failures") && !report["known_failures"]["unmatched"].empty()) add_known_failures();
        if (is_partial(report)) add_interruption();
    }

    std::string text() const {
        std::ostringstream out;
        document_.save(out, "  ", pugi::format_default, pugi::encoding_utf8);
        return out.str();
    }

private:
    /// With what every testsuite has; `tests` and the like are known once its cases are there.
    pugi::xml_node begin_suite(const std::string& name) {
        pugi::xml_node node = all_.append_child("testsuite");
        set(node, "name", not_blank(name, "unnamed"));
        set(node, "package", "bncheck");
        set(node, "id", std::to_string(suites_++));
        const std::string host = text_at(environment_, "host"), started = text_at(environment_, "started");
        set(node, "hostname", not_blank(host, "localhost"));
        static const std::regex form("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z");
        const bool known = std::regex_match(started, form);
        set(node, "timestamp", known ? started.substr(0, started.size() - 1) : "1970-01-01T00:00:00");
        pugi::xml_node properties = node.append_child("properties");
        const auto property = [&](const char* key, const std::string& value) {
            pugi::xml_node p = properties.append_child("property");
            set(p, "name", key);
            set(p, "value", value);
        };
        property("bncheck", text_at(report_["bncheck"], "version"));
        property("candidate", text_at(report_["candidate"], "spec"));
        property("candidate_name", text_at(report_["candidate"], "name"));
        for (const auto& [key, value] : report_["options"].items())
            if (value.is_primitive() && !value.is_null() && key != "candidate") property(key.c_str(), exactly(value));
        return node;
    }

    pugi::xml_node begin_case(pugi::xml_node suite, const std::string& class_name, const std::string& name) {
        std::string unique = name;
        for (std::size_t k = 2; !names_.emplace(xml_text(class_name), xml_text(unique)).second; ++k)
            unique = fmt::format("{} ({})", name, k);
        pugi::xml_node node = suite.append_child("testcase");
        set(node, "classname", class_name);
        set(node, "name", unique);
        return node;
    }

    void end_suite(pugi::xml_node node, const std::string& out, const std::string& err) {
        add_text(node.append_child("system-out"), out);
        add_text(node.append_child("system-err"), err);
        std::size_t tests = 0, failures = 0, errors = 0, skipped = 0;
        for (const pugi::xml_node test : node.children("testcase")) {
            ++tests;
            failures += !test.child("failure").empty();
            errors += !test.child("error").empty();
            skipped += !test.child("skipped").empty();
        }
        set(node, "tests", std::to_string(tests));
        set(node, "failures", std::to_string(failures));
        set(node, "errors", std::to_string(errors));
        set(node, "skipped", std::to_string(skipped));
    }

    /// Of a case; 0 where `environment` does not know them: JUnit takes no test without.
    double seconds_of(const std::string& id) const {
        const auto times = environment_.find("seconds_by_case");
        if (times == environment_.end() || !times->is_object()) return 0;
        const auto time = times->find(id);
        return time == times->end() || !time->is_number() ? 0 : std::max(0.0, time->get<double>());
    }

    void add(const Suite& suite) {
        pugi::xml_node node = begin_suite(suite.name);
        double sum = 0;
        for (const Json* c : suite.cases) {
            pugi::xml_node test = begin_case(node, "bncheck." + suite.name, name_within_suite(*c));
            const double seconds = seconds_of((*c)["id"]);
            set(test, "time", seconds_text(seconds));
            sum += seconds;
            add_outcome(test, *c);
        }
        set(node, "time", seconds_text(sum));
        // What the candidate said is not told by suite: it is in the first.
        const bool first = node == all_.first_child();
        end_suite(node, not_tested(suite.name), first ? text_at(environment_, "candidate_stderr") : "");
    }

    void add_outcome(pugi::xml_node test, const Json& c) {
        const std::string verdict = c["verdict"];
        if (verdict == "pass") return;
        const bool failed = fails(verdict, is_strict(report_));
        pugi::xml_node outcome = test.append_child(!failed ? "skipped" : verdict == "error" ? "error" : "failure");
        set(outcome, "message", message_of(c));
        if (!failed) return;
        set(outcome, "type", verdict);
        add_text(outcome, details_of_case(c));
    }

    /// What the suite alone leaves open.
    std::string not_tested(const std::string& suite) const {
        std::string text;
        for (const Json& entry : report_.value("suites", Json::array()))
            if (entry["name"] == suite && entry.contains("not_tested") && !entry["not_tested"].is_null())
                for (const Json& what : entry["not_tested"]) text += "not tested: " + what.get<std::string>() + "\n";
        return text;
    }

    /// What was not run fails as one.
    void add_interruption() {
        pugi::xml_node node = begin_suite("interrupted");
        pugi::xml_node test = begin_case(node, "bncheck.interrupted", "the cases that were not run");
        set(test, "time", "0");
        pugi::xml_node outcome = test.append_child("error");
        set(outcome, "message", fmt::format("the run was interrupted after {} cases", report_["cases"].size()));
        set(outcome, "type", "interrupted");
        add_text(outcome, "Go on with it by --resume.");
        set(node, "time", "0");
        end_suite(node, "", "");
    }

    void add_known_failures() {
        pugi::xml_node node = begin_suite("known-failures");
        for (const Json& entry : report_["known_failures"]["unmatched"]) {
            pugi::xml_node test = begin_case(node, "bncheck.known-failures", text_at(entry, "place"));
            set(test, "time", "0");
            pugi::xml_node outcome = test.append_child("failure");
            set(outcome, "message", cut(unmatched_text(entry), 300));
            set(outcome, "type", "xpass");
            add_text(outcome, cut(unmatched_text(entry), longest_text));
        }
        set(node, "time", "0");
        end_suite(node, "", "");
    }

    const Json& report_;
    const Json& environment_;
    pugi::xml_document document_;
    pugi::xml_node all_;
    std::size_t suites_ = 0;
    std::set<std::pair<std::string, std::string>> names_;
};

}  // namespace

std::string junit_xml(const Json& report) { return Document(report).text(); }

}  // namespace bncheck::report
