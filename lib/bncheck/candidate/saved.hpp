#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "bncheck/candidate/candidate.hpp"

// Outputs that were computed elsewhere. Each tensor that is there is judged; those that are not are skipped. Of a case with
// several steps they are of the last, with the running statistics carried over all.
namespace bncheck::candidate {

/// Where the outputs of a case may be under a folder: NAME.npy files of `folder`, or members of `archive`.
struct SavedPlace {
    std::filesystem::path folder, archive;
};
/// ROOT/<id>/ and ROOT/<id>.npz. Ids are made of letters, digits and . _ + -, and parted by one slash, so that they stay
/// inside.
SavedPlace saved_place(const std::filesystem::path& root, const suite::Case& c);

/// saved:ROOT. Throws Error{usage} where ROOT is no folder.
std::unique_ptr<Candidate> make_saved(const std::string& root);

/// Of one case, whatever its id: the folder, or the .npz file, that holds its outputs. Throws Error{usage} where it is not
/// there.
std::unique_ptr<Candidate> make_saved_case(const std::string& path);

/// Whether there are .npy files in a folder itself.
bool holds_outputs(const std::filesystem::path& folder);

}  // namespace bncheck::candidate
