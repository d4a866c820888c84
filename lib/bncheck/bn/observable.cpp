#include "bncheck/bn/observable.hpp"

namespace bncheck::bn {

std::set<std::string> observable_difference(const Convention& implemented, const Convention& judged_by) {
    std::set<std::string> tensors;
    constexpr std::size_t several = 2;  // values per channel, where nothing depends on how many
    const bool variance_is_judged = judged_by.running_var_obstacle(several).empty();
    if (implemented.momentum != judged_by.momentum) {
        tensors.insert("running_mean");
        if (variance_is_judged) tensors.insert("running_var");
    }
    const bool variance_is_known = implemented.running_variance != RunningVariance::unspecified;
    if (variance_is_known && variance_is_judged && implemented.unbiased() != judged_by.unbiased())
        tensors.insert("running_var");

    const bool hands_out = implemented.saved == Saved::mean_invstd || implemented.saved == Saved::mean_variance;
    if (hands_out && implemented.second_saved() != judged_by.second_saved()) tensors.emplace(judged_by.second_saved());

    if (implemented.minimum_eps > judged_by.minimum_eps) {
        tensors.insert("y");
        if (hands_out && judged_by.second_saved() == "save_invstd") tensors.insert("save_invstd");
    }

    if (!judged_by.refusal_of(1).empty()) return tensors;
    const bool single_variance_is_judged = judged_by.running_var_obstacle(1).empty();
    if (implemented.one_value == OneValue::refused) tensors.insert("refusal");
    if (implemented.one_value == OneValue::copies_x) {
        tensors.insert({"y", "running_mean"});
        if (single_variance_is_judged) tensors.insert("running_var");
    }
    if (implemented.one_value == OneValue::running_var_undefined && single_variance_is_judged) tensors.insert("running_var");
    return tensors;
}

}  // namespace bncheck::bn
