#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "bncheck/report/failures.hpp"
#include "bncheck/report/html.hpp"
#include "bncheck/run/runner.hpp"
#include "bncheck/suite/suite.hpp"

using namespace bncheck;
using report::Json;

namespace {

std::size_t count(const std::string& text, const std::string& part) {
    std::size_t found = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++found;
    return found;
}

/// What the page has of a case; "" where it is in the matrix at most.
std::string element(const std::string& page, std::size_t k) {
    const std::size_t begin = page.find("<details id=c" + std::to_string(k) + ">");
    return begin == std::string::npos ? "" : page.substr(begin, page.find("</details>", begin) - begin);
}

}  // namespace

TEST_CASE("a page keeps to its size, tells of the worst cases most, and says what it leaves out") {
    run::Options options;
    options.candidate = "builtin:textbook";
    const Json report = run::run(suite::load_suites({"smoke", "conditioning"}), options, [](auto&&...) {});
    const Json& cases = report["cases"];
    const std::vector<std::size_t> order = report::worst_first(cases);
    REQUIRE(cases[order[0]]["verdict"] == "fail");
    REQUIRE(cases[order.back()]["verdict"] == "pass");
    std::size_t least_rows = cases.size(), most_rows = 0;
    for (const std::size_t bytes : {80'000u, 150'000u, 400'000u, 1'000'000u, 10'000'000u}) {
        INFO(bytes);
        const std::string page = report::html(report, bytes);
        CHECK(page.size() <= bytes);
        const std::size_t rows = count(page, "\n<tr><th>");
        least_rows = std::min(least_rows, rows);
        most_rows = std::max(most_rows, rows);
        const std::string left = std::to_string(cases.size() - rows) + " of " + std::to_string(cases.size()) +
                                 " cases are not in the table: the best of them";
        CHECK((page.find(left) != std::string::npos) == (rows < cases.size()));
        // Every link leads somewhere, and whatever has an element is linked to.
        CHECK(count(page, "<tr><th><a href=#c") == count(page, "<details id=c"));
        if (bytes >= 400'000) CHECK(element(page, order[0]).find("class=plots") != std::string::npos);
        CHECK(element(page, order[0]).find("<table") != std::string::npos);
        // The worst has no less than the best.
        CHECK(element(page, order[0]).size() >= element(page, order.back()).size());
        const bool whole = page.find("To keep the page small") == std::string::npos;
        CHECK(whole == (bytes == 10'000'000));
        if (whole) CHECK(count(page, "class=plots") >= cases.size());
    }
    CHECK(least_rows < cases.size());
    CHECK(most_rows == cases.size());
}
