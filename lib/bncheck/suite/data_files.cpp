#include "bncheck/suite/data_files.hpp"

#include "bncheck/core/digest.hpp"

namespace bncheck::suite {

std::map<std::string, std::string> digests_of_data_files(const std::vector<Suite>& suites) {
    std::map<std::string, std::string> digests;
    for (const Suite& suite : suites)
        for (const Case& c : suite.cases)
            for (const auto& [tensor, generator] : c.data) {
                const File* file = std::get_if<File>(&generator);
                if (!file) continue;
                const auto beside = file->path.lexically_proximate(std::filesystem::weakly_canonical(c.folder));
                // No suite has a blank in its name.
                std::string& digest = digests[suite.name + " " + beside.generic_string()];
                if (digest.empty()) digest = digest_of_file(file->path);
            }
    return digests;
}

}  // namespace bncheck::suite
