#include <fcntl.h>
#include <malloc.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <iostream>
#include <sstream>

#include "bncheck/candidate/plugin/worker.hpp"
#include "bncheck/core/error.hpp"
#include "bncheck/core/interruption.hpp"
#include "bncheck/core/printable.hpp"
#include "bncheck/run/version.hpp"
#include "commands.hpp"
#include "completion.hpp"
#include "conventions.hpp"
#include "derive.hpp"
#include "diff.hpp"
#include "manual.hpp"
#include "merge.hpp"
#include "option_tree.hpp"
#include "protocol_check.hpp"
#include "report.hpp"
#include "run_options.hpp"
#include "saved.hpp"
#include "selftest.hpp"
#include "translate.hpp"
#include "whole_number.hpp"

namespace {

using namespace bncheck;

void add_selftest(CLI::App& command, tool::SelftestArguments& a) {
    command.add_option("suites", a.suites, "case files, folders or built-in suites by name; none: all built-in ones");
    command.add_option("-k,--filter", a.filter, "only bugs and right algorithms whose name matches this regular expression");
    command.add_flag("--list", a.list, "the catalogue: what is wrong in each bug");
    command.add_option("-j,--jobs", a.jobs, "threads (0: all)")->check(tool::whole_number);
    command.add_option("--json", a.json, "write the kill matrix to a file, or - for stdout");
}

void add_bench(CLI::App& command, tool::BenchArguments& b) {
    command
        .add_option(
            "what", b.what,
            "verify: a whole verification on the shapes of ResNet-50; scaling: from 10^4 elements up; gradcheck: how the "
            "gradient checks grow with channels and values")
        ->check(CLI::IsMember({"verify", "scaling", "gradcheck"}))
        ->capture_default_str();
    command.add_option("--rounds", b.rounds, "rounds, of which the median is shown")
        ->check(CLI::Range(1, 1000))
        ->capture_default_str();
    command.add_option("--batch", b.batch, "samples of the shapes")->check(CLI::Range(1, 4096))->capture_default_str();
    command.add_option("--elements", b.most_elements, "the largest size of scaling")
        ->check(CLI::Range(1e4, 1e12))
        ->capture_default_str();
    command.add_option("-j,--jobs", b.jobs, "threads (0: all)")->check(tool::whole_number);
}

void add_protocol_check(CLI::App& command, tool::ProtocolCheckArguments& p) {
    command.add_option("--candidate", p.candidate, "exec:COMMAND ARG... or plugin:PATH")->required();
    command.add_option("--timeout", p.timeout, "seconds that a request may take")
        ->capture_default_str()
        ->check(CLI::Range(1e-3, 1e9));
    command.add_flag("-v,--verbose", p.verbose, "show every line");
}

void add_derive(CLI::App& command, tool::DeriveArguments& d) {
    CLI::Option* formula = command.add_option(
        "--formula", d.formula,
        "'dx = gamma*r*(...)': prove it, or refute it by a channel; several statements are separated by ';'");
    CLI::Option* mode =
        command.add_option("--mode", d.mode, "what the formula is for: train, or eval, where mu and v are given")
            ->check(CLI::IsMember({"train", "eval"}))
            ->capture_default_str();
    CLI::Option* walked = command
                              .add_option("--case", d.case_selection,
                                          "FILE[:NAME]: walk the derivation with a case's data, and show where digits are lost")
                              ->excludes(formula)
                              ->excludes(mode);
    command.add_option("--channel", d.channel, "of the case, counted from 0")->capture_default_str()->needs(walked);
    command.add_option("--format", d.format, "text, latex, html (one page, no script) or json")
        ->check(CLI::IsMember({"text", "latex", "html", "json"}))
        ->capture_default_str();
}

void add_translate(CLI::App& command, tool::TranslateArguments& t) {
    command.add_option("--from", t.from, "the convention that settings and statistics are of")->required();
    command.add_option("--to", t.to, "the convention that they are wanted in")->required();
    command.add_option("--momentum", t.momentum, "in the meaning of --from, or none: cumulative averaging");
    command.add_option("--eps", t.eps, "that training ran with");
    command.add_option("--count", t.count, "m, the values per channel in a training batch")->check(tool::whole_number);
    command.add_option("--batches", t.batches, "how many batches the running statistics have seen")->check(tool::whole_number);
    command.add_option("--running-mean", t.running_mean, "FILE.npy, or numbers separated by commas");
    command.add_option("--running-var", t.running_var, "the same");
    command.add_option("--initial-mean", t.initial_mean, "what running_mean began with")->capture_default_str();
    command.add_option("--initial-var", t.initial_var, "what running_var began with")->capture_default_str();
    command.add_option("--out", t.out, "a folder for running_mean.npy and running_var.npy");
    command.add_option("--format", t.format, "text or json")->check(CLI::IsMember({"text", "json"}))->capture_default_str();
}

void add_report(CLI::App& command, tool::ReportArguments& r) {
    command.add_option("report", r.report, "a report that --json wrote, or - for stdin")->required();
    tool::add_renderings(command, r.places);
    command
        .add_option_function<std::string>(
            "--annotations", [&r](const std::string&) { r.places.annotations = true; },
            "github: the ten worst failures as annotations, on stdout")
        ->check(CLI::IsMember({"github"}));
    tool::add_showing(command, r.quiet, r.verbose, r.color);
}

int dispatch(int argc, char** argv) {
    CLI::App app{
        "bncheck: is this implementation of batch normalization right, how accurate is it, and on which inputs does it break?",
        "bncheck"};
    app.set_version_flag("--version", std::string("bncheck ") + run::version);
    app.require_subcommand(1);
    tool::RunArguments a;
    tool::RunTexts texts;
    std::string which = "suite";
    CLI::App* run = app.add_subcommand("run", "the main job: put suites of cases to a candidate and judge it");
    tool::add_run(*run, a, texts);
    CLI::App* gradcheck = app.add_subcommand("gradcheck", "gradient checks alone, every tensor shown");
    tool::add_run(*gradcheck, a, texts);
    gradcheck->add_flag("--full", a.options.cases.full,
                        "every entry of the Jacobian: time and evaluations grow with the square of the values a channel");
    tool::DeriveArguments derived;
    CLI::App* derive = app.add_subcommand("derive", "the derivation of the closed-form backward, each step proven");
    add_derive(*derive, derived);
    CLI::App* exports = app.add_subcommand("export", "write the inputs of cases, for implementations that are run elsewhere");
    tool::add_saved(*exports, a, texts, "inputs go to DIR/SUITE/NAME/inputs");
    bool as_archive = false;
    exports->add_flag("--npz", as_archive, "the arrays of a case as one .npz file");
    CLI::App* compare = app.add_subcommand("compare", "grade tensors that were computed elsewhere");
    tool::add_saved(*compare, a, texts,
                    "outputs are in DIR/SUITE/NAME or DIR/SUITE/NAME.npz; of one case, DIR may be either itself");
    tool::add_judging(*compare, a, texts);
    tool::ReportArguments reported;
    CLI::App* report = app.add_subcommand("report", "show a report that --json wrote, and render it");
    add_report(*report, reported);
    CLI::App* list = app.add_subcommand("list", "the ids of cases");
    tool::add_selection(*list, a, texts);
    CLI::App* describe = app.add_subcommand("describe", "what suites are for; with -k, what cases are");
    tool::add_selection(*describe, a, texts);
    std::string table_format = "text";
    bool conventions = false;
    CLI::Option* table = describe->add_flag("--conventions", conventions, "the rules of every framework's convention instead");
    describe->add_option("--format", table_format, "of the conventions: text or json")
        ->needs(table)
        ->check(CLI::IsMember({"text", "json"}));
    CLI::App* schema = app.add_subcommand("schema", "the JSON schema of case files, reports or known failures");
    schema->add_option("which", which, "suite, report or known-failures")
        ->required()
        ->type_name("TEXT:{suite,report,known-failures}");
    tool::SelftestArguments planted;
    CLI::App* selftest = app.add_subcommand("selftest", "plant bugs in our own kernel: the suites must catch every one");
    add_selftest(*selftest, planted);
    tool::BenchArguments benched;
    tool::TranslateArguments translated;
    CLI::App* translate = app.add_subcommand("translate", "settings and running statistics from one convention to another");
    add_translate(*translate, translated);
    CLI::App* bench = app.add_subcommand("bench", "throughput against a plain copy");
    add_bench(*bench, benched);
    tool::ProtocolCheckArguments checked;
    CLI::App* protocol_check = app.add_subcommand(
        "protocol-check", "tell the author of a candidate, message by message, what is wrong with the program");
    add_protocol_check(*protocol_check, checked);
    std::string shell;
    CLI::App* completion = app.add_subcommand("completion", "completion of this command line, for the shell to load");
    completion->add_option("shell", shell, "bash or zsh")->required()->check(CLI::IsMember({"bash", "zsh"}));
    CLI::App* manual = app.add_subcommand("manual", "the manual page bncheck(1); 'bncheck manual | man -l -' shows it");
    tool::MergeArguments merged;
    CLI::App* merge = app.add_subcommand("merge", "join the reports of all shards into the one of the whole run");
    tool::add_merge(*merge, merged);
    tool::DiffArguments compared;
    CLI::App* diff = app.add_subcommand("diff", "what became better, worse, appeared or vanished between two reports");
    tool::add_diff(*diff, compared);
    std::string plugin;
    CLI::App* worker = app.add_subcommand("plugin-worker", "")->group("");  // what plugin: starts
    worker->add_option("path", plugin)->required();
    tool::refuse_empty_values(app);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        return app.exit(e) == 0 ? 0 : 2;
    }
    if (protocol_check->parsed()) return tool::protocol_check_command(checked);
    if (completion->parsed()) {
        std::cout << (shell == "bash" ? tool::bash_completion(app) : tool::zsh_completion(app));
        return 0;
    }
    if (manual->parsed()) {
        std::cout << tool::manual_page(app);
        return 0;
    }
    if (merge->parsed()) return tool::merge_command(merged);
    if (diff->parsed()) return tool::diff_command(compared);
    if (worker->parsed()) return candidate::plugin_worker(plugin);
    if (report->parsed()) return tool::report_command(reported);
    tool::understand(a, texts);
    if (run->parsed()) return tool::run_command(a);
    if (gradcheck->parsed()) return tool::gradcheck_command(a);
    if (derive->parsed()) return tool::derive_command(derived);
    if (selftest->parsed()) return tool::selftest_command(planted);
    if (translate->parsed()) return tool::translate_command(translated);
    if (bench->parsed()) return tool::bench_command(benched);
    if (exports->parsed()) return tool::export_command(a, as_archive);
    if (compare->parsed()) return tool::compare_command(a);
    if (list->parsed()) return tool::list_command(a);
    if (conventions) return tool::conventions_command(table_format);
    if (describe->parsed()) return tool::describe_command(a);
    return tool::schema_command(which);
}

}  // namespace

int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN);
    // Where stdin, stdout or stderr is closed the next file opened would take its place.
    for (int descriptor = open("/dev/null", O_RDWR); descriptor >= 0; descriptor = open("/dev/null", O_RDWR))
        if (descriptor > 2) {
            close(descriptor);
            break;
        }
    // Buffers of channels come and go by the thousand: the allocator keeps their pages, which the kernel would clear every
    // time.
    mallopt(M_MMAP_THRESHOLD, 1 << 30);
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
    try {
        const int code = dispatch(argc, argv);
        bncheck::end_if_interrupted();
        if (!std::cout.flush())
            throw bncheck::Error(bncheck::Fault::usage, "io", "stdout", "cannot be written",
                                 "read it to its end, or redirect it");
        return code;
    } catch (const bncheck::Interrupted&) {
        bncheck::end_if_interrupted();
        return 3;
    } catch (const bncheck::Error& e) {
        std::istringstream lines(e.what());
        std::cerr << "bncheck: ";
        for (std::string line; std::getline(lines, line);) std::cerr << bncheck::printable(line) << "\n";
        return bncheck::exit_code(e.fault());
    } catch (const std::bad_alloc&) {
        std::cerr << "bncheck: out of memory; take smaller shapes\n";
        return 3;
    } catch (const std::exception& e) {
        std::cerr << "bncheck: internal error: " << e.what() << "\n";
        return 3;
    }
}
