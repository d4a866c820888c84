#include "bncheck/candidate/protocol.hpp"

#include <nlohmann/json.hpp>

#include "bncheck/core/error.hpp"
#include "bncheck/core/npy.hpp"
#include "bncheck/core/tensor_name.hpp"

namespace bncheck::candidate::protocol {
namespace {

namespace fs = std::filesystem;

/// Of the nesting of an answer: what is deeper would be written with recursion, and nobody reads it.
constexpr int deepest = 32;

[[noreturn]] void refuse(const std::string& what) {
    throw Error(Fault::candidate, "protocol", "candidate", what, "'bncheck protocol-check' tells message by message");
}

std::string text_at(const Json& answer, const char* key, const std::string& otherwise) {
    return answer.contains(key) && answer[key].is_string() ? answer[key].get<std::string>() : otherwise;
}

std::set<std::string> names(const Json& hello, const char* key) {
    std::set<std::string> result;
    if (!hello.contains(key)) return result;
    if (!hello[key].is_array()) refuse(std::string("says hello with \"") + key + "\" that is no array");
    for (const Json& name : hello[key])
        if (name.is_string()) result.insert(name.get<std::string>());
    return result;
}

}  // namespace

std::string quoted(const std::string& line) {
    return Json(line.substr(0, 200)).dump(-1, ' ', true, Json::error_handler_t::replace) + (line.size() > 200 ? "..." : "");
}

Json hello() { return {{"bncheck", 1}, {"op", "hello"}}; }

Json bye() { return {{"op", "bye"}}; }

bool is_written(const fs::path& path) {
    std::error_code none;
    return fs::symlink_status(path, none).type() != fs::file_type::not_found;
}

fs::path output_path(const fs::path& folder, const std::string& tensor) { return folder / (tensor + ".npy"); }

Json run(const Request& request, const fs::path& folder) {
    const suite::Case& c = request.c;
    Json inputs = Json::object(), outputs = Json::object();
    for (const auto& [name, tensor] : request.inputs) {
        const fs::path path = folder / ("in_" + name + ".npy");
        write_npy(path, tensor);
        inputs[name] = path.string();
    }
    for (const std::string& name : request.outputs) outputs[name] = output_path(folder, name).string();
    Json line{{"op", "run"},
              {"id", c.id()},
              {"pass", request.pass},
              {"mode", c.training ? "train" : "eval"},
              {"dtype", name_of(c.dtype)},
              {"layout", name_of(c.layout)},
              {"shape", c.shape.dims},
              {"eps", c.eps},
              {"momentum", request.momentum},
              {"cumulative", !c.momentum},
              {"num_batches_tracked", request.num_batches_tracked},
              {"step", request.step},
              {"affine", c.affine},
              {"convention", request.convention->name},
              {"inputs", inputs},
              {"outputs", outputs}};
    if (request.threads) line["threads"] = request.threads;
    return line;
}

std::optional<Json> parse_object(const std::string& line) {
    bool too_deep = false;
    const auto within_depth = [&](int depth, Json::parse_event_t, Json&) {
        too_deep = too_deep || depth > deepest;
        return !too_deep;
    };
    Json answer = Json::parse(line, within_depth, false);
    if (too_deep || !answer.is_object()) return std::nullopt;
    return answer;
}

Json parse_answer(const std::string& line) {
    if (std::optional<Json> answer = parse_object(line)) return std::move(*answer);
    refuse("wrote a line that is no JSON object: " + quoted(line));
}

Hello parse_hello(const Json& answer, const std::string& command) {
    if (!answer.contains("bncheck") || answer["bncheck"] != 1)
        refuse("does not say \"bncheck\": 1 in its hello: " + quoted(answer.dump()));
    if (text_at(answer, "status", "") == "error") refuse("cannot work: " + text_at(answer, "reason", "no reason given"));
    Hello hello;
    hello.name = text_at(answer, "name", command);
    hello.dtypes = names(answer, "dtypes");
    hello.layouts = names(answer, "layouts");
    hello.modes = names(answer, "modes");
    hello.passes = names(answer, "passes");
    if (answer.contains("convention") && answer["convention"].is_string())
        hello.convention = answer["convention"].get<std::string>();
    hello.flushes_to_zero = answer.contains("ftz") && answer["ftz"] == true;
    return hello;
}

Response parse_response(const Json& answer, const Request& request, const fs::path& folder) {
    const suite::Case& c = request.c;
    if (answer.contains("id") && answer["id"] != c.id())
        refuse("answered for the id " + quoted(answer["id"].dump()) + ", not for " + c.id());
    const std::string status = text_at(answer, "status", ""), reason = text_at(answer, "reason", "no reason given");
    if (status == "skipped") return {Response::Status::skipped, reason, {}};
    if (status == "error") return {Response::Status::error, "the candidate says: " + reason, {}};
    if (status != "ok") refuse("answered without \"status\": \"ok\", \"skipped\" or \"error\": " + quoted(answer.dump()));
    Response response;
    for (const std::string& name : request.outputs) {
        const fs::path path = output_path(folder, name);
        if (is_written(path))
            response.outputs.emplace(name, read_npy(path, dtype_of(c, name), dims_of(c, name)));
        else if (tensor_name::is_elementwise(name))
            return {Response::Status::error, "the candidate answered ok and did not write " + name, {}};
    }
    return response;
}

}  // namespace bncheck::candidate::protocol
