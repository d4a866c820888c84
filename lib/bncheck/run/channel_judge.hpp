#pragma once

#include <array>
#include <memory>

#include "bncheck/oracle/double_level.hpp"
#include "bncheck/oracle/level.hpp"
#include "bncheck/run/judge_case.hpp"

namespace bncheck::run {

/// The truth of one channel: each level is built when it is first asked for.
class ChannelTruth {
public:
    ChannelTruth(const oracle::ChannelView& view, Dtype dtype, oracle::LevelName from);

    const oracle::ChannelFacts& facts() const { return facts_; }
    oracle::LevelName first() const { return first_; }  ///< the lowest level that applies
    /// An output by its tensor's name (element i of y and dx); at a level that applies, or the next that does.
    oracle::Enclosure at(const std::string& tensor, std::size_t i, oracle::LevelName level);

private:
    oracle::Level& level(oracle::LevelName name);

    const oracle::ChannelView& view_;
    oracle::ChannelFacts facts_;
    oracle::LevelName first_;
    std::array<std::unique_ptr<oracle::Level>, oracle::levels> levels_;
};

/// Verdicts on one channel.
class ChannelJudge {
public:
    ChannelJudge(const Question& question, const ChannelEvidence& evidence, std::size_t channel, oracle::LevelName from);

    void add_to(Judgement& judgement);
    void mark_resolved(std::vector<char>& resolved) const;

private:
    void add_elements(const std::string& tensor, judge::TensorFindings& findings);
    void compare_expected(const std::string& tensor, const suite::Expected& expected, Judgement& result);
    void compare_gradient(Judgement& result);
    judge::ChannelBounds::PerClass bound(const std::string& tensor, std::size_t i) const;
    judge::Requirement requirement(const std::string& tensor) const;
    std::size_t count(const std::string& tensor) const;

    const Question& q_;
    const ChannelEvidence& e_;
    std::size_t channel_;
    oracle::ChannelView view_;
    ChannelTruth truth_;
    judge::ChannelBounds bounds_;
    oracle::DoubleLevelState state_;
    bool no_invstd_;
};

}  // namespace bncheck::run
