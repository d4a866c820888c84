#include "bncheck/suite/generator_reader.hpp"

#include <cmath>

#include "bncheck/core/error.hpp"
#include "bncheck/core/npy.hpp"

namespace bncheck::suite {
namespace {

const std::vector<std::string> generator_names{"normal",  "uniform",     "constant", "values",      "file",     "lattice",
                                               "impulse", "alternating", "outlier",  "affine_of_x", "subnormal"};

double finite_or(const Value& parameters, const std::string& key, double otherwise) {
    const auto value = parameters.find(key);
    return value ? value->as_finite() : otherwise;
}

std::size_t whole_or(const Value& parameters, const std::string& key, std::size_t otherwise) {
    const auto value = parameters.find(key);
    return value ? value->as_whole(1, 1u << 20) : otherwise;
}

double power_of_two_or_one(const Value& parameters) {
    const double scale = finite_or(parameters, "scale", 1);
    int exponent;
    if (scale <= 0 || std::frexp(scale, &exponent) != 0.5)
        parameters.at("scale").refuse("bad-data", "is not a power of two", "such as 0.5, 1 or 1024");
    return scale;
}

Values read_values(const Value& list, const std::string& tensor, const Case& c) {
    std::size_t due = 1;
    for (std::size_t d : dims_of(c, tensor)) due *= d;
    const std::vector<Value> elements = list.elements();
    if (elements.size() != due)
        list.refuse("bad-data",
                    "has " + std::to_string(elements.size()) + " values where " + tensor + " has " + std::to_string(due),
                    "give one value an element, in the layout's storage order");
    Values result;
    const Format format = format_of(dtype_of(c, tensor));
    for (const Value& element : elements) {
        const double value = element.as_number().hi;
        if (std::isfinite(value) && !std::isfinite(format.round(value)))
            element.refuse("bad-data", "does not fit in " + std::string(name_of(dtype_of(c, tensor))),
                           "write \"inf\" for an infinity");
        result.values.push_back(value);
    }
    return result;
}

File read_file(const Value& value, const std::string& tensor, const Case& c) {
    const std::filesystem::path written = value.as_string();
    const auto base = std::filesystem::weakly_canonical(c.folder);
    const auto path = std::filesystem::weakly_canonical(c.folder / written);
    if (c.confined) {
        const auto relative = path.lexically_relative(base);
        if (written.is_absolute() || relative.empty() || *relative.begin() == "..")
            value.refuse("bad-data", "lies outside the case file's folder", "put the data beside the case file");
    }
    if (!std::filesystem::exists(path))
        value.refuse("bad-data", "there is no file " + written.string(), "check the name; it is relative to the case file");
    if (!std::filesystem::is_regular_file(path))
        value.refuse("bad-data", written.string() + " is not a file", "give a .npy file");
    try {
        read_npy(path, dtype_of(c, tensor), dims_of(c, tensor), Access::mapped);
    } catch (const Error& e) {
        value.refuse("bad-data", e.place() + " " + e.message(),
                     "the case wants " + std::string(name_of(dtype_of(c, tensor))) + " " + to_string(dims_of(c, tensor)));
    }
    return {path};
}

}  // namespace

Generator read_generator(const Value& value, const std::string& tensor, const Case& c) {
    value.only(generator_names);
    const auto keys = value.keys();
    if (keys.size() != 1)
        value.refuse("format", "has " + std::to_string(keys.size()) + " generators where one is due",
                     "keep one, such as {\"normal\": {}}");
    const std::string& kind = keys[0];
    const Value p = value.at(kind);
    if (kind == "constant") {
        const double number = p.as_number().hi;
        if (std::isfinite(number) && !std::isfinite(format_of(dtype_of(c, tensor)).round(number)))
            p.refuse("bad-data", "does not fit in " + std::string(name_of(dtype_of(c, tensor))),
                     "write \"inf\" for an infinity");
        return Constant{number};
    }
    if (kind == "values") return read_values(p, tensor, c);
    if (kind == "file") return read_file(p, tensor, c);
    if (kind == "normal") {
        p.only({"mean", "stddev"});
        const Normal g{finite_or(p, "mean", 0), finite_or(p, "stddev", 1)};
        if (g.stddev < 0) p.at("stddev").refuse("bad-data", "is negative", "a standard deviation is at least 0");
        return g;
    }
    if (kind == "uniform") {
        p.only({"low", "high"});
        const Uniform g{finite_or(p, "low", 0), finite_or(p, "high", 1)};
        if (g.low > g.high) p.refuse("bad-data", "low is above high", "exchange them");
        return g;
    }
    if (kind == "lattice") {
        p.only({"scale"});
        if (c.shape.count() < 2) p.refuse("bad-data", "a lattice needs at least two values per channel", "take a larger shape");
        return Lattice{power_of_two_or_one(p)};
    }
    if (kind == "impulse") {
        p.only({"scale", "count"});
        const Impulse g{power_of_two_or_one(p), whole_or(p, "count", 16)};
        if (g.count > c.shape.count())
            p.refuse("bad-data", "more impulses than values per channel", "take a larger shape or a smaller count");
        return g;
    }
    if (kind == "alternating") {
        p.only({"magnitude", "offset"});
        return Alternating{finite_or(p, "magnitude", 1), finite_or(p, "offset", 0)};
    }
    if (kind == "outlier") {
        p.only({"magnitude", "count"});
        const Outlier g{finite_or(p, "magnitude", 1e4), whole_or(p, "count", 1)};
        if (g.count > c.shape.count())
            p.refuse("bad-data", "more outliers than values per channel", "take a larger shape or a smaller count");
        return g;
    }
    if (kind == "affine_of_x") {
        p.only({"a", "b"});
        if (tensor != "dy") value.refuse("bad-data", "affine_of_x is for dy alone", "choose another generator");
        return AffineOfX{finite_or(p, "a", 1), finite_or(p, "b", 0)};
    }
    p.only({});
    return Subnormal{};
}

Generator default_generator(const std::string& tensor, const Case& c) {
    const auto x = c.data.find("x");
    const bool on_lattice = x != c.data.end() && std::holds_alternative<Lattice>(x->second);
    if (on_lattice && (tensor == "gamma" || tensor == "beta" || tensor == "dy")) return std::get<Lattice>(x->second);
    if (tensor == "dy" && x != c.data.end() && std::holds_alternative<Impulse>(x->second)) return std::get<Impulse>(x->second);
    if (tensor == "gamma") return Uniform{0.5, 1.5};
    if (tensor == "running_var") return Uniform{0.5, 2};
    return Normal{};
}

}  // namespace bncheck::suite
