#include "peer/defect.hpp"

#include <regex>

namespace bncheck::peer {

std::vector<std::string> unexplained(const nlohmann::ordered_json& report, const std::vector<Defect>& defects) {
    std::vector<std::string> result;
    std::vector<bool> shown(defects.size());
    for (const auto& c : report["cases"])
        for (const auto& check : c["checks"]) {
            if (check["verdict"] != "fail" && check["verdict"] != "error") continue;
            const std::string id = c["id"], tensor = check["tensor"];
            bool known = false;
            for (std::size_t k = 0; k < defects.size() && !known; ++k) {
                known = std::regex_match(id, std::regex(defects[k].cases)) &&
                        std::regex_match(tensor, std::regex(defects[k].tensors));
                shown[k] = shown[k] || known;
            }
            if (!known) result.push_back(id + " " + check["check"].get<std::string>() + " " + tensor);
        }
    for (std::size_t k = 0; k < defects.size(); ++k)
        if (!shown[k]) result.push_back("not seen: " + defects[k].sentence);
    return result;
}

}  // namespace bncheck::peer
