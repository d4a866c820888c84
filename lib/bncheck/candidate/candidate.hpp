#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "bncheck/suite/problem.hpp"

namespace bncheck::candidate {

/// What a candidate says of itself; what it does not name it does not support.
struct Hello {
    std::string name;
    std::set<std::string> dtypes, layouts, modes, passes;
    std::optional<std::string> convention;
    bool flushes_to_zero = false;
    /// Its outputs are there already, of the cases' own data (and last step): nothing else can be asked of it.
    bool fixed = false;

    /// Why a case cannot be put to it, or "".
    std::string obstacle(const suite::Case& c, const std::string& pass) const;
    /// Whether it says the same of what can be asked, whatever it is called.
    bool agrees_with(const Hello& other) const;
    /// Why it cannot be asked about other data than a case's own, or "".
    std::string obstacle_to_other_data() const;
};

struct Request {
    const suite::Case& c;
    std::string pass;                  ///< forward, backward, double-backward
    const bn::Convention* convention;  ///< that the candidate is spoken to in
    double momentum = 0;               ///< in that convention
    std::uint64_t num_batches_tracked = 0;
    std::size_t step = 0;
    const suite::Tensors& inputs;
    std::vector<std::string> outputs;  ///< names of what is wanted
    std::size_t threads = 0;           ///< that the candidate is to use; 0: its own choice
};

struct Response {
    enum class Status { ok, skipped, error } status = Status::ok;
    std::string reason;                              ///< of skipped and error
    suite::Tensors outputs;                          ///< those that were provided
    std::map<std::string, std::string> faults = {};  ///< outputs that are there and cannot be read, with the reason
};

class Channelwise;

/// An implementation of batch normalization. `run` does not throw for what the candidate does wrong: it answers `error`.
class Candidate {
public:
    virtual ~Candidate() = default;
    virtual const Hello& hello() const = 0;
    virtual Response run(const Request& request) = 0;
    virtual const Channelwise* channelwise() const { return nullptr; }  ///< this, where it is one
    virtual std::string stderr_text() const { return ""; }              ///< what it wrote there, bounded
};

/// builtin:NAME, exec:COMMAND, plugin:PATH or saved:DIR. `timeout` in seconds a request. Throws Error{usage} for a wrong SPEC
/// and Error{candidate} where it cannot be started.
std::unique_ptr<Candidate> make_candidate(const std::string& spec, double timeout);

/// The command that exec:COMMAND or plugin:PATH starts, which speaks the protocol. Throws Error{usage} for others.
std::vector<std::string> command_of(const std::string& spec);

std::unique_ptr<Candidate> make_builtin(const std::string& name);
std::vector<std::string> builtin_names();

}  // namespace bncheck::candidate
