#include "run_options.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <regex>

#include "bncheck/core/error.hpp"
#include "bncheck/core/nearest.hpp"
#include "bncheck/core/tensor_name.hpp"
#include "bncheck/run/shard_environment.hpp"
#include "whole_number.hpp"

namespace bncheck::tool {
namespace {

[[noreturn]] void refuse(const std::string& option, const std::string& message, const std::string& advice) {
    throw Error(Fault::usage, "format", option, message, advice);
}

/// A case from flags, and what of a run the data and what is due depend on.
void add_case_flags(CLI::App& command, RunTexts& texts) {
    command.add_option("--seed", texts.seed, "replaces the seed of every case")->check(whole_number);
    command.add_option("--convention", texts.convention, "speak to the candidate in this convention and judge it by it");
    CLI::Option_group* group = command.add_option_group("A case from flags");
    constexpr std::pair<const char*, const char*> keys[] = {
        {"shape", "batch, channels and lengths in space, such as 8,16,28,28"},
        {"dtype", "float16, bfloat16, float32 or float64"},
        {"layout", "NCHW or NHWC"},
        {"mode", "train or eval"},
        {"eps", "added to the variance"},
        {"momentum", "as the convention has it; null for the cumulative average"},
        {"affine", "true or false: gamma and beta"},
        {"running", "true or false: running statistics"},
        {"steps", "how many forward passes update the running statistics"},
        {"num_batches_tracked", "how many there have been before"},
        {"x", "the input: normal:mean=100,stddev=1, constant:3, values:1,2,3, file:x.npy or another generator"},
        {"gamma", "likewise"},
        {"beta", "likewise"},
        {"running_mean", "likewise"},
        {"running_var", "likewise"},
        {"dy", "likewise"}};
    for (const auto& [key, what] : keys) {
        std::string flag = key;
        std::replace(flag.begin(), flag.end(), '_', '-');
        group->add_option("--" + flag, texts.flags[key], what);
    }
}

/// Touches the file by which the engine learns that the command knows of shards.
run::Shard shard_of_environment() {
    const auto variable = [](const std::string& name) -> std::optional<std::string> {
        const char* value = std::getenv(name.c_str());
        return value ? std::optional<std::string>(value) : std::nullopt;
    };
    const run::EnvironmentShard found = run::shard_from(variable);
    if (!found.status_file.empty() && !std::ofstream(found.status_file, std::ios::app))
        throw Error(Fault::usage, "io", found.status_file, "cannot be touched, as the shards' status file of " + found.engine,
                    "give --shard K/N instead");
    return found.shard;
}

}  // namespace

void add_renderings(CLI::App& command, ReportPlaces& places) {
    command.add_option("--junit", places.junit, "write the report as JUnit XML to a file, or - for stdout");
    command.add_option("--markdown", places.markdown, "the same as Markdown");
    command.add_option("--html", places.html, "the same as one page that needs nothing else");
    command.add_flag("--no-github", places.no_github, "in GitHub Actions: no step summary and no annotations");
}

void add_showing(CLI::App& command, bool& quiet, bool& verbose, std::string& color) {
    command.add_flag("-q,--quiet", quiet, "show only what did not pass");
    command.add_flag("-v,--verbose", verbose, "show every tensor");
    command.add_option("--color", color, "auto, always or never")
        ->check(CLI::IsMember({"auto", "always", "never"}))
        ->capture_default_str();
}

void add_selection(CLI::App& command, RunArguments& a, RunTexts& texts, const std::string& positional) {
    command.add_option("suites", a.suites, positional);
    command.add_option("-k,--filter", a.options.filter, "only cases whose id matches this regular expression");
    command.add_option("--tag", a.options.tags, "only cases with this tag")->expected(1)->take_all();
    command.add_option("--shard", texts.shard,
                       "K/N: the K-th of N parts, counted from 1; auto: as the scheduler says in the environment");
}

void add_judging(CLI::App& command, RunArguments& a, RunTexts& texts) {
    command
        .add_option("-j,--jobs", a.jobs,
                    "threads (0: all), and processes of an exec or plugin candidate that work at once (0: one)")
        ->check(whole_number);
    command.add_flag("--fail-fast", a.options.fail_fast, "stop at the first failure");
    command.add_flag("--strict", a.options.strict, "inconclusive cases fail");
    command.add_option("--require", texts.require, "accuracy class, in place of the cases' own");
    command.add_option("--allow", texts.allow, "TENSOR:ulp=N: a hand-set allowance, added to the bound and marked")
        ->expected(1)
        ->take_all();
    command.add_option("--reference", a.options.reference, "the oracle's lowest level: auto (double), dd or mpfr256")
        ->check(CLI::IsMember({"auto", "dd", "mpfr256"}))
        ->capture_default_str();
    command.add_option("--checks", a.options.checks, "only these checks")
        ->delimiter(',')
        ->check(CLI::IsMember(
            {"forward", "running", "backward", "gradient", "double-backward", "derivation", "properties", "determinism"}));
    command.add_option("--known-failures", a.known_failures,
                       "a JSON file of failures that are known; one that passes fails the run");
    command.add_option("--json", a.places.json, "write the report to a file, or - for stdout");
    command.add_flag("--resume", a.options.resume, "go on where a run that was broken off ended, by its journal");
    command.add_option("--journal", a.journal,
                       "keep what is finished in this file until the report is written (by default FILE.journal of --json)");
    add_renderings(command, a.places);
    add_showing(command, a.quiet, a.verbose, a.color);
}

void add_run(CLI::App& command, RunArguments& a, RunTexts& texts) {
    add_selection(command, a, texts);
    command.add_option("--candidate", a.options.candidate, "builtin:NAME, exec:COMMAND ARG..., plugin:PATH or saved:DIR")
        ->capture_default_str();
    command.add_option("--timeout", a.options.timeout, "seconds that a request may take")
        ->capture_default_str()
        ->check(CLI::Range(1e-3, 1e9))
        ->check(a_number);
    add_judging(command, a, texts);
    add_case_flags(command, texts);
    command.add_flag("--dump-case", a.dump_case, "print the case of the flags as a case file");
}

void add_saved(CLI::App& command, RunArguments& a, RunTexts& texts, const std::string& folder) {
    add_selection(command, a, texts,
                  "CASE DIR: SUITE/NAME, FILE, FILE:NAME, a built-in suite or 'all' (or a case from flags); " + folder);
    add_case_flags(command, texts);
}

void understand(RunArguments& a, const RunTexts& texts) {
    a.options.processes = std::max<std::size_t>(1, a.jobs);
    try {
        if (!a.options.filter.empty()) std::regex test(a.options.filter);
    } catch (const std::regex_error& e) {
        refuse("--filter", std::string("is no regular expression: ") + e.what(),
               "escape . + ( ) and the like with a backslash");
    }
    if (texts.shard == "auto") {
        a.options.shard = shard_of_environment();
    } else if (!texts.shard.empty()) {
        std::smatch parts;
        static const std::regex form("([1-9][0-9]{0,5})/([1-9][0-9]{0,5})");
        if (!std::regex_match(texts.shard, parts, form) || std::stoul(parts[1]) > std::stoul(parts[2]))
            refuse("--shard", "is '" + texts.shard + "'", "write K/N with 1 <= K <= N, or auto");
        a.options.shard = run::Shard{std::stoul(parts[1]), std::stoul(parts[2])};
    }
    a.options.cases.reference = a.options.reference == "auto" ? oracle::LevelName::float64
                                : a.options.reference == "dd" ? oracle::LevelName::double_double
                                                              : oracle::LevelName::mpfr;
    if (texts.seed) a.options.seed = texts.seed;
    if (!texts.require.empty()) {
        a.options.cases.require = accuracy_class_from(texts.require);
        if (!a.options.cases.require)
            refuse("--require", "there is no accuracy class '" + texts.require + "'",
                   suggestion(texts.require, {accuracy_class_names.begin(), accuracy_class_names.end()}));
    }
    for (const std::string& text : texts.allow) {
        std::smatch parts;
        static const std::regex form("([a-z_]+):ulp=([0-9.eE+]+)");
        const std::vector<std::string> known(tensor_name::outputs.begin(), tensor_name::outputs.end());
        if (!std::regex_match(text, parts, form)) refuse("--allow", "is '" + text + "'", "write TENSOR:ulp=N, such as y:ulp=4");
        if (std::find(known.begin(), known.end(), parts[1]) == known.end())
            refuse("--allow", "there is no output tensor '" + parts[1].str() + "'", suggestion(parts[1].str(), known));
        const std::string number = parts[2];
        char* end = nullptr;
        const double ulp = std::strtod(number.c_str(), &end);
        if (*end != 0 || !std::isfinite(ulp))
            refuse("--allow", "'" + number + "' is no number", "write a number of ulps, such as 4");
        a.options.allow[parts[1]] = ulp;
    }
    if (!texts.convention.empty()) {
        a.options.cases.convention = bn::convention_named(texts.convention);
        if (!a.options.cases.convention)
            refuse("--convention", "there is no convention '" + texts.convention + "'",
                   suggestion(texts.convention, bn::convention_names()));
    }
    for (const auto& [key, text] : texts.flags)
        if (!text.empty()) a.flags.emplace_back(key, text);
    if (a.dump_case && a.flags.empty())
        refuse("--dump-case", "there is no case to print", "describe one by flags, such as --shape 8,16,28,28");
}

}  // namespace bncheck::tool
