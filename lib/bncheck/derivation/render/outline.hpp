#pragma once

// The document in the order in which it is read, numbered, with what was found put into words: what all printed formats share.
// All prose has its formulas between backquotes.

#include <string>
#include <vector>

#include "bncheck/derivation/render/notation.hpp"
#include "bncheck/derivation/steps/document.hpp"

namespace bncheck::derivation {

/// A step of the derivation, or one arrangement of it in code.
struct OutlineStep {
    std::string number;  ///< "2.3"
    std::string id;
    std::string title = {};  ///< of an arrangement
    std::vector<Relation> formulas;
    Vocabulary vocabulary = {};
    std::string reason;  ///< of an arrangement, where it stands
    bool proven = true;
    std::string finding;  ///< what is said behind "proven", or empty; where it is not proven, what failed
};

struct OutlinePart {
    std::string number, id, title;
    std::string introduction = {};
    std::vector<OutlineStep> steps = {};
};

struct Outline {
    std::string title;
    std::vector<std::string> introduction;
    std::vector<OutlinePart> sections;
    OutlinePart names;         ///< without steps; the table is that of code_names()
    OutlinePart arrangements;  ///< its steps are arrangements
    OutlinePart argument;      ///< without steps
    std::vector<std::string> argument_paragraphs;
    std::vector<std::string> conclusion;  ///< sentences; the last one says whether all steps are proven, or which are not
};

Outline outline_of(const Document& document);

}  // namespace bncheck::derivation
