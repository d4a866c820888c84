#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <numeric>
#include <random>

#include "../shell.hpp"
#include "bncheck/core/error.hpp"
#include "bncheck/core/npy.hpp"

using namespace bncheck;

namespace {

using Dims = std::vector<std::size_t>;

/// A file as NEP 1 describes it, byte by byte.
std::string npy(int version, const std::string& header, const std::string& data) {
    std::string text = "\x93NUMPY";
    text += static_cast<char>(version);
    text += '\0';
    const std::size_t length = header.size();
    for (int byte = 0; byte < (version == 1 ? 2 : 4); ++byte) text += static_cast<char>(length >> 8 * byte & 0xff);
    return text + header + data;
}

std::string header(const std::string& type, const std::string& shape, const std::string& fortran = "False") {
    return "{'descr': '" + type + "', 'fortran_order': " + fortran + ", 'shape': " + shape + ", }\n";
}

template <class T>
std::string bytes_of(const std::vector<T>& values, bool swapped = false) {
    std::string bytes(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
    for (std::size_t at = 0; swapped && at < bytes.size(); at += sizeof(T))
        std::reverse(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                     bytes.begin() + static_cast<std::ptrdiff_t>(at + sizeof(T)));
    return bytes;
}

const std::string six = bytes_of<float>({0, 1, 2, 3, 4, 5});

Tensor counted(Dtype dtype, const Dims& dims) {
    Tensor tensor(dtype, dims);
    for (std::size_t i = 0; i < tensor.size(); ++i) tensor.set(i, static_cast<double>(i));
    return tensor;
}

ByteSource source_of(const std::string& text, std::size_t& at) {
    return [&text, &at](char* into, std::size_t bytes) {
        const std::size_t n = std::min(bytes, text.size() - at);
        std::memcpy(into, text.data() + at, n);
        at += n;
        return n;
    };
}

Tensor from_stream(const std::string& text, Dtype dtype, const Dims& dims) {
    std::size_t at = 0;
    return read_npy("y.npy", source_of(text, at), dtype, dims);
}

/// What the error says, from a file, mapped or loaded, and from a stream alike; "" where it is read.
std::string refusal(const std::string& text, Dtype dtype, const Dims& dims) {
    const auto said = [](auto read) -> std::string {
        try {
            read();
        } catch (const Error& e) {
            CHECK(e.fault() == Fault::candidate);
            CHECK(e.code() == "protocol");
            CHECK(e.place() == "y.npy");
            CHECK(!e.advice().empty());
            return e.what();
        }
        return "";
    };
    const Folder folder;
    const std::string path = folder.write("y.npy", text);
    const std::string streamed = said([&] { from_stream(text, dtype, dims); });
    CHECK(said([&] { read_npy(path, dtype, dims); }) == streamed);
    CHECK(said([&] { read_npy(path, dtype, dims, Access::mapped); }) == streamed);
    return streamed;
}

}  // namespace

TEST_CASE("every type and rank survives a round trip through .npy files") {
    const Folder folder;
    for (const Dtype dtype : {Dtype::float16, Dtype::bfloat16, Dtype::float32, Dtype::float64})
        for (const Dims& dims : {Dims{}, Dims{1}, Dims{0, 3}, Dims{7}, Dims{2, 3}, Dims{2, 3, 2, 3, 2}}) {
            const Tensor tensor = counted(dtype, dims);
            write_npy(folder.path / "a.npy", tensor);
            CHECK(read_npy(folder.path / "a.npy", dtype, dims) == tensor);
            CHECK(read_npy(folder.path / "a.npy", dtype, dims, Access::mapped) == tensor);
        }
}

TEST_CASE("versions 1 to 3, both orders and both endiannesses are read") {
    const Dims dims{2, 3};
    const Tensor due = counted(Dtype::float32, dims);
    const std::string columns = bytes_of<float>({0, 3, 1, 4, 2, 5});
    for (int version = 1; version <= 3; ++version) {
        for (const char* type : {"<f4", "=f4", "|f4", "f4"})
            CHECK(from_stream(npy(version, header(type, "(2, 3)"), six), Dtype::float32, dims) == due);
        CHECK(from_stream(npy(version, header("<f4", "(2, 3)", "True"), columns), Dtype::float32, dims) == due);
        CHECK(from_stream(npy(version, header(">f4", "(2, 3)"), bytes_of<float>({0, 1, 2, 3, 4, 5}, true)), Dtype::float32,
                          dims) == due);
        CHECK(from_stream(npy(version, header(">f4", "(2, 3)", "True"), bytes_of<float>({0, 3, 1, 4, 2, 5}, true)),
                          Dtype::float32, dims) == due);
    }
    CHECK(from_stream(npy(1, header(">f8", "(3,)"), bytes_of<double>({0, 1, 2}, true)), Dtype::float64, {3}) ==
          counted(Dtype::float64, {3}));
    // Any order of the keys, either quote, any spacing, lengths as Python 2 wrote them, no comma at the end.
    CHECK(from_stream(npy(1, "{ \"shape\" :(2L,3L) , 'fortran_order':False,\"descr\":'<f4'}   \n", six), Dtype::float32,
                      dims) == due);
}

TEST_CASE("bfloat16 is 'u2' bit patterns, or the 'V2' that ml_dtypes writes") {
    const std::vector<std::uint16_t> patterns{0x0000, 0x3f80, 0x4000};  // 0, 1, 2
    for (const char* type : {"<u2", "|V2", "<V2", "V2"})
        CHECK(from_stream(npy(1, header(type, "(3,)"), bytes_of(patterns)), Dtype::bfloat16, {3}) ==
              counted(Dtype::bfloat16, {3}));
    for (const char* type : {">u2", ">V2"})
        CHECK(from_stream(npy(1, header(type, "(3,)"), bytes_of(patterns, true)), Dtype::bfloat16, {3}) ==
              counted(Dtype::bfloat16, {3}));
    CHECK(refusal(npy(1, header("|V2", "(3,)"), bytes_of(patterns)), Dtype::float16, {3}).find("float16") != std::string::npos);
    CHECK(refusal(npy(1, header("<f4", "(3,)"), six), Dtype::bfloat16, {3}).find(".view(numpy.uint16)") != std::string::npos);
}

TEST_CASE("what is not due is refused, saying what is and what to do") {
    const auto says = [](const std::string& text, const Dims& dims, const std::string& word) {
        INFO(word);
        CHECK_THAT(refusal(text, Dtype::float32, dims), Catch::Contains(word));
    };
    const std::string f8 = bytes_of<double>({0, 1, 2, 3, 4, 5});
    says(npy(1, header("<f8", "(2, 3)"), f8), {2, 3},
         "(float64) where float32 ('<f4') is due; save it with .astype(numpy.float32)");
    says(npy(1, header("<i4", "(2, 3)"), six), {2, 3}, "(int32)");
    says(npy(1, header("<f4", "(6,)"), six), {2, 3}, "has shape (6,) where (2, 3) is due; save it with .reshape(2, 3)");
    says(npy(1, header("<f4", "()"), six.substr(0, 4)), {1}, "has shape () where (1,) is due; save it with .reshape(1,)");
    says(npy(1, header("<f4", "(1,)"), six.substr(0, 4)), {}, "has shape (1,) where () is due");
    says(npy(1, header("<f4", "(3, 2)"), six), {2, 3}, "has shape (3, 2) where (2, 3) is due; save an array of that shape");
    says(npy(1, header("<f4", "(1, 3, 2)"), six), {1, 2, 3}, "the channel stands last there and second here (NCHW)");
    says(npy(1, header("<f4", "(1, 6, 1, 1)"), six), {1, 1, 1, 6}, "the channel stands second there and last here (NHWC)");
    says(npy(1, header("<f4", "(0, 3)"), ""), {2, 3}, "has shape (0, 3)");
    says(npy(1, header("|O", "(2, 3)"), "\x80\x03]q"), {2, 3}, "pickled Python objects, which are never loaded");
    says(npy(1, "{'descr': [('a', '<f4'), ('b', '<f4')], 'fortran_order': False, 'shape': (3,), }", six), {3},
         "structured type");
    says(npy(1, header("<f4", "(2, 3)"), six.substr(1)), {2, 3}, "is cut off: 23 bytes of data where 24 are due");
    says(npy(1, header("<f4", "(2, 3)"), six + "x"), {2, 3}, "more data than its shape says");
    says(npy(4, header("<f4", "(2, 3)"), six), {2, 3}, "format version 4");
    says(npy(2, std::string(2 << 20, ' '), ""), {2, 3}, "a header of 2097152 bytes");
    says(npy(1, header("<f4", "(99999999999999999999,)"), six), {2, 3}, "impossible length");
    says(npy(1, header("<f4", "(-1, 3)"), six), {2, 3}, "not a .npy file of a plain number type");
    says(npy(1, "{'descr': '<f4', 'fortran_order': False}", six), {2, 3}, "not a .npy file of a plain number type");
    says(npy(1, header("<f4", "(2, 3)") + "x", six), {2, 3}, "not a .npy file of a plain number type");
    says("", {2, 3}, "is empty");
    says("PK\x03\x04 a zip file", {2, 3}, "does not begin with the magic bytes");
}

TEST_CASE("what is no readable file is refused") {
    const Folder folder;
    std::filesystem::create_directory(folder.path / "folder.npy");
    CHECK_THROWS_WITH(read_npy(folder.path / "folder.npy", Dtype::float32, {1}), Catch::Contains("is a folder"));
    CHECK_THROWS_WITH(read_npy(folder.path / "none.npy", Dtype::float32, {1}), Catch::Contains("No such file"));
    CHECK_THROWS_WITH(read_npy("/dev/null", Dtype::float32, {1}), Catch::Contains("is not a regular file"));
    std::filesystem::create_symlink("nowhere", folder.path / "dangling.npy");
    CHECK_THROWS_WITH(read_npy(folder.path / "dangling.npy", Dtype::float32, {1}), Catch::Contains("cannot be read"));
    if (geteuid() == 0) return;  // who reads everything
    const std::string path = folder.write("secret.npy", npy(1, header("<f4", "(2, 3)"), six));
    std::filesystem::permissions(path, std::filesystem::perms::none);
    CHECK_THROWS_WITH(read_npy(path, Dtype::float32, {2, 3}), Catch::Contains("Permission denied"));
}

TEST_CASE("no part of a file is taken for the whole, and any bytes are read or refused") {
    const std::string whole = npy(1, header("<f4", "(2, 3)"), six);
    for (std::size_t n = 0; n < whole.size(); ++n)
        CHECK_THROWS_AS(from_stream(whole.substr(0, n), Dtype::float32, {2, 3}), Error);
    std::mt19937 random(1);
    std::size_t refused = 0;
    for (int round = 0; round < 20000; ++round) {
        std::string text = whole;
        for (int flips = 0; flips < 3; ++flips)
            text[random() % (whole.size() - six.size())] = static_cast<char>(random());  // of the header
        try {
            from_stream(text, Dtype::float32, {2, 3});
        } catch (const Error&) {
            ++refused;
        }
    }
    CHECK(refused > 15000);  // three of some eighty bytes, of which a dozen mean nothing
    // Long headers of what a careless parser would recurse into.
    for (const std::string& bad :
         std::vector<std::string>{std::string(60000, '('), "{'descr': '" + std::string(60000, '<'),
                                  "{" + std::string(60000, ' '), "{'shape': (" + std::string(60000, ',')})
        CHECK_THROWS_AS(from_stream(npy(1, bad, six), Dtype::float32, {2, 3}), Error);
}
