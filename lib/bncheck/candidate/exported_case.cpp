#include "bncheck/candidate/exported_case.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "bncheck/candidate/tensor_store.hpp"
#include "bncheck/core/error.hpp"
#include "bncheck/core/npy.hpp"

namespace bncheck::candidate {
namespace {

namespace fs = std::filesystem;
using suite::Json;

constexpr const char* inputs_folder = "inputs";
constexpr const char* case_file = "case.json";
constexpr const char* archive_file = "inputs.npz";

[[noreturn]] void refuse(const fs::path& path, const std::string& what, const std::string& advice) {
    throw Error(Fault::usage, "io", path.string(), what, advice);
}

std::string x_of(std::size_t step) { return step == 0 ? "x" : "x_step" + std::to_string(step); }

bool judges_backward(const suite::Case& c) { return suite::judges(c, "backward") || suite::judges(c, "double-backward"); }

std::vector<std::string> input_names(const suite::Case& c) {
    std::vector<std::string> names;
    for (std::size_t step = 0; step < c.steps; ++step) names.push_back(x_of(step));
    if (c.affine) names.insert(names.end(), {"gamma", "beta"});
    if (c.running) names.insert(names.end(), {"running_mean", "running_var"});
    if (judges_backward(c)) names.push_back("dy");
    if (!suite::judges(c, "double-backward")) return names;
    names.push_back("ddx");
    if (c.affine) names.insert(names.end(), {"ddgamma", "ddbeta"});
    return names;
}

bool is_input_file(const std::string& name) {
    static const std::set<std::string> others{case_file,  archive_file,       "x.npy",     "gamma.npy",
                                              "beta.npy", "running_mean.npy", "dy.npy",    "running_var.npy",
                                              "ddx.npy",  "ddgamma.npy",      "ddbeta.npy"};
    return others.count(name) || (name.starts_with("x_step") && name.ends_with(".npy"));
}

/// The inputs of a case by name; x of one step at a time where they are written one by one.
template <class Write>
void for_each_input(const suite::Case& c, Write write) {
    const suite::Problem problem(c);
    for (std::size_t step = 0; step < c.steps; ++step) {
        suite::Tensors tensors = problem.tensors(step);
        write(x_of(step), std::move(tensors.at("x")));
        tensors.erase("x");
        if (step > 0) continue;
        if (!judges_backward(c)) tensors.erase("dy");
        for (auto& [name, tensor] : tensors) write(name, std::move(tensor));
    }
    if (!suite::judges(c, "double-backward")) return;
    for (auto& [name, tensor] : problem.seeds()) write(name, tensor);
}

void write_text(const fs::path& path, const std::string& text) {
    std::ofstream out(path, std::ios::binary);
    out << text;
    out.close();
    if (!out) refuse(path, std::string("cannot be written: ") + std::strerror(errno), "name a place that can be written to");
}

std::optional<Json> read_case_file(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) return std::nullopt;
    std::ostringstream text;
    text << in.rdbuf();
    Json json = Json::parse(text.str(), nullptr, false);
    if (!json.is_object() || !json.contains("bncheck") || !json["bncheck"].is_object() || !json["bncheck"].contains("export"))
        return std::nullopt;
    return json;
}

/// Only what an export wrote may be replaced.
void require_own(const fs::path& folder) {
    const std::string advice = "move it away, or export to another folder";
    if (!fs::is_directory(folder)) refuse(folder, "is in the way: it is no folder", advice);
    bool empty = true;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
        empty = false;
        if (!is_input_file(entry.path().filename().string()) || !fs::is_regular_file(entry.symlink_status()))
            refuse(entry.path(), "was not written by an export",
                   entry.path().extension() == ".npy" ? "outputs belong one folder up; move it there" : advice);
    }
    if (!empty && !read_case_file(folder / case_file)) refuse(folder, "was not written by an export", advice);
}

/// A new folder beside another, removed with all it holds unless it takes the other's place.
class Draft {
public:
    explicit Draft(fs::path target) : target_(std::move(target)) {
        path_ = target_.parent_path() / ("." + target_.filename().string() + "-" + std::to_string(getpid()) + ".part");
        fs::remove_all(path_);
        fs::create_directory(path_);
    }
    ~Draft() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    Draft(const Draft&) = delete;
    Draft& operator=(const Draft&) = delete;

    const fs::path& path() const { return path_; }

    void finish() {
        if (!fs::exists(fs::symlink_status(target_))) return fs::rename(path_, target_);
        require_own(target_);
        const fs::path old = path_.string() + ".old";
        fs::remove_all(old);
        fs::rename(target_, old);
        std::error_code failed;
        fs::rename(path_, target_, failed);
        if (failed) {
            fs::rename(old, target_);
            throw fs::filesystem_error("rename", path_, target_, failed);
        }
        fs::remove_all(old);
    }

private:
    fs::path target_, path_;
};

}  // namespace

Json case_json(const suite::Case& c, const bn::Convention& convention, bool as_archive) {
    Json checks = Json::array(), steps = Json::array(), inputs = Json::object(), outputs = Json::object();
    for (suite::Check check : c.checks) checks.push_back(suite::name_of(check));
    for (std::size_t step = 0; step < c.steps; ++step)
        steps.push_back({{"x", x_of(step)},
                         {"momentum", suite::momentum_of(c, convention, step)},
                         {"num_batches_tracked", c.num_batches_tracked + step}});
    for (const std::string& name : input_names(c)) inputs[name] = name + ".npy";
    for (const char* pass : {"forward", "backward", "double-backward"}) {
        if (!suite::judges(c, pass)) continue;
        for (const std::string& name : suite::outputs_of(c, convention, pass))
            outputs[pass][name] = {{"file", "../" + name + ".npy"},
                                   {"dtype", name_of(dtype_of(c, name))},
                                   {"numpy", npy_type(dtype_of(c, name))},
                                   {"shape", dims_of(c, name)}};
    }
    Json json{{"bncheck", {{"export", 1}}},
              {"id", c.id()},
              {"mode", c.training ? "train" : "eval"},
              {"dtype", name_of(c.dtype)},
              {"layout", name_of(c.layout)},
              {"shape", c.shape.dims},
              {"eps", c.eps},
              {"affine", c.affine},
              {"running", c.running},
              {"convention", convention.name},
              {"cumulative", !c.momentum},
              {"seed", c.seed},
              {"checks", checks},
              {"steps", steps},
              {"inputs", inputs}};
    if (as_archive) json["inputs_archive"] = archive_file;
    json["outputs"] = outputs;
    json["outputs_archive"] = "../../" + folder_name(c) + ".npz";
    return json;
}

std::string folder_name(const suite::Case& c) {
    std::string name;
    for (const char character : c.name) {
        const bool plain =
            std::isalnum(static_cast<unsigned char>(character)) ||
            (std::string_view("._+-").find(character) != std::string_view::npos && !(character == '.' && name.empty()));
        name += plain ? std::string(1, character) : fmt::format("%{:02X}", static_cast<unsigned char>(character));
    }
    return name;
}

ExportedCase export_case(const suite::Case& c, const bn::Convention& convention, const fs::path& root, bool as_archive) {
    const fs::path target = root / c.suite / folder_name(c) / inputs_folder;
    try {
        fs::create_directories(target.parent_path());
        if (fs::exists(fs::symlink_status(target))) require_own(target);  // before the work
        Draft draft(target);
        suite::Tensors kept;
        for_each_input(c, [&](const std::string& name, Tensor tensor) {
            if (as_archive)
                kept.emplace(name, std::move(tensor));
            else
                write_npy(draft.path() / (name + ".npy"), tensor);
        });
        if (as_archive) write_npz(draft.path() / archive_file, kept);
        write_text(draft.path() / case_file, case_json(c, convention, as_archive).dump(1) + "\n");
        draft.finish();
    } catch (const fs::filesystem_error& e) {
        refuse(e.path1(), "cannot be written: " + e.code().message(), "name a place that can be written to");
    }
    return {target, input_names(c)};
}

bool is_export(const fs::path& folder) { return read_case_file(folder / case_file).has_value(); }

std::string exported_otherwise(const Request& request, const fs::path& folder) {
    const fs::path inputs = folder / inputs_folder;
    const std::optional<Json> exported = read_case_file(inputs / case_file);
    if (!exported) return "";
    const suite::Case& c = request.c;
    const std::string advice = "; export the case again and compute anew, or name the case and flags that were exported";
    const auto other = [&](const std::string& key, const Json& found, const Json& due) {
        return (inputs / case_file).string() + " has " + key + " " + found.dump() + " where " + due.dump() + " is judged" +
               advice;
    };
    const Json due = case_json(c, *request.convention, false);
    for (const char* key : {"mode", "dtype", "layout", "shape", "eps", "affine", "running", "cumulative", "seed"})
        if (!exported->contains(key) || (*exported)[key] != due[key]) return other(key, exported->value(key, Json()), due[key]);
    // The same outputs may be judged by several conventions, in which the numbers that weigh the batches differ.
    const Json named = exported->value("convention", Json());
    const bn::Convention* const meant = named.is_string() ? bn::convention_named(named.get<std::string>()) : nullptr;
    const Json as_exported = meant ? case_json(c, *meant, false)["steps"] : due["steps"];
    if (!exported->contains("steps") || (*exported)["steps"] != as_exported)
        return other("steps", exported->value("steps", Json()), as_exported);
    const TensorStore store(exported->contains("inputs_archive") ? inputs / archive_file : inputs);
    for (const auto& [name, tensor] : request.inputs) {
        const std::string saved_as = name == "x" ? x_of(request.step) : name;
        if (!store.has(saved_as)) continue;
        if (!(store.read(saved_as, tensor.dtype(), tensor.dims()) == tensor))
            return store.path().string() + " holds another " + saved_as + " than is judged" + advice;
    }
    return "";
}

}  // namespace bncheck::candidate
