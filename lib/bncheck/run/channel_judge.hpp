#pragma once

#include "bncheck/oracle/channel_truth.hpp"
#include "bncheck/oracle/double_level.hpp"
#include "bncheck/run/judge_case.hpp"
#include "bncheck/run/second_order.hpp"

namespace bncheck::run {

/// What is found of some of a case's channels, in their order.
struct Findings {
    std::map<std::string, std::map<std::size_t, judge::TensorFindings>> tensors;  ///< by block of channels, judge::ChannelMap's
    std::map<std::string, judge::TensorFindings> expected;
    std::map<std::string, judge::ElementSample> samples;
    std::set<std::string> oracle_disagrees;
    double kappa = 0, mean_over_stddev = 0;

    /// Adds what was found of later channels.
    void merge(const Findings& later);
};

/// Verdicts on one channel.
class ChannelJudge {
public:
    ChannelJudge(const Question& question, const ChannelEvidence& evidence, std::size_t channel, oracle::LevelName from);

    void add_to(Findings& findings);
    void mark_resolved(std::vector<char>& resolved) const;

private:
    void add_elements(const std::string& tensor, judge::TensorFindings& findings);
    void add_sample(const std::string& tensor, judge::ElementSample& sample);
    void compare_expected(const std::string& tensor, const suite::Expected& expected, Findings& result);
    oracle::LevelName first_level(const std::string& tensor) const;
    oracle::Enclosure truth(const std::string& tensor, std::size_t i, oracle::LevelName level);
    judge::ChannelBounds::PerClass bound(const std::string& tensor, std::size_t i) const;
    judge::Requirement requirement(const std::string& tensor) const;
    std::size_t count(const std::string& tensor) const;

    const Question& q_;
    const ChannelEvidence& e_;
    std::size_t channel_;
    oracle::ChannelView view_;
    oracle::ChannelTruth truth_;
    judge::ChannelBounds bounds_;
    oracle::DoubleLevelState state_;
    bool no_invstd_;
    std::optional<SecondOrder> second_;  ///< where gdy and gx are judged
};

}  // namespace bncheck::run
