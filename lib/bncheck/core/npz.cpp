#include "bncheck/core/npz.hpp"

#include <zip.h>

#include <list>

#include "bncheck/core/error.hpp"
#include "bncheck/core/npy.hpp"

namespace bncheck {
namespace {

constexpr std::string_view suffix = ".npy";

[[noreturn]] void refuse(const std::string& place, const std::string& what, const std::string& advice) {
    throw Error(Fault::candidate, "protocol", place, what, advice);
}

int discard(zip_t* archive) {
    zip_discard(archive);
    return 0;
}

std::string text_of(int code) {
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    std::string text = zip_error_strerror(&error);
    zip_error_fini(&error);
    return text;
}

/// What stands between an archive and the reading of a member.
std::string reason(zip_error_t* error) {
    switch (zip_error_code_zip(error)) {
        case ZIP_ER_CRC:
            return "is damaged: its checksum does not hold";
        case ZIP_ER_EOF:
        case ZIP_ER_ZLIB:
        case ZIP_ER_COMPRESSED_DATA:
        case ZIP_ER_INCONS:
            return std::string("is damaged: ") + zip_error_strerror(error);
        case ZIP_ER_NOPASSWD:
        case ZIP_ER_ENCRNOTSUPP:
            return "is encrypted";
        default:
            return std::string("cannot be read: ") + zip_error_strerror(error);
    }
}

constexpr const char* as_numpy = "write the archive with numpy.savez or numpy.savez_compressed";

}  // namespace

NpzArchive::NpzArchive(const std::filesystem::path& path) : place_(path.filename().string()), archive_(nullptr, discard) {
    std::error_code failed;
    if (!std::filesystem::is_regular_file(path, failed)) refuse(place_, "is not a file", "put an .npz file in its place");
    int code = 0;
    archive_.reset(zip_open(path.c_str(), ZIP_RDONLY, &code));
    if (!archive_)
        refuse(place_, code == ZIP_ER_NOZIP ? "is not an .npz file, or is cut off" : "cannot be read: " + text_of(code),
               as_numpy);
    const zip_int64_t count = zip_get_num_entries(archive_.get(), 0);
    for (zip_uint64_t index = 0; index < static_cast<zip_uint64_t>(count); ++index) {
        // Names as they are, without libzip's guess at their character set.
        const char* const raw = zip_get_name(archive_.get(), index, ZIP_FL_ENC_RAW);
        const std::string name = raw ? raw : "";
        if (!name.ends_with(suffix)) continue;
        if (!members_.emplace(name.substr(0, name.size() - suffix.size()), index).second)
            refuse(place_, "has two members named " + name, as_numpy);
    }
}

std::vector<std::string> NpzArchive::names() const {
    std::vector<std::string> names;
    for (const auto& [name, index] : members_) names.push_back(name);
    return names;
}

Tensor NpzArchive::read(const std::string& name, Dtype dtype, const std::vector<std::size_t>& dims) const {
    const std::string place = place_ + ": " + name + std::string(suffix);
    const auto found = members_.find(name);
    if (found == members_.end()) refuse(place, "is not in the archive", "add it");
    zip_stat_t stat;
    zip_stat_init(&stat);
    if (zip_stat_index(archive_.get(), found->second, 0, &stat) == 0 && (stat.valid & ZIP_STAT_ENCRYPTION_METHOD) &&
        stat.encryption_method != ZIP_EM_NONE)
        refuse(place, "is encrypted", as_numpy);
    if ((stat.valid & ZIP_STAT_COMP_METHOD) && stat.comp_method != ZIP_CM_STORE && stat.comp_method != ZIP_CM_DEFLATE)
        refuse(place, "is compressed by method " + std::to_string(stat.comp_method) + "; stored and deflated members are read",
               as_numpy);
    const std::unique_ptr<zip_file_t, int (*)(zip_file_t*)> member(zip_fopen_index(archive_.get(), found->second, 0),
                                                                   zip_fclose);
    if (!member) refuse(place, reason(zip_get_error(archive_.get())), as_numpy);
    const ByteSource source = [&](char* into, std::size_t bytes) {
        std::size_t got = 0;
        while (got < bytes) {
            const zip_int64_t n = zip_fread(member.get(), into + got, bytes - got);
            if (n < 0) refuse(place, reason(zip_file_get_error(member.get())), as_numpy);
            if (n == 0) break;
            got += static_cast<std::size_t>(n);
        }
        return got;
    };
    return read_npy(place, source, dtype, dims);
}

void write_npz(const std::filesystem::path& path, const std::map<std::string, Tensor>& tensors) {
    const auto fail = [&](const std::string& why) {
        throw Error(Fault::internal, "io", path.string(), "cannot be written: " + why,
                    "free space there, or take another folder");
    };
    int code = 0;
    std::unique_ptr<zip_t, int (*)(zip_t*)> archive(zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code), discard);
    if (!archive) fail(text_of(code));
    const auto last_error = [&] { return std::string(zip_strerror(archive.get())); };
    std::list<std::string> headers;  // which, like the tensors, must last until the archive is closed
    for (const auto& [name, tensor] : tensors) {
        headers.push_back(npy_header(tensor.dtype(), tensor.dims()));
        const zip_buffer_fragment_t fragments[] = {
            {reinterpret_cast<zip_uint8_t*>(headers.back().data()), headers.back().size()},
            {reinterpret_cast<zip_uint8_t*>(const_cast<std::byte*>(tensor.data())), tensor.bytes()}};
        zip_source_t* const source = zip_source_buffer_fragment(archive.get(), fragments, 2, 0);
        if (!source) fail(last_error());
        const zip_int64_t index = zip_file_add(archive.get(), (name + std::string(suffix)).c_str(), source, ZIP_FL_ENC_UTF_8);
        if (index < 0) {
            zip_source_free(source);
            fail(last_error());
        }
        // The first day that a zip file knows: the time of writing is no part of the data.
        constexpr zip_uint16_t midnight = 0, first_of_january_1980 = 1 << 5 | 1;
        if (zip_set_file_compression(archive.get(), static_cast<zip_uint64_t>(index), ZIP_CM_STORE, 0) != 0 ||
            zip_file_set_dostime(archive.get(), static_cast<zip_uint64_t>(index), midnight, first_of_january_1980, 0) != 0)
            fail(last_error());
    }
    if (zip_close(archive.get()) != 0) fail(last_error());
    archive.release();  // closed
}

}  // namespace bncheck
