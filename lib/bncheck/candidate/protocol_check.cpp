#include "bncheck/candidate/protocol_check.hpp"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "bncheck/candidate/hello_check.hpp"
#include "bncheck/candidate/process.hpp"
#include "bncheck/candidate/protocol.hpp"
#include "bncheck/candidate/scratch_folder.hpp"
#include "bncheck/core/error.hpp"
#include "bncheck/core/npy.hpp"
#include "bncheck/core/tensor_name.hpp"
#include "bncheck/suite/suite.hpp"

namespace bncheck::candidate {
namespace {

namespace fs = std::filesystem;
using suite::Json;

/// How long a line that nobody asked for is waited for after an answer, and a program to end after its goodbye (see
/// Process::finish).
constexpr double seconds_for_chatter = 0.02;

/// A program that never answers takes its timeout every time.
constexpr std::size_t most_unanswered = 3;

/// One run that is put to the program.
struct Trial {
    std::string about, pass, mode, dtype, layout;
    std::vector<std::size_t> shape{4, 3, 2};
    bool affine = true;
    Json extra = Json::object();  ///< keys put into the request
    bool claimed = true;          ///< by its hello
    bool odd_path = false;
};

suite::Case case_of(const Trial& trial, const Hello& hello) {
    Json c{{"name", "protocol-check"}, {"shape", trial.shape}, {"dtype", trial.dtype},
           {"layout", trial.layout},   {"mode", trial.mode},   {"affine", trial.affine}};
    if (hello.convention && bn::convention_named(*hello.convention)) c["convention"] = *hello.convention;
    const Json file{{"suite", "protocol-check"}, {"cases", Json::array({c})}};
    return suite::read_suite("protocol-check", file.dump(), ".").cases.front();
}

class Conversation {
public:
    Conversation(const std::vector<std::string>& command, double seconds,
                 const std::function<void(const CheckedMessage&)>& checked)
        : command_(command), seconds_(seconds), checked_(checked) {}

    void hold() {
        hello();
        if (!hello_) return;
        for (const Trial& trial : trials()) {
            run(trial);
            if (unanswered_ < most_unanswered) continue;
            checked_({"what else there is",
                      "",
                      "",
                      {{true, "it was not asked: " + std::to_string(unanswered_) + " messages in a row got no answer"}}});
            return;
        }
        goodbye("goodbye", protocol::bye().dump());
        goodbye("the end of its input, without a goodbye", "");
    }

private:
    /// The answer to a line, with what is wrong with it as JSON; none where there is no object.
    std::optional<Json> exchange(CheckedMessage& message) {
        try {
            message.answered = process_->exchange(message.sent, seconds_);
        } catch (const Error& e) {
            message.remarks.push_back({true, "it " + e.message()});
            if (const std::string said = process_->stderr_text(); !said.empty())
                message.remarks.push_back({false, "on stderr: " + said.substr(said.size() > 400 ? said.size() - 400 : 0)});
            process_.reset();
            ++unanswered_;
            return std::nullopt;
        }
        unanswered_ = 0;
        const std::optional<Json> answer = protocol::parse_object(message.answered);
        if (!answer) {
            message.remarks.push_back(
                {true, "the answer is no JSON object: write one, in one line, and everything else to stderr"});
            process_.reset();  // nothing that follows could be told from its answers
            return std::nullopt;
        }
        if (const std::string chatter = process_->unasked(seconds_for_chatter); !chatter.empty()) {
            message.remarks.push_back(
                {true, "it writes on after its answer: " + protocol::quoted(chatter) + "; write that to stderr"});
            process_.reset();
        }
        return answer;
    }

    void hello() {
        process_ = std::make_unique<Process>(command_);
        CheckedMessage message{"hello", protocol::hello().dump(), "", {}};
        if (const auto answer = exchange(message)) {
            if (answer->value("status", Json()) == "error")
                message.remarks.push_back({true, "it says that it cannot work: " + answer->value("reason", Json()).dump()});
            for (const Remark& remark : check_hello(*answer)) message.remarks.push_back(remark);
            if (!message.is_wrong()) hello_ = protocol::parse_hello(*answer, command_[0]);
        }
        checked_(message);
    }

    /// As the tool does before the next request: a program that is gone is started again.
    bool restart() {
        try {
            process_ = std::make_unique<Process>(command_);
            process_->exchange(protocol::hello().dump(), seconds_);
            return true;
        } catch (const Error& e) {
            process_.reset();
            ++unanswered_;
            checked_({"hello, after it was started again", protocol::hello().dump(), "", {{true, "it " + e.message()}}});
            return false;
        }
    }

    std::vector<Trial> trials() const {
        std::vector<Trial> result;
        for (const std::string& pass : hello_->passes)
            for (const std::string& dtype : hello_->dtypes)
                for (const std::string& layout : hello_->layouts)
                    for (const std::string& mode : hello_->modes)
                        result.push_back({pass + ", " + mode + ", " + dtype + ", " + layout, pass, mode, dtype, layout});
        const Trial first = result.front();
        const auto add = [&](const std::string& about, auto change) {
            Trial trial = first;
            trial.about = about;
            change(trial);
            result.push_back(trial);
        };
        add("the same again", [](Trial&) {});
        add("two dimensions", [](Trial& t) { t.shape = {5, 3}; });
        add("five dimensions", [](Trial& t) { t.shape = {2, 3, 2, 1, 2}; });
        add("without gamma and beta", [](Trial& t) { t.affine = false; });
        add("with keys that it does not know, which it is to ignore", [](Trial& t) {
            t.extra = {{"a key of the future", {{"with", {1, 2, 3}}}}};
        });
        add("with a number of threads", [](Trial& t) { t.extra = {{"threads", 1}}; });
        add("files in a folder with a space and a quote in its name", [](Trial& t) { t.odd_path = true; });
        for (const char* dtype : {"float16", "bfloat16", "float32", "float64"})
            if (!hello_->dtypes.count(dtype)) {
                add(std::string("a type that its hello does not name, ") + dtype, [&](Trial& t) {
                    t.dtype = dtype;
                    t.claimed = false;
                });
                break;
            }
        add("a pass that nobody knows", [](Trial& t) {
            t.extra = {{"pass", "sideways"}};
            t.claimed = false;
        });
        return result;
    }

    void run(const Trial& trial) {
        if (!process_ && !restart()) return;
        const suite::Case c = case_of(trial, *hello_);
        const suite::Problem problem(c);
        suite::Tensors inputs = problem.tensors(0);
        if (trial.pass == "forward") inputs.erase("dy");
        if (trial.pass == "double-backward") inputs.merge(problem.seeds());
        const ScratchFolder scratch;
        const fs::path folder = trial.odd_path ? scratch.path() / "it's a folder" : scratch.path();
        fs::create_directories(folder);
        const Request request{c, trial.pass, c.convention, suite::momentum_of(c, *c.convention, 0),
                              0, 0,          inputs,       suite::outputs_of(c, *c.convention, trial.pass)};
        Json line = protocol::run(request, folder);
        line.update(trial.extra);
        CheckedMessage message{trial.about, line.dump(), "", {}};
        if (const auto answer = exchange(message)) check_answer(message, *answer, trial, request, folder);
        checked_(message);
    }

    void check_answer(CheckedMessage& message, const Json& answer, const Trial& trial, const Request& request,
                      const fs::path& folder) const {
        const auto wrong = [&](const std::string& text) { message.remarks.push_back({true, text}); };
        const auto note = [&](const std::string& text) { message.remarks.push_back({false, text}); };
        if (!answer.contains("id"))
            wrong("\"id\" is missing: it is that of the request, \"" + request.c.id() + "\"");
        else if (answer["id"] != request.c.id())
            wrong("\"id\" is " + answer["id"].dump() + ", not that of the request, \"" + request.c.id() + "\"");
        const Json status = answer.value("status", Json());
        if (status != "ok" && status != "skipped" && status != "error")
            return wrong("\"status\" is " + (status.is_null() ? "missing" : status.dump()) +
                         ": say \"ok\", \"skipped\" or \"error\"");
        if (status != "ok" && !answer.value("reason", Json()).is_string())
            note("\"reason\" is missing, which would tell why it is " + status.get<std::string>());
        if (!trial.claimed) {
            if (status == "ok") wrong("it says \"ok\" to what it does not support: say \"skipped\", with a reason");
            return;
        }
        if (status == "error") wrong("it fails in what its hello claims: " + answer.value("reason", Json()).dump());
        if (status == "skipped") note("it skips what its hello claims: " + answer.value("reason", Json()).dump());
        if (status == "ok") check_outputs(message, request, folder);
        for (const auto& [name, tensor] : request.inputs) {
            try {
                const fs::path path = folder / ("in_" + name + ".npy");
                if (read_npy(path, dtype_of(request.c, name), dims_of(request.c, name)) == tensor) continue;
            } catch (const Error&) {  // it is not there, or damaged
            }
            wrong("it changed the file of its input " + name);
        }
    }

    static void check_outputs(CheckedMessage& message, const Request& request, const fs::path& folder) {
        for (const std::string& name : request.outputs) {
            const fs::path path = protocol::output_path(folder, name);
            if (!protocol::is_written(path)) {
                const bool due = tensor_name::is_elementwise(name);
                message.remarks.push_back({due, due ? "it says \"ok\" and did not write " + name + ", which is due"
                                                    : name + " was not written: it will be reported as not provided"});
                continue;
            }
            try {
                read_npy(path, dtype_of(request.c, name), dims_of(request.c, name));
            } catch (const Error& e) {
                message.remarks.push_back({true, e.place() + " " + e.message() + "; " + e.advice()});
            }
        }
    }

    void goodbye(const std::string& about, const std::string& line) {
        if (!process_ && !restart()) return;
        CheckedMessage message{about, line, "", {}};
        const std::optional<int> code = process_->finish(line);
        if (!code)
            message.remarks.push_back({true, "it did not end within a second, and would be killed"});
        else if (*code != 0)
            message.remarks.push_back({false, "it ended with exit code " + std::to_string(*code)});
        process_.reset();
        checked_(message);
    }

    const std::vector<std::string>& command_;
    double seconds_;
    const std::function<void(const CheckedMessage&)>& checked_;
    std::unique_ptr<Process> process_;
    std::optional<Hello> hello_;
    std::size_t unanswered_ = 0;  ///< messages in a row
};

}  // namespace

bool CheckedMessage::is_wrong() const {
    return std::any_of(remarks.begin(), remarks.end(), [](const Remark& remark) { return remark.wrong; });
}

void check_protocol(const std::vector<std::string>& command, double seconds,
                    const std::function<void(const CheckedMessage&)>& checked) {
    Conversation(command, seconds, checked).hold();
}

}  // namespace bncheck::candidate
