#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "../needs.hpp"

using Json = nlohmann::ordered_json;

namespace {

/// The report of a run through the plugin, with environment variables for it.
Json report_of(const std::string& variables, const std::string& cases) {
    const Folder folder;
    const std::string file = (folder.path / "report.json").string();
    const Outcome outcome =
        shell(variables + " " BNCHECK_BINARY " run -q " + cases + " --json " + file + " --candidate plugin:" ONEDNN_PLUGIN);
    INFO(outcome.out);
    REQUIRE(outcome.code < 2);
    return Json::parse(read_text(file));
}

/// oneDNN's names for the code that ran, of forward and backward passes: {"bnorm_ref:any forward_training", ...}.
std::set<std::string> code_in(const std::string& verbose) {
    std::set<std::string> result;
    std::istringstream lines(verbose);
    for (std::string line; std::getline(lines, line);) {
        std::vector<std::string> fields;
        std::istringstream text(line);
        for (std::string field; std::getline(text, field, ',');) fields.push_back(field);
        if (fields.size() > 5 && fields[1] == "exec" && fields[3] == "batch_normalization")
            result.insert(fields[4] + " " + fields[5]);
    }
    return result;
}

}  // namespace

TEST_CASE("a suite reaches all of oneDNN's code: compiled, reference and generated, forward and backward") {
    const std::set<std::string> code = code_in(report_of("ONEDNN_VERBOSE=1", "smoke")["environment"]["candidate_stderr"]);
    std::string all;
    for (const std::string& name : code) all += name + "\n";
    INFO(all);
    for (const std::string pass : {"forward_training", "backward"}) {
        for (const std::string name : {"ncsp_bnorm:any", "nspc_bnorm:any", "bnorm_ref:any"})
            CHECK(code.count(name + " " + pass));
        CHECK(std::any_of(code.begin(), code.end(), [&](const std::string& name) {
            return name.find("jit") != std::string::npos && name.ends_with(" " + pass);
        }));
    }
}

TEST_CASE("the README's line compiles the plugin by hand") {
    const std::string readme = read_text(BNCHECK_SOURCE "/README.md"), output = "-o onednn.so";
    const std::size_t begin = readme.find("g++ -O2 -shared");
    REQUIRE(begin != std::string::npos);
    std::string line = readme.substr(begin, readme.find('\n', begin) - begin);
    REQUIRE(line.find(output) != std::string::npos);
    REQUIRE(line.find("scripts/plugins/onednn.cpp") != std::string::npos);
    const Folder folder;
    const std::string made = (folder.path / "onednn.so").string();
    line.replace(line.find(output), output.size(), "-o " + made);
    const Outcome compiled = shell(line);
    INFO(line << "\n" << compiled.out);
    REQUIRE(compiled.code == 0);
    const Outcome ran = bncheck_tool("run smoke -q -k smoke/eps-1e --candidate plugin:" + made);
    INFO(ran.out);
    CHECK(ran.code == 0);
}
