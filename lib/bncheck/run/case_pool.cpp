#include "bncheck/run/case_pool.hpp"

#include <chrono>
#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

#include "bncheck/core/error.hpp"
#include "bncheck/core/interruption.hpp"
#include "bncheck/suite/case_reader.hpp"

namespace bncheck::run {
namespace {

class CasePool {
public:
    CasePool(const std::vector<CaseTask>& tasks, const Options& options, const Finished& finished)
        : tasks_(tasks), options_(options), finished_(finished), end_(tasks.size()) {}

    /// Puts tasks to this candidate as long as there are any, with other threads.
    void work(candidate::Candidate& candidate) {
        for (std::size_t task; take(task);) {
            const suite::Case& c = *tasks_[task].c;
            std::optional<report::CaseReport> report;
            const auto start = std::chrono::steady_clock::now();
            try {
                report = run_case(c, candidate, options_.cases);
            } catch (const Interrupted&) {
                fail(task, nullptr);
            } catch (const Error& e) {
                if (e.fault() == Fault::internal)  // such as a full disk: other cases may well be run
                    report = unfinished(c, e.what());
                else
                    fail(task, std::current_exception());
            } catch (const std::exception& e) {
                report = unfinished(c, std::string("internal error: ") + e.what());
            }
            release(task);
            if (report) report->total_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
            try {
                if (report) put(task, std::move(*report));
            } catch (...) {  // what is done with reports failed, such as a journal on a full disk
                fail(task, std::current_exception());
            }
        }
        const std::lock_guard lock(mutex_);
        stderr_ += candidate.stderr_text();
    }

    /// No task from this one on is of interest; the error of the first of them, if it is one, is thrown in the end.
    void fail(std::size_t task, std::exception_ptr error) {
        const std::lock_guard lock(mutex_);
        if (task >= end_) return;
        end_ = task;
        error_ = error;
    }

    std::string result() {
        if (error_) std::rethrow_exception(error_);
        return stderr_;
    }

    bool has_work() {
        const std::lock_guard lock(mutex_);
        return next_ < end_;
    }

private:
    static double memory_of(const suite::Case& c) { return c.refusal ? 0 : suite::memory_needed(c, true); }

    bool take(std::size_t& task) {
        std::unique_lock lock(mutex_);
        if (next_ >= end_ || interruption()) return false;
        task = next_++;
        const double needed = memory_of(*tasks_[task].c);
        room_.wait(lock, [&] { return used_ == 0 || used_ + needed <= suite::physical_memory(); });
        used_ += needed;
        return true;
    }

    void release(std::size_t task) {
        const std::lock_guard lock(mutex_);
        used_ -= memory_of(*tasks_[task].c);
        room_.notify_all();
    }

    void put(std::size_t task, report::CaseReport report) {
        const std::lock_guard lock(mutex_);
        waiting_.emplace(task, std::move(report));
        for (auto due = waiting_.begin(); due != waiting_.end() && due->first == handed_on_ && handed_on_ < end_;
             due = waiting_.erase(due)) {
            if (!finished_(tasks_[handed_on_++], std::move(due->second))) end_ = handed_on_;
        }
    }

    const std::vector<CaseTask>& tasks_;
    const Options& options_;
    const Finished& finished_;
    std::mutex mutex_;
    std::condition_variable room_;
    std::size_t next_ = 0, end_, handed_on_ = 0;
    double used_ = 0;                                    ///< bytes, whole numbers
    std::map<std::size_t, report::CaseReport> waiting_;  ///< reports that an earlier one is missing before
    std::exception_ptr error_;
    std::string stderr_;
};

}  // namespace

std::string run_cases(const std::vector<CaseTask>& tasks, candidate::Candidate& first, const Options& options,
                      const MakeCandidate& make, const Finished& finished) {
    CasePool pool(tasks, options, finished);
    const candidate::Hello hello = first.hello();     // it changes when the first is started again
    const bool alone = !make || first.channelwise();  // a Channelwise candidate computes on all threads by itself
    std::vector<std::thread> others;
    for (std::size_t k = 1; !alone && k < std::min(options.processes, tasks.size()); ++k)
        others.emplace_back([&] {
            if (!pool.has_work()) return;
            try {
                const std::unique_ptr<candidate::Candidate> other = make();
                if (!other->hello().agrees_with(hello))
                    throw Error(Fault::candidate, "protocol", "candidate", "says another hello when it is started again",
                                "with -j 1 it is started once");
                pool.work(*other);
            } catch (const Interrupted&) {  // the others see it too
            } catch (...) {
                pool.fail(0, std::current_exception());
            }
        });
    pool.work(first);
    for (std::thread& other : others) other.join();
    return pool.result();
}

}  // namespace bncheck::run
