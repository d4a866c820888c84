#include <regex>
#include <sstream>

#include "chromium.hpp"

namespace {

/// What a script finds in the page in Chromium's window of the given width.
struct Layout {
    int width = 0;             ///< of the window, as it came out
    int formulas = 0;          ///< math elements
    int laid_out = 0;          ///< of them those with a height and a width, as MathML has where it is understood
    int fractions_taller = 0;  ///< fractions that are taller than their numerators: set as fractions, not as a row
    int overflow = 0;          ///< pixels by which the page is wider than the window
    std::string complaints;    ///< the console's
};

Layout layout_of(const std::string& page, int width) {
    const Shown shown = shown_by_chromium(page, width, R"((() => {
        const all = [...document.querySelectorAll('math')];
        const seen = all.filter(m => { const b = m.getBoundingClientRect(); return b.width > 0 && b.height > 0; });
        const tall = [...document.querySelectorAll('mfrac')].filter(f => f.getBoundingClientRect().height >
            1.2 * f.firstElementChild.getBoundingClientRect().height);
        return [window.innerWidth, all.length, seen.length, tall.length,
                document.documentElement.scrollWidth - document.documentElement.clientWidth].join(' ');
    })())");
    Layout layout;
    std::istringstream(shown.found) >> layout.width >> layout.formulas >> layout.laid_out >> layout.fractions_taller >>
        layout.overflow;
    layout.complaints = shown.complaints;
    return layout;
}

}  // namespace

TEST_CASE("the page of the derivation is laid out by Chromium, wide and narrow, without a script or network of its own") {
    need_program("chromium");
    const Outcome page = bncheck_tool("derive --format html");
    REQUIRE(page.code == 0);
    CHECK(page.out.find("<script") == std::string::npos);
    CHECK_FALSE(std::regex_search(page.out, std::regex("(src|href)=\"?(https?:)?//")));
    for (const int width : {400, 1280}) {
        INFO(width << " pixels");
        const Layout layout = layout_of(page.out, width);
        CHECK(layout.width == width);
        CHECK(layout.formulas > 100);
        CHECK(layout.laid_out == layout.formulas);
        CHECK(layout.fractions_taller > 20);
        CHECK(layout.overflow <= 0);
        CHECK(layout.complaints == "");
    }
}
