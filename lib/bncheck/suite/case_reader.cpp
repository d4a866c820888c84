#include "bncheck/suite/case_reader.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <thread>

#include "bncheck/core/error.hpp"
#include "bncheck/core/nearest.hpp"
#include "bncheck/core/tensor_name.hpp"
#include "bncheck/suite/generator_reader.hpp"
#include "bncheck/suite/impulse.hpp"

namespace bncheck::suite {
namespace {

const std::vector<std::string> refusal_codes{"bad-shape", "bad-eps",  "bad-momentum", "bad-data", "one-value-per-channel",
                                             "empty",     "too-large"};

template <class T, class From>
T one_of(const Value& value, From from, const std::vector<std::string>& known) {
    const std::string text = value.as_string();
    if (const auto found = from(text)) return *found;
    value.refuse("format", "'" + text + "' is not known", suggestion(text, known));
}

/// 4.4e12: at 10^9 elements a second more than an hour.
constexpr double most_elements = 0x1p42;

void read_shape(const Value& value, Case& c) {
    double elements = 1;
    const auto lengths = value.elements();
    for (const Value& length : lengths) {
        if (length.is_negative()) length.refuse("bad-shape", "is negative", "every length is at least 1");
        c.shape.dims.push_back(length.as_whole(0, std::uint64_t{1} << 62));
        elements *= static_cast<double>(c.shape.dims.back());
    }
    if (lengths.size() < 2 || lengths.size() > 5)
        value.refuse("bad-shape", "has rank " + std::to_string(lengths.size()),
                     "a shape is N, C and up to three spatial lengths: rank 2 to 5");
    for (std::size_t d = 0; d < lengths.size(); ++d)
        if (c.shape.dims[d] == 0)
            lengths[d].refuse("empty", "is a length of 0, so that there is nothing to normalize", "every length is at least 1");
    if (elements > most_elements)
        value.refuse("too-large", "has more than 2^42 elements, hours of work at the speed of memory", "take a smaller shape");
    const double needed = memory_needed(c, c.has(Check::properties) || c.has(Check::determinism));
    const auto gigabytes = [](double bytes) {
        char text[32];
        std::snprintf(text, sizeof text, "%.3g GB", bytes * 1e-9);
        return std::string(text);
    };
    if (needed > physical_memory())
        value.refuse(
            "too-large",
            "needs about " + gigabytes(needed) + " where this machine has " + gigabytes(physical_memory()) + " of memory",
            "take a smaller shape");
}

std::string least_eps(const bn::Convention& convention) {
    char text[32];
    std::snprintf(text, sizeof text, "%.4g", convention.minimum_eps);
    return std::string(convention.name) + " wants at least " + text;
}

void read_eps(const std::optional<Value>& value, Case& c) {
    c.eps = value ? value->as_finite() : c.convention->eps();
    if (value && c.eps < 0) value->refuse("bad-eps", "is negative", "eps is at least 0");
    if (value && c.eps < c.convention->minimum_eps)
        value->refuse("bad-eps", "is below the convention's minimum", least_eps(*c.convention));
}

void read_momentum(const std::optional<Value>& value, Case& c) {
    if (value && value->is_null()) {
        c.momentum = std::nullopt;
        return;
    }
    c.momentum = value ? value->as_finite() : c.convention->momentum_or_ours();
    if (*c.momentum < 0 || *c.momentum > 1)
        value->refuse("bad-momentum", "is outside [0, 1]", "momentum is a weight; null is cumulative averaging");
}

void read_data(const Lookup& lookup, Case& c) {
    std::vector<Value> objects;
    if (lookup.defaults)
        if (auto data = lookup.defaults->find("data")) objects.push_back(*data);
    if (auto data = lookup.source.find("data")) objects.push_back(*data);
    for (const auto& [key, value] : lookup.chosen)
        if (key == "data") objects.push_back(value);
    const std::vector<std::string> tensors(tensor_name::inputs.begin(), tensor_name::inputs.end());
    for (const Value& object : objects) {
        object.only(tensors);
        for (const std::string& tensor : object.keys())
            c.data.insert_or_assign(tensor, read_generator(object.at(tensor), tensor, c));
    }
    for (const std::string& tensor : tensors)
        if (!c.data.count(tensor)) c.data.emplace(tensor, default_generator(tensor, c));
    const auto at = [&](const std::string& tensor) {
        for (auto object = objects.rbegin(); object != objects.rend(); ++object)
            if (auto found = object->find(tensor)) return *found;
        return lookup.source;
    };
    for (const std::string& tensor : tensors)
        if (tensor != "x" && std::holds_alternative<Lattice>(c.data.at(tensor))) {
            if (tensor != "gamma" && tensor != "beta" && tensor != "dy")
                at(tensor).refuse("bad-data", "lattice is for x, gamma, beta and dy", "choose another generator");
            if (!std::holds_alternative<Lattice>(c.data.at("x")))
                at(tensor).refuse("bad-data", "lattice needs x on a lattice too", "set x to {\"lattice\": {}}");
        } else if (tensor != "x" && std::holds_alternative<Impulse>(c.data.at(tensor))) {
            if (tensor != "dy") at(tensor).refuse("bad-data", "impulse is for x and dy", "choose another generator");
            if (!std::holds_alternative<Impulse>(c.data.at("x")))
                at(tensor).refuse("bad-data", "impulse needs x of impulses too", "set x to {\"impulse\": {}}");
        }
    const auto own_eps = lookup.find("eps");
    if (const auto* lattice = std::get_if<Lattice>(&c.data.at("x")); lattice && c.training) {
        // V + eps / s^2 = 4, so that r = 1 / (2 s) exactly: V = 1 for even m, 2 for odd.
        const double due = (c.shape.count() % 2 == 0 ? 3 : 2) * lattice->scale * lattice->scale;
        if (auto eps = lookup.source.find("eps"); eps && c.eps != due)
            eps->refuse("bad-eps", "a lattice sets its own eps", "remove the key");
        c.eps = due;
    }
    if (const auto* impulse = std::get_if<Impulse>(&c.data.at("x")); impulse && c.training) {
        const double variance = impulse_variance(*impulse, c.shape.count());
        if (!(c.eps < 1e-3 * variance))
            (own_eps ? *own_eps : lookup.source)
                .refuse("bad-eps", "is not below 1e-3 of the variance of the impulses", "take a smaller eps or a larger scale");
    }
}

void read_expect(const Value& value, Case& c) {
    const std::vector<std::string> tensors(tensor_name::outputs.begin(), tensor_name::outputs.end());
    value.only(tensors);
    for (const std::string& tensor : value.keys()) {
        const Value answer = value.at(tensor);
        const std::string unjudged = c.convention->running_var_obstacle(c.shape.count());
        if (tensor == "running_var" && c.training && !unjudged.empty())
            answer.refuse("bad-data", "is not judged: " + unjudged, "remove the key, or take another convention");
        answer.only({"values", "atol", "rtol"});
        Expected expected;
        const Value values = answer.at("values");
        std::size_t due = 1;
        for (std::size_t d : dims_of(c, tensor)) due *= d;
        for (const Value& element : values.elements()) expected.values.push_back(element.as_number());
        if (expected.values.size() != due)
            values.refuse(
                "bad-data",
                "has " + std::to_string(expected.values.size()) + " values where " + tensor + " has " + std::to_string(due),
                "give one value an element, in the layout's storage order");
        for (auto [key, target] : {std::pair{"atol", &expected.atol}, std::pair{"rtol", &expected.rtol}})
            if (auto tolerance = answer.find(key)) {
                *target = tolerance->as_finite();
                if (*target < 0) tolerance->refuse("format", "is negative", "a tolerance is at least 0");
            }
        c.expect.emplace(tensor, std::move(expected));
    }
}

void read_checks(const std::optional<Value>& value, Case& c) {
    if (!value) {
        c.checks = {Check::forward, Check::running, Check::backward};
        return;
    }
    static constexpr std::array all{Check::forward,         Check::running,    Check::backward,   Check::gradient,
                                    Check::double_backward, Check::derivation, Check::properties, Check::determinism};
    std::vector<std::string> known;
    for (Check check : all) known.emplace_back(name_of(check));
    for (const Value& element : value->elements()) {
        const std::string text = element.as_string();
        const auto found = std::find(known.begin(), known.end(), text);
        if (found == known.end()) element.refuse("format", "'" + text + "' is no check", suggestion(text, known));
        c.checks.insert(all[static_cast<std::size_t>(found - known.begin())]);
    }
    if (c.checks.empty()) value->refuse("format", "is empty, so that nothing is checked", "name at least one check");
}

void read_enumerations(const Lookup& lookup, Case& c) {
    if (auto v = lookup.find("dtype")) c.dtype = one_of<Dtype>(*v, dtype_from, {"float16", "bfloat16", "float32", "float64"});
    if (auto v = lookup.find("layout")) c.layout = one_of<Layout>(*v, layout_from, {"NCHW", "NHWC"});
    if (auto v = lookup.find("mode"))
        c.training =
            one_of<bool>(*v,
                         [](const std::string& t) {
                             return t == "train" ? std::optional(true) : t == "eval" ? std::optional(false) : std::nullopt;
                         },
                         {"train", "eval"});
    if (auto v = lookup.find("require"))
        c.require = one_of<AccuracyClass>(*v, accuracy_class_from, {accuracy_class_names.begin(), accuracy_class_names.end()});
    c.convention = bn::convention_named("pytorch");
    if (auto v = lookup.find("convention")) {
        c.convention = one_of<const bn::Convention*>(
            *v,
            [](const std::string& t) {
                const auto* p = bn::convention_named(t);
                return p ? std::optional(p) : std::nullopt;
            },
            bn::convention_names());
    }
}

/// Everything whose refusal has a code of its own.
void read_problem(const Lookup& lookup, Case& c) {
    const auto shape = lookup.find("shape");
    if (!shape) lookup.source.refuse("format", "the key 'shape' is missing", "add it: [N, C, spatial...]");
    read_shape(*shape, c);
    read_eps(lookup.find("eps"), c);
    read_momentum(lookup.find("momentum"), c);
    if (const std::string why = c.convention->refusal_of(c.shape.count()); c.training && !why.empty())
        shape->refuse("one-value-per-channel", why, "take a larger shape, or eval");
    if (!c.training && !c.running)
        lookup.find("running")->refuse("bad-data", "inference needs running statistics",
                                       "set running to true, or mode to train");
    if (!c.training && c.steps > 1)
        lookup.find("steps")->refuse("bad-data", "steps are for training", "remove the key, or set mode to train");
    read_data(lookup, c);
}

}  // namespace

double memory_needed(const Case& c, bool whole) {
    double elements = 1;
    for (std::size_t d : c.shape.dims) elements *= static_cast<double>(d);
    const double channels = static_cast<double>(c.shape.dims[1]), m = elements / channels;
    // Of a channel under way: x of every step, dy, y, dx and one more, kept as float or double, and marks of what was resolved.
    // With finite differences and the derivation six vectors of 256-bit numbers of 72 bytes, three of enclosures of 32, eight
    // of doubles.
    const double kept = c.dtype == Dtype::float64 ? 8 : 4, exact = c.has(Check::gradient) || c.has(Check::derivation) ? 592 : 0;
    const double channel = m * (kept * (static_cast<double>(c.steps) + 4) + 2 + exact);
    const double at_once = std::min<double>(channels, std::max(1u, std::thread::hardware_concurrency()));
    // Of the double backward ddx, gdy and gx more, and nine vectors of 256-bit numbers with enclosures of two outputs at two
    // levels.
    const bool second = c.has(Check::double_backward);
    const double more = second ? m * (kept * 3 + 9 * 72 + 4 * 32) : 0;
    // x, y, dy, dx, and of the double backward ddx, gdy, gx: here and in the candidate.
    const double tensors = second ? 14 : 8;
    return (whole ? elements * static_cast<double>(size_of(c.dtype)) * tensors : 0) + (channel + more) * at_once;
}

double physical_memory() { return static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGE_SIZE)); }

std::string obstacle_under(const bn::Convention& convention, const Case& c) {
    if (const std::string why = convention.refusal_of(c.shape.count()); c.training && !why.empty()) return why;
    if (c.eps < convention.minimum_eps) return "eps is below the minimum of " + std::string(convention.name);
    return "";
}

Case read_case(const std::string& suite, const std::filesystem::path& folder, bool confined, const Lookup& lookup) {
    Case c;
    c.suite = suite;
    c.name = expanded_name(lookup);
    c.place = lookup.source.place();
    c.folder = folder;
    c.confined = confined;
    read_enumerations(lookup, c);
    read_checks(lookup.find("checks"), c);
    if (auto v = lookup.find("affine")) c.affine = v->as_boolean();
    if (auto v = lookup.find("running")) c.running = v->as_boolean();
    if (auto v = lookup.find("steps")) c.steps = v->as_whole(1, 10000);
    if (auto v = lookup.find("seed")) c.seed = v->as_whole(0, std::uint64_t{1} << 53);
    if (auto v = lookup.find("num_batches_tracked")) c.num_batches_tracked = v->as_whole(0, std::uint64_t{1} << 53);
    if (auto v = lookup.find("note")) c.note = v->as_string();
    if (auto v = lookup.find("tags"))
        for (const Value& tag : v->elements()) c.tags.push_back(tag.as_string());
    if (auto v = lookup.find("allow")) {
        v->only({tensor_name::outputs.begin(), tensor_name::outputs.end()});
        for (const std::string& tensor : v->keys()) {
            v->at(tensor).only({"ulp"});
            const Value ulp = v->at(tensor).at("ulp");
            c.allow[tensor] = ulp.as_finite();
            if (c.allow[tensor] < 0) ulp.refuse("format", "is negative", "an allowance is at least 0");
        }
    }
    const auto due = lookup.find("expect_error");
    if (!due) {
        read_problem(lookup, c);
        if (auto v = lookup.find("expect")) read_expect(*v, c);
        return c;
    }
    const std::string code = one_of<std::string>(
        *due,
        [](const std::string& t) {
            return std::find(refusal_codes.begin(), refusal_codes.end(), t) != refusal_codes.end() ? std::optional(t)
                                                                                                   : std::nullopt;
        },
        refusal_codes);
    c.refusal = Case::Refusal{code, "", "the case was accepted"};
    try {
        read_problem(lookup, c);
    } catch (const Error& e) {
        if (std::find(refusal_codes.begin(), refusal_codes.end(), e.code()) == refusal_codes.end()) throw;
        c.refusal = Case::Refusal{code, e.code(), e.message()};
    }
    return c;
}

}  // namespace bncheck::suite
