#include "bncheck/candidate/exec.hpp"

#include <nlohmann/json.hpp>

#include "bncheck/candidate/protocol.hpp"
#include "bncheck/candidate/scratch_folder.hpp"
#include "bncheck/core/error.hpp"

namespace bncheck::candidate {
namespace {

/// Each may take the whole timeout.
constexpr std::size_t most_failed_starts = 3;

std::size_t bytes_of(const Request& request) {
    std::size_t bytes = 0;
    for (const auto& [name, tensor] : request.inputs) bytes += tensor.bytes();
    return 2 * bytes;  // the outputs take no more than the inputs
}

}  // namespace

Exec::Exec(std::vector<std::string> command, double seconds) : command_(std::move(command)), seconds_(seconds) { start(); }

Exec::~Exec() {
    if (process_) process_->finish(protocol::bye().dump());
}

void Exec::start() {
    process_ = std::make_unique<Process>(command_);
    has_answered_ = false;
    try {
        const Hello hello =
            protocol::parse_hello(protocol::parse_answer(process_->exchange(protocol::hello().dump(), seconds_)), command_[0]);
        if (!greeted_)
            hello_ = hello;
        else if (!hello.agrees_with(hello_))
            throw Error(Fault::candidate, "protocol", "candidate", "says another hello when it is started again", "");
        greeted_ = true;
        failed_starts_ = 0;
    } catch (const Error& e) {
        ++failed_starts_;
        const std::string said = process_->stderr_text();
        stop();
        throw Error(e.fault(), e.code(), "candidate",
                    e.message() +
                        (said.empty() ? "" : "; it wrote on stderr: " + said.substr(said.size() > 400 ? said.size() - 400 : 0)),
                    "'bncheck protocol-check' tells message by message");
    }
}

void Exec::stop() {
    if (process_) past_stderr_ += process_->stderr_text();
    if (past_stderr_.size() > Process::kept_stderr) past_stderr_.erase(0, past_stderr_.size() - Process::kept_stderr);
    process_.reset();
}

Response Exec::run(const Request& request) {
    try {
        refresh();
        try {
            return converse(request);
        } catch (const Error& e) {
            if (e.code() != "left" || !has_answered_) throw;
            stop();  // it may have gone after its last answer, whose case that was: a fresh one is asked
            start();
            return converse(request);
        }
    } catch (const Error& e) {
        if (e.fault() != Fault::candidate) throw;
        if (e.code() == "crash" || e.code() == "left" || e.code() == "timeout" || e.code() == "protocol") stop();
        return {Response::Status::error,
                e.place() == "candidate" ? "the candidate " + e.message() : e.place() + " " + e.message(),
                {}};
    }
}

/// A process that can be asked: one that has ended since its last answer, or wrote something that nobody asked for and that
/// would be taken for the next answer, is replaced. Its case has been told already; the next one is not to blame.
void Exec::refresh() {
    if (process_) {
        const std::string chatter = process_->unasked(0);
        if (!chatter.empty()) {
            past_stderr_ += "[bncheck] started again, because of what it wrote on stdout after its last answer: " +
                            protocol::quoted(chatter) + "\n";
            stop();
        } else if (process_->has_ended()) {
            stop();
        }
    }
    if (process_) return;
    if (failed_starts_ >= most_failed_starts)
        throw Error(Fault::candidate, "start", "candidate",
                    "could not be started again " + std::to_string(failed_starts_) + " times in a row", "");
    start();
}

Response Exec::converse(const Request& request) {
    const ScratchFolder folder(bytes_of(request));
    const std::string line = protocol::run(request, folder.path()).dump();
    const suite::Json answer = protocol::parse_answer(process_->exchange(line, seconds_));
    has_answered_ = true;
    const bool restart = answer.contains("restart") && answer["restart"] == true;
    Response response = protocol::parse_response(answer, request, folder.path());
    if (restart) stop();
    return response;
}

}  // namespace bncheck::candidate
