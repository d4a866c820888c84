#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <random>

#include "chromium.hpp"

using Json = nlohmann::ordered_json;

namespace {

std::string page_of(const std::string& report) {
    const Folder folder;
    const std::string page = (folder.path / "page.html").string();
    const Outcome outcome = bncheck_tool("report " + report + " -q --html " + page);
    INFO(outcome.out);
    REQUIRE(outcome.code <= 1);
    return read_text(page);
}

struct Report : Folder {
    std::string file = (path / "report.json").string();
    explicit Report(const std::string& run) {
        const Outcome outcome = bncheck_tool("run -q --json " + file + " " + run);
        INFO(outcome.out);
        REQUIRE(outcome.code <= 1);
    }
    Json json() const { return Json::parse(read_text(file)); }
};

/// As the page's script reads them: the exact number where one is behind what is shown.
constexpr const char* text_of_cell =
    "const text = cell => { const data = cell && cell.querySelector('data'); return data ? data.value : cell ? "
    "cell.textContent : ''; };";

double as_number(const std::string& text) { return text == "inf" ? INFINITY : text == "nan" ? NAN : std::stod(text); }

/// Four significant digits are what the page shows at least.
bool same(const std::string& shown, const Json& value) {
    const double due = value.is_string() ? as_number(value.get<std::string>()) : value.get<double>();
    const double is = as_number(shown);
    return is == due || (std::isnan(is) && std::isnan(due)) || std::fabs(is - due) <= 0.5e-3 * std::fabs(due);
}

}  // namespace

TEST_CASE("the page of 2,000 cases is under 3 MB, opens without a complaint, and its values are the report's") {
    need_program("chromium");
    const Folder folder;
    const std::string place = (folder.path / "page.html").string();
    const Report report("all --candidate builtin:textbook --html " + place);
    const Json json = report.json();
    REQUIRE(json["cases"].size() >= 2000);
    const std::string page = read_text(place);
    CHECK(page.size() < 3'000'000);
    CHECK(page.find("http:") == std::string::npos);
    CHECK(page.find("https:") == std::string::npos);

    struct Place {
        std::size_t c, check;
        std::string key;
        std::string column;
    };
    std::vector<Place> all, chosen;
    for (std::size_t c = 0; c < json["cases"].size(); ++c) {
        // Those of which the page has no more than the matrix are looked for there, below.
        if (page.find("<details id=c" + std::to_string(c) + ">") == std::string::npos) continue;
        for (std::size_t k = 0; k < json["cases"][c]["checks"].size(); ++k)
            for (const auto& [key, column] :
                 {std::pair{"utilisation", "of bound"}, std::pair{"correct_digits", "digits"}, std::pair{"max_ulp", "ulp"}})
                if (json["cases"][c]["checks"][k].contains(key)) all.push_back({c, k, key, column});
    }
    std::mt19937 random(7);
    std::sample(all.begin(), all.end(), std::back_inserter(chosen), 400, random);
    Json places = Json::array();
    for (const Place& place : chosen) places.push_back({place.c, place.check, place.column});
    const Shown shown =
        shown_by_chromium(page, 1280, "(() => {" + std::string(text_of_cell) + " const places = " + places.dump() + R"(;
        return JSON.stringify({
            rows: document.querySelector('#matrix tbody').rows.length,
            overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
            matrix: [...document.querySelector('#matrix tbody').rows].map(row => text(row.cells[2])),
            values: places.map(([c, check, column]) => {
                const table = document.querySelector(`#c${c} table`);
                if (!table) return null;
                const at = [...table.tHead.rows[0].cells].findIndex(cell => cell.textContent === column);
                return text(table.tBodies[0].rows[check].cells[at]);
            })});
    })())");
    CHECK(shown.complaints == "");
    const Json found = Json::parse(shown.found);
    CHECK(found["rows"] == json["cases"].size());
    CHECK(found["overflow"] <= 0);
    std::size_t compared = 0;
    for (std::size_t k = 0; k < chosen.size(); ++k) {
        const Place& place = chosen[k];
        if (found["values"][k].is_null()) continue;
        INFO(json["cases"][place.c]["id"] << " " << place.check << " " << place.key << ": " << found["values"][k]);
        CHECK(same(found["values"][k], json["cases"][place.c]["checks"][place.check][place.key]));
        ++compared;
    }
    CHECK(compared >= 20);
    for (std::size_t c = 0; c < json["cases"].size(); c += 50) {
        Json fewest;
        for (const Json& check : json["cases"][c]["checks"])
            if (check.contains("correct_digits") && (fewest.is_null() || check["correct_digits"] < fewest))
                fewest = check["correct_digits"];
        INFO(json["cases"][c]["id"] << ": " << found["matrix"][c]);
        if (fewest.is_null())
            CHECK(found["matrix"][c] == "");
        else
            CHECK(same(found["matrix"][c], fewest));
    }
}

TEST_CASE("the page filters and sorts, and opens a case by its link") {
    need_program("chromium");
    const Report report("smoke --candidate builtin:textbook");
    const Json json = report.json();
    const auto count = [&](auto&& fits) { return std::count_if(json["cases"].begin(), json["cases"].end(), fits); };
    const Shown shown = shown_by_chromium(page_of(report.file), 1280, R"((async () => {
        const rows = () => [...document.querySelector('#matrix tbody').rows].filter(row => !row.hidden);
        const details = () => [...document.querySelectorAll('#cases > details')].filter(d => !d.hidden);
        const words = document.querySelector('.controls [type=search]');
        const type = text => { words.value = text; words.dispatchEvent(new Event('input')); };
        const found = {controls: !document.querySelector('.controls').hidden, all: rows().length};
        type('float64');
        found.named = rows().length;
        found.details = details().length;
        found.said = document.querySelector('.controls output').value;
        type('^smoke/ranks.*(6x5|4x7)$');
        found.pattern = rows().length;
        type('(');
        found.unfinished = rows().length;
        type('');
        for (const box of document.querySelectorAll('.controls [type=checkbox]'))
            if (box.value === 'pass') box.click();
        found.failed = rows().length;
        for (const box of document.querySelectorAll('.controls [type=checkbox]'))
            if (box.value === 'pass') box.click();
        const heads = [...document.querySelectorAll('#matrix thead button')];
        const digits = heads.find(button => button.textContent === 'digits');
        digits.focus();
        digits.click();
        const values = () => rows().map(row => row.cells[2].textContent).filter(text => text !== '').map(Number);
        found.ascending = values().every((value, k, all) => k === 0 || all[k - 1] <= value);
        found.sort = digits.parentNode.getAttribute('aria-sort');
        digits.click();
        found.descending = values().every((value, k, all) => k === 0 || all[k - 1] >= value);
        found.kept = rows().length;
        const link = rows()[5].querySelector('a');
        link.click();
        await new Promise(done => setTimeout(done, 50));
        const opened = [...document.querySelectorAll('details[open]')];
        found.opened = opened.length === 1 && opened[0].id === link.hash.slice(1) &&
                       opened[0].querySelector('summary').textContent.includes(link.textContent);
        found.command = opened[0].querySelector(':scope > code').textContent;
        found.figures = opened[0].querySelectorAll('svg').length;
        found.id = link.textContent;
        found.unnamed = [...document.querySelectorAll('svg.plot')].filter(svg => !svg.getAttribute('aria-label')).length;
        found.unlabelled = [...document.querySelectorAll('input, select')].filter(control => !control.closest('label')).length;
        return JSON.stringify(found);
    })())");
    CHECK(shown.complaints == "");
    const Json found = Json::parse(shown.found);
    INFO(found.dump(1));
    const auto id_has = [](const std::string& part) {
        return [part](const Json& c) { return c["id"].get<std::string>().find(part) != std::string::npos; };
    };
    const auto all = static_cast<std::ptrdiff_t>(json["cases"].size());
    CHECK(found["controls"] == true);
    CHECK(found["all"] == all);
    CHECK(found["named"] == count(id_has("float64")));
    CHECK(found["details"] == found["named"]);
    CHECK(found["said"] == std::to_string(count(id_has("float64"))) + " of " + std::to_string(all) + " cases");
    CHECK(found["pattern"] == 8);
    CHECK(found["unfinished"] == 0);
    const auto failed = count([](const Json& c) { return c["verdict"] != "pass"; });
    CHECK(failed > 0);
    CHECK(found["failed"] == failed);
    CHECK(found["ascending"] == true);
    CHECK(found["descending"] == true);
    CHECK(found["sort"] == "ascending");
    CHECK(found["kept"] == all);
    CHECK(found["opened"] == true);
    for (const Json& c : json["cases"])
        if (c["id"] == found["id"]) CHECK(found["command"] == c["repro"]);
    CHECK(found["figures"] >= 3);
    CHECK(found["unnamed"] == 0);
    CHECK(found["unlabelled"] == 0);
}

TEST_CASE("whatever a report holds stays text in its page") {
    need_program("chromium");
    const Report report("smoke -k '6x5|half|large'");
    Json json = report.json();
    const std::string hostile =
        "</script><img src=x onerror=parent.document.title='got%20in'>&amp;\"'`<svg onload=alert(1)>${1}";
    Json& c = json["cases"][0];
    c["id"] = "smoke/" + hostile;
    for (const char* key : {"note", "reason", "repro"}) c[key] = hostile;
    c["checks"][0]["reason"] = hostile;
    c["checks"][0]["explanation"] = {{"deviation", hostile}};
    c["checks"][0]["sample"] = hostile;
    json["candidate"]["name"] = json["candidate"]["spec"] = hostile;
    json["environment"]["candidate_stderr"] = hostile;
    json["environment"]["host"] = hostile;
    json["environment"][hostile] = hostile;
    json["options"]["filter"] = hostile;
    json["suites"][0]["note"] = hostile;
    json["summary"]["not_tested"] = {hostile};
    const std::string file = report.write("hostile.json", json.dump());
    for (const int width : {400, 1280}) {
        const Shown shown = shown_by_chromium(page_of(file), width, R"(JSON.stringify({
            images: document.querySelectorAll('img').length,
            scripts: document.querySelectorAll('script').length,
            handlers: document.querySelectorAll('[onload], [onerror]').length,
            first: document.querySelector('#matrix tbody a').textContent,
            note: [...document.querySelectorAll('#c0 dd')].map(d => d.textContent),
            command: document.querySelector('#c0 > code').textContent,
            overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth}))");
        CHECK(shown.complaints == "");
        const Json found = Json::parse(shown.found);
        INFO(found.dump(1));
        CHECK(found["images"] == 0);
        CHECK(found["scripts"] == 2);  // the page's, and this one
        CHECK(found["handlers"] == 0);
        CHECK(found["first"] == c["id"]);
        CHECK(std::count(found["note"].begin(), found["note"].end(), hostile) == 2);
        CHECK(found["command"] == hostile);
        CHECK(found["overflow"] <= 0);
    }
}

TEST_CASE("the page can be read without its script") {
    const Report report("smoke -k 6x5");
    const std::string page = page_of(report.file), quiet = page.substr(0, page.rfind("<script>"));
    CHECK(quiet.find("<script") == std::string::npos);
    CHECK(quiet.find("<div class=controls hidden>") != std::string::npos);
    const Json json = report.json();
    for (const Json& c : json["cases"]) {
        const std::string id = c["id"];
        CHECK(quiet.find(">" + id + "</a>") != std::string::npos);
        CHECK(quiet.find(" " + id + "</summary>") != std::string::npos);
        for (const Json& check : c["checks"])
            if (check.contains("worst") && !check["worst"].is_null())
                CHECK(quiet.find(check["worst"]["want"].get<std::string>()) != std::string::npos);
    }
}
