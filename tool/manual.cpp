#include "manual.hpp"

#include "bncheck/run/version.hpp"
#include "option_tree.hpp"

namespace bncheck::tool {
namespace {

/// Text as man(7) takes it: backslashes and hyphens of options are themselves, and no line is a request by its first character.
std::string roff(const std::string& words) {
    std::string text;
    for (const char c : words) {
        if (c == '\\')
            text += "\\e";
        else if (c == '-')
            text += "\\-";
        else if ((c == '.' || c == '\'') && (text.empty() || text.back() == '\n'))
            text += std::string("\\&") + c;
        else
            text += c;
    }
    return text;
}

std::string heading(const CLI::Option& option) {
    std::string text;
    for (const std::string& name : names_of(option)) text += (text.empty() ? "\\fB" : ", \\fB") + roff(name) + "\\fR";
    return text + (takes_value(option) ? " \\fI" + roff(value_name(option)) + "\\fR" : "");
}

std::string described(const CLI::Option& option) {
    std::string text = option.get_description();
    std::string choices;
    for (const std::string& choice : choices_of(option)) choices += (choices.empty() ? "" : ", ") + choice;
    if (!choices.empty()) text += " (" + choices + ")";
    if (!option.get_default_str().empty() && takes_value(option)) text += "; by default " + option.get_default_str();
    return roff(text);
}

std::string section(const CLI::App& command) {
    std::string text = ".SS \\fBbncheck " + roff(command.get_name()) + "\\fR [\\fIoptions\\fR]";
    for (const CLI::Option* positional : positionals_of(command))
        text += " \\fI" + roff(positional->get_name(true)) + "\\fR" + (positional->get_items_expected_max() > 1 ? " ..." : "");
    text += "\n" + roff(command.get_description()) + ".\n";
    for (const CLI::Option* positional : positionals_of(command))
        text += ".TP\n\\fI" + roff(positional->get_name(true)) + "\\fR\n" + described(*positional) + "\n";
    for (const CLI::Option* option : options_of(command))
        if (!option->check_lname("help")) text += ".TP\n" + heading(*option) + "\n" + described(*option) + "\n";
    return text;
}

constexpr const char* after = R"(.SH EXIT STATUS
.TP
0
everything passed
.TP
1
a check failed; a known failure passed, or an entry of known failures matched nothing; with \fB\-\-strict\fR also where a check was inconclusive
.TP
2
wrong usage, an invalid file, or a file that could not be written
.TP
3
a candidate could not be run (crash, timeout, protocol), or an internal error
.TP
4
nothing was selected, or all was skipped
.PP
Where several hold, 2 comes before 3, 3 before 1, and 1 before 4.
.SH ENVIRONMENT
.TP
NO_COLOR
where it is not empty, \fB\-\-color auto\fR shows none
.TP
COLUMNS
the width of the terminal, where it is set
)";

}  // namespace

std::string manual_page(const CLI::App& app) {
    std::string text =
        std::string(".TH BNCHECK 1 \"\" \"bncheck ") + run::version +
        "\" \"User Commands\"\n.SH NAME\nbncheck \\- checks implementations of batch normalization\n.SH SYNOPSIS\n"
        "\\fBbncheck\\fR \\fIcommand\\fR [\\fIoptions\\fR]\n.SH DESCRIPTION\n" +
        roff(app.get_description()) + "\n.SH COMMANDS\n";
    for (const CLI::App* command : subcommands_of(app)) text += section(*command);
    return text + after;
}

}  // namespace bncheck::tool
