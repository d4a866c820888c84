#include "bncheck/candidate/saved.hpp"

#include <algorithm>

#include "bncheck/candidate/exported_case.hpp"
#include "bncheck/candidate/tensor_store.hpp"
#include "bncheck/core/error.hpp"
#include "bncheck/core/nearest.hpp"
#include "bncheck/core/tensor_name.hpp"

namespace bncheck::candidate {
namespace {

namespace fs = std::filesystem;

bool is_there(const fs::path& path) {
    std::error_code failed;
    return fs::exists(fs::symlink_status(path, failed));
}

bool is_folder(const fs::path& path) {
    std::error_code failed;
    return fs::is_directory(path, failed);
}

bool is_output(const std::string& name) {
    return std::find(tensor_name::outputs.begin(), tensor_name::outputs.end(), name) != tensor_name::outputs.end();
}

bool has_outputs(const TensorStore& store) { return std::any_of(store.names().begin(), store.names().end(), is_output); }

Response skipped(const std::string& reason) { return {Response::Status::skipped, reason, {}}; }
Response failed(const std::string& reason) { return {Response::Status::error, reason, {}}; }

class Saved : public Candidate {
public:
    /// Without a place of its own each case has one under the root.
    Saved(fs::path root, bool of_one_case) : root_(std::move(root)), of_one_case_(of_one_case) {
        hello_.name = "saved " + root_.string();
        hello_.dtypes = {"float16", "bfloat16", "float32", "float64"};
        hello_.layouts = {"NCHW", "NHWC"};
        hello_.modes = {"train", "eval"};
        hello_.passes = {"forward", "backward", "double-backward"};
        hello_.fixed = true;
    }

    const Hello& hello() const override { return hello_; }

    Response run(const Request& request) override {
        try {
            return answer(request);
        } catch (const Error& e) {
            if (e.fault() != Fault::candidate) throw;
            return failed(e.what());
        }
    }

private:
    Response answer(const Request& request) const {
        const SavedPlace place = of_one_case_ ? SavedPlace{root_, root_} : saved_place(root_, request.c);
        const bool folder = is_folder(place.folder), archive = is_there(place.archive) && !is_folder(place.archive);
        if (!folder && !archive)
            return skipped("nothing is saved: there is neither " + place.folder.string() + "/ nor " + place.archive.string());
        if (folder && archive && has_outputs(TensorStore(place.folder)))
            return failed("there are outputs in " + place.folder.string() + "/ and in " + place.archive.string() +
                          "; remove one of the two");
        if (folder && is_export(place.folder))
            return failed(place.folder.string() + " is a folder of inputs that were exported; outputs go into the one above, " +
                          place.folder.parent_path().string());
        if (folder)
            if (const std::string why = exported_otherwise(request, place.folder); !why.empty()) return failed(why);
        const TensorStore store(archive ? place.archive : place.folder);
        Response response;
        for (const std::string& name : request.outputs) {
            if (!store.has(name)) continue;
            try {
                response.outputs.emplace(name, store.read(name, dtype_of(request.c, name), dims_of(request.c, name)));
            } catch (const Error& e) {
                if (e.fault() != Fault::candidate) throw;
                response.faults.emplace(name, e.what());
            }
        }
        if (response.outputs.empty() && response.faults.empty()) return skipped(none_of(request, store));
        return response;
    }

    static std::string none_of(const Request& request, const TensorStore& store) {
        std::vector<std::string> unknown;
        std::copy_if(store.names().begin(), store.names().end(), std::back_inserter(unknown),
                     [](const std::string& name) { return !is_output(name); });
        return "not saved: none of " + listed(request.outputs, 8) + " is in " + store.path().string() +
               (unknown.empty() ? "" : ", which holds " + listed(unknown, 8)) + misplaced(request, store.path());
    }

    /// Outputs that lie where they are not looked for: among the inputs, or in an archive of another name.
    static std::string misplaced(const Request& request, const fs::path& folder) {
        std::string text;
        std::error_code failed;
        for (const std::string& name : request.outputs) {
            const fs::path file = folder / "inputs" / (name + ".npy");
            const bool is_input =
                std::find(tensor_name::inputs.begin(), tensor_name::inputs.end(), name) != tensor_name::inputs.end();
            if (!is_input && is_there(file)) text += "; move " + file.string() + " one folder up";
        }
        for (const fs::directory_entry& entry : fs::directory_iterator(folder, failed))
            if (entry.path().extension() == ".npz")
                text += "; " + entry.path().string() + " would have to be " + folder.string() + ".npz";
        return text;
    }

    fs::path root_;
    bool of_one_case_;
    Hello hello_;
};

[[noreturn]] void refuse(const std::string& path, const std::string& what, const std::string& advice) {
    throw Error(Fault::usage, "format", path.empty() ? "saved:" : path, what, advice);
}

}  // namespace

SavedPlace saved_place(const fs::path& root, const suite::Case& c) {
    return {root / c.suite / folder_name(c), root / c.suite / (folder_name(c) + ".npz")};
}

std::unique_ptr<Candidate> make_saved(const std::string& root) {
    if (root.empty()) refuse(root, "names no folder", "write saved:DIR");
    if (!is_there(root)) refuse(root, "there is no such folder", "'bncheck export CASE DIR' makes one");
    if (!is_folder(root))
        refuse(root, "is not a folder",
               "name the folder that holds SUITE/NAME/y.npy or SUITE/NAME.npz, or use 'bncheck compare'");
    return std::make_unique<Saved>(root, false);
}

std::unique_ptr<Candidate> make_saved_case(const std::string& path) {
    if (!is_there(path)) refuse(path, "there is no such file or folder", "name what holds y.npy, or an .npz file");
    return std::make_unique<Saved>(path, true);
}

bool holds_outputs(const fs::path& folder) { return is_folder(folder) && has_outputs(TensorStore(folder)); }

}  // namespace bncheck::candidate
