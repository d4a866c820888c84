#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bncheck/candidate/candidate.hpp"
#include "bncheck/candidate/process.hpp"
#include "bncheck/suite/json_text.hpp"

namespace bncheck::candidate {

/// A program that speaks protocol 1 on its stdin and stdout. It is started once; again after it crashed, was killed for its
/// timeout, broke the protocol, or asked for it by "restart": true in an answer.
class Exec : public Candidate {
public:
    /// `seconds` a request. Throws Error{candidate} where it cannot be started or says no hello.
    Exec(std::vector<std::string> command, double seconds);
    ~Exec() override;

    const Hello& hello() const override { return hello_; }
    std::string stderr_text() const override { return past_stderr_ + (process_ ? process_->stderr_text() : ""); }
    Response run(const Request& request) override;

private:
    void start();
    void stop();
    void refresh();
    Response converse(const Request& request);

    std::vector<std::string> command_;
    double seconds_;
    std::unique_ptr<Process> process_;
    std::string past_stderr_;        ///< of processes that are gone, the last 64 KiB
    std::size_t failed_starts_ = 0;  ///< in a row
    bool greeted_ = false;
    bool has_answered_ = false;  ///< this process, a run
    Hello hello_;
};

}  // namespace bncheck::candidate
