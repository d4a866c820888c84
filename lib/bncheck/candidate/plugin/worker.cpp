#include "bncheck/candidate/plugin/worker.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "bncheck/candidate/plugin/call.hpp"
#include "bncheck/candidate/plugin/last_words.hpp"
#include "bncheck/core/error.hpp"

namespace bncheck::candidate {
namespace {

using suite::Json;

/// Requests and answers on private copies of stdin and stdout, which the plugin cannot use by mistake.
class Channel {
public:
    Channel() : requests_(fdopen(fcntl(0, F_DUPFD_CLOEXEC, 3), "r")), answers_(fcntl(1, F_DUPFD_CLOEXEC, 3)) {
        const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
        dup2(nothing, 0);
        close(nothing);
        dup2(2, 1);
    }
    int answers() const { return answers_; }

    /// The next line; none at the end of the input.
    std::optional<std::string> next() const {
        char* line = nullptr;
        std::size_t size = 0;
        const auto length = requests_ ? getline(&line, &size, requests_) : -1;
        const std::unique_ptr<char, decltype(&std::free)> freed(line, &std::free);
        if (length < 0) return std::nullopt;
        return std::string(line, static_cast<std::size_t>(length));
    }

    void say(const Json& answer) const {
        const std::string line = answer.dump(-1, ' ', true, Json::error_handler_t::replace) + "\n";
        for (std::size_t sent = 0; sent < line.size();) {
            const auto written = write(answers_, line.data() + sent, line.size() - sent);
            if (written < 0) _exit(1);  // nobody listens any more
            sent += static_cast<std::size_t>(written);
        }
    }

private:
    std::FILE* requests_;
    int answers_;
};

Json hello_of(const PluginLibrary& library) {
    const Hello& hello = library.hello();
    Json json{{"bncheck", 1},         {"name", hello.name},    {"dtypes", hello.dtypes}, {"layouts", hello.layouts},
              {"modes", hello.modes}, {"passes", hello.passes}};
    if (hello.convention) json["convention"] = *hello.convention;
    if (hello.flushes_to_zero) json["ftz"] = true;
    return json;
}

/// What of a request the plugin does not claim to support; "" if it does.
std::string unsupported(const Hello& hello, const Json& request) {
    const std::pair<const char*, const std::set<std::string>&> lists[] = {
        {"dtype", hello.dtypes}, {"layout", hello.layouts}, {"mode", hello.modes}, {"pass", hello.passes}};
    for (const auto& [key, supported] : lists)
        if (const std::string wanted = request.at(key); !supported.count(wanted)) return std::string(key) + " " + wanted;
    return "";
}

Json run(const PluginLibrary& library, const Json& request, const Channel& channel) {
    if (const std::string what = unsupported(library.hello(), request); !what.empty())
        return {{"id", request.at("id")}, {"status", "skipped"}, {"reason", "the plugin does not support " + what}};
    PluginCall call(request);
    std::vector<last_words::Guarded> guarded;
    for (const auto& [name, buffer] : call.guarded()) guarded.push_back({name, buffer});
    last_words::call_begins(channel.answers(), call.id(), std::move(guarded));
    const pid_t self = getpid();
    const PluginCall::Outcome outcome = call.call(library);
    if (getpid() != self) _exit(0);  // a child that the plugin forked came back
    last_words::call_returned();
    alarm(0);  // it would strike in another case
    Json answer{{"id", call.id()}, {"status", "error"}};
    if (!outcome.violation.empty()) {
        answer["reason"] = "the plugin " + outcome.violation;
        answer["restart"] = true;  // nothing that it may have spoiled is kept
    } else if (outcome.status == BNCHECK_OK) {
        call.write_outputs();
        answer["status"] = "ok";
    } else if (outcome.status == BNCHECK_SKIPPED || outcome.status == BNCHECK_ERROR) {
        if (outcome.status == BNCHECK_SKIPPED) answer["status"] = "skipped";
        answer["reason"] = outcome.message.empty() ? "no reason given" : outcome.message;
    } else {
        answer["reason"] = "the plugin returned " + std::to_string(outcome.status) + ", which is no bncheck_status";
    }
    return answer;
}

}  // namespace

int plugin_worker(const std::string& path) {
    const Channel channel;
    std::optional<PluginLibrary> library;
    while (const std::optional<std::string> line = channel.next()) {
        const Json message = Json::parse(*line);
        const std::string op = message.value("op", "");
        if (op == "bye") break;
        const auto refuse = [&](const std::string& why) {
            channel.say(
                {{"bncheck", 1}, {"id", message.value("id", Json())}, {"status", "error"}, {"reason", why}, {"restart", true}});
        };
        try {
            if (!library) library.emplace(path);
            channel.say(op == "hello" ? hello_of(*library) : run(*library, message, channel));
        } catch (const std::exception& e) {
            refuse(e.what());
        } catch (...) {
            refuse("the plugin threw a C++ exception when it was to describe itself");
        }
    }
    std::fflush(nullptr);
    _exit(0);  // without the destructors and handlers of the plugin, which are nobody's case
}

}  // namespace bncheck::candidate
