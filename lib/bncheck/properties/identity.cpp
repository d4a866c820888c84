#include "bncheck/properties/identity.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "bncheck/core/tensor_name.hpp"
#include "bncheck/properties/transform.hpp"

namespace bncheck::properties {
namespace {

using judge::ChannelBounds;
using judge::TensorFindings;

/// Tolerances are sums of at most m + 64 nonnegative terms of at most 64 roundings each: this makes them upper bounds.
double upwards(double m) { return 1 + (m + 128) * 0x1p-52; }

double or_infinity(double bound) { return std::isnan(bound) ? std::numeric_limits<double>::infinity() : bound; }

/// What `tensor` is held against in a channel.
judge::Requirement requirement(const Subject& subject, const suite::Case& c, const std::string& tensor) {
    return {subject.required, 0, format_of(suite::dtype_of(c, tensor))};
}

/// A sum of a channel's dx is a number of double.
judge::Requirement sum_requirement(const Subject& subject) { return {subject.required, 0, format_of(Dtype::float64)}; }

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
                // Where one is beyond the type and the other just within, the finite one says what is due. Of two NaN the
                // definition says it.
                if (std::isinf(want) && std::isfinite(got)) std::swap(want, got);
                if (std::isnan(want)) want = got, got = std::numeric_limits<double>::quiet_NaN();
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

/// Both sums of a channel and their tolerances by class.
struct Sums {
    __float128 dx = 0, dx_xhat = 0;
    double dx_magnitude = 0, dx_xhat_magnitude = 0;
    ChannelBounds::PerClass dx_tolerance{}, dx_xhat_tolerance{};
};

/// dx' and xhat' are the candidate's dx and the oracle's xhat, with |dx' - dx| <= E and |xhat' - xhat| <= R. Then
///     |sum dx' - sum dx| <= sum E,
///     |sum dx' xhat' - sum dx xhat| = |sum (dx' - dx) xhat' + dx (xhat' - xhat)| <= sum (|xhat'| E + |dx| R),
/// and the sums themselves, in 113 bits, where products of doubles are exact, err by m 2^-113 of their magnitudes, and by 2^-53
/// where they are kept as double.
Sums sums_of(const ChannelModel& model, const suite::Case& c, const Tensor& dx, std::size_t channel) {
    Sums s;
    const std::size_t m = c.shape.count();
    for (std::size_t i = 0; i < m; ++i) {
        const double value = output_at(c, dx, "dx", channel, i), xhat = model.xhat(i);
        const double true_dx = std::fabs(model.dx(i)) + model.dx_radius(i);
        const ChannelBounds::PerClass bound = model.bound("dx", i);
        s.dx += value;
        s.dx_xhat += static_cast<__float128>(value) * xhat;
        if (std::isfinite(value)) {  // else the sum is not finite, which no tolerance excuses
            s.dx_magnitude += std::fabs(value);
            s.dx_xhat_magnitude += std::fabs(value * xhat);
        }
        for (std::size_t k = 0; k < accuracy_classes; ++k) {
            s.dx_tolerance[k] += bound[k];
            s.dx_xhat_tolerance[k] += or_infinity(std::fabs(xhat) * bound[k]) + true_dx * model.xhat_radius(i);
        }
    }
    const double lost = static_cast<double>(m) * 0x1p-113;
    const auto rounding = [](__float128 sum) {
        const double kept = static_cast<double>(sum);
        return std::isfinite(kept) ? 0x1p-53 * std::fabs(kept) : 0;
    };
    for (std::size_t k = 0; k < accuracy_classes; ++k) {
        s.dx_tolerance[k] += lost * s.dx_magnitude + rounding(s.dx);
        s.dx_xhat_tolerance[k] += lost * s.dx_xhat_magnitude + rounding(s.dx_xhat);
    }
    return s;
}

/// gamma eps r^3 dgamma from the oracle's r' = r (1 +- rho) and the candidate's dgamma' (the oracle's where there is none),
/// with |dgamma' - dgamma| <= E:
///     |r'^3 dgamma' - r^3 dgamma| <= r'^3 (E + ((1 + rho)^3 - 1) |dgamma|),
/// since |r'^3 - r^3| <= r'^3 ((1 + rho)^3 - 1). Its 5 products in 113 bits are nothing beside the rounding to hi + lo.
struct RightHandSide {
    oracle::Enclosure value;
    ChannelBounds::PerClass tolerance;
};
RightHandSide right_hand_side(const ChannelModel& model, const suite::Tensors& outputs, std::size_t channel) {
    const oracle::Radii& radii = model.facts().radii;
    const double oracle_dgamma = model.state().c * model.view().count(), rho = radii.rho;
    const auto given = outputs.find("dgamma");
    const double dgamma = given == outputs.end() ? oracle_dgamma : given->second.at(channel);
    ChannelBounds::PerClass error;
    error.fill(radii.dgamma);
    if (given != outputs.end()) error = model.bound("dgamma", 0);
    const __float128 r = model.state().r, factor = static_cast<__float128>(model.view().gamma) * model.view().eps * r * r * r;
    const __float128 value = factor * dgamma;
    RightHandSide side{{static_cast<double>(value), 0, 0}, {}};
    side.value.lo = static_cast<double>(value - side.value.hi);
    const double scale = std::fabs(static_cast<double>(factor)), cube = rho * (3 + rho * (3 + rho));
    for (std::size_t k = 0; k < accuracy_classes; ++k)
        side.tolerance[k] = scale == 0 ? 0
                                       : or_infinity(scale * (error[k] + cube * (std::fabs(oracle_dgamma) + radii.dgamma))) +
                                             (std::isfinite(side.value.hi) ? 0x1p-104 * std::fabs(side.value.hi) : 0);
    return side;
}

}  // namespace

std::vector<Finding> gradient_sums(const Subject& subject, const Instance& instance, const suite::Tensors& outputs) {
    const suite::Case& c = instance.c;
    const double up = upwards(static_cast<double>(c.shape.count()));
    const Format format = format_of(c.dtype);
    const auto dx = outputs.find("dx");
    // Both are sums of dx: told apart by names that are put back below.
    std::vector<Finding> found = over_channels(
        c.shape.channels(), within_class("", true), {"sum-dx-zero", "sum-dx-xhat"},
        [&](std::size_t channel, TensorMap& sums) -> std::string {
            if (dx == outputs.end()) return "";
            const ChannelModel model(instance, subject, channel);
            if (std::string why = model.obstacle(); !why.empty()) return why;
            for (std::size_t i = 0; i < c.shape.count(); ++i)
                if (!(std::fabs(model.dx(i)) < format.largest() * (1 - format.unit_roundoff())))
                    return "dx is beyond the largest number of the type";
            if (!(std::fabs(model.state().c) * model.view().count() < format_of(statistics_dtype(c.dtype)).largest() / 2))
                return "dgamma may be beyond the largest number of its type";
            Sums s = sums_of(model, c, dx->second, channel);
            const RightHandSide right = right_hand_side(model, outputs, channel);
            for (std::size_t k = 0; k < accuracy_classes; ++k) {
                s.dx_tolerance[k] = or_infinity(s.dx_tolerance[k] * up);
                s.dx_xhat_tolerance[k] = or_infinity((s.dx_xhat_tolerance[k] + right.tolerance[k]) * up);
            }
            const judge::Requirement due = sum_requirement(subject);
            add(sums["sum-dx-zero"], {channel, 0, static_cast<double>(s.dx), {}}, s.dx_tolerance, due);
            add(sums["sum-dx-xhat"], {channel, 0, static_cast<double>(s.dx_xhat), right.value}, s.dx_xhat_tolerance, due);
            return "";
        });
    for (Finding& finding : found) {
        finding.property = finding.tensor;
        finding.tensor = "dx";
    }
    return found;
}

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
