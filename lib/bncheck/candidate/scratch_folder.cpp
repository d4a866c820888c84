#include "bncheck/candidate/scratch_folder.hpp"

#include <stdlib.h>

#include <cerrno>
#include <cstring>

#include "bncheck/core/error.hpp"

namespace bncheck::candidate {
namespace {

namespace fs = std::filesystem;

/// Of the memory that is free there, what one folder may take: others work beside it.
constexpr std::size_t share_of_memory = 8;

fs::path place_for(std::size_t bytes) {
    if (std::getenv("TMPDIR")) return fs::absolute(fs::temp_directory_path());
    std::error_code none;
    const fs::space_info memory = fs::space("/dev/shm", none);
    if (!none && memory.available / share_of_memory > bytes) return "/dev/shm";
    return fs::absolute(fs::temp_directory_path());
}

}  // namespace

ScratchFolder::ScratchFolder(std::size_t bytes) {
    fs::path place = place_for(bytes);
    std::string name = (place / "bncheck-XXXXXX").string();
    if (!mkdtemp(name.data())) {  // /dev/shm may be there and not be ours
        place = fs::absolute(fs::temp_directory_path());
        name = (place / "bncheck-XXXXXX").string();
        if (!mkdtemp(name.data()))
            throw Error(Fault::internal, "io", name, std::string("cannot be made: ") + std::strerror(errno),
                        "set TMPDIR to a folder with space");
    }
    path_ = name;
}

ScratchFolder::~ScratchFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

}  // namespace bncheck::candidate
