#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "bncheck/candidate/plugin/guarded_buffer.hpp"

using namespace bncheck;
using candidate::GuardedBuffer;

TEST_CASE("a guarded buffer shows every byte that was written beyond it, on both sides") {
    for (const std::size_t bytes : {1u, 7u, 64u, 4096u, 4097u, 70000u}) {
        INFO(bytes);
        {
            const GuardedBuffer untouched(bytes);
            std::memset(untouched.data(), 0x5a, bytes);
            CHECK(untouched.overrun().empty());
            CHECK(reinterpret_cast<std::uintptr_t>(untouched.data()) % 64 == 0);
        }
        for (const std::ptrdiff_t beyond : {1, 2, 63, 4000}) {
            const GuardedBuffer after(bytes), before(bytes);
            after.data()[static_cast<std::ptrdiff_t>(bytes) + beyond - 1] = std::byte{1};
            CHECK(after.overrun() == std::to_string(beyond) + " bytes after its end");
            before.data()[-beyond] = std::byte{1};
            CHECK(before.overrun() == std::to_string(beyond) + " bytes before its start");
        }
    }
}

TEST_CASE("an element is unwritten as long as it has the bits that it was given, of any type") {
    for (const Dtype dtype : {Dtype::float16, Dtype::bfloat16, Dtype::float32, Dtype::float64}) {
        INFO(name_of(dtype));
        const std::size_t width = size_of(dtype), n = 37;
        GuardedBuffer buffer(n * width);
        buffer.poison(dtype);
        CHECK(buffer.unwritten(dtype).count == n);
        CHECK(std::isnan(load(dtype, buffer.data())));
        // What kernels write, with the NaN that arithmetic makes of anything, this signalling one too.
        volatile const double read = load(dtype, buffer.data());
        const double values[] = {0, -0.0, 1.5, HUGE_VAL, std::nan(""), read * 2, read + 1};
        for (std::size_t i = 0; i < n; ++i) {
            if (i == 11 || i == 23) continue;
            store(dtype, buffer.data() + i * width, values[i % 7]);
        }
        CHECK(buffer.unwritten(dtype).count == 2);
        CHECK(buffer.unwritten(dtype).first == 11);
        CHECK(buffer.overrun().empty());
    }
}

TEST_CASE("an address is before, inside or after a guarded buffer, or none of its") {
    const GuardedBuffer buffer(100);
    using Side = GuardedBuffer::Side;
    CHECK(buffer.side_of(buffer.data()) == Side::inside);
    CHECK(buffer.side_of(buffer.data() + 99) == Side::inside);
    CHECK(buffer.side_of(buffer.data() + 100) == Side::after);
    CHECK(buffer.side_of(buffer.data() + (15u << 20)) == Side::after);
    CHECK(buffer.side_of(buffer.data() - 1) == Side::before);
    CHECK(buffer.side_of(buffer.data() - (15u << 20)) == Side::before);
    CHECK(!buffer.side_of(&buffer));
    CHECK(!buffer.side_of(nullptr));
}
