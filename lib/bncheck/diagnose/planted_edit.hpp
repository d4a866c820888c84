#pragma once

#include <cmath>

#include "bncheck/bn/definition.hpp"
#include "bncheck/diagnose/planted_bug.hpp"

// Edits that many planted bugs are made of.
namespace bncheck::diagnose {

using Edit = std::function<void(StagedChannel&)>;

inline Edit in_training(Edit edit) {
    return [edit](StagedChannel& s) {
        if (s.training) edit(s);
    };
}
inline Edit in_inference(Edit edit) {
    return [edit](StagedChannel& s) {
        if (!s.training) edit(s);
    };
}
inline Edit in_forward(Edit edit) {
    return [edit](StagedChannel& s) {
        if (!s.backward) edit(s);
    };
}
inline Edit in_backward(Edit edit) {
    return [edit](StagedChannel& s) {
        if (s.backward) edit(s);
    };
}

/// y_i = f(i), or dx_i = f(i).
template <class F>
Edit each_element(F f) {
    return [f](StagedChannel& s) {
        std::vector<double>& values = s.elements();
        for (std::size_t i = 0; i < values.size(); ++i) values[i] = f(s, i);
    };
}

/// How often value i is added into a sum: 1 where the loop is right.
using Times = std::function<double(const StagedChannel&, std::size_t i)>;

template <class Where>
Times never(Where where) {
    return [where](const StagedChannel& s, std::size_t i) { return where(s, i) ? 0 : 1; };
}
template <class Where>
Times twice(Where where) {
    return [where](const StagedChannel& s, std::size_t i) { return where(s, i) ? 2 : 1; };
}

/// Calls f(i, how often) for the values that are counted. False, with nothing called, where all are counted once: then the
/// kernel's own sums, whose order of adding differs, stay.
template <class F>
bool for_each_counted(const StagedChannel& s, const Times& times, F f) {
    std::vector<double> counts(s.m());
    bool miscounted = false;
    for (std::size_t i = 0; i < s.m(); ++i) {
        counts[i] = times(s, i);
        miscounted = miscounted || counts[i] != 1;
    }
    if (!miscounted) return false;
    for (std::size_t i = 0; i < s.m(); ++i)
        if (counts[i] != 0) f(i, counts[i]);
    return true;
}

/// The batch's statistics from sums in which some values are missing or counted twice; the divisor stays m.
inline Edit statistics_counting(Times times) {
    return in_training([times](StagedChannel& s) {
        double total = 0, squares = 0;
        if (!for_each_counted(s, times, [&](std::size_t i, double n) { total += n * s.x[i]; })) return;
        s.mu = total / s.count();
        for_each_counted(s, times, [&](std::size_t i, double n) { squares += n * (s.x[i] - s.mu) * (s.x[i] - s.mu); });
        s.v = squares / s.count();
    });
}

/// The same of dbeta and dgamma, and so of what dx takes from them.
inline Edit sums_counting(Times times) {
    return [times](StagedChannel& s) {
        double dbeta = 0, dgamma = 0;
        const bool miscounted = for_each_counted(s, times, [&](std::size_t i, double n) {
            dbeta += n * s.dy[i];
            dgamma += n * s.dy[i] * s.xhat(i);
        });
        if (!miscounted) return;
        s.dbeta = dbeta;
        s.dgamma = dgamma;
    };
}

/// The elements that a loop does not reach stay as they were allocated: zero.
inline Edit not_written(std::function<bool(const StagedChannel&, std::size_t i)> missed) {
    return [missed](StagedChannel& s) {
        std::vector<double>& values = s.elements();
        for (std::size_t i = 0; i < values.size(); ++i)
            if (missed(s, i)) values[i] = 0;
    };
}

}  // namespace bncheck::diagnose
