#include <sys/resource.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>

#include "../shell.hpp"
#include "bncheck/core/error.hpp"
#include "bncheck/run/journal.hpp"

using namespace bncheck;
using report::Json;
using run::Journal;

namespace {

const Json this_run{{"options", {{"filter", "a"}, {"seed", nullptr}}}, {"cases", {"s/1", "s/2", "s/3"}}};

Json entry(std::size_t k) { return {{"case", {{"id", "s/" + std::to_string(k)}, {"x", 0.1 + static_cast<double>(k)}}}}; }

/// A journal of three entries; its text.
std::string three(const std::string& path) {
    Journal journal(path, this_run, false);
    for (std::size_t k = 1; k <= 3; ++k) journal.add(entry(k));
    return read_text(path);
}

}  // namespace

TEST_CASE("a journal that ends anywhere gives the entries that were written to their ends, and goes on after them") {
    const Folder folder;
    const std::string path = (folder.path / "journal").string(), whole = three(path);
    for (std::size_t size = 0; size <= whole.size(); ++size) {
        INFO(size << " bytes of " << whole.size());
        const std::string text = whole.substr(0, size);
        folder.write("journal", text);
        const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
        const std::size_t entries = lines > 0 ? lines - 1 : 0;
        {
            Journal journal(path, this_run, true);
            REQUIRE(journal.entries().size() == entries);
            for (std::size_t k = 0; k < entries; ++k) REQUIRE(journal.entries()[k] == entry(k + 1));
            for (std::size_t k = entries; k < 3; ++k) journal.add(entry(k + 1));
        }
        REQUIRE(read_text(path) == whole);
    }
}

TEST_CASE("a journal is of one run, in one hand, and begins anew unless it is to be resumed") {
    const Folder folder;
    const std::string path = (folder.path / "journal").string();
    three(path);
    Json other = this_run;
    other["options"]["filter"] = "b";
    CHECK_THROWS_WITH(Journal(path, other, true), Catch::Contains("/options/filter"));
    {
        const Journal journal(path, this_run, true);
        CHECK(journal.entries().size() == 3);
        CHECK_THROWS_WITH(Journal(path, this_run, true), Catch::Contains("in use"));
    }
    CHECK(Journal(path, this_run, false).entries().empty());
    CHECK_FALSE(std::filesystem::exists(path));  // nothing is lost with it
    CHECK(Journal(path, this_run, true).entries().empty());
    folder.write("journal", "{\"a\": 1}\n");
    CHECK_THROWS_WITH(Journal(path, this_run, true), Catch::Contains("no journal"));
    folder.write("journal", "no JSON\n");
    CHECK_THROWS_WITH(Journal(path, this_run, true), Catch::Contains("no journal"));
    CHECK_THROWS_WITH(Journal((folder.path / "none/journal").string(), this_run, false), Catch::Contains("cannot be written"));
}

TEST_CASE("a journal that cannot be written says so, and is a regular file") {
    const Folder folder;
    const std::string path = (folder.path / "journal").string();
    CHECK_THROWS_WITH(Journal("/dev/null", this_run, false), Catch::Contains("no regular file"));
    CHECK(std::filesystem::is_character_file("/dev/null"));
    // A limit on the length of files is like a full disk.
    rlimit limit{};
    REQUIRE(getrlimit(RLIMIT_FSIZE, &limit) == 0);
    const auto limited_to = [&](rlim_t bytes) {
        const rlimit lower{bytes, limit.rlim_max};
        REQUIRE(setrlimit(RLIMIT_FSIZE, &lower) == 0);
    };
    std::signal(SIGXFSZ, SIG_IGN);
    limited_to(10);
    CHECK_THROWS_WITH(Journal(path, this_run, false), Catch::Contains("cannot be written"));
    CHECK_FALSE(std::filesystem::exists(path));
    limited_to(200);
    {
        Journal journal(path, this_run, false);
        CHECK_THROWS_WITH(
            [&] {
                for (std::size_t k = 1; k < 20; ++k) journal.add(entry(k));
            }(),
            Catch::Contains("make room"));
    }
    limited_to(limit.rlim_cur);
    CHECK(Journal(path, this_run, true).entries().size() > 0);
}
