#include "support/double_backward_kernel.hpp"

#include <limits>
#include <type_traits>

#include "support/right_sums.hpp"

namespace bncheck::test {
namespace {

/// One channel in arithmetic of W, its outputs stored in T.
template <class W, class T>
class Run {
public:
    Run(const Way& way, const SecondInput& in)
        : way_(way),
          in_(in),
          m_(in.x.size()),
          over_m_(m_, way.reciprocal_m),
          x_(cast<W>(in.x)),
          g_(cast<W>(in.dy)),
          u_(cast<W>(in.ddx)),
          gamma_(static_cast<W>(in.gamma)),
          D_(static_cast<W>(in.ddgamma)),
          b_(static_cast<W>(in.ddbeta)) {
        const Moments<W> batch =
            in.training ? moments(way, x_) : Moments<W>{static_cast<W>(in.running_mean), static_cast<W>(in.running_var)};
        mu_ = batch.mean;
        r_ = W(1) / root(batch.variance + static_cast<W>(static_cast<T>(in.eps)));
        r_ = r_ + r_ * static_cast<W>(way.root_ulps * static_cast<double>(std::numeric_limits<T>::epsilon()) / 2);
        for (const W& x : x_) xhat_.push_back((x - mu_) * r_);
    }

    SecondOutput operator()(SecondArrangement a) {
        out_.gdy.resize(m_);
        out_.gx.resize(m_);
        if (!in_.training)
            inference();
        else if (a <= SecondArrangement::difference)
            closed(a);
        else if (a == SecondArrangement::centred)
            centred();
        else if (a == SecondArrangement::scaled_by_m)
            scaled_by_m();
        else
            staged();
        return out_;
    }

private:
    static double stored(W value) { return static_cast<double>(static_cast<T>(value)); }

    template <class Term>
    W total(const Term& term) const {
        return total_of<W>(way_.sums, m_, term);
    }

    void inference() {
        for (std::size_t i = 0; i < m_; ++i) {
            out_.gdy[i] = stored(gamma_ * r_ * u_[i] + D_ * xhat_[i] + b_);
            out_.gx[i] = stored(D_ * r_ * g_[i]);
        }
        out_.ggamma = stored(total([&](std::size_t i) { return u_[i] * g_[i] * r_; }));
    }

    void closed(SecondArrangement a) {
        const W mean_u = over_m_(total([&](std::size_t i) { return u_[i]; })),
                mean_g = over_m_(total([&](std::size_t i) { return g_[i]; })),
                s_u = over_m_(total([&](std::size_t i) { return u_[i] * xhat_[i]; })),
                s_g = over_m_(total([&](std::size_t i) { return g_[i] * xhat_[i]; }));
        const auto P = [&](const std::vector<W>& z, W mean, W s, std::size_t i) { return z[i] - mean - xhat_[i] * s; };
        const W sum = a == SecondArrangement::closed_u ? total([&](std::size_t i) { return u_[i] * P(g_, mean_g, s_g, i); })
                                                       : total([&](std::size_t i) { return g_[i] * P(u_, mean_u, s_u, i); });
        const W B = a == SecondArrangement::difference
                        ? over_m_(total([&](std::size_t i) { return u_[i] * g_[i]; })) - mean_u * mean_g - s_u * s_g
                        : over_m_(sum);
        for (std::size_t i = 0; i < m_; ++i) {
            const W P_u = P(u_, mean_u, s_u, i), P_g = P(g_, mean_g, s_g, i);
            out_.gdy[i] = stored(gamma_ * r_ * P_u + D_ * xhat_[i] + b_);
            out_.gx[i] = stored(D_ * r_ * P_g - gamma_ * (r_ * r_) * (xhat_[i] * B + s_g * P_u + s_u * P_g));
        }
        out_.ggamma = stored(a == SecondArrangement::difference ? static_cast<W>(m_) * B * r_ : sum * r_);
    }

    void centred() {
        const W r2 = r_ * r_, r3 = r2 * r_;
        const auto d = [&](std::size_t i) { return x_[i] - mu_; };
        const W mean_u = over_m_(total([&](std::size_t i) { return u_[i]; })),
                mean_g = over_m_(total([&](std::size_t i) { return g_[i]; })),
                k_u = over_m_(total([&](std::size_t i) { return u_[i] * d(i); })),
                k_g = over_m_(total([&](std::size_t i) { return g_[i] * d(i); })),
                A = over_m_(total([&](std::size_t i) { return u_[i] * g_[i]; }));
        const W all = A - mean_u * mean_g - W(3) * r2 * k_u * k_g;
        for (std::size_t i = 0; i < m_; ++i) {
            const W bracket = d(i) * r3 * all + k_g * r3 * (u_[i] - mean_u) + k_u * r3 * (g_[i] - mean_g);
            out_.gx[i] = stored(D_ * (g_[i] * r_ - r_ * mean_g - d(i) * r3 * k_g) - gamma_ * bracket);
            out_.gdy[i] = stored(gamma_ * r_ * (u_[i] - mean_u - d(i) * r2 * k_u) + D_ * (d(i) * r_) + b_);
        }
        out_.ggamma = stored(total([&](std::size_t i) { return u_[i] * (r_ * (g_[i] - mean_g - d(i) * r2 * k_g)); }));
    }

    void scaled_by_m() {
        const W M = static_cast<W>(m_), r2 = W(1) / (W(1) / r_ / r_), r3 = r2 * r_;
        const auto d = [&](std::size_t i) { return x_[i] - mu_; };
        const W sum_u = total([&](std::size_t i) { return u_[i]; }), sum_g = total([&](std::size_t i) { return g_[i]; }),
                K_u = total([&](std::size_t i) { return u_[i] * d(i); }),
                K_g = total([&](std::size_t i) { return g_[i] * d(i); }),
                A = total([&](std::size_t i) { return u_[i] * g_[i]; });
        const W all = over_m_(sum_u * sum_g) - A + r2 * K_g * K_u * (W(3) / M);
        for (std::size_t i = 0; i < m_; ++i) {
            const W one = over_m_(d(i) * r3 * all), two = over_m_(K_u * r3) * (over_m_(sum_g) - g_[i]),
                    three = over_m_(K_g * r3) * (over_m_(sum_u) - u_[i]);
            const W affine = g_[i] * r_ + r_ * sum_g / (W(0) - M) + d(i) * r3 * K_g / (W(0) - M);
            out_.gx[i] = stored(gamma_ * (one + two + three) + D_ * affine);
            out_.gdy[i] = stored(over_m_(gamma_ * r_) * (M * u_[i] - sum_u - d(i) * r2 * K_u) + D_ * d(i) * r_ + b_);
        }
        out_.ggamma =
            stored(total([&](std::size_t i) { return u_[i] * (over_m_(r_) * (M * g_[i] - sum_g - d(i) * r2 * K_g)); }));
    }

    /// Every line is the adjoint of one node.
    void staged() {
        const auto d = [&](std::size_t i) { return x_[i] - mu_; };
        // The forward and the first backward.
        std::vector<W> dxhat(m_), w(m_), adj_dxhat(m_), adj_d(m_);
        for (std::size_t i = 0; i < m_; ++i) dxhat[i] = gamma_ * g_[i];
        const W dr = total([&](std::size_t i) { return dxhat[i] * d(i); }), dv = W(0) - dr * r_ * r_ * r_ / W(2);
        // Back from dx = dd + dmu / m, dmu = -sum dd, dd = dxhat r + 2 d dv / m.
        const W mean_u = over_m_(total([&](std::size_t i) { return u_[i]; }));
        for (std::size_t i = 0; i < m_; ++i) w[i] = u_[i] - mean_u;
        const W adj_dv = total([&](std::size_t i) { return over_m_(W(2) * d(i)) * w[i]; });
        W adj_r = total([&](std::size_t i) { return w[i] * dxhat[i]; });
        for (std::size_t i = 0; i < m_; ++i) adj_d[i] = over_m_(W(2) * dv) * w[i];
        // dv = -r^3 dr / 2, dr = sum dxhat d
        const W adj_dr = W(0) - adj_dv * r_ * r_ * r_ / W(2);
        adj_r = adj_r - adj_dv * dr * (W(1.5) * r_ * r_);
        for (std::size_t i = 0; i < m_; ++i) {
            adj_dxhat[i] = r_ * w[i] + adj_dr * d(i);
            adj_d[i] = adj_d[i] + adj_dr * dxhat[i];
        }
        out_.ggamma = stored(total([&](std::size_t i) { return adj_dxhat[i] * g_[i]; }));
        for (std::size_t i = 0; i < m_; ++i) out_.gdy[i] = stored(adj_dxhat[i] * gamma_ + D_ * xhat_[i] + b_);
        // dgamma = sum dy xhat, and the forward: xhat = d r, r = q^(-1/2), v = mean d^2, d = x - mu.
        adj_r = adj_r + total([&](std::size_t i) { return D_ * g_[i] * d(i); });
        const W adj_v = W(0) - adj_r * r_ * r_ * r_ / W(2);
        for (std::size_t i = 0; i < m_; ++i) adj_d[i] = adj_d[i] + D_ * g_[i] * r_ + over_m_(W(2) * d(i)) * adj_v;
        const W mean = over_m_(total([&](std::size_t i) { return adj_d[i]; }));
        for (std::size_t i = 0; i < m_; ++i) out_.gx[i] = stored(adj_d[i] - mean);
    }

    const Way& way_;
    const SecondInput& in_;
    std::size_t m_;
    ByCount<W> over_m_;
    std::vector<W> x_, g_, u_, xhat_;
    W gamma_, D_, b_, mu_, r_;
    SecondOutput out_;
};

}  // namespace

std::string_view name_of(SecondArrangement arrangement) {
    static constexpr std::string_view names[] = {"closed_u", "closed_g", "difference", "centred", "scaled_by_m", "staged"};
    return names[static_cast<std::size_t>(arrangement)];
}

template <class T>
SecondOutput run_double_backward(const Way& way, SecondArrangement arrangement, const SecondInput& input) {
    using Wide = std::conditional_t<std::is_same_v<T, float>, double, __float128>;
    if (way.sums == Sums::wide) return Run<Wide, T>(way, input)(arrangement);
    return Run<T, T>(way, input)(arrangement);
}

template SecondOutput run_double_backward<float>(const Way&, SecondArrangement, const SecondInput&);
template SecondOutput run_double_backward<double>(const Way&, SecondArrangement, const SecondInput&);

}  // namespace bncheck::test
