#include "translate.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

#include "bncheck/bn/translation_rules.hpp"
#include "bncheck/core/error.hpp"
#include "bncheck/core/nearest.hpp"
#include "bncheck/core/npy.hpp"
#include "bncheck/core/npy_vector.hpp"
#include "paragraph.hpp"

namespace bncheck::tool {
namespace {

using bn::Convention;
using bn::TranslationRule;
using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

[[noreturn]] void refuse(const std::string& option, const std::string& message, const std::string& advice) {
    throw Error(Fault::usage, "format", option, message, advice);
}

const Convention& convention_of(const std::string& option, const std::string& name) {
    if (const Convention* found = bn::convention_named(name)) return *found;
    refuse(option, "there is no convention '" + name + "'", suggestion(name, bn::convention_names()));
}

/// A running statistic, one value per channel.
struct Statistic {
    std::string option;
    Tensor values;
    bool from_file = false;
};

double number_in(const std::string& option, std::string text) {
    text.erase(0, text.find_first_not_of(' '));
    text.erase(text.find_last_not_of(' ') + 1);
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc() || end != text.data() + text.size())
        refuse(option, "'" + text + "' is no number, and no file of that name is there",
               "write numbers separated by commas, or a .npy file");
    return value;
}

Statistic statistic_of(const std::string& option, const std::string& text) {
    Statistic statistic{option, {}, fs::path(text).extension() == ".npy" || fs::is_regular_file(text)};
    if (statistic.from_file) {
        try {
            statistic.values = read_npy_vector(text);
        } catch (const Error& e) {
            throw Error(Fault::usage, e.code(), option + ": " + e.place(), e.message(), e.advice());
        }
        return statistic;
    }
    std::vector<double> values;
    std::istringstream parts(text);
    for (std::string part; std::getline(parts, part, ',');) values.push_back(number_in(option, part));
    if (values.empty()) refuse(option, "is empty", "write numbers separated by commas, or a .npy file");
    statistic.values = Tensor(Dtype::float64, {values.size()});
    for (std::size_t i = 0; i < values.size(); ++i) statistic.values.set(i, values[i]);
    return statistic;
}

struct Job {
    const Convention &from, &to;
    bn::Settings settings;
    bn::Training training;
    std::optional<Statistic> mean, variance;
};

Job job_of(const TranslateArguments& a) {
    Job job{convention_of("--from", a.from), convention_of("--to", a.to), {}, {}, {}, {}};
    job.settings.eps = a.eps;
    if (a.eps && (!std::isfinite(*a.eps) || *a.eps < 0)) refuse("--eps", "is not a number of at least 0", "write it as 1e-5");
    if (a.eps && *a.eps < job.from.minimum_eps)
        refuse("--eps", fmt::format("is below the least of {}, {}", job.from.name, job.from.minimum_eps),
               "give the eps that training ran with: " + std::string(job.from.below_minimum));
    const bool is_one = a.momentum && bn::one_minus(*a.momentum) == "0";
    const bool none = a.momentum == "none" || a.momentum == "None" || a.momentum == "null";
    // Caffe's fraction of 1 is cumulative averaging.
    if (none || (is_one && job.from.cumulative == bn::Cumulative::momentum_one)) {
        job.settings.cumulative = true;
        if (job.from.cumulative == bn::Cumulative::not_offered)
            refuse("--momentum", std::string(job.from.name) + " has no cumulative averaging", "give its momentum as a number");
    } else if (a.momentum) {
        if (!bn::one_minus(*a.momentum))
            refuse("--momentum", "is '" + *a.momentum + "'", "write a decimal from 0 to 1, such as 0.99, or none");
        job.settings.momentum = a.momentum;
    }
    job.training = {std::nullopt, a.batches, a.count, a.initial_mean, a.initial_var};
    if (const auto text = bn::momentum_text(job.from, job.settings)) {
        double momentum = 0;
        std::from_chars(text->data(), text->data() + text->size(), momentum);
        job.training.momentum = momentum;
    } else if (!job.settings.cumulative && a.batches) {
        refuse("--batches",
               std::string(job.from.name) +
                   " has no default momentum, so that what is left of the initial value is "
                   "not known",
               "give the momentum that training ran with as --momentum");
    }
    for (const auto& [option, value] : {std::pair("--initial-mean", a.initial_mean), std::pair("--initial-var", a.initial_var)})
        if (!std::isfinite(value)) refuse(option, "is no finite number", "give what the running statistics began with");
    if (a.initial_var < 0) refuse("--initial-var", "is negative", "give what running_var began with, such as 1");
    if (a.count == std::uint64_t{0}) refuse("--count", "is 0", "give m, the values per channel in a training batch");
    if (a.running_mean) job.mean = statistic_of("--running-mean", *a.running_mean);
    if (a.running_var) job.variance = statistic_of("--running-var", *a.running_var);
    if (job.mean && job.variance && job.mean->values.size() != job.variance->values.size())
        refuse("--running-var",
               fmt::format("has {} values where --running-mean has {}", job.variance->values.size(), job.mean->values.size()),
               "give one value per channel in each");
    if (!a.out.empty() && !job.mean && !job.variance)
        refuse("--out", "there is nothing to write", "give --running-mean, --running-var, or both");
    return job;
}

/// Converts in place.
void convert(Job& job) {
    if (!job.mean && !job.variance) return;
    const bn::StatisticsTranslation translation(job.from, job.to, job.training, job.variance.has_value());
    if (job.mean)
        for (std::size_t i = 0; i < job.mean->values.size(); ++i)
            job.mean->values.set(i, translation.mean(job.mean->values.at(i)));
    if (!job.variance) return;
    // Numbers on the command line are taken for those of float32, which frameworks keep.
    const Dtype dtype = job.variance->from_file ? job.variance->values.dtype() : Dtype::float32;
    const double u = std::ldexp(1.0, -format_of(dtype).precision);
    for (std::size_t i = 0; i < job.variance->values.size(); ++i) {
        const double value = job.variance->values.at(i);
        if (!(value >= 0))
            refuse("--running-var", fmt::format("is {} in channel {}", value, i), "a variance is a number of at least 0");
        if (!translation.plausible_variance(value, u))
            refuse("--running-var",
                   fmt::format("{} of channel {} is less than what {} batches leave of the initial {}", value, i,
                               job.training.batches.value_or(0), job.training.initial_var),
                   "check --batches, --momentum and --initial-var");
        job.variance->values.set(i, translation.variance(value));
    }
}

/// Both files, or none: written under temporary names first.
void write(const Job& job, const std::string& out) {
    std::error_code failed;
    fs::create_directories(out, failed);
    if (failed) refuse("--out", out + " cannot be made: " + failed.message(), "name a folder that can be written to");
    std::vector<std::pair<fs::path, fs::path>> files;
    try {
        for (const auto* statistic : {&job.mean, &job.variance}) {
            if (!*statistic) continue;
            const fs::path file =
                fs::path(out) / ((*statistic)->option == "--running-mean" ? "running_mean.npy" : "running_var.npy");
            files.emplace_back(file.string() + ".part", file);
            write_npy(files.back().first, (*statistic)->values);
        }
        for (const auto& [temporary, file] : files)
            if (fs::is_directory(file)) refuse("--out", file.string() + " is a folder", "move it away");
        for (const auto& [temporary, file] : files) fs::rename(temporary, file);
    } catch (const Error& e) {
        for (const auto& [temporary, file] : files) fs::remove(temporary, failed);
        if (e.fault() == Fault::usage) throw;
        throw Error(Fault::usage, "io", "--out", e.what(), "name a folder that can be written to");
    } catch (const std::exception& e) {
        for (const auto& [temporary, file] : files) fs::remove(temporary, failed);
        throw Error(Fault::usage, "io", "--out", e.what(), "name a folder that can be written to");
    }
}

Json values_of(const Tensor& tensor) {
    Json values = Json::array();
    for (std::size_t i = 0; i < tensor.size(); ++i) {
        const double value = tensor.at(i);
        values.push_back(std::isfinite(value) ? Json(value) : Json(std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf"));
    }
    return values;
}

void print_json(const Job& job) {
    const auto listed = [](const std::vector<TranslationRule>& rules) {
        Json list = Json::array();
        for (const TranslationRule& r : rules)
            list.push_back({{"what", r.what}, {"from", r.from}, {"to", r.to}, {"rule", r.rule}});
        return list;
    };
    const bn::TranslationRules rules = bn::translation_rules(job.from, job.to, job.settings, job.training);
    Json json{{"from", job.from.name}, {"to", job.to.name}};
    if (const auto momentum = bn::momentum_text(job.from, job.settings))
        json["momentum"] =
            Json::parse(bn::one_minus(*bn::one_minus(bn::translated_momentum(job.from, job.to, *momentum))).value());
    json["converted"] = listed(rules.converted);
    json["not_converted"] = listed(rules.not_converted);
    if (job.mean) json["running_mean"] = values_of(job.mean->values);
    if (job.variance) json["running_var"] = values_of(job.variance->values);
    std::cout << json.dump(1) << "\n";
}

void print_text(const Job& job) {
    const bn::TranslationRules rules = bn::translation_rules(job.from, job.to, job.settings, job.training);
    std::cout << fmt::format("from {}, {}\nto   {}, {}\n", job.from.name, job.from.of, job.to.name, job.to.of);
    const auto print = [](const std::string& title, const std::vector<TranslationRule>& list) {
        if (list.empty()) return;
        std::cout << "\n" << title << "\n";
        for (const TranslationRule& r : list) {
            const std::string label = fmt::format("  {:18}", r.what);
            if (r.from.empty()) {
                std::cout << paragraph(label, r.rule, 21);
            } else {
                std::cout << label << " " << r.from << (r.to.empty() ? "" : "  ->  " + r.to) << "\n"
                          << paragraph(std::string(22, ' '), r.rule, 23);
            }
        }
    };
    print("converted", rules.converted);
    print("cannot be converted", rules.not_converted);
    for (const auto* statistic : {&job.mean, &job.variance}) {
        if (!*statistic) continue;
        std::cout << "\n" << ((*statistic)->option == "--running-mean" ? "running_mean" : "running_var");
        const Tensor& values = (*statistic)->values;
        for (std::size_t i = 0; i < values.size() && i < 16; ++i)
            std::cout << fmt::format("{}{}", i ? ", " : "  ", values.at(i));
        std::cout << (values.size() > 16 ? fmt::format(", ... ({} values)\n", values.size()) : "\n");
    }
}

}  // namespace

int translate_command(const TranslateArguments& arguments) {
    Job job = job_of(arguments);
    convert(job);
    if (!arguments.out.empty()) write(job, arguments.out);
    arguments.format == "json" ? print_json(job) : print_text(job);
    return 0;
}

}  // namespace bncheck::tool
