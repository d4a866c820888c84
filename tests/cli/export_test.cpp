#include <catch2/catch.hpp>
#include <set>

#include "../shell.hpp"

namespace fs = std::filesystem;

TEST_CASE("an export is whole, replaces an earlier one alone, and leaves everything else where it is") {
    const Folder folder;
    const std::string root = folder.path.string(), id = "smoke/known-answer";
    const fs::path inputs = folder.path / id / "inputs";
    const auto files = [&](const fs::path& place) {
        std::set<std::string> names;
        for (const auto& entry : fs::directory_iterator(place)) names.insert(entry.path().filename().string());
        return names;
    };
    const Outcome first = bncheck_tool("export " + id + " " + root);
    CHECK(first.code == 0);
    CHECK(first.out == inputs.string() + ": x gamma beta running_mean running_var dy\n");
    CHECK(files(inputs) == std::set<std::string>{"case.json", "x.npy", "gamma.npy", "beta.npy", "running_mean.npy",
                                                 "running_var.npy", "dy.npy"});
    const std::string x = read_text(inputs / "x.npy");
    folder.write(id + "/y.npy", "mine");
    folder.write(id + "/notes", "mine too");
    CHECK(bncheck_tool("export " + id + " --seed 3 --npz " + root).code == 0);
    CHECK(files(inputs) == std::set<std::string>{"case.json", "inputs.npz"});
    const std::string archive = read_text(inputs / "inputs.npz");
    CHECK(bncheck_tool("export " + id + " --seed 3 --npz " + root).code == 0);
    CHECK(read_text(inputs / "inputs.npz") == archive);
    CHECK(read_text(folder.path / id / "y.npy") == "mine");
    CHECK(files(folder.path / id) == std::set<std::string>{"inputs", "y.npy", "notes"});
    // What no export wrote stays, and is named.
    folder.write(id + "/inputs/y.npy", "mine");
    const Outcome refused = bncheck_tool("export " + id + " " + root);
    CHECK(refused.code == 2);
    CHECK(refused.out.find("inputs/y.npy: was not written by an export") != std::string::npos);
    CHECK(read_text(inputs / "inputs.npz") == archive);
    fs::remove(inputs / "y.npy");
    folder.write(id + "/inputs/case.json", "{}");
    CHECK(bncheck_tool("export " + id + " " + root).code == 2);
    // A file in the way.
    CHECK(bncheck_tool("export " + id + " " + folder.write("file", "")).code == 2);
    CHECK(files(folder.path / id) == std::set<std::string>{"inputs", "y.npy", "notes"});
    CHECK(bncheck_tool("export smoke/one-value-per-channel " + root).code == 4);
    CHECK(bncheck_tool("export smoke -k none " + root).code == 4);
}

TEST_CASE("in a folder where tensors of a built-in suite are kept, its name still means the suite") {
    const Folder folder;
    const std::string in_folder = "cd " + folder.path.string() + " && " BNCHECK_BINARY " ";
    CHECK(shell(in_folder + "export smoke -k known .").code == 0);
    CHECK(shell(in_folder + "export smoke/known-answer .").code == 0);
    CHECK(shell(in_folder + "run smoke -k known-answer").code == 0);
    CHECK(shell(in_folder + "compare smoke/known-answer .").code == 4);
}

TEST_CASE("no id leads out of the folder of an export") {
    const Folder folder;
    const std::string out = (folder.path / "out").string();
    fs::create_directory(out);
    const auto code_of = [&](const std::string& suite, const std::string& name) {
        const std::string text = R"({"suite": ")" + suite + R"(", "cases": [{"name": ")" + name + R"(", "shape": [2, 3]}]})";
        INFO(text);
        return bncheck_tool("export " + folder.write("s.json", text) + " " + out).code;
    };
    for (const char* name : {"..", ".", "../x", "a/../../x", "/x", ".x", "a\\u0000b", "a\\nb", ""})
        CHECK(code_of(name, "c") == 2);
    for (const char* name : {"a\\u0000b", "a\\nb", "", " a", "a "}) CHECK(code_of("s", name) == 2);
    CHECK(fs::is_empty(out));
    // A case may be called anything else; what a folder should not be called is written as in an address.
    for (const char* name : {"..", ".", "../x", "a/../../x", "/x", ".x", "</script>"}) CHECK(code_of("s", name) == 0);
    std::vector<std::string> folders;
    for (const auto& entry : fs::directory_iterator(out + "/s")) folders.push_back(entry.path().filename());
    std::sort(folders.begin(), folders.end());
    CHECK(folders == std::vector<std::string>{"%2E", "%2E.", "%2E.%2Fx", "%2Ex", "%2Fx", "%3C%2Fscript%3E", "a%2F..%2F..%2Fx"});
    CHECK(std::distance(fs::directory_iterator(out), fs::directory_iterator()) == 1);
}
