#include "bncheck/candidate/exec.hpp"

#include <nlohmann/json.hpp>

#include "bncheck/candidate/protocol.hpp"
#include "bncheck/candidate/scratch_folder.hpp"
#include "bncheck/core/error.hpp"

namespace bncheck::candidate {
namespace {

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
    try {
        hello_ =
            protocol::parse_hello(protocol::parse_answer(process_->exchange(protocol::hello().dump(), seconds_)), command_[0]);
    } catch (const Error& e) {
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

Response Exec::converse(const Request& request) {
    const ScratchFolder folder(bytes_of(request));
    const std::string line = protocol::run(request, folder.path()).dump();
    const suite::Json answer = protocol::parse_answer(process_->exchange(line, seconds_));
    const bool restart = answer.contains("restart") && answer["restart"] == true;
    Response response = protocol::parse_response(answer, request, folder.path());
    if (restart) stop();
    return response;
}

}  // namespace bncheck::candidate
