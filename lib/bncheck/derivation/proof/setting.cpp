#include "bncheck/derivation/proof/setting.hpp"

#include <algorithm>

#include "bncheck/derivation/formula/formula.hpp"

namespace bncheck::derivation {
namespace {

/// A quantity by a formula of quantities above it whose terms are at least those that it has, signs apart.
struct Sized {
    const char *names, *formula;
};

// x_j enters y_i = gamma (x_i - mu) r + beta directly, through mu and through r. As (sum (x_i - mu)^2 / m)' = 2 d_j / m for a
// move of x_j, r' is -r^3 d_j / m.
constexpr Sized in_training[] = {
    {"mu", "sum(x)/m"},
    {"d", "x - mu"},
    {"v", "sum(x^2)/m - mu^2"},
    {"xhat", "d*r"},
    {"y", "gamma*xhat + beta"},
    // local derivatives
    {"mu/x", "1/m"},
    {"d/x q/v y/beta d/mu", "1"},
    {"v/d", "2*d/m"},
    {"r/q", "r^3/2"},
    {"xhat/d", "r"},
    {"xhat/r", "d"},
    {"y/xhat", "gamma"},
    {"y/gamma", "xhat"},
    // the gradient of sum dy_i y_i by every node
    {"dbeta staged.dbeta closed.dbeta", "sum(dy)"},
    {"dgamma staged.dgamma closed.dgamma", "sum(dy*xhat)"},
    {"dxhat staged.dxhat", "gamma*dy"},
    {"dr staged.dr", "gamma*sum(dy*d)"},
    {"dq staged.dq dv staged.dv", "r^3*gamma*sum(dy*d)"},
    {"dd staged.dd", "gamma*r*dy + gamma*r^3*d*sum(dy*d)/m"},
    {"dmu staged.dmu", "sum(dd)"},
    {"dx", "gamma*r*(dy - sum(dy)/m) - gamma*r^3*d*sum(dy*d)/m"},
    {"staged.dx", "dd + dmu/m"},
    {"closed.dx", "gamma*r*(dy - dbeta/m - xhat*dgamma/m)"},
    // running statistics
    {"unbiased", "v*m/(m - 1)"},
    {"new_running_mean", "(1 - w)*running_mean + w*mu"},
    {"new_running_var", "(1 - w)*running_var + w*unbiased"},
    // L is the derivative of sum dy_i y_i along (ddx, ddgamma, ddbeta); products of r, whose derivative is -r^3 d_j / m, of sum
    // dy d, whose derivative is dy_j - sum dy / m, and of sum ddx d likewise
    {"L", "gamma*r*(sum(ddx*dy) - sum(ddx)*sum(dy)/m - r^2*sum(ddx*d)*sum(dy*d)/m) + ddgamma*sum(dy*xhat) + ddbeta*sum(dy)"},
    {"L/xhat", "gamma*r*(ddx*sum(dy*xhat) + dy*sum(ddx*xhat))/m + ddgamma*dy"},
    {"L/r", "gamma*(sum(ddx*dy) - sum(ddx)*sum(dy)/m - sum(ddx*xhat)*sum(dy*xhat)/m)"},
    {"r/x", "r^3*d/m"},
    {"gdy double.gdy", "gamma*r*(ddx - sum(ddx)/m - r^2*d*sum(ddx*d)/m) + ddgamma*xhat + ddbeta"},
    {"gx double.gx",
     "ddgamma*(r*(dy - sum(dy)/m) - r^3*d*sum(dy*d)/m) - gamma*r^3*d/m*(sum(ddx*dy) - sum(ddx)*sum(dy)/m)"
     " + 3*gamma*r^5*d*sum(dy*d)*sum(ddx*d)/m^2"
     " - gamma*r^3*((dy - sum(dy)/m)*sum(ddx*d) + (ddx - sum(ddx)/m)*sum(dy*d))/m"},
    {"ggamma double.ggamma", "r*(sum(ddx*dy) - sum(ddx)*sum(dy)/m - r^2*sum(ddx*d)*sum(dy*d)/m)"},
    // what bn::projection computes
    {"su", "sum(ddx*xhat)/m"},
    {"sg", "sum(dy*xhat)/m"},
    {"Pu", "ddx - sum(ddx)/m - xhat*su"},
    {"Pg", "dy - sum(dy)/m - xhat*sg"},
    {"B", "sum(ddx*Pg)/m"},
};

constexpr Sized in_inference[] = {
    {"d", "x - mu"},
    {"xhat", "d*r"},
    {"y", "gamma*xhat + beta"},
    {"y/x", "gamma*r"},
    {"dbeta closed.dbeta", "sum(dy)"},
    {"dgamma closed.dgamma", "sum(dy*xhat)"},
    {"dx closed.dx", "gamma*r*dy"},
    {"L", "gamma*r*sum(ddx*dy) + ddgamma*sum(dy*xhat) + ddbeta*sum(dy)"},
    {"gdy double.gdy", "gamma*r*ddx + ddgamma*xhat + ddbeta"},
    {"gx double.gx", "ddgamma*r*dy"},
    {"ggamma double.ggamma", "r*sum(ddx*dy)"},
};

template <class Set>
QuotientExtent leaf(Set set) {
    QuotientExtent e{constant_extent(), constant_extent()};
    e.numerator.monomial = false;
    set(e.numerator);
    return e;
}

/// What everything is made of.
Extents leaves(Setting setting, Seed seed) {
    const bool training = setting != Setting::inference, affine = setting != Setting::without_affine;
    Extents all;
    const auto seeded = [&](Seed own, bool indexed) {
        return leaf([&](Extent& e) {
            e.zero = own != seed && seed != Seed::all;
            e.seeds = {1, 1};
            e.local = e.indexed = indexed;
        });
    };
    const QuotientExtent one{constant_extent(), constant_extent()};
    const QuotientExtent other = leaf([](Extent&e) { e.others = 1; }), nothing = leaf([](Extent&e) { e.zero = true; });
    all["m"] = leaf([](Extent& e) {
        e.m_low = e.m_high = 1;
        e.monomial = true;
    });
    all["x"] = leaf([](Extent& e) {
        e.x = 1;
        e.local = e.indexed = true;
    });
    all["dy"] = leaf([](Extent& e) {
        e.dy = {1, 1};
        e.local = e.indexed = true;
    });
    all["ddx"] = seeded(Seed::ddx, true);
    all["ddgamma"] = affine ? seeded(Seed::ddgamma, false) : nothing;
    all["ddbeta"] = affine ? seeded(Seed::ddbeta, false) : nothing;
    all["eps"] = leaf([](Extent& e) { e.twice_eps = 2; });
    all["r"] = leaf([&](Extent& e) {
        e.root = 1;
        e.x = training ? -1 : 0;
        e.twice_eps = -1;
        e.m_low = training ? 1 : 0;
        e.monomial = true;
    });
    all["q"] = extent_of(parse_expression("r^-2"), all);
    all["gamma"] = affine ? leaf([](Extent& e) {
        e.gamma = {1, 1};
        e.monomial = true;
    })
                          : one;
    all["beta"] = affine ? other : nothing;
    for (const char* name : {"w", "running_mean", "running_var"}) all[name] = other;
    if (!training) {
        all["mu"] = other;
        all["v"] = all["eps"];
    }
    return all;
}

template <std::size_t n>
void add(Extents& all, const Sized (&table)[n]) {
    for (const auto& [names, formula] : table) {
        const QuotientExtent size = extent_of(parse_expression(formula), all);
        const std::string text = names;
        for (std::size_t begin = 0; begin < text.size();) {
            const std::size_t end = std::min(text.find(' ', begin), text.size());
            all[text.substr(begin, end - begin)] = size;
            begin = end + 1;
        }
    }
}

}  // namespace

Extents extents(Setting setting, Seed seed) {
    Extents all = leaves(setting, seed);
    if (setting == Setting::inference)
        add(all, in_inference);
    else
        add(all, in_training);
    return all;
}

std::vector<NamedQuantity> named_quantities(Setting setting) {
    std::vector<NamedQuantity> all = {
        {"x", "the input", true},
        {"m", "the number of values of the channel", false},
        {"mu", "the mean", false},
        {"d", "x - mu", true},
        {"v", "the biased variance", false},
        {"eps", "added to the variance", false},
        {"q", "v + eps", false},
        {"r", "q^(-1/2)", false},
        {"xhat", "(x - mu) r", true},
        {"gamma", "the weight", false},
        {"beta", "the bias", false},
        {"y", "gamma xhat + beta", true},
        {"dy", "the gradient of y", true},
        {"dx", "the gradient of x", true},
        {"dgamma", "the gradient of gamma", false},
        {"dbeta", "the gradient of beta", false},
        {"ddx", "of the double backward: the gradient that arrives at dx", true},
        {"ddgamma", "of the double backward: the gradient that arrives at dgamma", false},
        {"ddbeta", "of the double backward: the gradient that arrives at dbeta", false},
        {"gdy", "of the double backward: the gradient of dy", true},
        {"gx", "of the double backward: the gradient of x", true},
        {"ggamma", "of the double backward: the gradient of gamma", false},
    };
    if (setting == Setting::training)
        for (const NamedQuantity& quantity : std::vector<NamedQuantity>{{"dxhat", "the gradient of xhat", true},
                                                                        {"dr", "the gradient of r", false},
                                                                        {"dq", "the gradient of q", false},
                                                                        {"dv", "the gradient of v", false},
                                                                        {"dd", "the gradient of d = x - mu", true},
                                                                        {"dmu", "the gradient of mu", false}})
            all.push_back(quantity);
    return all;
}

bool speaks_of_nodes(const Expression& formula) {
    for (const std::string& name : names_in(formula))
        for (const std::string node : {"dxhat", "dr", "dq", "dv", "dd", "dmu"})
            if (name == node || name.find('/') != std::string::npos) return true;
    return false;
}

std::string setting_name(Setting setting) {
    switch (setting) {
        case Setting::training:
            return "training";
        case Setting::without_affine:
            return "training without affine parameters";
        case Setting::inference:
            return "inference";
    }
    return "";
}

}  // namespace bncheck::derivation
