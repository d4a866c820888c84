#pragma once

#include <functional>
#include <string>
#include <vector>

namespace bncheck::candidate {

/// What there is to say of one message and its answer.
struct Remark {
    bool wrong;  ///< against the protocol; else something that its author may not have meant
    std::string text;
};

struct CheckedMessage {
    std::string about;     ///< what the message is for
    std::string sent;      ///< the line, or ""
    std::string answered;  ///< the line, or "" where there was none
    std::vector<Remark> remarks;

    bool is_wrong() const;
};

/// Puts every kind of message to a program that should speak protocol 1 (design section 7): hello; a small run of each pass,
/// type, layout and mode that it claims, and of each optional part of a request; what it does not claim; goodbye; the end of
/// its input. Whether its numbers are right is not looked at. `checked` gets each as it comes. Throws Error{candidate} where
/// the program cannot be started.
void check_protocol(const std::vector<std::string>& command, double seconds,
                    const std::function<void(const CheckedMessage&)>& checked);

}  // namespace bncheck::candidate
