#include "bncheck/core/error.hpp"

namespace bncheck {
namespace {

std::string sentence(const std::string& place, const std::string& message, const std::string& advice) {
    std::string text = place;
    if (!place.empty()) text.append(": ");
    text.append(message);
    if (!advice.empty()) text.append("; ").append(advice);
    return text;
}

}  // namespace

Error::Error(Fault fault, std::string code, std::string place, const std::string& message, std::string advice)
    : std::runtime_error(sentence(place, message, advice)),
      fault_(fault),
      code_(std::move(code)),
      place_(std::move(place)),
      message_(message),
      advice_(std::move(advice)) {}

Error Error::within(const std::string& outer) const { return Error(fault_, code_, outer + place_, message_, advice_); }

int exit_code(Fault fault) { return fault == Fault::usage ? 2 : 3; }

}  // namespace bncheck
