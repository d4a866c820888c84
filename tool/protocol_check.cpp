#include "protocol_check.hpp"

#include <iostream>
#include <set>

#include "bncheck/candidate/candidate.hpp"
#include "bncheck/candidate/protocol_check.hpp"
#include "bncheck/core/printable.hpp"

namespace bncheck::tool {

int protocol_check_command(const ProtocolCheckArguments& arguments) {
    std::size_t messages = 0, wrong = 0;
    std::set<std::string> noted;
    const auto show = [&](const candidate::CheckedMessage& message) {
        ++messages;
        wrong += message.is_wrong();
        std::cout << (message.is_wrong() ? "wrong  " : "ok     ") << message.about << "\n";
        if (message.is_wrong() || arguments.verbose) {
            if (!message.sent.empty()) std::cout << "    > " << message.sent << "\n";
            std::cout << "    < " << (message.answered.empty() ? "(no answer)" : printable(message.answered, 4000)) << "\n";
        }
        for (const candidate::Remark& remark : message.remarks)
            if (remark.wrong || noted.insert(remark.text).second)  // once is enough of what recurs
                std::cout << (remark.wrong ? "    wrong: " : "    note: ") << printable(remark.text, 4000) << "\n";
        std::cout.flush();
    };
    candidate::check_protocol(candidate::command_of(arguments.candidate), arguments.timeout, show);
    std::cout << messages << " messages, "
              << (wrong ? std::to_string(wrong) + " of them answered wrongly" : "all answered as the protocol has it") << "\n";
    return wrong ? 3 : 0;
}

}  // namespace bncheck::tool
