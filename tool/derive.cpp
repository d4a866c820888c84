#include "derive.hpp"

#include <iostream>
#include <nlohmann/json.hpp>

#include "bncheck/core/error.hpp"
#include "bncheck/derivation/claim/decision_text.hpp"
#include "bncheck/derivation/render/html.hpp"
#include "bncheck/derivation/render/json.hpp"
#include "bncheck/derivation/render/latex.hpp"
#include "bncheck/derivation/render/text.hpp"
#include "derive_case.hpp"

namespace bncheck::tool {
namespace {

using derivation::Decision;

/// The error with the formula and a mark under the column that it names.
Error pointed_at(const Error& error, const std::string& formula) {
    const std::string column = "column ";
    if (error.place().rfind(column, 0) != 0) return error.within("--formula");
    std::string advice = error.advice();
    if (formula.find('\n') == std::string::npos && formula.size() < 200)
        advice += "\n    " + formula + "\n    " + std::string(std::stoul(error.place().substr(column.size())) - 1, ' ') + "^";
    return Error(error.fault(), error.code(), "--formula, " + error.place(), error.message(), advice);
}

int answer_formula(const DeriveArguments& arguments) {
    if (arguments.format != "text" && arguments.format != "json")
        throw Error(Fault::usage, "format", "--format", "an answer about a formula is not rendered as " + arguments.format,
                    "use text or json");
    const derivation::Setting setting =
        arguments.mode == "eval" ? derivation::Setting::inference : derivation::Setting::training;
    std::vector<Decision> decisions;
    try {
        for (const derivation::Claim& claim : derivation::claims_of(*arguments.formula, setting))
            decisions.push_back(derivation::decide(claim, setting));
    } catch (const Error& error) {
        throw pointed_at(error, *arguments.formula);
    }
    bool refuted = false, undecided = false;
    nlohmann::ordered_json claims = nlohmann::ordered_json::array();
    for (const Decision& decision : decisions) {
        refuted = refuted || decision.verdict == Decision::Verdict::refuted;
        undecided = undecided || decision.verdict == Decision::Verdict::undecided;
        if (arguments.format == "json")
            claims.push_back(derivation::json(decision));
        else
            std::cout << derivation::text(decision);
    }
    const int code = refuted ? 1 : undecided ? 2 : 0;
    if (arguments.format == "json")
        std::cout << nlohmann::ordered_json{{"bncheck", {{"formula", 1}}},
                                            {"mode", arguments.mode},
                                            {"proven", code == 0},
                                            {"claims", claims}}
                         .dump(1)
                  << "\n";
    return code;
}

}  // namespace

int derive_command(const DeriveArguments& arguments) {
    if (arguments.case_selection) return derive_case_command(*arguments.case_selection, arguments.channel, arguments.format);
    if (arguments.formula) return answer_formula(arguments);
    const derivation::Document document = derivation::prove_all();
    if (arguments.format == "latex")
        std::cout << derivation::latex(document);
    else if (arguments.format == "html")
        std::cout << derivation::html(document);
    else if (arguments.format == "json")
        std::cout << derivation::json(document).dump(1) << "\n";
    else
        std::cout << derivation::text(document);
    return document.holds() ? 0 : 1;
}

}  // namespace bncheck::tool
