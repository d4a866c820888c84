#include <catch2/catch.hpp>

#include "bncheck/derivation/render/filling.hpp"
#include "bncheck/derivation/render/notation.hpp"
#include "bncheck/derivation/render/prose.hpp"
#include "markup_faults.hpp"

using namespace bncheck::derivation;

TEST_CASE("the checks of this test see faults") {
    for (const std::string xml : {"<a><b></a></b>", "<a>", "</a>", "<a>&</a>", "<a>></a>", "<a b=\"></a>"})
        CHECK(xml_fault(xml) != "");
    CHECK(xml_fault("<a b=\"c\"><d>&amp;</d></a>") == "");
    for (const std::string latex : {"{", "}", R"(\begin{a}\end{b})", R"(\begin{a})", R"({\begin{a}}\end{a})"})
        CHECK(latex_fault(latex) != "");
    CHECK(latex_fault(R"(\begin{a}{b\{}\end{a})") == "");
}

TEST_CASE("formulas become mathematics") {
    struct Example {
        std::string formula, unicode, latex;
    };
    const Example examples[] = {
        {"dx = gamma*r*(dy - dbeta/m - xhat*dgamma/m)", "dxᵢ = γ r (dyᵢ − dβ/m − x̂ᵢ dγ/m)",
         R"(\mathrm{d}x_{i} = \gamma\,r \left(\mathrm{d}y_{i} - \frac{\mathrm{d}\beta}{m} - \frac{\hat{x}_{i}\,\mathrm{d}\gamma}{m}\right))"},
        // indices: i without a free one, else j; one more for a sum in a sum
        {"mu = sum(x)/m", "μ = (Σᵢ xᵢ)/m", R"(\mu = \frac{\sum_{i} x_{i}}{m})"},
        {"xhat*mean(dy*xhat)", "x̂ᵢ (1/m) Σⱼ dyⱼ x̂ⱼ", R"(\hat{x}_{i}\,\frac{1}{m} \sum_{j} \mathrm{d}y_{j}\,\hat{x}_{j})"},
        {"sum(dy*sum(x*sum(y)))", "Σᵢ dyᵢ Σⱼ xⱼ Σₖ yₖ", R"(\sum_{i} \mathrm{d}y_{i} \sum_{j} x_{j} \sum_{k} y_{k})"},
        {"x*sum(i*y)", "xⱼ Σₖ i yₖ", R"(x_{j} \sum_{k} i\,y_{k})"},
        {"diff(v, d) = 2*d/m", "∂v/∂dᵢ = 2 dᵢ/m", R"(\frac{\partial v}{\partial d_{i}} = \frac{2\,d_{i}}{m})"},
        {"mean(xhat*diff(L, xhat)) + x", "(1/m) Σⱼ x̂ⱼ ∂L/∂x̂ⱼ + xᵢ",
         R"(\frac{1}{m} \sum_{j} \hat{x}_{j}\,\frac{\partial L}{\partial \hat{x}_{j}} + x_{i})"},
        // where a sum ends
        {"sum(x)*sum(y)", "(Σᵢ xᵢ) Σᵢ yᵢ", R"(\Bigl(\sum_{i} x_{i}\Bigr) \sum_{i} y_{i})"},
        {"sum(x - mu)^2", "(Σᵢ (xᵢ − μ))²", R"(\Bigl(\sum_{i} (x_{i} - \mu)\Bigr)^{2})"},
        {"sum(-2*x)", "Σᵢ (−2 xᵢ)", R"(\sum_{i} (-2\,x_{i}))"},
        {"sum(x^2/m)", "Σᵢ xᵢ²/m", R"(\sum_{i} \frac{x_{i}^{2}}{m})"},
        // signs and parentheses
        {"dq = -r^3*dr/2", "dq = −r³ dr/2", R"(\mathrm{d}q = -\frac{r^{3}\,\mathrm{d}r}{2})"},
        {"a - (b - c)", "a − (b − c)", "a - (b - c)"},
        {"a + (b - c)", "a + b − c", "a + b - c"},
        {"a - -b", "a − (−b)", "a - (-b)"},
        {"-(a + b)", "−(a + b)", "-(a + b)"},
        {"(-a)^2", "(−a)²", "(-a)^{2}"},
        {"-a^2", "−a²", "-a^{2}"},
        {"a*(-1/2)*b", "a (−1/2) b", R"(a \left(-\frac{1}{2}\right)\,b)"},
        // quotients
        {"a/b*c", "a/b · c", R"(\frac{a}{b}\,c)"},
        {"a/(b*c)", "a/(b c)", R"(\frac{a}{b\,c})"},
        {"(a + b)/(a - b)", "(a + b)/(a − b)", R"(\frac{a + b}{a - b})"},
        {"1/(a/b)", "1/(a/b)", R"(\frac{1}{\frac{a}{b}})"},
        {"(a/b)^2", "(a/b)²", R"(\left(\frac{a}{b}\right)^{2})"},
        {"diff(L, r)*diff(r, x)", "∂L/∂r · ∂r/∂xᵢ", R"(\frac{\partial L}{\partial r}\,\frac{\partial r}{\partial x_{i}})"},
        {"0.5*x", "1/2 · xᵢ", R"(\frac{1}{2}\,x_{i})"},
        {"2*3*x", "2 · 3 xᵢ", R"(2 \cdot 3\,x_{i})"},
        // powers and roots
        {"r = q^(-1/2)", "r = q^(−1/2)", R"(r = q^{-1/2})"},
        {"q^-12*r", "q⁻¹² r", R"(q^{-12}\,r)"},
        {"dy^2", "(dyᵢ)²", R"((\mathrm{d}y_{i})^{2})"},
        {"1/sqrt(v + eps)", "1/√(v + ε)", R"(\frac{1}{\sqrt{v + \varepsilon}})"},
        {"sqrt(q)", "√q", R"(\sqrt{q})"},
        // letters
        {"dd = d", "ddᵢ = dᵢ", R"(\mathrm{d}d_{i} = d_{i})"},
        {"gdy = Pu*su + Pg*sg", "gdyᵢ = P_uᵢ s_u + P_gᵢ s_g", R"(\mathrm{gd}y_{i} = P_{u,i}\,s_{u} + P_{g,i}\,s_{g})"},
        {"ddgamma*ggamma", "ddγ gγ", R"(\mathrm{dd}\gamma\,\mathrm{g}\gamma)"},
        {"w*running_mean", "w running_mean", R"(w\;\mathrm{running\_mean})"},
        {"dotp*r", "dotp r", R"(\mathtt{dotp}\;r)"},
        {"m >= 2", "m ≥ 2", R"(m \geq 2)"},
    };
    for (const Example& example : examples) {
        INFO(example.formula);
        const Relation relation = parse_relation(example.formula);
        CHECK(unicode(relation) == example.unicode);
        CHECK(latex(relation) == example.latex);
        for (const Fractions fractions : {Fractions::stacked, Fractions::slashed}) {
            CHECK(xml_fault(mathml(relation, {}, fractions)).empty());
            CHECK(latex_fault(latex(relation, {}, fractions)).empty());
        }
    }
}

TEST_CASE("MathML has upright gradients, italic letters and code in its own face") {
    CHECK(mathml(parse_relation("dd = d")) ==
          "<math displaystyle=\"true\"><mrow><mrow><mi "
          "mathvariant=\"normal\">d</mi><msub><mi>d</mi><mrow><mi>i</mi></mrow></msub>"
          "</mrow><mo form=\"infix\">=</mo><msub><mi>d</mi><mrow><mi>i</mi></mrow></msub></mrow></math>");
    CHECK(mathml(parse_relation("k"), {.code = true}, Fractions::slashed) ==
          "<math><mrow><mi mathvariant=\"normal\" class=\"code\">k</mi></mrow></math>");
    CHECK(mathml(parse_relation("k"), {}, Fractions::slashed) == "<math><mrow><mi>k</mi></mrow></math>");
    const std::string sum = mathml(parse_relation("dbeta/m = mean(dy)"));
    CHECK(sum.find("<mfrac>") != std::string::npos);
    CHECK(sum.find("<munder><mo>∑</mo><mi>i</mi></munder>") != std::string::npos);
    CHECK(xml_fault(mathml({{name("<&>")}})).empty());
}

TEST_CASE("names that are defined with an index have one") {
    const Vocabulary vocabulary{{"l_xhat"}, true};
    CHECK(unicode(parse_relation("l_xhat = dy*gamma"), vocabulary) == "l_xhatᵢ = dyᵢ γ");
    CHECK(latex(parse_relation("sum(l_xhat)"), vocabulary) == R"(\sum_{i} \mathtt{l\_xhat}_{i})");
    CHECK(unicode(parse_relation("k = sum(l_xhat)"), vocabulary) == "k = Σᵢ l_xhatᵢ");
    CHECK(latex(parse_relation("k"), vocabulary) == R"(\mathtt{k})");
}

TEST_CASE("long formulas are broken before terms, and only where they must be inside of parentheses") {
    const Relation sum = parse_relation("aaaaaaaaaa = bbbbbbbbbb + cccccccccc - dddddddddd");
    const auto joined = [](const std::vector<Piece>& line) {
        std::string text;
        for (const Piece& piece : line) text += (text.empty() ? "" : " ") + piece.text;
        return with_plain_spaces(text);
    };
    const auto lines = lines_of(sum, Format::unicode, {}, 30, 2);
    REQUIRE(lines.size() == 2);
    CHECK(joined(lines[0]) == "aaaaaaaaaa = bbbbbbbbbb");
    CHECK(joined(lines[1]) == "+ cccccccccc − dddddddddd");
    CHECK(lines_of(sum, Format::unicode, {}, 49, 2).size() == 1);
    const auto inside = lines_of(parse_relation("a = bbbbbbbbbb*(cccccccccc - dddddddddd)"), Format::latex, {}, 400, 20);
    REQUIRE(inside.size() == 2);
    CHECK(joined(inside[1]) == R"(- \mathtt{dddddddddd}))");
    // After a long left side the sign begins a line.
    const auto right = lines_of(parse_relation("aaaaaaaaaa + bbbbbbbbbb = cccccccccc"), Format::unicode, {}, 30, 2);
    REQUIRE(right.size() == 2);
    CHECK(joined(right[1]) == "= cccccccccc");
    for (const Format format : {Format::unicode, Format::latex, Format::mathml})
        for (const Breaks breaks : {Breaks::terms, Breaks::inside})
            CHECK(pieces(sum, format, {}, Fractions::stacked, breaks).size() == 4);
}

TEST_CASE("prose has formulas between backquotes, and keeps what is none") {
    const std::vector<Run> runs = runs_of("for `m >= 2`, `q^(K/2)` is <= `r`; `open");
    REQUIRE(runs.size() == 7);
    CHECK(runs[0].text == "for ");
    CHECK(runs[1].kind == Run::Kind::formula);
    CHECK(unicode(runs[1].relation) == "m ≥ 2");
    CHECK(runs[3].kind == Run::Kind::code);
    CHECK(runs[3].text == "q^(K/2)");
    CHECK(runs[4].text == " is ≤ ");
    CHECK(runs[6].text == "; `open");
    CHECK(runs_of("").empty());
}

TEST_CASE("words fill lines, and words of code are broken where they are too long") {
    CHECK(filled("aa bb cc", 5) == std::vector<std::string>{"aa bb", "cc"});
    CHECK(filled("aa bb cc", 5, 2) == std::vector<std::string>{"aa bb", "  cc"});
    CHECK(filled("x save_var_transform(n)", 10) == std::vector<std::string>{"x", "save_var_", "transform(", "n)"});
    CHECK(filled("a\u00a0b c", 3) == std::vector<std::string>{"a b", "c"});
    CHECK(filled("", 5) == std::vector<std::string>{""});
    CHECK(places("x̂ᵢ") == 2);
    CHECK(code_points("x̂ᵢ") == 3);
    const std::vector<std::size_t> widths = column_widths({{"aa", "bbbb bb", "long_word"}}, 15, 1);
    CHECK(widths == std::vector<std::size_t>{2, 4, 7});
    CHECK(column_widths({{"aa", "bbbb bb", "long_word"}}, 100, 1) == std::vector<std::size_t>{2, 7, 9});
}
