#include <algorithm>
#include <iostream>

#include "bncheck/run/selection.hpp"
#include "case_selection.hpp"
#include "commands.hpp"

namespace bncheck::tool {
namespace {

std::vector<suite::Suite> named(const RunArguments& arguments) {
    return suites_and_cases(arguments.suites.empty() ? std::vector<std::string>{"all"} : arguments.suites);
}

std::vector<suite::Suite> selected(const RunArguments& arguments) {
    std::vector<suite::Suite> suites = named(arguments);
    run::select(suites, arguments.options);
    return suites;
}

/// Of how many cases were shown.
int code_of(std::size_t shown) {
    if (shown == 0) std::cerr << "bncheck: no case was selected\n";
    return shown ? 0 : 4;
}

}  // namespace

int list_command(const RunArguments& arguments) {
    std::size_t shown = 0;
    for (const suite::Suite& suite : selected(arguments))
        for (const suite::Case& c : suite.cases) {
            std::cout << c.id() << "\n";
            ++shown;
        }
    return code_of(shown);
}

int describe_command(const RunArguments& arguments) {
    std::size_t shown = 0;
    for (const suite::Suite& suite : arguments.options.filter.empty() ? named(arguments) : selected(arguments)) {
        if (arguments.options.filter.empty()) {
            std::cout << suite.name << ": " << suite.cases.size() << " cases. " << suite.note << "\n";
            ++shown;
            continue;
        }
        for (const suite::Case& c : suite.cases) {
            ++shown;
            std::cout << c.id() << "\n  shape " << to_string(c.shape.dims) << " " << name_of(c.dtype) << " "
                      << name_of(c.layout) << " " << (c.training ? "train" : "eval") << ", convention " << c.convention->name
                      << ", eps " << c.eps << ", momentum " << (c.momentum ? std::to_string(*c.momentum) : "cumulative")
                      << ", requires " << name_of(c.require) << "\n  checks";
            for (suite::Check check : c.checks) std::cout << " " << name_of(check);
            if (c.refusal) std::cout << " (must be refused as " << c.refusal->due << ")";
            std::cout << "\n";
            if (!c.note.empty()) std::cout << "  " << c.note << "\n";
        }
    }
    return code_of(shown);
}

}  // namespace bncheck::tool
