#include <catch2/catch.hpp>

#include "../needs.hpp"

namespace {

namespace fs = std::filesystem;

bool says(const Outcome& outcome, const std::string& text) { return outcome.out.find(text) != std::string::npos; }

/// What `cmake --install` and `cpack` make of the tree as it was built, beside projects that use it.
struct Installed : Folder {
    fs::path prefix = path / "prefix";
    Installed() {
        need_program("cmake");
        need_program("ninja");
        const Outcome outcome = shell("cmake --install " BNCHECK_BUILD " --component bncheck --prefix " + prefix.string());
        INFO(outcome.out);
        REQUIRE(outcome.code == 0);
    }
    /// A command in this folder, where `$prefix` is the installed one.
    Outcome run(const std::string& command) const {
        return shell("cd '" + path.string() + "' && prefix='" + prefix.string() + "' && " + command);
    }
    /// Runs cmake on the folder "source".
    Outcome configure(const std::string& options = "") const {
        return run("cmake --fresh -G Ninja -S source -B \"it's built\" -DCMAKE_PREFIX_PATH=\"$prefix\" " + options);
    }
    /// Builds and runs ctest.
    Outcome test(const std::string& options = "") const {
        return run("cmake --build \"it's built\" && ctest --output-on-failure --test-dir \"it's built\" " + options);
    }
    void copy_project() const {
        fs::copy(BNCHECK_SOURCE "/tests/packaging/cmake_project", path / "source", fs::copy_options::recursive);
        copy_kernel("", "");
    }
    void copy_kernel(const std::string& right, const std::string& wrong) const {
        std::string text = read_text(BNCHECK_SOURCE "/scripts/plugins/two_pass.c");
        REQUIRE(text.find(right) != std::string::npos);
        text.replace(text.find(right), right.size(), wrong);
        write("source/two_pass.c", text);
    }
    /// Configures a project of these lines, which say what is wanted of bncheck; messages come as one line.
    Outcome configure_lines(const std::string& lines, const std::string& language = "NONE") const {
        fs::create_directories(path / "source");
        write("source/CMakeLists.txt",
              "cmake_minimum_required(VERSION 3.16)\nproject(p " + language + ")\nenable_testing()\n" + lines + "\n");
        Outcome outcome = configure();
        // CMake breaks the lines of its messages.
        std::string flat;
        for (char c : outcome.out)
            if (const char next = c == '\n' ? ' ' : c; next != ' ' || flat.empty() || flat.back() != ' ') flat += next;
        return {outcome.code, flat};
    }
};

}  // namespace

TEST_CASE(
    "another project finds the installed bncheck, and its CTest passes, fails with a broken kernel, and follows when moved") {
    need_program("cc");
    need("numpy");
    Installed installed;
    installed.copy_project();
    const auto passes = [&] {
        const Outcome configured = installed.configure(), tested = installed.test();
        INFO(configured.out << tested.out);
        CHECK(configured.code == 0);
        CHECK(tested.code == 0);
        CHECK(says(tested, "100% tests passed, 0 tests failed out of 5"));
        CHECK(says(tested, "nothing:smoke (Skipped)"));
        for (const char* report : {"mine/smoke", "mine/small.v1", "program/smoke", "ours/smoke"})
            CHECK(
                read_text((installed.path / "it's built/bncheck" / report).string() + ".json").find("\"verdict\": \"pass\"") !=
                std::string::npos);
    };
    passes();

    const auto listed = [&](const std::string& options) {
        return installed.run("ctest --test-dir \"it's built\" -N " + options).out;
    };
    const auto total = [&](const std::string& options) {
        const std::string text = listed(options);
        return std::stoi(text.substr(text.find("Total Tests: ") + 13));
    };
    CHECK(total("-L '^bncheck$'") == 5);
    CHECK(total("-L '^smoke$'") == 4);
    CHECK(total("-L '^small.v1$'") == 1);
    CHECK(total("-L '^kernels$'") == 2);
    CHECK(total("-L '^python$'") == 1);
    CHECK(shell("/usr/bin/python3 -c 'import json, subprocess, sys; tests = json.loads(subprocess.check_output([\"ctest\", "
                "\"--test-dir\", sys.argv[1], \"--show-only=json-v1\"]))[\"tests\"]; print(*[p[\"value\"] for p in "
                "tests[0][\"properties\"] if p[\"name\"] in (\"PROCESSORS\", \"TIMEOUT\")])' \"" +
                (installed.path / "it's built").string() + "\"")
              .out == "2 300.0\n");

    // A sample's variance in the place of the batch's.
    installed.copy_kernel("variance /= (double)r->count", "variance /= (double)(r->count - 1)");
    const Outcome broken = installed.test();
    INFO(broken.out);
    CHECK(broken.code != 0);
    CHECK(says(broken, "mine:smoke (Failed)"));
    CHECK(says(broken, "mine:small.v1 (Failed)"));
    CHECK(says(broken, "2 tests failed out of 5"));
    CHECK(says(broken, "repro: bncheck run"));

    installed.copy_kernel("", "");
    const fs::path moved = installed.path / "moved to";
    fs::rename(installed.prefix, moved);
    installed.prefix = moved;
    passes();
}

TEST_CASE("the lines that the README shows for a CMake project register the tests that it names") {
    need_program("cc");
    const Installed installed;
    const std::string readme = read_text(BNCHECK_SOURCE "/README.md"), begin = "```cmake\n";
    const std::size_t from = readme.find(begin) + begin.size(), end = readme.find("```", from);
    fs::create_directories(installed.path / "source");
    fs::copy(BNCHECK_SOURCE "/scripts/plugins/two_pass.c", installed.path / "source/my_plugin.c");
    for (const char* name : {"small.v1", "known"})
        fs::copy(BNCHECK_SOURCE "/tests/packaging/cmake_project/" + std::string(name) + ".json",
                 installed.path / "source" / (name == std::string("small.v1") ? "my_suite.json" : "known.json"));
    const Outcome configured = installed.configure_lines(readme.substr(from, end - from), "C"),
                  tested = installed.test("-L kernels");
    INFO(configured.out << tested.out);
    CHECK(tested.code == 0);
    CHECK(says(tested, "out of 3"));
    for (const char* name : {"mine:smoke", "mine:impulse", "mine:my_suite"}) {
        CHECK(says(tested, name + std::string(" ")));
        CHECK(says({0, readme}, "`" + std::string(name) + "`"));
    }
}

TEST_CASE("bncheck_add_conformance_test refuses wrong arguments, and says what to write") {
    const Installed installed;
    const std::string call = "find_package(bncheck REQUIRED COMPONENTS tool)\nbncheck_add_conformance_test(";
    const auto refused = [&](const std::string& arguments, const std::string& text) {
        const Outcome outcome = installed.configure_lines(call + arguments + ")");
        INFO(arguments << "\n" << outcome.out);
        CHECK(outcome.code != 0);
        CHECK(says(outcome, text));
        CHECK(says(outcome, "CMakeLists.txt:5"));
    };
    CHECK(installed.configure_lines(call + "NAME a CANDIDATE builtin:fast)").code == 0);
    refused("CANDIDATE builtin:fast", "NAME is missing. Write");
    refused("NAME a", "CANDIDATE is missing. Write");
    refused("NAME a CANDIDATE builtin:fast SUITE smoke", "'SUITE' is no keyword");
    refused("NAME a CANDIDATE builtin:fast SUITES", "SUITES has no value");
    refused("NAME a/b CANDIDATE builtin:fast", "NAME is 'a/b'");
    refused("NAME a CANDIDATE my_plugin", "CANDIDATE is 'my_plugin', of which there is no target here");
    refused("NAME a CANDIDATE bncheck::plugin",
            "is a INTERFACE_LIBRARY. A candidate is a MODULE or SHARED library, or an executable");
    refused("NAME a CANDIDATE builtin:fast TIMEOUT soon", "TIMEOUT is 'soon'");
    refused("NAME a CANDIDATE builtin:fast JOBS 0", "JOBS is '0'");
    refused("NAME a CANDIDATE builtin:fast SUITES smoke smoke", "\"a:smoke\" which already exists");
    // What bncheck itself knows better fails the test with its words.
    REQUIRE(installed.configure_lines(call + "NAME a CANDIDATE builtin:fast SUITES smok)").code == 0);
    const Outcome outcome = installed.test();
    CHECK(outcome.code != 0);
    CHECK(says(outcome, "did you mean 'smoke'?"));
}

TEST_CASE("without what the library needs there are tool, plugin and function, and the library says what is missing") {
    const Installed installed;
    const auto configured = [&](const std::string& wanted) {
        return installed.configure_lines("set(CMAKE_DISABLE_FIND_PACKAGE_nlohmann_json TRUE)\nfind_package(bncheck " + wanted +
                                             ")\n"
                                             "bncheck_add_conformance_test(NAME a CANDIDATE builtin:fast)\n"
                                             "get_target_property(folder bncheck::plugin INTERFACE_INCLUDE_DIRECTORIES)\n"
                                             "if(TARGET bncheck::bncheck OR NOT EXISTS ${folder}/bncheck/plugin.h)\n"
                                             "  message(FATAL_ERROR wrong)\nendif()",
                                         "C");
    };
    for (const char* wanted : {"REQUIRED", "REQUIRED COMPONENTS plugin", "REQUIRED COMPONENTS tool plugin",
                               "REQUIRED OPTIONAL_COMPONENTS library"}) {
        const Outcome outcome = configured(wanted);
        INFO(outcome.out);
        CHECK(outcome.code == 0);
        CHECK(says(outcome, "without the library bncheck::bncheck, for which is missing: nlohmann_json --") ==
              (wanted == std::string("REQUIRED")));
    }
    const auto refused = [&](const std::string& wanted, const std::string& text) {
        const Outcome outcome = configured(wanted);
        INFO(outcome.out);
        CHECK(outcome.code != 0);
        CHECK(says(outcome, text));
    };
    refused("REQUIRED COMPONENTS library",
            "needs what is missing here: nlohmann_json. The components tool and plugin do without.");
    refused("REQUIRED COMPONENTS tools", "There is no component 'tools'");
    refused("9.0 REQUIRED", "requested version \"9.0\"");
}

TEST_CASE("programs are compiled with the installed library and header, by CMake and by pkg-config") {
    need_program("pkg-config");
    need_program("c++");
    const Installed installed;
    fs::create_directories(installed.path / "source");
    fs::copy(BNCHECK_SOURCE "/tests/packaging/library_user.cpp", installed.path / "source");
    installed.write("source/CMakeLists.txt",
                    "cmake_minimum_required(VERSION 3.16)\nproject(user CXX)\n"
                    "find_package(bncheck 0.1 REQUIRED COMPONENTS library)\n"
                    "add_executable(user library_user.cpp)\ntarget_link_libraries(user bncheck::bncheck)\n");
    const Outcome configured = installed.configure("-DCMAKE_CXX_FLAGS='" BNCHECK_CXX_FLAGS "'");
    const Outcome built = installed.run("cmake --build \"it's built\" && \"it's built/user\"");
    INFO(configured.out << built.out);
    CHECK(built.code == 0);
    CHECK(says(built, "\nbuiltin:two_pass\n"));

    const std::string package = "PKG_CONFIG_PATH=$(dirname $(find $prefix -name bncheck.pc)) pkg-config ";
    const Outcome by_hand = installed.run("c++ " BNCHECK_CXX_FLAGS " -std=gnu++20 -o by_hand source/library_user.cpp $(" +
                                          package + "--cflags --libs --static bncheck) && ./by_hand");
    INFO(by_hand.out);
    CHECK(by_hand.code == 0);
    CHECK(by_hand.out == "builtin:two_pass\n");

    const Outcome plugin = installed.run(
        "cc -O2 -shared -fPIC -o two_pass.so " BNCHECK_SOURCE "/scripts/plugins/two_pass.c $(" + package +
        "--cflags bncheck) -lm && $(" + package + "--variable=tool bncheck) run --candidate plugin:./two_pass.so");
    INFO(plugin.out);
    CHECK(plugin.code == 0);
    CHECK(says(plugin, "candidate two_pass.c"));
    CHECK(installed.run(package + "--modversion bncheck").out ==
          installed.run("$prefix/bin/bncheck --version | cut -d' ' -f2").out);
}

TEST_CASE("the .deb installs, works and leaves nothing behind, and the .tar.gz works where it is unpacked") {
    for (const char* program : {"cpack", "dpkg", "dpkg-shlibdeps", "file"}) need_program(program);
    const Folder folder;
    const auto run = [&](const std::string& command) { return shell("cd " + folder.path.string() + " && " + command); };
    const Outcome packed =
        run("cpack --config " BNCHECK_BUILD "/CPackConfig.cmake -B packages -D CPACK_DEBIAN_COMPRESSION_TYPE=none");
    INFO(packed.out);
    REQUIRE(packed.code == 0);

    const Outcome unpacked =
        run("mkdir 'some where' && tar xzf packages/*.tar.gz -C 'some where' && ls 'some where' | wc -l && "
            "'some where'/*/bin/bncheck run -k known-answer");
    INFO(unpacked.out);
    CHECK(unpacked.out.starts_with("1\n"));  // one folder, not a heap of them
    CHECK(unpacked.code == 0);

    const std::string field = "dpkg-deb -f packages/*.deb ";
    CHECK(run(field + "Package").out == "bncheck\n");
    CHECK(says(run(field + "Depends"), "libtbb12"));
    CHECK_FALSE(says(run(field + "Depends"), "dnnl"));
    CHECK("bncheck " + run(field + "Version").out == bncheck_tool("--version").out);
    CHECK(run("find 'some where' -name changelog.gz -exec zcat {} + | sed -n '1s/.*(\\(.*\\)).*/\\1/p'").out ==
          run(field + "Version").out);

    // dpkg wants to be root even in a folder; without, the package is unpacked alone.
    const bool is_root = shell("id -u").out == "0\n";
    // That folder has none of the packages that this one depends on; that they are named right is what shlibdeps sees to.
    const std::string dpkg = "dpkg --root=root --force-depends --log=/dev/null ";
    REQUIRE(run("mkdir -p root/var/lib/dpkg/info root/var/lib/dpkg/updates root/var/lib/dpkg/triggers && touch "
                "root/var/lib/dpkg/status "
                "root/var/lib/dpkg/available")
                .code == 0);
    const Outcome installed = run((is_root ? dpkg + "-i packages/*.deb" : "dpkg-deb -x packages/*.deb root") +
                                  " && mkdir elsewhere && cd elsewhere && ../root/usr/bin/bncheck run -k known-answer");
    INFO(installed.out);
    CHECK(installed.code == 0);
    CHECK(says(installed, "candidate builtin:fast"));
    CHECK(run("find root -name '*bncheck*' | wc -l").out != "0\n");
    if (!is_root) return;
    const Outcome removed = run(dpkg + "-P bncheck");
    INFO(removed.out);
    CHECK(removed.code == 0);
    CHECK(run("find root -name '*bncheck*'; find root -type f -not -path 'root/var/lib/dpkg/*'").out == "");
}
