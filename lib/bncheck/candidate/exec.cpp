#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "bncheck/candidate/candidate.hpp"
#include "bncheck/candidate/process.hpp"
#include "bncheck/core/error.hpp"
#include "bncheck/core/npy.hpp"
#include "bncheck/core/shell_words.hpp"
#include "bncheck/core/tensor_name.hpp"
#include "bncheck/suite/json_text.hpp"

namespace bncheck::candidate {
namespace {

namespace fs = std::filesystem;
using suite::Json;

/// A new empty folder, removed with all it holds at the end.
class ScratchFolder {
public:
    ScratchFolder() {
        const fs::path pattern = fs::absolute(fs::temp_directory_path()) / "bncheck-XXXXXX";
        std::string name = pattern.string();
        if (!mkdtemp(name.data()))
            throw Error(Fault::internal, "io", pattern.string(), std::string("cannot be made: ") + std::strerror(errno),
                        "set TMPDIR to a folder with space");
        path_ = name;
    }
    ~ScratchFolder() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;
    const fs::path& path() const { return path_; }

private:
    fs::path path_;
};

[[noreturn]] void protocol_error(const std::string& what) {
    throw Error(Fault::candidate, "protocol", "candidate", what, "see the candidate protocol in the README");
}

std::string quoted(const std::string& line) {
    return Json(line.substr(0, 200)).dump(-1, ' ', true, Json::error_handler_t::replace) + (line.size() > 200 ? "..." : "");
}

Json parse_answer(const std::string& line) {
    Json answer = Json::parse(line, nullptr, false);
    if (!answer.is_object()) protocol_error("wrote a line that is no JSON object: " + quoted(line));
    return answer;
}

std::set<std::string> names(const Json& hello, const char* key) {
    std::set<std::string> result;
    if (!hello.contains(key)) return result;
    if (!hello[key].is_array()) protocol_error(std::string("says hello with \"") + key + "\" that is no array");
    for (const Json& name : hello[key])
        if (name.is_string()) result.insert(name.get<std::string>());
    return result;
}

class Exec : public Candidate {
public:
    Exec(const std::string& command, double timeout) : command_(split_words(command)), timeout_(timeout) { start(); }

    ~Exec() override {
        if (process_) process_->finish(Json{{"op", "bye"}}.dump());
    }

    const Hello& hello() const override { return hello_; }
    std::string stderr_text() const override { return past_stderr_ + (process_ ? process_->stderr_text() : ""); }

    Response run(const Request& request) override {
        try {
            if (!process_) start();
            return converse(request);
        } catch (const Error& e) {
            if (e.fault() != Fault::candidate) throw;
            if (e.code() == "crash" || e.code() == "timeout" || e.code() == "protocol") stop();
            return {Response::Status::error,
                    e.place() == "candidate" ? "the candidate " + e.message() : e.place() + " " + e.message(),
                    {}};
        }
    }

private:
    void start() {
        process_ = std::make_unique<Process>(command_);
        try {
            const Json answer = parse_answer(process_->exchange(Json{{"bncheck", 1}, {"op", "hello"}}.dump(), timeout_));
            if (!answer.contains("bncheck") || answer["bncheck"] != 1)
                protocol_error("does not say \"bncheck\": 1 in its hello: " + quoted(answer.dump()));
            hello_.name =
                answer.contains("name") && answer["name"].is_string() ? answer["name"].get<std::string>() : command_[0];
            hello_.dtypes = names(answer, "dtypes");
            hello_.layouts = names(answer, "layouts");
            hello_.modes = names(answer, "modes");
            hello_.passes = names(answer, "passes");
            if (answer.contains("convention") && answer["convention"].is_string())
                hello_.convention = answer["convention"].get<std::string>();
            hello_.flushes_to_zero = answer.contains("ftz") && answer["ftz"] == true;
        } catch (const Error& e) {
            const std::string said = process_->stderr_text();
            stop();
            throw Error(
                e.fault(), e.code(), "candidate",
                e.message() +
                    (said.empty() ? "" : "; it wrote on stderr: " + said.substr(said.size() > 400 ? said.size() - 400 : 0)),
                "start it by hand: it reads JSON lines on stdin");
        }
    }

    void stop() {
        if (process_) past_stderr_ += process_->stderr_text();
        process_.reset();
    }

    Response converse(const Request& request) {
        const ScratchFolder folder;
        const suite::Case& c = request.c;
        Json inputs = Json::object(), outputs = Json::object();
        for (const auto& [name, tensor] : request.inputs) {
            const fs::path path = folder.path() / ("in_" + name + ".npy");
            write_npy(path, tensor);
            inputs[name] = path.string();
        }
        for (const std::string& name : request.outputs) outputs[name] = (folder.path() / (name + ".npy")).string();
        Json line{{"op", "run"},
                  {"id", c.id()},
                  {"pass", request.pass},
                  {"mode", c.training ? "train" : "eval"},
                  {"dtype", name_of(c.dtype)},
                  {"layout", name_of(c.layout)},
                  {"shape", c.shape.dims},
                  {"eps", c.eps},
                  {"momentum", request.momentum},
                  {"cumulative", !c.momentum},
                  {"num_batches_tracked", request.num_batches_tracked},
                  {"step", request.step},
                  {"affine", c.affine},
                  {"convention", request.convention->name},
                  {"inputs", inputs},
                  {"outputs", outputs}};
        if (request.threads) line["threads"] = request.threads;
        const Json answer = parse_answer(process_->exchange(line.dump(), timeout_));
        if (answer.contains("id") && answer["id"] != c.id())
            protocol_error("answered for the id " + quoted(answer["id"].dump()) + ", not for " + c.id());
        const std::string status =
            answer.contains("status") && answer["status"].is_string() ? answer["status"].get<std::string>() : "";
        const std::string reason =
            answer.contains("reason") && answer["reason"].is_string() ? answer["reason"].get<std::string>() : "no reason given";
        if (status == "skipped") return {Response::Status::skipped, reason, {}};
        if (status == "error") return {Response::Status::error, "the candidate says: " + reason, {}};
        if (status != "ok")
            protocol_error("answered without \"status\": \"ok\", \"skipped\" or \"error\": " + quoted(answer.dump()));
        Response response;
        for (const std::string& name : request.outputs) {
            const fs::path path = outputs[name].get<std::string>();
            if (fs::exists(path))
                response.outputs.emplace(name, read_npy(path, dtype_of(c, name), dims_of(c, name)));
            else if (tensor_name::is_elementwise(name))
                return {Response::Status::error, "the candidate answered ok and did not write " + name, {}};
        }
        return response;
    }

    std::vector<std::string> command_;
    double timeout_;
    std::unique_ptr<Process> process_;
    std::string past_stderr_;
    Hello hello_;
};

}  // namespace

std::unique_ptr<Candidate> make_exec(const std::string& command, double timeout) {
    return std::make_unique<Exec>(command, timeout);
}

}  // namespace bncheck::candidate
