#include "completion.hpp"

#include "bncheck/suite/suite.hpp"
#include "option_tree.hpp"

namespace bncheck::tool {
namespace {

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
    return text;
}

/// What may stand where an option or a positional is due, but for files.
std::vector<std::string> words_for(const CLI::App& command) {
    std::vector<std::string> words;
    for (const CLI::Option* positional : positionals_of(command)) {
        for (const std::string& choice : choices_of(*positional)) words.push_back(choice);
        if (positional->get_name(true) != "suites") continue;
        for (const suite::Builtin& builtin : suite::builtin_suites()) words.emplace_back(builtin.name);
        words.emplace_back("all");
    }
    return words;
}

std::vector<std::string> option_names(const CLI::App& command) {
    std::vector<std::string> names;
    for (const CLI::Option* option : options_of(command))
        for (const std::string& name : names_of(*option)) names.push_back(name);
    return names;
}

/// A text between single quotes of zsh's _arguments: brackets, colons and quotes are its own.
std::string in_specification(const std::string& words) {
    std::string text;
    for (const char c : words) {
        if (c == '\'')
            text += "'\\''";
        else if (c == '[' || c == ']' || c == ':' || c == '\\')
            text += std::string("\\") + c;
        else
            text += c;
    }
    return text;
}

std::string specification(const CLI::Option& option) {
    const std::vector<std::string> names = names_of(option), choices = choices_of(option);
    std::string text;
    for (const std::string& name : names) {
        text += "      '*" + name + "[" + in_specification(option.get_description()) + "]";
        if (takes_value(option))
            text +=
                ":" + in_specification(value_name(option)) + ":" + (choices.empty() ? "_files" : "(" + joined(choices) + ")");
        text += "' \\\n";
    }
    return text;
}

}  // namespace

std::string bash_completion(const CLI::App& app) {
    std::string commands, options, values;
    for (const CLI::App* command : subcommands_of(app)) {
        commands += (commands.empty() ? "" : " ") + command->get_name();
        options += "    " + command->get_name() + ") options='" + joined(option_names(*command)) + "' words='" +
                   joined(words_for(*command)) + "' ;;\n";
        for (const CLI::Option* option : options_of(*command)) {
            if (!takes_value(*option)) continue;
            std::string patterns;
            for (const std::string& name : names_of(*option))
                patterns += (patterns.empty() ? "" : "|") + command->get_name() + "," + name;
            values += "    " + patterns + ") options='' words='" + joined(choices_of(*option)) + "' ;;\n";
        }
    }
    return R"(# bash completion for bncheck
_bncheck() {
  # COMP_WORDS is cut at : and = too.
  local line=${COMP_LINE:0:COMP_POINT} word= before= command= options= words= kept= k
  local -a typed
  read -ra typed <<< "$line"
  if [[ $line != *[[:space:]] ]]; then word=${typed[-1]}; unset 'typed[-1]'; fi
  before=${typed[-1]}
  for ((k = 1; k < ${#typed[@]}; ++k)); do
    [[ ${typed[k]} == -* ]] || { command=${typed[k]}; break; }
  done
  if [[ $word == --*=* ]]; then before=${word%%=*}; word=${word#*=}; fi
  if [[ $before == --checks && $word == *,* ]]; then kept=${word%,*},; word=${word##*,}; fi
  case $command in
    '') options=')" +
           joined(option_names(app)) + "' words='" + commands + "' ;;\n" + options + R"(  esac
  case $command,$before in
)" + values +
           R"(  esac
  # Without a match bash takes a file.
  if [[ $word == -* ]]; then words=$options; fi
  mapfile -t COMPREPLY < <(compgen -P "$kept" -W "$words" -- "$word")
  # Of what bash takes for several words the last is replaced.
  if [[ $word == *:* ]]; then COMPREPLY=("${COMPREPLY[@]#"${word%"${word##*:}"}"}"); fi
  if [[ ${COMPREPLY[0]} == *: ]]; then compopt -o nospace 2> /dev/null; fi
}
complete -o default -F _bncheck bncheck
)";
}

std::string zsh_completion(const CLI::App& app) {
    std::string commands, cases;
    for (const CLI::App* command : subcommands_of(app)) {
        commands += "    '" + command->get_name() + ":" + in_specification(command->get_description()) + "'\n";
        cases += "    " + command->get_name() + ")\n    _arguments -s \\\n";
        for (const CLI::Option* option : options_of(*command)) cases += specification(*option);
        const std::vector<std::string> words = words_for(*command);
        cases += words.empty() ? "      '*:file:_files' ;;\n"
                               : "      '*: :{_alternative \"words:word:(" + joined(words) + ")\" \"files:file:_files\"}' ;;\n";
    }
    return "#compdef bncheck\n_bncheck() {\n  local -a commands=(\n" + commands +
           "  )\n  if ((CURRENT == 2)); then\n    _describe command commands\n    return\n  fi\n  local command=$words[2]\n"
           "  shift words\n  ((--CURRENT))\n  case $command in\n" +
           cases +
           "  esac\n}\nif [[ $funcstack[1] == _bncheck ]]; then _bncheck \"$@\"; elif (( $+functions[compdef] )); then compdef "
           "_bncheck bncheck; fi\n";
}

}  // namespace bncheck::tool
