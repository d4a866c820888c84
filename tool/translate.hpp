#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace bncheck::tool {

/// What `translate` was told on the command line.
struct TranslateArguments {
    std::string from, to;
    std::optional<std::string> momentum;  ///< a decimal, or none
    std::optional<double> eps;
    std::optional<std::uint64_t> count, batches;
    std::optional<std::string> running_mean, running_var;  ///< FILE.npy, or numbers separated by commas
    double initial_mean = 0, initial_var = 1;
    std::string out;              ///< a folder that the converted statistics are written to
    std::string format = "text";  ///< text or json
};

/// Prints how settings and running statistics are carried over, and converts those that are given. Returns 0; throws
/// Error{usage} for what cannot be converted or understood, before anything is written.
int translate_command(const TranslateArguments& arguments);

}  // namespace bncheck::tool
