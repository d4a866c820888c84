#include "bncheck/run/second_order.hpp"

#include <cmath>

namespace bncheck::run {
namespace {

oracle::SecondOrderView second_order_view(const Question& q, const ChannelEvidence& e) {
    oracle::SecondOrderView view{view_of(q, e), e.ddx.values(), 0, 0};
    view.first.dy = e.dy.values();
    if (!q.c.affine) return view;
    view.ddgamma = e.inputs.at("ddgamma");
    view.ddbeta = e.inputs.at("ddbeta");
    return view;
}

bool all_finite(const oracle::SecondOrderView& view) {
    for (const Values& values : {view.first.x.back(), view.first.dy, view.ddx})
        for (std::size_t i = 0; i < values.size(); ++i)
            if (!std::isfinite(values[i])) return false;
    return std::isfinite(view.first.gamma) && std::isfinite(view.first.running_mean) && std::isfinite(view.first.running_var) &&
           std::isfinite(view.ddgamma) && std::isfinite(view.ddbeta);
}

}  // namespace

SecondOrder::SecondOrder(const Question& question, const ChannelEvidence& evidence, oracle::LevelName from)
    : view_(second_order_view(question, evidence)),
      facts_(oracle::second_order_facts(view_, question.c.dtype)),
      finite_(all_finite(view_)),
      truth(view_, facts_, from),
      bounds(view_, facts_, question.c.dtype, question.flushes) {}

}  // namespace bncheck::run
