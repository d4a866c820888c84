#pragma once

#include <optional>

#include "bncheck/candidate/candidate.hpp"
#include "bncheck/report/model.hpp"
#include "bncheck/run/judge_case.hpp"
#include "bncheck/run/run_case.hpp"

namespace bncheck::run {

/// Vector-Jacobian products: the candidate's backward, or double backward, for several dy (and ddx), judged against the oracle.
class Products {
public:
    /// `pass`: "backward" or "double-backward".
    Products(const Question& question, const std::string& pass) : q_(question), pass_(pass) {}

    /// What was found of one product.
    void add(const Judgement& judgement);
    /// Asks for `count` more, with other dy and ddx than the case's. Where the candidate skips or fails, that is kept in
    /// failed().
    void ask(candidate::Candidate& candidate, const suite::Tensors& saved, std::size_t count, oracle::LevelName reference);

    const std::optional<candidate::Response>& failed() const { return failed_; }
    /// The class of an output over all products; none where it is in none.
    std::optional<AccuracyClass> class_of(const std::string& tensor) const;
    /// A report a tensor, of a check's method vjp; `obstacle` is why nothing was asked, or "".
    std::vector<report::CheckReport> reports(const std::string& check, const std::string& obstacle) const;

private:
    const Question& q_;
    std::string pass_;
    std::map<std::string, judge::TensorFindings> found_;
    std::size_t count_ = 0;
    std::optional<candidate::Response> failed_;
};

}  // namespace bncheck::run
