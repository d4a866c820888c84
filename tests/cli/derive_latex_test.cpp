#include <catch2/catch.hpp>

#include "../needs.hpp"

TEST_CASE("the derivation in LaTeX compiles as it is, and no line is too wide for its page") {
    need_program("pdflatex");
    const Folder folder;
    const std::string path = (folder.path / "derivation.tex").string();
    REQUIRE(bncheck_tool("derive --format latex > " + path).code == 0);
    const Outcome outcome =
        shell("cd " + folder.path.string() + " && pdflatex -interaction=nonstopmode -halt-on-error derivation.tex </dev/null");
    INFO(outcome.out);
    CHECK(outcome.code == 0);
    const std::string log = read_text((folder.path / "derivation.log").string());
    CHECK(log.find("Overfull \\hbox") == std::string::npos);
    CHECK(log.find("Missing character") == std::string::npos);
    CHECK(std::filesystem::file_size(folder.path / "derivation.pdf") > 50000);
}
