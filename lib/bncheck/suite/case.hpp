#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "bncheck/bn/convention.hpp"
#include "bncheck/core/accuracy_class.hpp"
#include "bncheck/core/dtype.hpp"
#include "bncheck/core/shape.hpp"
#include "bncheck/suite/number.hpp"

namespace bncheck::suite {

// The data generators of design section 5.
struct Normal {
    double mean = 0, stddev = 1;
};
struct Uniform {
    double low = 0, high = 1;
};
struct Constant {
    double value = 0;
};
struct Values {
    std::vector<double> values;
};  ///< flat, in the layout's storage order
struct File {
    std::filesystem::path path;
};
struct Lattice {
    double scale = 1;
};  ///< a power of two
struct Impulse {
    double scale = 1;
    std::size_t count = 16;
};
struct Alternating {
    double magnitude = 1, offset = 0;
};
struct Outlier {
    double magnitude = 1e4;
    std::size_t count = 1;
};
struct AffineOfX {
    double a = 1, b = 0;
};
struct Subnormal {};
using Generator =
    std::variant<Normal, Uniform, Constant, Values, File, Lattice, Impulse, Alternating, Outlier, AffineOfX, Subnormal>;

enum class Check { forward, running, backward, gradient, double_backward, derivation, properties, determinism };
std::string_view name_of(Check check);

/// Its key in a case file: normal, uniform, ...
std::string_view name_of(const Generator& generator);

/// A known answer: |value - want| <= atol + rtol |want|, in storage order.
struct Expected {
    std::vector<Number> values;
    double atol = 0, rtol = 0;
};

/// One case, with every default filled in.
struct Case {
    std::string suite, name;
    std::string place;             ///< file and JSON pointer, for messages
    std::filesystem::path folder;  ///< that data files are relative to
    bool confined = true;          ///< data files must lie inside `folder`
    Shape shape;
    Dtype dtype = Dtype::float32;
    Layout layout = Layout::nchw;
    bool training = true;
    const bn::Convention* convention = nullptr;
    double eps = 0;
    std::optional<double> momentum;  ///< none: cumulative, the new batch weighs 1 / (num_batches_tracked + 1)
    std::uint64_t num_batches_tracked = 0;
    bool affine = true;
    bool running = true;  ///< there are running statistics
    std::size_t steps = 1;
    std::uint64_t seed = 0;
    std::map<std::string, Generator> data;
    std::set<Check> checks;
    AccuracyClass require = AccuracyClass::updating;
    std::map<std::string, double> allow;  ///< hand-set allowance in ulp, by tensor
    std::map<std::string, Expected> expect;
    std::vector<std::string> tags;
    std::string note;

    /// A case that must be refused: the code that is due, and how the reader did refuse it ("" and a reason if it did not).
    struct Refusal {
        std::string due, found, message;
    };
    std::optional<Refusal> refusal;

    std::string id() const { return suite + "/" + name; }
    bool has(Check check) const { return checks.count(check) != 0; }
};

/// The same case with fewer channels, which are the first of it: data depend on the channel alone. None where the case gives
/// its values, or has known answers.
std::optional<Case> leading_channels(const Case& c, std::size_t channels);

/// Names of what a pass gives ("forward", "backward", "double-backward"), elementwise tensors first.
std::vector<std::string> outputs_of(const Case& c, const bn::Convention& convention, std::string_view pass);

/// Whether a case's checks and known answers judge what a pass gives.
bool judges(const Case& c, std::string_view pass);

/// Momentum of a step, 0 <= step < steps, in a convention; for cumulative averaging the weight of the step. Where the meanings
/// differ the translation 1 - w rounds once: what a candidate is told is what the truth is computed from.
double momentum_of(const Case& c, const bn::Convention& convention, std::size_t step);

/// Storage lengths of a tensor of a case: as the layout says, or [C].
std::vector<std::size_t> dims_of(const Case& c, std::string_view tensor);
/// Its type: the case's, or that of statistics for the per-channel tensors.
Dtype dtype_of(const Case& c, std::string_view tensor);

}  // namespace bncheck::suite
