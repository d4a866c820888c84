#include <zip.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <functional>

#include "../shell.hpp"
#include "bncheck/core/error.hpp"
#include "bncheck/core/npy_header.hpp"
#include "bncheck/core/npz.hpp"

using namespace bncheck;

namespace {

using Dims = std::vector<std::size_t>;

Tensor counted(Dtype dtype, const Dims& dims) {
    Tensor tensor(dtype, dims);
    for (std::size_t i = 0; i < tensor.size(); ++i) tensor.set(i, static_cast<double>(i));
    return tensor;
}

std::string npy_of(const Tensor& tensor) {
    return npy_header(tensor.dtype(), tensor.dims()) +
           std::string(reinterpret_cast<const char*>(tensor.data()), tensor.bytes());
}

/// An archive with one member, in a way that write_npz() does not offer.
void write_member(const std::string& path, const std::string& name, const std::string& bytes,
                  const std::function<int(zip_t*, zip_uint64_t)>& how) {
    int code = 0;
    zip_t* const archive = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
    REQUIRE(archive);
    zip_source_t* const source = zip_source_buffer(archive, bytes.data(), bytes.size(), 0);
    const zip_int64_t index = zip_file_add(archive, name.c_str(), source, 0);
    REQUIRE(index >= 0);
    REQUIRE(how(archive, static_cast<zip_uint64_t>(index)) == 0);
    REQUIRE(zip_close(archive) == 0);
}

/// Bytes that an archive's only member takes in it.
std::size_t stored_size(const std::string& path) {
    zip_t* const archive = zip_open(path.c_str(), ZIP_RDONLY, nullptr);
    zip_stat_t stat;
    zip_stat_init(&stat);
    REQUIRE(zip_stat_index(archive, 0, 0, &stat) == 0);
    zip_discard(archive);
    return stat.comp_size;
}

const auto compressed = [](zip_int32_t method) {
    return [method](zip_t* archive, zip_uint64_t index) { return zip_set_file_compression(archive, index, method, 0); };
};

}  // namespace

TEST_CASE("tensors survive a round trip through an .npz file, whose bytes depend on them alone") {
    const Folder folder;
    const std::map<std::string, Tensor> tensors{{"x", counted(Dtype::float16, {2, 3, 4})},
                                                {"dy", counted(Dtype::bfloat16, {5})},
                                                {"gamma", counted(Dtype::float32, {1})},
                                                {"b", counted(Dtype::float64, {3, 3})}};
    const std::string path = (folder.path / "a.npz").string(), other = (folder.path / "b.npz").string();
    write_npz(path, tensors);
    write_npz(other, tensors);
    CHECK(read_text(path) == read_text(other));
    // The date of every member, in the directory at the end, is the first of January 1980 (month and day in bits 5 and 0).
    const std::string text = read_text(path), directory_entry = "PK\x01\x02";
    for (std::size_t at = text.find(directory_entry); at != std::string::npos; at = text.find(directory_entry, at + 1))
        CHECK(text.substr(at + 12, 4) == std::string("\0\0\x21\0", 4));
    const NpzArchive archive(path);
    CHECK(archive.names() == std::vector<std::string>{"b", "dy", "gamma", "x"});
    for (const auto& [name, tensor] : tensors) CHECK(archive.read(name, tensor.dtype(), tensor.dims()) == tensor);
    CHECK_THROWS_WITH(archive.read("y", Dtype::float32, {1}), Catch::Contains("a.npz: y.npy: is not in the archive"));
    CHECK_THROWS_WITH(archive.read("b", Dtype::float32, {3, 3}), Catch::Contains("a.npz: b.npy: has type"));
}

TEST_CASE("an .npz file that is cut off or damaged gives an error or the same tensor, never another one") {
    const Folder folder;
    const std::string path = (folder.path / "a.npz").string();
    for (const zip_int32_t method : {ZIP_CM_STORE, ZIP_CM_DEFLATE}) {
        const Tensor tensor = counted(Dtype::float32, {40});
        write_member(path, "y.npy", npy_of(tensor), compressed(method));
        const std::string whole = read_text(path), path_of_whole = folder.write("whole.npz", whole);
        std::size_t refused = 0;
        const auto take = [&](const std::string& text) {
            folder.write("a.npz", text);
            try {
                const NpzArchive archive(path);
                if (!archive.has("y")) return;
                const bool same = archive.read("y", Dtype::float32, {40}) == tensor;
                CHECK(same);
            } catch (const Error& e) {
                CHECK(e.code() == "protocol");
                ++refused;
            }
        };
        for (std::size_t at = 0; at < whole.size(); ++at) {
            std::string damaged = whole;
            damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
            take(damaged);
        }
        CHECK(refused + 1 >= stored_size(path_of_whole));  // a deflated stream may end in bits that mean nothing
        for (std::size_t n = 0; n < whole.size(); ++n) {
            folder.write("a.npz", whole.substr(0, n));
            CHECK_THROWS_AS(NpzArchive(path), Error);
        }
    }
    folder.write("a.npz", "not a zip file");
    CHECK_THROWS_WITH(NpzArchive(path), Catch::Contains("is not an .npz file"));
    CHECK_THROWS_WITH(NpzArchive(folder.path), Catch::Contains("is not a file"));
}

TEST_CASE("a checksum that does not hold, encryption and other compression are named") {
    const Folder folder;
    const std::string path = (folder.path / "a.npz").string(), bytes = npy_of(counted(Dtype::float32, {40}));
    const auto says = [&](const char* words) {
        CHECK_THROWS_WITH(NpzArchive(path).read("y", Dtype::float32, {40}), Catch::Contains(words));
    };
    write_member(path, "y.npy", bytes, compressed(ZIP_CM_STORE));
    std::string damaged = read_text(path);
    damaged[damaged.find(bytes) + bytes.size() - 1] ^= 1;
    folder.write("a.npz", damaged);
    says("y.npy: is damaged: its checksum does not hold");
    if (zip_encryption_method_supported(ZIP_EM_AES_256, 1)) {
        write_member(path, "y.npy", bytes, [](zip_t* archive, zip_uint64_t index) {
            return zip_file_set_encryption(archive, index, ZIP_EM_AES_256, "secret");
        });
        says("y.npy: is encrypted");
    }
    if (zip_compression_method_supported(ZIP_CM_BZIP2, 1)) {
        write_member(path, "y.npy", bytes, compressed(ZIP_CM_BZIP2));
        says("stored and deflated members are read");
    }
}

TEST_CASE("two members of one name are refused") {
    const Folder folder;
    const std::string path = (folder.path / "a.npz").string();
    const Tensor tensor = counted(Dtype::float32, {4});
    write_npz(path, {{"y1", tensor}, {"y2", tensor}});
    CHECK(NpzArchive(path).names().size() == 2);
    std::string text = read_text(path);
    for (std::size_t at = text.find("y2.npy"); at != std::string::npos; at = text.find("y2.npy")) text[at + 1] = '1';
    folder.write("a.npz", text);
    CHECK_THROWS_WITH(NpzArchive(path), Catch::Contains("has two members named y1.npy"));
}

TEST_CASE("a member that unpacks to more than is due is refused after no more than that") {
    const Folder folder;
    const std::string path = (folder.path / "a.npz").string();
    std::string bomb = npy_of(counted(Dtype::float32, {4}));
    bomb.resize(bomb.size() + (std::size_t{1} << 26), '\0');
    write_member(path, "y.npy", bomb, compressed(ZIP_CM_DEFLATE));
    CHECK(std::filesystem::file_size(path) < std::size_t{1} << 17);
    CHECK_THROWS_WITH(NpzArchive(path).read("y", Dtype::float32, {4}), Catch::Contains("more data than its shape says"));
}
