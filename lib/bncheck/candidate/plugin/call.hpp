#pragma once

#include <map>
#include <string>
#include <vector>

#include "bncheck/candidate/plugin/guarded_buffer.hpp"
#include "bncheck/candidate/plugin/library.hpp"
#include "bncheck/suite/json_text.hpp"

namespace bncheck::candidate {

/// One request of the protocol as a call of a plugin: its inputs in memory that cannot be written to, its outputs poisoned.
class PluginCall {
public:
    /// Reads the inputs. Throws Error{candidate, "protocol"} for what the tool would not send.
    explicit PluginCall(const suite::Json& request);

    const std::string& id() const { return id_; }
    std::vector<std::pair<std::string, const GuardedBuffer*>> guarded() const;

    struct Outcome {
        int status = BNCHECK_OK;
        std::string message;    ///< the plugin's
        std::string violation;  ///< of what the interface demands, "" if there was none
    };
    /// Calls it, and looks at what it left behind.
    Outcome call(const PluginLibrary& library);

    /// Writes the outputs that were provided.
    void write_outputs() const;

private:
    std::string misdeeds() const;
    std::string place(const std::string& tensor, std::size_t position) const;

    std::string id_, convention_;
    suite::Case case_;
    int pass_ = 0, threads_ = 0;
    double momentum_ = 0;
    std::int64_t num_batches_tracked_ = 0, step_ = 0;
    std::map<std::string, GuardedBuffer> inputs_, outputs_;
    std::map<std::string, std::string> output_paths_;
};

}  // namespace bncheck::candidate
