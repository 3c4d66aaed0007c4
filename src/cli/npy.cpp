// SPDX-License-Identifier: BSD-3-Clause
#include "cli/npy.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <sstream>
#include <system_error>
#include <utility>

#include <einc/error.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace einc::cli {

namespace {

constexpr std::string_view magic = "\x93NUMPY";
constexpr std::size_t longest_header = 1 << 20;  // numpy itself refuses more than 10 000 characters

[[noreturn]] void refuse(const std::string& path, const std::string& why, std::string hint = {}) {
  throw Error(ErrorCode::bad_file, fmt::format("cannot read `{}`: {}", path, why), {}, {}, std::move(hint));
}

// What stands after `'key':` in the header, which is a Python dictionary.
std::optional<std::string_view> find_value(std::string_view header, std::string_view key) {
  for (const char quote : {'\'', '"'}) {
    const std::size_t at = header.find(fmt::format("{}{}{}", quote, key, quote));
    if (at == std::string_view::npos) continue;
    const std::size_t colon = header.find(':', at);
    if (colon == std::string_view::npos) return {};
    const std::size_t begin = header.find_first_not_of(" \t", colon + 1);
    if (begin == std::string_view::npos) return {};
    return header.substr(begin);
  }
  return {};
}

std::optional<std::string> parse_type(std::string_view value) {
  if (value.starts_with('[')) return "structured";
  if (value.empty() || (value[0] != '\'' && value[0] != '"')) return {};
  const std::size_t end = value.find(value[0], 1);
  if (end == std::string_view::npos) return {};
  return std::string(value.substr(1, end - 1));
}

std::optional<Shape> parse_extents(std::string_view value) {
  const std::size_t end = value.find(')');
  if (!value.starts_with('(') || end == std::string_view::npos) return {};
  Shape extents;
  for (std::size_t at = 1; at < end;) {
    at = value.find_first_not_of(" \t", at);
    if (at == end) break;
    Extent extent = 0;
    const auto [rest, error] = std::from_chars(value.data() + at, value.data() + end, extent);
    if (error != std::errc() || extent < 0) return {};
    extents.push_back(extent);
    at = static_cast<std::size_t>(rest - value.data());
    if (at < end && value[at] == 'L') ++at;  // Python 2
    at = value.find_first_not_of(" \t", at);
    if (at < end && value[at++] != ',') return {};
  }
  return extents;
}

// The type in words, for those who do not read numpy's codes.
std::string describe(const std::string& type) {
  if (type == "structured") return "records";
  if (type.size() < 2) return fmt::format("elements of type `{}`", type);
  const std::string size = type.substr(2);
  const auto bits = [&] {
    int bytes = 0;
    std::from_chars(size.data(), size.data() + size.size(), bytes);
    return 8 * bytes;
  };
  const std::string order = type[0] == '>' ? "big-endian " : "";
  switch (type[1]) {
    case 'f': return fmt::format("{}float{} (`{}`)", order, bits(), type);
    case 'i': return fmt::format("{}int{} (`{}`)", order, bits(), type);
    case 'u': return fmt::format("{}uint{} (`{}`)", order, bits(), type);
    case 'c': return fmt::format("{}complex{} (`{}`)", order, bits(), type);
    case 'b': return fmt::format("bool (`{}`)", type);
    case 'O': return "Python objects (`|O`)";
    default: return fmt::format("elements of type `{}`", type);
  }
}

// numpy's code of a type: its kind and bytes. bf16 has none.
char kind_of(DType dtype) {
  if (dtype == DType::boolean) return 'b';
  if (is_complex(dtype)) return 'c';
  return is_signed_integer(dtype) ? 'i' : is_unsigned_integer(dtype) ? 'u' : 'f';
}
std::string code_of(DType dtype) { return fmt::format("{}{}{}", bytes_of(dtype) == 1 ? '|' : '<', kind_of(dtype), bytes_of(dtype)); }

std::optional<DType> dtype_of_code(const std::string& code) {
  for (std::size_t i = 0; i < dtype_count; ++i) {
    const auto dtype = static_cast<DType>(i);
    const bool same = code == code_of(dtype) || (bytes_of(dtype) == 1 && code.size() == 3 && code.substr(1) == code_of(dtype).substr(1));
    if (dtype != DType::bf16 && same) return dtype;
  }
  return {};
}

std::size_t bytes_of_array(const NpyHeader& header, std::size_t element, const std::string& path) {
  std::size_t bytes = element;
  const bool is_empty = std::find(header.extents.begin(), header.extents.end(), 0) != header.extents.end();
  if (is_empty) return 0;
  for (const Extent extent : header.extents)
    if (__builtin_mul_overflow(bytes, static_cast<std::size_t>(extent), &bytes))
      refuse(path, fmt::format("its shape [{}] counts more bytes than there are", fmt::join(header.extents, ", ")));
  return bytes;
}

std::string read_up_to(std::istream& stream, std::size_t bytes) {
  std::string text(bytes, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(bytes));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return text;
}

// The bytes of the header alone: enough of the file to know how long it is, then that.
std::string read_header(std::istream& stream) {
  std::string bytes = read_up_to(stream, 12);
  if (bytes.size() < 12 || !bytes.starts_with(magic)) return bytes;
  const auto byte = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(bytes[i])); };
  const std::size_t two = byte(8) | byte(9) << 8, four = two | byte(10) << 16 | byte(11) << 24;
  const std::size_t end = byte(6) == 1 ? 10 + two : 12 + four;
  if (end > bytes.size()) bytes += read_up_to(stream, std::min(end, longest_header) - bytes.size());
  return bytes;
}

NpyArray load(std::istream& stream, std::size_t file_bytes, const std::string& path) {
  const NpyHeader header = parse_npy_header(read_header(stream), path);
  const std::optional<DType> dtype = dtype_of_code(header.type);
  if (!dtype)
    throw Error(ErrorCode::unsupported_dtype, fmt::format("`{}` holds {}, which einc does not compute with", path, describe(header.type)), {}, {},
                "convert it, for example `numpy.save(file, array.astype(\"<f4\"))`");
  const std::size_t needed = bytes_of_array(header, bytes_of(*dtype), path);
  const std::size_t present = file_bytes - std::min(file_bytes, header.data_begin);
  if (present < needed)
    refuse(path, fmt::format("it is truncated: shape [{}] of {} needs {} bytes, {} are there", fmt::join(header.extents, ", "), describe(header.type), needed, present));
  std::unique_ptr<std::byte[]> elements;
  try {
    elements = std::make_unique_for_overwrite<std::byte[]>(needed);
  } catch (const std::bad_alloc&) {
    refuse(path, fmt::format("no memory for its {} bytes", needed));
  }
  stream.clear();
  stream.seekg(static_cast<std::streamoff>(header.data_begin));
  stream.read(reinterpret_cast<char*>(elements.get()), static_cast<std::streamsize>(needed));
  if (static_cast<std::size_t>(stream.gcount()) != needed) refuse(path, "it ends while it is read");
  return NpyArray(*dtype, header.extents, header.fortran_order, std::move(elements));
}

}  // namespace

NpyHeader parse_npy_header(std::string_view bytes, const std::string& path) {
  if (bytes.empty()) refuse(path, "it is empty");
  if (!bytes.starts_with(magic.substr(0, std::min(magic.size(), bytes.size()))))
    refuse(path, "it is no .npy file", "`numpy.save` writes them");
  const bool short_form = bytes.size() > 6 && bytes[6] == 1;
  const std::size_t prefix = short_form ? 10 : 12;
  if (bytes.size() < prefix) refuse(path, "it ends inside the header");
  if (bytes[6] < 1 || bytes[6] > 2)
    refuse(path, fmt::format("it has version {} of the format; 1 and 2 are read", static_cast<int>(static_cast<unsigned char>(bytes[6]))));
  const auto byte = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(bytes[i])); };
  std::size_t length = byte(8) | byte(9) << 8;
  if (!short_form) length |= byte(10) << 16 | byte(11) << 24;
  if (length > longest_header) refuse(path, fmt::format("its header claims {} bytes", length));
  if (bytes.size() < prefix + length) refuse(path, "it ends inside the header");
  const std::string_view text = bytes.substr(prefix, length);
  const auto type = find_value(text, "descr"), order = find_value(text, "fortran_order"), shape = find_value(text, "shape");
  const auto parsed_type = type ? parse_type(*type) : std::nullopt;
  const auto parsed_shape = shape ? parse_extents(*shape) : std::nullopt;
  if (!parsed_type || !parsed_shape || !order || !(order->starts_with("True") || order->starts_with("False")))
    refuse(path, "its header is not what `numpy.save` writes");
  return {*parsed_type, order->starts_with("True"), *parsed_shape, prefix + length};
}

NpyArray::NpyArray(DType dtype, Shape extents, bool fortran_order, std::unique_ptr<std::byte[]> elements)
    : dtype_(dtype), extents_(std::move(extents)), strides_(row_major(extents_)), elements_(std::move(elements)) {
  Stride next = 1;
  for (std::size_t i = 0; fortran_order && i < extents_.size(); ++i) {
    strides_[i] = next;
    next *= std::max<Extent>(extents_[i], 1);
  }
}

std::string make_npy_header(DType dtype, const Shape& extents) {
  if (dtype == DType::bf16)
    throw Error(ErrorCode::unsupported_dtype, "numpy has no bf16: a .npy file cannot hold it", {}, {}, "compute in f32, or in f16");
  static_assert(std::endian::native == std::endian::little, "the header says little-endian");
  const std::string shape = extents.size() == 1 ? fmt::format("({},)", extents[0]) : fmt::format("({})", fmt::join(extents, ", "));
  std::string text = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': {}, }}", code_of(dtype), shape);
  const std::size_t whole = (10 + text.size() + 1 + 63) / 64 * 64;  // the elements begin on a multiple of 64 bytes
  text.resize(whole - 10 - 1, ' ');
  text += '\n';
  std::string bytes(magic);
  for (const std::size_t value : {std::size_t{1}, std::size_t{0}, text.size() & 0xFFu, text.size() >> 8}) bytes += static_cast<char>(value);
  return bytes + text;
}

NpyArray read_npy(const std::string& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found) refuse(path, "there is no such file");
  if (error) refuse(path, error.message());
  if (status.type() == std::filesystem::file_type::directory) refuse(path, "it is a directory");
  std::ifstream file(path, std::ios::binary);
  if (!file) refuse(path, std::generic_category().message(errno));
  if (status.type() == std::filesystem::file_type::regular) {
    const auto bytes = std::filesystem::file_size(path, error);
    if (error) refuse(path, error.message());
    return load(file, bytes, path);
  }
  // A pipe has no size and no way back: hold all of it.
  std::istringstream all(std::string(std::istreambuf_iterator<char>(file), {}));
  const std::size_t bytes = all.str().size();
  return load(all, bytes, path);
}

}  // namespace einc::cli
