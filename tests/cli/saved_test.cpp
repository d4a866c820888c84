#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <nlohmann/json.hpp>

#include "../needs.hpp"

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

namespace {

/// Saves the outputs of every exported case under a folder.
void compute(const fs::path& root, const std::string& how = "") {
    const Outcome outcome = shell("/usr/bin/python3 tests/candidates/saved_outputs.py " + root.string() + " " + how);
    INFO(outcome.out);
    REQUIRE(outcome.code == 0);
}

void python(const std::string& program, const fs::path& folder) {
    const Outcome outcome = shell("cd " + folder.string() + " && /usr/bin/python3 -c '" + program + "'");
    INFO(outcome.out);
    REQUIRE(outcome.code == 0);
}

Json report_of(const std::string& arguments) {
    const Outcome outcome = shell(BNCHECK_BINARY " " + arguments + " --json - 2>/dev/null");
    INFO(arguments << "\n" << outcome.out);
    return Json::parse(outcome.out);
}

const Json& case_of(const Json& report, const std::string& id) {
    for (const Json& c : report["cases"])
        if (c["id"] == id) return c;
    FAIL("no case " << id);
    return report;
}

/// verdict and reason of each tensor under the checks of a pass
std::map<std::string, std::string> verdicts(const Json& c, const std::string& check) {
    std::map<std::string, std::string> result;
    for (const Json& row : c["checks"])
        if (row["check"] == check)
            result[row["tensor"]] =
                row["verdict"].get<std::string>() + (row.contains("reason") ? ": " + row["reason"].get<std::string>() : "");
    return result;
}

/// What was judged of what the case itself asks: the numbers must not depend on how the outputs came.
std::vector<Json> numbers(const Json& report) {
    std::vector<Json> rows;
    for (const Json& c : report["cases"])
        for (Json row : c["checks"]) {
            const Json& check = row["check"];
            if (!row.contains("elements")) continue;  // nothing was judged
            if (check == "forward" || check == "running" || check == "backward" || check == "expect")
                rows.push_back({{"id", c["id"]}, {"row", std::move(row)}});
        }
    return rows;
}

}  // namespace

TEST_CASE("saved outputs of every suite case are judged as those that a program gives at once, number by number") {
    need("numpy");
    const Folder folder;
    const std::string root = folder.path.string(),
                      program = " --candidate 'exec:/usr/bin/python3 scripts/candidates/numpy_candidate.py'";
    for (const std::string how : {"", "--npz"}) {
        REQUIRE(bncheck_tool("export smoke " + root + " " + how).code == 0);
        compute(folder.path, how.empty() ? "--seed 1" : "--seed 2");
        const Json saved = report_of("run smoke --candidate saved:" + root), asked = report_of("run smoke" + program);
        CHECK(saved["summary"]["verdict"] == "pass");
        // What asks for other data, and a refusal, is all that is skipped.
        for (const Json& c : saved["cases"])
            if (c["verdict"] == "skipped") {
                const std::string id = c["id"];
                CHECK((id.starts_with("smoke/properties-") || id == "smoke/one-value-per-channel"));
            }
        std::vector<Json> ours = numbers(saved), theirs = numbers(asked);
        CHECK(ours.size() > 500);
        CHECK(ours.size() == theirs.size());
        for (std::size_t k = 0; k < std::min(ours.size(), theirs.size()); ++k) CHECK(ours[k] == theirs[k]);
        for (const Json& c : saved["cases"])
            if (c["id"].get<std::string>().starts_with("smoke/double-backward-"))
                CHECK(verdicts(c, "double-backward")["gdy"] == "pass");
        fs::remove_all(folder.path / "smoke");
    }
}

TEST_CASE("checks that ask for other data are skipped for saved tensors with that reason, and never passed") {
    need("numpy");
    const Folder folder;
    const std::string root = folder.path.string();
    const std::string flags = "--shape 3,4,5 --dtype float64 ";
    REQUIRE(bncheck_tool("export " + flags + root).code == 0);
    compute(folder.path, "--plain");
    const Json all =
        report_of("compare " + flags + root + " --checks forward,backward,gradient,properties,determinism,derivation");
    const Json& c = all["cases"][0];
    CHECK(c["verdict"] == "pass");
    for (const Json& row : c["checks"]) {
        INFO(row.dump());
        const std::string check = row["check"], method = row.value("method", "");
        const bool other = check == "properties" || check == "determinism" || method == "differences";
        CHECK(row["verdict"] == (other ? "skipped" : "pass"));
        if (other) CHECK(row["reason"].get<std::string>().find("the case's own data alone") != std::string::npos);
        CHECK(method != "taylor");
        if (method == "vjp") CHECK(row["sample"] == "1 dy");
    }
    // A dy that tests nothing is not passed, and nothing else can be asked.
    const std::string uniform = "--shape 3,4 --dy constant:1 ";
    REQUIRE(bncheck_tool("export " + uniform + root + "/uniform").code == 0);
    compute(folder.path / "uniform", "--plain");
    const Json told = report_of("compare " + uniform + root + "/uniform --checks gradient")["cases"][0];
    CHECK(told["verdict"] == "inconclusive");
    CHECK(verdicts(told, "gradient")["dgamma"].starts_with("pass"));  // of the definition, after the product is skipped
    for (const Json& row : told["checks"])
        if (row.value("method", "") == "vjp") CHECK(row["verdict"] == "skipped");
    // What the case asks was not saved: that the definition agrees with itself is no verdict.
    REQUIRE(bncheck_tool("export " + flags + root + "/y").code == 0);
    compute(folder.path / "y", "--plain --only y");
    CHECK(bncheck_tool("compare " + flags + root + "/y --checks running,derivation").code == 4);
    for (const std::string checks : {"properties", "determinism", "derivation"})
        CHECK(bncheck_tool("compare " + flags + root + " --checks " + checks).code == 4);
}

TEST_CASE("one changed element fails, alone, and its repro line reruns it") {
    need("numpy");
    const Folder folder;
    const std::string root = folder.path.string(), id = "smoke/half-bfloat16-NHWC-train";
    REQUIRE(bncheck_tool("export smoke -k 'half|steps' " + root).code == 0);
    compute(folder.path, "--plain");
    CHECK(bncheck_tool("compare smoke -k 'half|steps' " + root).code == 0);
    python("import numpy; y = numpy.load(\"y.npy\"); y[1, 2, 3, 1] ^= 1 << 6; numpy.save(\"y.npy\", y)", folder.path / id);
    const Outcome outcome = bncheck_tool("compare smoke -k 'half|steps' " + root);
    CHECK(outcome.code == 1);
    CHECK(outcome.out.find("at [1,1,2,3]") != std::string::npos);  // logical n, c, spatial
    CHECK(outcome.out.find("1 of 420 elements fail") != std::string::npos);
    const Json report = report_of("compare smoke -k 'half|steps' " + root);
    CHECK(report["summary"]["fail"] == 1);
    CHECK(report["summary"]["pass"] == 9);
    const Json& c = case_of(report, id);
    CHECK(verdicts(c, "backward")["dx"] == "pass");
    const std::string repro = c["repro"];
    CHECK(repro.starts_with("bncheck compare smoke "));
    CHECK(bncheck_tool(repro.substr(repro.find(' '))).code == 1);
    CHECK(bncheck_tool("compare " + id + " " + root).code == 1);
    const Json run = report_of("run smoke -k half-bfloat16-NHWC-train --candidate saved:" + root);
    const std::string again = run["cases"][0]["repro"];
    CHECK(bncheck_tool(again.substr(again.find(' '))).code == 1);
}

TEST_CASE("tensors that are not saved are skipped, each alone, and those that are saved are judged") {
    need("numpy");
    const Folder folder;
    const std::string root = folder.path.string(), export_again = "export smoke/ranks-float32-NCHW-6x5 " + root;
    const auto saved_only = [&](const std::string& tensors) {
        fs::remove_all(folder.path / "smoke");
        REQUIRE(bncheck_tool(export_again).code == 0);
        compute(folder.path, "--plain --only " + tensors);
        return report_of("compare smoke/ranks-float32-NCHW-6x5 " + root);
    };
    const auto is_skipped = [](const std::string& verdict) { return verdict.starts_with("skipped: not "); };
    {
        const Json c = saved_only("y")["cases"][0];
        CHECK(c["verdict"] == "pass");
        auto forward = verdicts(c, "forward"), backward = verdicts(c, "backward");
        CHECK(forward["y"] == "pass");
        CHECK(forward["save_mean"] == "skipped: not provided");
        for (const char* tensor : {"dx", "dgamma", "dbeta"}) CHECK(is_skipped(backward[tensor]));
        CHECK(is_skipped(verdicts(c, "running")["running_var"]));
    }
    {
        const Json report = saved_only("dx,dgamma,dbeta"), c = report["cases"][0];
        auto forward = verdicts(c, "forward"), backward = verdicts(c, "backward");
        for (const char* tensor : {"dx", "dgamma", "dbeta"}) CHECK(backward[tensor] == "pass");
        for (const char* tensor : {"y", "save_mean", "save_invstd"}) CHECK(is_skipped(forward[tensor]));
        CHECK(report["summary"]["not_tested"].dump().find("the forward pass") != std::string::npos);
    }
    {
        const Json c = saved_only("dgamma,running_var")["cases"][0];
        auto backward = verdicts(c, "backward");
        CHECK(backward["dgamma"] == "pass");
        CHECK(backward["dx"] == "skipped: not provided");
        CHECK(verdicts(c, "running")["running_var"] == "pass");
        CHECK(verdicts(c, "running")["running_mean"] == "skipped: not provided");
    }
    // What is judged alone can fail alone.
    python("import numpy; d = numpy.load(\"dgamma.npy\"); d[3] *= 1.01; numpy.save(\"dgamma.npy\", d)",
           folder.path / "smoke/ranks-float32-NCHW-6x5");
    CHECK(bncheck_tool("compare smoke/ranks-float32-NCHW-6x5 " + root).code == 1);
    // Nothing that has a known name: the reason says what is there instead.
    fs::remove(folder.path / "smoke/ranks-float32-NCHW-6x5/running_var.npy");
    fs::rename(folder.path / "smoke/ranks-float32-NCHW-6x5/dgamma.npy", folder.path / "smoke/ranks-float32-NCHW-6x5/grad.npy");
    const Outcome outcome = bncheck_tool("compare smoke/ranks-float32-NCHW-6x5 " + root);
    CHECK(outcome.code == 4);
    CHECK(outcome.out.find("which holds grad") != std::string::npos);
}

TEST_CASE("running statistics are not found in the inputs, which have the same names") {
    need("numpy");
    const Folder folder;
    REQUIRE(bncheck_tool("export smoke/plain-NCHW-eval " + folder.path.string()).code == 0);
    compute(folder.path, "--plain --only y");
    const Json c = report_of("compare smoke/plain-NCHW-eval " + folder.path.string())["cases"][0];
    CHECK(verdicts(c, "running")["running_mean"] == "skipped: not provided");
}

TEST_CASE("a file that cannot be taken is an error that names it, beside verdicts on all that can") {
    need("numpy");
    const Folder folder;
    const std::string root = folder.path.string(), id = "smoke/ranks-float32-NHWC-2x3x4x5", cases = "smoke -k '2x3x4x5$'";
    const fs::path place = folder.path / id;
    REQUIRE(bncheck_tool("export " + cases + " " + root).code == 0);
    const std::string load = "import numpy; y = numpy.load(\"y.npy\"); ";
    for (const auto& [change, words] : std::vector<std::pair<std::string, std::string>>{
             {"numpy.save(\"y.npy\", y.astype(float))",
              "y.npy: has type '<f8' (float64) where float32 ('<f4') is due; save it with .astype(numpy.float32)"},
             {"numpy.save(\"y.npy\", numpy.moveaxis(y, -1, 1))", "the channel stands second there and last here (NHWC)"},
             {"numpy.save(\"y.npy\", y.ravel())", "y.npy: has shape (120,) where (2, 4, 5, 3) is due"},
             {"numpy.save(\"y.npy\", y.astype(object))", "pickled Python objects"},
             {"numpy.save(\"y.npy\", numpy.zeros(3, \"f4,f4\"))", "structured type"},
             {"open(\"y.npy\", \"ab\").write(b\"x\")", "more data than its shape says"},
             {"import os; os.truncate(\"y.npy\", 200)", "is cut off"},
             {"import os; os.remove(\"y.npy\"); os.mkdir(\"y.npy\")", "y.npy: is a folder"},
             {"import os; os.remove(\"y.npy\"); os.symlink(\"nowhere\", \"y.npy\")", "y.npy: cannot be read"}}) {
        compute(folder.path, "--plain");
        python(load + change, place);
        const Outcome outcome = bncheck_tool("compare " + cases + " " + root);
        INFO(outcome.out);
        CHECK(outcome.code == 3);
        CHECK(outcome.out.find(words) != std::string::npos);
        const Json report = report_of("compare " + cases + " " + root);
        CHECK(report["summary"]["error"] == 1);
        CHECK(report["summary"]["pass"] == report["summary"]["cases"].get<int>() - 1);
        const Json& c = case_of(report, id);
        CHECK(verdicts(c, "forward")["y"].starts_with("error: "));
        CHECK(verdicts(c, "forward")["save_mean"] == "pass");
        CHECK(verdicts(c, "backward")["dx"] == "pass");
        fs::remove_all(place / "y.npy");
    }
    // One that no check of the case is about is an error all the same.
    compute(folder.path, "--plain");
    python("import numpy; numpy.save(\"y.npy\", numpy.zeros(2))", place);
    CHECK(bncheck_tool("compare " + id + " " + root + " --checks running").code == 3);
}

TEST_CASE("archives that cannot be taken, and outputs in two places, are errors of their case") {
    need("numpy");
    const Folder folder;
    const std::string root = folder.path.string(), cases = "smoke -k 'eps-0'";
    const fs::path place = folder.path / "smoke/eps-0-train", archive = folder.path / "smoke/eps-0-train.npz";
    REQUIRE(bncheck_tool("export " + cases + " " + root).code == 0);
    compute(folder.path, "--plain");
    const std::string pack = "import numpy, glob, zipfile, os; a = {n[:-4]: numpy.load(n) for n in glob.glob(\"*.npy\")}; ";
    const auto error_says = [&](const std::string& words) {
        const Outcome outcome = bncheck_tool("compare " + cases + " " + root);
        INFO(outcome.out);
        CHECK(outcome.code == 3);
        CHECK(outcome.out.find(words) != std::string::npos);
    };
    python(pack + "numpy.savez(\"../eps-0-train.npz\", **a)", place);
    error_says("remove one of the two");
    for (const auto& entry : fs::directory_iterator(place))
        if (entry.path().extension() == ".npy") fs::rename(entry.path(), folder.path / entry.path().filename());
    CHECK(bncheck_tool("compare " + cases + " " + root).code == 0);
    // An array of float64 in the archive, then an archive that is none.
    python(pack + "a[\"dx\"] = a[\"dx\"].astype(float); numpy.savez_compressed(\"smoke/eps-0-train.npz\", **a)", folder.path);
    error_says("smoke/eps-0-train.npz: dx.npy: has type");
    python(pack + "z = zipfile.ZipFile(\"smoke/eps-0-train.npz\", \"w\"); z.write(\"y.npy\"); z.write(\"y.npy\"); z.close()",
           folder.path);
    error_says("has two members named y.npy");
    folder.write("smoke/eps-0-train.npz", "PK");
    error_says("is not an .npz file");
    fs::remove(archive);
    for (const auto& entry : fs::directory_iterator(folder.path))  // which would be taken for the case's own
        if (entry.path().extension() == ".npy") fs::remove(entry.path());
    const Outcome outcome = bncheck_tool("compare smoke/eps-0-train " + root);
    CHECK(outcome.code == 4);
}

TEST_CASE("a place that is not there is wrong usage, and one without the case skips it, naming where it looked") {
    const Folder folder;
    const std::string root = folder.path.string();
    CHECK(bncheck_tool("run smoke --candidate saved:" + root + "/none").code == 2);
    CHECK(bncheck_tool("run smoke --candidate saved:").code == 2);
    CHECK(bncheck_tool("compare smoke " + root + "/none").code == 2);
    CHECK(bncheck_tool("compare smoke").code == 2);
    CHECK(bncheck_tool("compare smoke a b").code == 2);
    CHECK(bncheck_tool("compare --shape 3,4 smoke " + root).code == 2);
    CHECK(bncheck_tool("compare smoke/no-such-case " + root).code == 2);
    CHECK(bncheck_tool("compare smoke " + folder.write("file", "")).code == 2);
    const Outcome outcome = bncheck_tool("run smoke --candidate saved:" + root);
    CHECK(outcome.code == 4);
    CHECK(outcome.out.find("neither " + root + "/smoke/known-answer/ nor " + root + "/smoke/known-answer.npz") !=
          std::string::npos);
}
