#include "bncheck/candidate/plugin/guarded_buffer.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

#include "bncheck/core/error.hpp"

namespace bncheck::candidate {
namespace {

/// Lengths of the zones; the first is a multiple of the pages of every common machine, and takes addresses, not memory.
constexpr std::size_t untouchable = 16u << 20, known = 4u << 10, alignment = 64;
constexpr unsigned char known_byte = 0xa5;

std::size_t whole_pages(std::size_t bytes) {
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    return (bytes + page - 1) / page * page;
}

/// Exponent all ones, the quiet bit 0, the rest of the significand not 0.
std::uint64_t poison_of(Dtype dtype) {
    switch (dtype) {
        case Dtype::float16:
            return 0x7da5;
        case Dtype::bfloat16:
            return 0x7fa5;
        case Dtype::float32:
            return 0x7fa5a5a5;
        case Dtype::float64:
            return 0x7ff5a5a5a5a5a5a5;
    }
    return 0;
}

}  // namespace

GuardedBuffer::GuardedBuffer(std::size_t bytes) : bytes_(bytes) {
    const std::size_t touchable = whole_pages(known + alignment + bytes + known);
    mapped_ = untouchable + touchable + untouchable;
    void* const start = mmap(nullptr, mapped_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (start == MAP_FAILED || mprotect(static_cast<std::byte*>(start) + untouchable, touchable, PROT_READ | PROT_WRITE) != 0)
        throw Error(Fault::internal, "memory", "plugin", std::string("no memory for a tensor: ") + std::strerror(errno),
                    "take smaller shapes");
    map_ = static_cast<std::byte*>(start);
    begin_ = map_ + untouchable;
    data_ = begin_ + known + alignment;  // a multiple of 64, and of nothing larger
    end_ = begin_ + touchable;
    std::memset(begin_, known_byte, static_cast<std::size_t>(data_ - begin_));
    std::memset(data_ + bytes_, known_byte, static_cast<std::size_t>(end_ - (data_ + bytes_)));
}

GuardedBuffer::~GuardedBuffer() {
    if (map_) munmap(map_, mapped_);
}

GuardedBuffer::GuardedBuffer(GuardedBuffer&& other) noexcept
    : bytes_(other.bytes_),
      mapped_(other.mapped_),
      map_(std::exchange(other.map_, nullptr)),
      begin_(other.begin_),
      data_(other.data_),
      end_(other.end_) {}

void GuardedBuffer::protect() { mprotect(begin_, static_cast<std::size_t>(end_ - begin_), PROT_READ); }

void GuardedBuffer::poison(Dtype dtype) {
    const std::size_t width = size_of(dtype);
    const std::uint64_t bits = poison_of(dtype);  // little endian: its low bytes come first
    for (std::size_t at = 0; at < bytes_; at += width) std::memcpy(data_ + at, &bits, width);
}

GuardedBuffer::Unwritten GuardedBuffer::unwritten(Dtype dtype) const {
    const std::size_t width = size_of(dtype);
    const std::uint64_t bits = poison_of(dtype);
    Unwritten result;
    for (std::size_t at = 0; at < bytes_; at += width)
        if (std::memcmp(data_ + at, &bits, width) == 0 && result.count++ == 0) result.first = at / width;
    return result;
}

std::string GuardedBuffer::overrun() const {
    const std::byte filled{known_byte};
    for (const std::byte* p = end_; p-- > data_ + bytes_;)
        if (*p != filled) return std::to_string(p + 1 - (data_ + bytes_)) + " bytes after its end";
    for (const std::byte* p = begin_; p < data_; ++p)
        if (*p != filled) return std::to_string(data_ - p) + " bytes before its start";
    return "";
}

std::optional<GuardedBuffer::Side> GuardedBuffer::side_of(const void* address) const noexcept {
    const auto* const p = static_cast<const std::byte*>(address);
    if (p < map_ || p >= map_ + mapped_) return std::nullopt;
    return p < data_ ? Side::before : p < data_ + bytes_ ? Side::inside : Side::after;
}

}  // namespace bncheck::candidate
