#include "bncheck/properties/identity.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "bncheck/core/tensor_name.hpp"
#include "bncheck/properties/tolerance.hpp"
#include "bncheck/properties/transform.hpp"

namespace bncheck::properties {
namespace {

using judge::ChannelBounds;

/// What `tensor` is held against in a channel.
judge::Requirement requirement(const Subject& subject, const suite::Case& c, const std::string& tensor) {
    return {subject.required, 0, format_of(suite::dtype_of(c, tensor))};
}

std::size_t count(const suite::Case& c, const std::string& tensor) {
    return tensor_name::is_elementwise(tensor) ? c.shape.count() : 1;
}

/// An instance and what the candidate gave for it.
struct Side {
    const Instance& instance;
    const suite::Tensors& outputs;
};

/// Outputs of `b` that must be those of `a`: value i is value order[i], and a tensor named in `offset` is larger by c.
struct Relation {
    std::function<std::vector<std::size_t>(std::size_t channel)> order;  ///< none: the same places
    std::string offset;
    std::function<double(std::size_t channel)> by;
    std::function<std::string(std::size_t channel)> obstacle;
};

/// True values are related exactly, so that computed ones are within E_a + E_b.
std::vector<Finding> related(const Subject& subject, const Finding& property, const Side& a, const Side& b,
                             const std::vector<std::string>& tensors, const Relation& relation) {
    const suite::Case& c = a.instance.c;
    return over_channels(c.shape.channels(), property, tensors, [&](std::size_t channel, TensorMap& found) -> std::string {
        if (relation.obstacle)
            if (std::string why = relation.obstacle(channel); !why.empty()) return why;
        const ChannelModel first(a.instance, subject, channel), second(b.instance, subject, channel);
        for (const ChannelModel* model : {&first, &second})
            if (std::string why = model->obstacle(); !why.empty()) return why;
        const std::vector<std::size_t> order = relation.order ? relation.order(channel) : std::vector<std::size_t>{};
        for (const std::string& tensor : tensors) {
            const auto from = a.outputs.find(tensor), to = b.outputs.find(tensor);
            if (from == a.outputs.end() || to == b.outputs.end()) continue;
            const bool elementwise = tensor_name::is_elementwise(tensor);
            const double offset = tensor == relation.offset ? relation.by(channel) : 0;
            for (std::size_t i = 0; i < count(c, tensor); ++i) {
                const std::size_t j = elementwise && !order.empty() ? order[i] : i;
                double want = output_at(c, from->second, tensor, channel, j);
                double got = output_at(c, to->second, tensor, channel, i);
                // Where one is beyond the type and the other just within, the finite one says what is due. A NaN on either
                // side is the one that is wrong, and of two NaN both are: whatever finite number is due.
                if (offset == 0 && std::isinf(want) && std::isfinite(got)) std::swap(want, got);
                if (std::isnan(want)) std::swap(want, got);
                if (std::isnan(want)) want = 0;
                ChannelBounds::PerClass tolerance = first.bound(tensor, j);
                const ChannelBounds::PerClass more = second.bound(tensor, i);
                for (std::size_t k = 0; k < accuracy_classes; ++k) tolerance[k] = (tolerance[k] + more[k]) * upwards(0);
                const double sum = want + offset, back = sum - want;  // want + offset = sum + lost exactly (Knuth's TwoSum)
                const double lost = std::isfinite(sum) ? (want - (sum - back)) + (offset - back) : 0;
                add(found[tensor], {channel, i, got, {sum, lost, 0}}, tolerance, requirement(subject, c, tensor));
            }
        }
        return "";
    });
}

std::vector<std::string> joined(std::vector<std::string> a, const std::vector<std::string>& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

std::vector<std::string> without(std::vector<std::string> names, std::initializer_list<const char*> left_out) {
    for (const char* name : left_out) std::erase(names, name);
    return names;
}

}  // namespace

std::vector<Finding> permutation_invariance(const Subject& subject, const Instance& instance, const suite::Tensors& outputs) {
    const suite::Case& c = instance.c;
    const Instance other = permuted(instance);
    const suite::Tensors moved = ask(subject, other);
    Relation relation;
    relation.order = [&](std::size_t channel) { return permutation(c, channel); };
    std::vector<std::string> tensors = joined(forward_outputs(subject, c), backward_outputs(subject, c));
    if (!c.training) tensors = without(tensors, {"running_mean", "running_var"});  // inputs that come back as they were
    return related(subject, within_class("permutation"), {instance, outputs}, {other, moved}, tensors, relation);
}

std::vector<Finding> shift_invariance(const Subject& subject, const Instance& instance) {
    const suite::Case& c = instance.c;
    const Shift shift = shifted(instance);
    const bool some = std::any_of(shift.obstacles.begin(), shift.obstacles.end(), [](const auto& o) { return o.empty(); });
    const suite::Tensors from = some ? ask(subject, shift.from) : suite::Tensors{};
    const suite::Tensors to = some ? ask(subject, shift.to) : suite::Tensors{};
    Relation relation;
    relation.offset = "save_mean";
    relation.by = [&](std::size_t channel) { return shift.by[channel]; };
    relation.obstacle = [&](std::size_t channel) { return shift.obstacles[channel]; };
    // running_mean moves by a part of c only.
    std::vector<std::string> tensors =
        without(joined(forward_outputs(subject, c), backward_outputs(subject, c)), {"running_mean"});
    if (!c.training) tensors = without(tensors, {"running_var"});
    return related(subject, within_class("shift"), {shift.from, from}, {shift.to, to}, tensors, relation);
}

/// With gamma' and beta' the numbers of their type next to sqrt(q) and mu, the true output is gamma' xhat + beta' = x + (gamma'
/// - sqrt q) xhat + (beta' - mu); so |y - x| <= E_y + |gamma' - sqrt q| |xhat| + |beta' - mu|. The oracle knows sqrt q = 1/r to
/// rho / (1 - rho), and mu to eta.
std::vector<Finding> restoring_x(const Subject& subject, const Instance& instance) {
    const suite::Case& c = instance.c;
    if (!c.affine) return {skipped("restores-x", "y", "the case has no gamma and beta")};
    if (!subject.forward(c)) return {skipped("restores-x", "y", subject.candidate.hello().obstacle(c, "forward"))};
    Instance other = instance;
    for (std::size_t channel = 0; channel < c.shape.channels(); ++channel) {
        const ChannelModel model(instance, subject, channel);
        const bool defined = model.obstacle().empty();
        other.inputs.at("gamma").set(channel, defined ? 1 / model.facts().r : 1);
        other.inputs.at("beta").set(channel, defined ? model.facts().hi : 0);
    }
    const suite::Tensors outputs = ask(subject, other);
    return over_channels(
        c.shape.channels(), within_class("restores-x"), {"y"}, [&](std::size_t channel, TensorMap& found) -> std::string {
            const ChannelModel given(instance, subject, channel), model(other, subject, channel);
            for (const ChannelModel* m : {&given, &model})
                if (std::string why = m->obstacle(); !why.empty()) return why;
            const oracle::ChannelFacts& f = model.facts();
            const double root = 1 / f.r, rho = f.radii.rho;
            const double gamma_error = std::fabs(model.view().gamma - root) + (rho / (1 - rho) + 0x1p-52) * root;
            const double beta_error =
                std::fabs((model.view().beta - f.hi) - f.lo) + f.eta + 0x1p-52 * std::fabs(model.view().beta);
            for (std::size_t i = 0; i < c.shape.count(); ++i) {
                ChannelBounds::PerClass tolerance = model.bound("y", i);
                for (double& t : tolerance)
                    t = (t + gamma_error * (std::fabs(model.xhat(i)) + model.xhat_radius(i)) + beta_error) * upwards(0);
                add(found["y"], {channel, i, output_at(c, outputs.at("y"), "y", channel, i), {model.x(i)}}, tolerance,
                    requirement(subject, c, "y"));
            }
            return "";
        });
}

}  // namespace bncheck::properties
