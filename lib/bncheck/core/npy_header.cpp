#include "bncheck/core/npy_header.hpp"

#include <algorithm>
#include <bit>
#include <functional>
#include <numeric>
#include <string_view>

#include "bncheck/core/error.hpp"

namespace bncheck {
namespace {

using Dims = std::vector<std::size_t>;

constexpr std::string_view magic = "\x93NUMPY";
/// A plain array's header has some 128 bytes; numpy itself reads no more than 10,000 of an array that it does not trust.
constexpr std::size_t longest_header = std::size_t{1} << 20;
constexpr const char* as_numpy = "write it with numpy.save, or as NEP 1 describes";

[[noreturn]] void refuse(const std::string& place, const std::string& what, const std::string& advice = as_numpy) {
    throw Error(Fault::candidate, "protocol", place, what, advice);
}

std::string code_of(Dtype dtype) {
    switch (dtype) {
        case Dtype::float16:
            return "f2";
        case Dtype::bfloat16:
            return "u2";
        case Dtype::float32:
            return "f4";
        case Dtype::float64:
            return "f8";
    }
    return "";
}

std::string python_tuple(const Dims& dims) {
    std::string text = "(";
    for (std::size_t d : dims) text += std::to_string(d) + ", ";
    if (dims.size() > 1)
        text.resize(text.size() - 2);
    else if (dims.size() == 1)
        text.resize(text.size() - 1);
    return text + ")";
}

/// What can be shown of bytes that may be anything.
std::string printable(std::string_view bytes) {
    std::string text;
    for (char c : bytes.substr(0, 120)) text += c >= 32 && c < 127 ? c : '?';
    return text + (bytes.size() > 120 ? "..." : "");
}

/// The Python literal of a dictionary with the three keys of NEP 1, in any order and spacing.
class Literal {
public:
    Literal(const std::string& place, std::string_view text) : place_(place), text_(text) {}

    NpyHeader header() {
        NpyHeader header;
        bool descr = false, order = false, shape = false;
        expect('{');
        while (!take('}')) {
            const std::string key = string();
            expect(':');
            if (key == "descr")
                header.descr = type(), once(descr);
            else if (key == "fortran_order")
                header.fortran_order = boolean(), once(order);
            else if (key == "shape")
                header.dims = tuple(), once(shape);
            else
                bad();
            if (!take(',') && peek() != '}') bad();
        }
        skip_space();
        if (at_ != text_.size() || !descr || !order || !shape) bad();
        return header;
    }

private:
    [[noreturn]] void bad() const {
        refuse(place_, "is not a .npy file of a plain number type: its header is " + printable(text_));
    }
    void once(bool& seen) const {
        if (seen) bad();
        seen = true;
    }
    void skip_space() {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t')) ++at_;
    }
    char peek() {
        skip_space();
        return at_ < text_.size() ? text_[at_] : '\0';
    }
    bool take(char c) {
        if (peek() != c) return false;
        ++at_;
        return true;
    }
    void expect(char c) {
        if (!take(c)) bad();
    }
    bool take_word(std::string_view word) {
        skip_space();
        if (text_.substr(at_, word.size()) != word) return false;
        at_ += word.size();
        return true;
    }
    std::string string() {
        const char quote = peek();
        if (quote != '\'' && quote != '"') bad();
        const std::size_t end = text_.find(quote, ++at_);
        if (end == std::string_view::npos) bad();
        const std::string result(text_.substr(at_, end - at_));
        at_ = end + 1;
        return result;
    }
    std::string type() {
        if (peek() == '[')
            refuse(place_, "has a structured type: " + printable(text_.substr(at_)), "save each field as an array of its own");
        return string();
    }
    bool boolean() {
        if (take_word("True")) return true;
        if (!take_word("False")) bad();
        return false;
    }
    Dims tuple() {
        Dims dims;
        expect('(');
        while (!take(')')) {
            skip_space();
            std::size_t digits = at_;
            while (digits < text_.size() && text_[digits] >= '0' && text_[digits] <= '9') ++digits;
            if (digits == at_) bad();
            const std::string number(text_.substr(at_, digits - at_));
            if (number.size() > 18) refuse(place_, "has the impossible length " + printable(number) + " in its shape");
            dims.push_back(std::stoull(number));
            at_ = digits;
            take('L');  // as Python 2 wrote long integers
            if (!take(',') && peek() != ')') bad();
        }
        return dims;
    }

    const std::string& place_;
    std::string_view text_;
    std::size_t at_ = 0;
};

/// A type code in words: 'f8' is float64.
std::string in_words(const std::string& code) {
    static constexpr std::pair<std::string_view, const char*> known[] = {
        {"f2", "float16"},   {"f4", "float32"},     {"f8", "float64"}, {"f16", "long double"},
        {"c8", "complex64"}, {"c16", "complex128"}, {"b1", "bool"},    {"i1", "int8"},
        {"i2", "int16"},     {"i4", "int32"},       {"i8", "int64"},   {"u1", "uint8"},
        {"u2", "uint16"},    {"u4", "uint32"},      {"u8", "uint64"},  {"V2", "2 bytes without a type"}};
    for (const auto& [name, words] : known)
        if (name == code) return words;
    return "";
}

std::string advice_for(Dtype due) {
    if (due == Dtype::bfloat16) return "bfloat16 travels as bit patterns: round to bfloat16, then save .view(numpy.uint16)";
    return "save it with .astype(numpy." + std::string(name_of(due)) + ")";
}

/// Lengths with the axis at `from` moved to `to`.
Dims moved(Dims dims, std::size_t from, std::size_t to) {
    const std::size_t length = dims[from];
    dims.erase(dims.begin() + static_cast<std::ptrdiff_t>(from));
    dims.insert(dims.begin() + static_cast<std::ptrdiff_t>(to), length);
    return dims;
}

std::string shape_advice(const Dims& found, const Dims& due) {
    const std::size_t last = due.size() - 1;
    if (found.size() == due.size() && due.size() > 2) {
        if (found == moved(due, 1, last))
            return "the channel stands last there and second here (NCHW): save numpy.moveaxis(array, -1, 1)";
        if (found == moved(due, last, 1))
            return "the channel stands second there and last here (NHWC): save numpy.moveaxis(array, 1, -1)";
    }
    const auto product = [](const Dims& dims) {
        return std::accumulate(dims.begin(), dims.end(), std::size_t{1}, std::multiplies<>());
    };
    if (found.size() != due.size() && product(found) == product(due)) return "save it with .reshape" + python_tuple(due);
    return "save an array of that shape";
}

}  // namespace

std::string npy_type(Dtype dtype) { return "<" + code_of(dtype); }

std::string npy_header(Dtype dtype, const Dims& dims) {
    static_assert(std::endian::native == std::endian::little);
    std::string text = "{'descr': '" + npy_type(dtype) + "', 'fortran_order': False, 'shape': " + python_tuple(dims) + ", }";
    const std::size_t unpadded = magic.size() + 4 + text.size() + 1;
    text.append((64 - unpadded % 64) % 64, ' ');  // NEP 1: the data begin at a multiple of 64 bytes
    text += '\n';
    std::string header(magic);
    header += '\x01';
    header += '\x00';
    header += static_cast<char>(text.size() & 0xff);
    header += static_cast<char>(text.size() >> 8);
    return header + text;
}

NpyHeader read_npy_header(const std::string& place, const ByteSource& source) {
    char prefix[8];
    const std::size_t got = source(prefix, sizeof prefix);
    if (got == 0) refuse(place, "is empty");
    if (got < sizeof prefix || std::string_view(prefix, magic.size()) != magic)
        refuse(place, "is not a .npy file: it does not begin with the magic bytes");
    const int version = static_cast<unsigned char>(prefix[6]);
    if (version < 1 || version > 3) refuse(place, "has .npy format version " + std::to_string(version) + "; 1 to 3 are known");
    const std::size_t width = version == 1 ? 2 : 4;
    unsigned char raw[4] = {};
    if (source(reinterpret_cast<char*>(raw), width) != width) refuse(place, "is cut off in its header");
    const std::size_t length = raw[0] | raw[1] << 8 | raw[2] << 16 | static_cast<std::size_t>(raw[3]) << 24;
    if (length > longest_header) refuse(place, "has a header of " + std::to_string(length) + " bytes");
    std::string text(length, ' ');
    if (source(text.data(), length) != length) refuse(place, "is cut off in its header");
    return Literal(place, text).header();
}

std::string NpyHeader::code() const {
    const bool has_order = !descr.empty() && std::string_view("<>=|").find(descr[0]) != std::string_view::npos;
    return descr.substr(has_order ? 1 : 0);
}

void require_npy(const std::string& place, const NpyHeader& header, Dtype dtype, const Dims& dims) {
    const std::string code = header.code();
    if (code.starts_with("O"))
        refuse(place, "holds pickled Python objects, which are never loaded", "save an array of numbers: " + advice_for(dtype));
    if (code != code_of(dtype) && !(dtype == Dtype::bfloat16 && code == "V2")) {
        const std::string words = in_words(code), due(name_of(dtype));
        refuse(place,
               "has type '" + printable(header.descr) + "'" + (words.empty() ? "" : " (" + words + ")") + " where " + due +
                   " ('" + npy_type(dtype) + "') is due",
               advice_for(dtype));
    }
    if (header.dims != dims)
        refuse(place, "has shape " + python_tuple(header.dims) + " where " + python_tuple(dims) + " is due",
               shape_advice(header.dims, dims));
}

}  // namespace bncheck
