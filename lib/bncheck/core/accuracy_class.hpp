#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace bncheck {

/// Accuracy classes from the tightest to the loosest (design section 4).
enum class AccuracyClass { rounded, wide, pairwise, sequential, updating, shifted, textbook };

inline constexpr std::array<std::string_view, 7> accuracy_class_names{"rounded",  "wide",    "pairwise", "sequential",
                                                                      "updating", "shifted", "textbook"};
inline constexpr std::size_t accuracy_classes = accuracy_class_names.size();

inline std::string_view name_of(AccuracyClass c) { return accuracy_class_names[static_cast<std::size_t>(c)]; }

inline std::optional<AccuracyClass> accuracy_class_from(std::string_view name) {
    for (std::size_t k = 0; k < accuracy_classes; ++k)
        if (accuracy_class_names[k] == name) return static_cast<AccuracyClass>(k);
    return std::nullopt;
}

}  // namespace bncheck
