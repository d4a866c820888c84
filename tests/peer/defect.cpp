#include "defect.hpp"

namespace bncheck::peer {
namespace {

std::set<std::string> failing_tensors(const nlohmann::ordered_json& c) {
    std::set<std::string> tensors;
    for (const auto& check : c["checks"])
        if (check["verdict"] == "fail") tensors.insert(check["tensor"]);
    return tensors;
}

}  // namespace

std::vector<std::string> disagreements(const nlohmann::ordered_json& report, const std::vector<Defect>& defects) {
    std::vector<std::string> result;
    std::vector<std::set<std::string>> seen(defects.size());
    for (const auto& c : report["cases"]) {
        const std::string id = c["id"];
        if (c["verdict"] == "error") result.push_back(id + " could not be run: " + c["checks"].dump());
        if (c["verdict"] == "skipped") continue;
        std::set<std::string> failing = failing_tensors(c), unexplained = failing;
        for (std::size_t k = 0; k < defects.size(); ++k) {
            if (!std::regex_search(id, defects[k].cases)) continue;
            bool shows = false;
            for (const std::string& tensor : defects[k].tensors)
                if (failing.count(tensor)) {
                    shows = true;
                    seen[k].insert(tensor);
                    unexplained.erase(tensor);
                }
            if (!shows) result.push_back(id + " does not show: " + defects[k].sentence);
        }
        for (const std::string& tensor : unexplained) result.push_back(id + " fails in " + tensor + ", unexplained");
    }
    for (std::size_t k = 0; k < defects.size(); ++k)
        for (const std::string& tensor : defects[k].tensors)
            if (!seen[k].count(tensor)) result.push_back("no failure of " + tensor + " shows: " + defects[k].sentence);
    return result;
}

}  // namespace bncheck::peer
