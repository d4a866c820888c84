#include "bncheck/report/checked_report.hpp"

#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "bncheck/core/error.hpp"
#include "bncheck/core/printable.hpp"
#include "bncheck/report/reader.hpp"

namespace bncheck::report {
namespace {

[[noreturn]] void refuse(const std::string& name, const std::string& pointer, const std::string& message) {
    throw Error(Fault::usage, "format", name + (pointer.empty() ? "" : ": " + printable(pointer, 300)), printable(message, 300),
                "name a report that 'bncheck run --json FILE' wrote; 'bncheck schema report' says what one is");
}

/// Whatever reads JSON goes down by recursion somewhere, and a report is seven deep.
void check_nesting(const std::string& name, const std::string& text) {
    std::size_t depth = 0;
    bool in_string = false;
    for (std::size_t k = 0; k < text.size(); ++k)
        if (in_string && text[k] == '\\')
            ++k;
        else if (text[k] == '"')
            in_string = !in_string;
        else if (!in_string && (text[k] == '[' || text[k] == '{') && ++depth > 64)
            refuse(name, "", "nests deeper than any report");
        else if (!in_string && (text[k] == ']' || text[k] == '}') && depth > 0)
            --depth;
}

/// std::regex goes down by recursion too, a step a character: of a long string it would exhaust the stack.
void drop_patterns(nlohmann::json& schema) {
    if (!schema.is_structured()) return;
    if (schema.is_object() && schema.contains("pattern") && schema["pattern"].is_string()) schema.erase("pattern");
    for (nlohmann::json& inner : schema) drop_patterns(inner);
}

/// "<root>", "[cases]", "[0]" as a JSON pointer.
std::string pointer_of(const std::vector<std::string>& context) {
    std::string pointer;
    for (std::size_t k = 1; k < context.size(); ++k) {
        const std::string& part = context[k];
        const bool bracketed = part.size() > 1 && part.front() == '[' && part.back() == ']';
        pointer += "/" + (bracketed ? part.substr(1, part.size() - 2) : part);
    }
    return pointer;
}

void check_summary(const std::string& name, const Json& report) {
    const Json counted = summarize(report["cases"], false);
    for (const auto& [key, count] : counted.items())
        if (key != "verdict" && report["summary"][key] != count)
            refuse(name, "/summary/" + key, "is " + report["summary"][key].dump() + ", and the cases are " + count.dump());
}

void check_against_schema(const std::string& name, const Json& report) {
    valijson::Schema schema;
    nlohmann::json text = nlohmann::json::parse(report_schema());
    drop_patterns(text);
    valijson::SchemaParser(valijson::SchemaParser::kDraft7)
        .populateSchema(valijson::adapters::NlohmannJsonAdapter(text), schema);
    const nlohmann::json plain = report;
    valijson::ValidationResults results;
    valijson::Validator validator;
    if (validator.validate(schema, valijson::adapters::NlohmannJsonAdapter(plain), &results)) return;
    // Of a fault each level that it is in says something: the innermost says what it is.
    valijson::ValidationResults::Error fault, next;
    while (results.popError(next))
        if (next.context.size() > fault.context.size()) fault = next;
    refuse(name, pointer_of(fault.context), fault.description);
}

}  // namespace

Json read_checked_report(const std::string& name, const std::string& text) {
    check_nesting(name, text);
    Json report = read_report(name, text);
    check_against_schema(name, report);
    check_summary(name, report);
    return report;
}

}  // namespace bncheck::report
