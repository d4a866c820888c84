#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "bncheck/candidate/candidate.hpp"
#include "bncheck/suite/json_text.hpp"

// A case's inputs on disk, for implementations that are run elsewhere:
//
//     ROOT/<id>/inputs/case.json                 what is to be computed, and where it is to be written
//     ROOT/<id>/inputs/x.npy, dy.npy, ...        or, as an archive, ROOT/<id>/inputs/inputs.npz
//
// Outputs belong beside the folder `inputs`, never in it: running_mean and running_var are both. Further steps' x are
// x_step1.npy, x_step2.npy, ...; dy, ddx and what is seeded with them are there where a check wants them.
namespace bncheck::candidate {

struct ExportedCase {
    std::filesystem::path folder;  ///< ROOT/<id>/inputs
    std::vector<std::string> tensors;
};

/// What the folder of a case is called: its name, with %2F and so on in the place of all but letters, digits and . _ + -, and
/// of a dot at the beginning.
std::string folder_name(const suite::Case& c);

/// Writes ROOT/SUITE/NAME/inputs whole, in place of one that an earlier export wrote. Throws Error{usage} where that cannot be
/// written, and where the folder that is there holds anything else.
ExportedCase export_case(const suite::Case& c, const bn::Convention& convention, const std::filesystem::path& root,
                         bool as_archive);

/// What case.json says: the keys of a run request; "steps", an x (as an input is named), momentum and num_batches_tracked each;
/// "inputs", file by tensor; "outputs", by pass that the case judges and by tensor: file, dtype, NumPy's name of that, and
/// shape as stored. Files are relative to case.json, or members of "inputs_archive".
suite::Json case_json(const suite::Case& c, const bn::Convention& convention, bool as_archive);

/// Whether a folder is one of inputs that an export wrote.
bool is_export(const std::filesystem::path& folder);

/// Why outputs in `folder` answer another request, or "": the inputs exported to `folder`/inputs are not those of this one. ""
/// too where none were exported.
std::string exported_otherwise(const Request& request, const std::filesystem::path& folder);

}  // namespace bncheck::candidate
