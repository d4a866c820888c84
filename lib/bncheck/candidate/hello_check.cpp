#include "bncheck/candidate/hello_check.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "bncheck/bn/convention.hpp"
#include "bncheck/core/nearest.hpp"

namespace bncheck::candidate {
namespace {

using suite::Json;
using Names = std::vector<std::string>;

void check_list(std::vector<Remark>& remarks, const Json& answer, const std::string& key, const Names& known) {
    if (!answer.contains(key)) {
        remarks.push_back(
            {true, "\"" + key + "\" is missing, so that nothing will be asked: say \"" + key + "\": " + Json(known).dump()});
        return;
    }
    const Json& list = answer[key];
    if (!list.is_array()) {
        remarks.push_back({true, "\"" + key + "\" is " + list.dump() + ", which is no array of strings"});
        return;
    }
    if (list.empty()) remarks.push_back({true, "\"" + key + "\" is empty, so that nothing will be asked"});
    for (const Json& name : list)
        if (!name.is_string())
            remarks.push_back({true, "\"" + key + "\" has " + name.dump() + ", which is no string"});
        else if (std::find(known.begin(), known.end(), name) == known.end())
            remarks.push_back({true, "\"" + key + "\" has " + name.dump() + ", which nobody asks for; " +
                                         suggestion(name.get<std::string>(), known)});
}

}  // namespace

std::vector<Remark> check_hello(const Json& answer) {
    std::vector<Remark> remarks;
    if (!answer.contains("bncheck"))
        remarks.push_back({true, "\"bncheck\" is missing: say \"bncheck\": 1, the version of the protocol"});
    else if (answer["bncheck"] != 1)
        remarks.push_back({true, "\"bncheck\" is " + answer["bncheck"].dump() + "; this is version 1 of the protocol"});
    if (!answer.contains("name"))
        remarks.push_back({false, "\"name\" is missing: reports will call it by its command"});
    else if (!answer["name"].is_string())
        remarks.push_back({true, "\"name\" is " + answer["name"].dump() + ", which is no string"});
    check_list(remarks, answer, "dtypes", {"float16", "bfloat16", "float32", "float64"});
    check_list(remarks, answer, "layouts", {"NCHW", "NHWC"});
    check_list(remarks, answer, "modes", {"train", "eval"});
    check_list(remarks, answer, "passes", {"forward", "backward", "double-backward"});
    if (answer.contains("convention")) {
        const Json& name = answer["convention"];
        if (!name.is_string())
            remarks.push_back({true, "\"convention\" is " + name.dump() + ", which is no string"});
        else if (!bn::convention_named(name.get<std::string>()))
            remarks.push_back({true, "\"convention\" is " + name.dump() + "; " +
                                         suggestion(name.get<std::string>(), bn::convention_names())});
    }
    if (answer.contains("ftz") && !answer["ftz"].is_boolean())
        remarks.push_back({true, "\"ftz\" is " + answer["ftz"].dump() + ", which is neither true nor false"});
    const Names keys{"bncheck", "name", "dtypes", "layouts", "modes", "passes", "convention", "ftz"};
    for (const auto& [key, value] : answer.items())
        if (std::find(keys.begin(), keys.end(), key) == keys.end())
            remarks.push_back({false, "nobody reads \"" + key + "\"; " + suggestion(key, keys)});
    return remarks;
}

}  // namespace bncheck::candidate
