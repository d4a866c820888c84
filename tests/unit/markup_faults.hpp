#pragma once

// What is wrong with XML and LaTeX, as far as it can be told from brackets.

#include <algorithm>
#include <string>
#include <vector>

/// What is wrong with the elements of a piece of XML; empty where each one is closed in its order and characters are escaped.
inline std::string xml_fault(const std::string& xml) {
    std::vector<std::string> open;
    for (std::size_t at = 0; at < xml.size(); ++at) {
        if (xml[at] == '>') return "a bare >";
        if (xml[at] == '&') {
            const std::size_t end = xml.find(';', at);
            const std::string entity = xml.substr(at, end == std::string::npos ? end : end - at + 1);
            if (entity != "&amp;" && entity != "&lt;" && entity != "&gt;" && entity != "&quot;") return "a bare &";
        }
        if (xml[at] != '<') continue;
        const std::size_t end = xml.find('>', at);
        if (end == std::string::npos) return "a tag without end";
        const std::string tag = xml.substr(at + 1, end - at - 1);
        at = end;
        if (tag.find('<') != std::string::npos || std::count(tag.begin(), tag.end(), '"') % 2 != 0) return "a bad tag " + tag;
        if (tag.front() == '!' || tag.substr(0, 4) == "meta" || tag == "wbr") continue;
        const std::string name = tag.substr(0, tag.find(' '));
        if (tag.front() != '/') {
            open.push_back(name);
        } else {
            if (open.empty() || "/" + open.back() != name) return "<" + name + "> closes " + (open.empty() ? "" : open.back());
            open.pop_back();
        }
    }
    return open.empty() ? "" : "<" + open.back() + "> is not closed";
}

/// Braces that are not escaped, and environments, each closed in its order.
inline std::string latex_fault(const std::string& latex) {
    std::vector<std::string> open;
    for (std::size_t at = 0; at < latex.size(); ++at) {
        if (latex[at] == '\\') {
            for (const std::string word : {"begin{", "end{"}) {
                if (latex.compare(at + 1, word.size(), word) != 0) continue;
                const std::size_t name = at + 1 + word.size();
                const std::string environment = latex.substr(name, latex.find('}', name) - name);
                if (word == "begin{") {
                    open.push_back(environment);
                } else {
                    if (open.empty() || open.back() != environment) return "the end of " + environment;
                    open.pop_back();
                }
            }
            ++at;
        } else if (latex[at] == '{') {
            open.push_back("{");
        } else if (latex[at] == '}') {
            if (open.empty() || open.back() != "{") return "a brace too many";
            open.pop_back();
        }
    }
    return open.empty() ? "" : open.back() + " is not closed";
}
