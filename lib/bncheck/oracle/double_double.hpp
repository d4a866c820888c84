// Double-double arithmetic (M. Joldes, J.-M. Muller, V. Popescu, "Tight and rigorous error bounds for basic building blocks of
// double-word arithmetic", ACM TOMS 44 (2017); algorithm numbers are theirs) on V = double and vectors of doubles. Included
// once a target by oracle/double_double_level.cpp, between Highway's HWY_BEFORE_NAMESPACE and HWY_AFTER_NAMESPACE. With u =
// 2^-53 no operation errs by more than 5 u^2 + 8 u^3 relative, where nothing over- or underflows. The bits are the same with
// and without FMA.

namespace bncheck::oracle::HWY_NAMESPACE {

template <class V>
struct DoubleDouble {
    V hi, lo;
};

/// |a| >= |b| or a = 0.
template <class V>
HWY_INLINE DoubleDouble<V> fast_two_sum(V a, V b) {
    const V s = a + b;
    return {s, b - (s - a)};
}

template <class V>
HWY_INLINE DoubleDouble<V> two_sum(V a, V b) {
    const V s = a + b, part = s - a;
    return {s, (a - (s - part)) + (b - part)};
}

HWY_INLINE double constant_like(double, double value) { return value; }
HWY_INLINE hwy::HWY_NAMESPACE::Vec<hwy::HWY_NAMESPACE::ScalableTag<double>> constant_like(
    hwy::HWY_NAMESPACE::Vec<hwy::HWY_NAMESPACE::ScalableTag<double>>, double value) {
    return hwy::HWY_NAMESPACE::Set(hwy::HWY_NAMESPACE::ScalableTag<double>(), value);
}

#if HWY_NATIVE_FMA
HWY_INLINE double product_error(double a, double b, double p) { return __builtin_fma(a, b, -p); }
template <class V>
HWY_INLINE V product_error(V a, V b, V p) {
    return hwy::HWY_NAMESPACE::MulSub(a, b, p);
}
#else
/// Dekker's product of halves by Veltkamp's splitting (T. J. Dekker, Numer. Math. 18 (1971)); |a|, |b| < 2^995.
template <class V>
HWY_INLINE V product_error(V a, V b, V p) {
    const V factor = constant_like(a, 0x1p27 + 1);
    const V a_large = factor * a, a_hi = a_large - (a_large - a), a_lo = a - a_hi;
    const V b_large = factor * b, b_hi = b_large - (b_large - b), b_lo = b - b_hi;
    return ((a_hi * b_hi - p) + a_hi * b_lo + a_lo * b_hi) + a_lo * b_lo;
}
#endif

template <class V>
HWY_INLINE DoubleDouble<V> operator-(DoubleDouble<V> a) {
    const V zero = constant_like(a.hi, 0);
    return {zero - a.hi, zero - a.lo};
}

/// Algorithm 4: 2 u^2.
template <class V>
HWY_INLINE DoubleDouble<V> operator+(DoubleDouble<V> a, V b) {
    const DoubleDouble<V> s = two_sum(a.hi, b);
    return fast_two_sum<V>(s.hi, a.lo + s.lo);
}

/// Algorithm 6: 3 u^2 + 13 u^3.
template <class V>
HWY_INLINE DoubleDouble<V> operator+(DoubleDouble<V> a, DoubleDouble<V> b) {
    const DoubleDouble<V> s = two_sum(a.hi, b.hi), t = two_sum(a.lo, b.lo);
    const DoubleDouble<V> v = fast_two_sum<V>(s.hi, s.lo + t.hi);
    return fast_two_sum<V>(v.hi, t.lo + v.lo);
}

/// Algorithm 7: 1.5 u^2 + 4 u^3.
template <class V>
HWY_INLINE DoubleDouble<V> operator*(DoubleDouble<V> a, V b) {
    const V c = a.hi * b;
    const DoubleDouble<V> t = fast_two_sum<V>(c, a.lo * b);
    return fast_two_sum<V>(t.hi, t.lo + product_error(a.hi, b, c));
}

/// Algorithm 10: 5 u^2.
template <class V>
HWY_INLINE DoubleDouble<V> operator*(DoubleDouble<V> a, DoubleDouble<V> b) {
    const V c = a.hi * b.hi, cross = a.hi * b.lo + a.lo * b.hi;
    return fast_two_sum<V>(c, product_error(a.hi, b.hi, c) + cross);
}

/// Algorithm 15: 3 u^2.
template <class V>
HWY_INLINE DoubleDouble<V> operator/(DoubleDouble<V> a, V b) {
    const V t = a.hi / b, p = t * b;
    const V rest = ((a.hi - p) - product_error(t, b, p)) + a.lo;
    return fast_two_sum<V>(t, rest / b);
}

/// q^(-1/2): with e = 1 - q r0^2, |e| < 2^-50, it is r0 (1 - e)^(-1/2) = r0 (1 + e/2 + 3 e^2/8 + O(e^3)).
HWY_INLINE DoubleDouble<double> inverse_sqrt(DoubleDouble<double> q) {
    const double r0 = 1 / std::sqrt(q.hi);
    const DoubleDouble<double> root{r0, 0};
    const DoubleDouble<double> e = -(q * (root * root)) + 1.0;
    const DoubleDouble<double> series = e * 0.5 + 0.375 * (e.hi * e.hi);
    return series * r0 + r0;
}

}  // namespace bncheck::oracle::HWY_NAMESPACE
