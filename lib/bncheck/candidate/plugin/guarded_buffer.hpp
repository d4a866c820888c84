#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "bncheck/core/dtype.hpp"

namespace bncheck::candidate {

/// Memory for one tensor, aligned to 64 bytes and no more, between zones that show who wrote beyond it: at least 4 KiB of known
/// bytes on both sides, and then 16 MiB that cannot be touched at all.
class GuardedBuffer {
public:
    /// Throws Error{internal} where there is no memory.
    explicit GuardedBuffer(std::size_t bytes);
    ~GuardedBuffer();
    GuardedBuffer(GuardedBuffer&& other) noexcept;
    GuardedBuffer& operator=(GuardedBuffer&&) = delete;

    std::byte* data() const { return data_; }

    /// From now on a write to it is a fault.
    void protect();

    /// Fills it with a signalling NaN of the type. No arithmetic gives one (IEEE 754-2019 section 6.2 has it quieted), so that
    /// an element which still has these bits was not written.
    void poison(Dtype dtype);

    struct Unwritten {
        std::size_t count = 0, first = 0;  ///< elements, position in storage
    };
    Unwritten unwritten(Dtype dtype) const;

    /// What was written to the zones of known bytes, such as "8 bytes after its end"; "" if nothing was.
    std::string overrun() const;

    /// Whether an address is within it or its zones, and where. Safe in a signal handler.
    enum class Side { before, inside, after };
    std::optional<Side> side_of(const void* address) const noexcept;

private:
    std::size_t bytes_, mapped_;
    std::byte *map_, *begin_, *data_, *end_;  ///< [begin_, end_) can be touched
};

}  // namespace bncheck::candidate
