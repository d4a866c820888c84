#pragma once

#include <string>
#include <vector>

#include "bncheck/candidate/plugin/guarded_buffer.hpp"

namespace bncheck::candidate::last_words {

/// What a worker process answers where the plugin ends it: a call of exit, an exception that nobody catches, a touch of what is
/// guarded. One of a process, since signal handlers are. Other signals end the worker, and the tool tells which.

struct Guarded {
    std::string name;  ///< of the tensor
    const GuardedBuffer* buffer;
};

/// From now on, for the call of the case `id`, until `call_returned`; answers go to the descriptor.
void call_begins(int answers, const std::string& id, std::vector<Guarded> guarded);
void call_returned();

}  // namespace bncheck::candidate::last_words
