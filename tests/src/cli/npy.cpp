// SPDX-License-Identifier: BSD-3-Clause
#include "cli/npy.hpp"

#include <cstring>

#include <einc/error.hpp>

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace einc;
using namespace einc::cli;

namespace {

std::string with_header(const std::string& dictionary, char version = 1) {
  std::string bytes = "\x93NUMPY";
  bytes += version;
  bytes += '\0';
  bytes += static_cast<char>(dictionary.size());
  bytes += '\0';
  if (version > 1) bytes.append(2, '\0');
  return bytes + dictionary;
}

std::string header(const std::string& type, const std::string& shape, const std::string& fortran = "False") {
  return with_header("{'descr': " + type + ", 'fortran_order': " + fortran + ", 'shape': " + shape + ", }\n");
}

template <class T>
std::string bytes_of_values(std::initializer_list<T> values) {
  std::string bytes(values.size() * sizeof(T), '\0');
  std::memcpy(bytes.data(), values.begin(), bytes.size());
  return bytes;
}

ErrorCode code_of(const std::string& path, const std::string& said = "") {
  try {
    read_npy(path);
  } catch (const Error& error) {
    CHECK_THAT(error.what(), ContainsSubstring(said) && ContainsSubstring(path));
    return error.code();
  }
  return ErrorCode::none;
}

}  // namespace

TEST_CASE("a header that was made is read back") {
  for (const Shape& shape : {Shape{}, Shape{7}, Shape{2, 0, 3}, Shape{1, 2, 3, 4, 5, 6, 7, 8, 9}}) {
    const std::string bytes = make_npy_header(DType::f64, shape);
    CHECK(bytes.size() % 64 == 0);
    CHECK(parse_npy_header(bytes, "x") == NpyHeader{"<f8", false, shape, bytes.size()});
  }
}

TEST_CASE("headers of old and new writers are read") {
  CHECK(parse_npy_header(with_header("{\"descr\":\"<f4\",\"fortran_order\":True,\"shape\":(3L, 4L)}"), "x").extents == Shape{3, 4});
  CHECK(parse_npy_header(with_header("{'shape': (5,), 'fortran_order': False, 'descr': '<f8'}", 2), "x").extents == Shape{5});
  CHECK(parse_npy_header(header("'<f4'", "( )"), "x").extents.empty());
}

TEST_CASE("what is no header is refused, wherever it ends") {
  const std::string whole = header("'<f4'", "(2, 3)");
  for (std::size_t length = 0; length < whole.size(); ++length) CHECK_THROWS_AS(parse_npy_header(whole.substr(0, length), "x"), Error);
  for (const char* shape : {"(2, -3)", "(2 3)", "2, 3", "(2, x)", "(2, 3", "(99999999999999999999,)", ""})
    CHECK_THROWS_AS(parse_npy_header(header("'<f4'", shape), "x"), Error);
  CHECK_THROWS_AS(parse_npy_header(header("<f4", "(2,)"), "x"), Error);
  CHECK_THROWS_AS(parse_npy_header(header("'<f4'", "(2,)", "Maybe"), "x"), Error);
  CHECK_THROWS_AS(parse_npy_header(with_header("{'descr': '<f4'}", 3), "x"), Error);
}

TEST_CASE("arrays in C and Fortran order hold the same elements") {
  const test::TemporaryFolder folder;
  const NpyArray c = read_npy(folder.put("c.npy", header("'<f4'", "(2, 3)") + bytes_of_values<float>({1, 2, 3, 4, 5, 6})));
  const NpyArray f = read_npy(folder.put("f.npy", header("'<f4'", "(2, 3)", "True") + bytes_of_values<float>({1, 4, 2, 5, 3, 6})));
  for (const NpyArray* array : {&c, &f}) {
    const ArrayRef ref = array->ref();
    REQUIRE(ref.dtype == DType::f32);
    REQUIRE(array->extents() == Shape{2, 3});
    for (int i = 0; i < 2; ++i)
      for (int j = 0; j < 3; ++j)
        CHECK(static_cast<const float*>(ref.data)[i * ref.strides[0] + j * ref.strides[1]] == static_cast<float>(3 * i + j + 1));
  }
  const NpyArray scalar = read_npy(folder.put("s.npy", header("'<f8'", "()") + bytes_of_values<double>({2.5})));
  CHECK(*static_cast<const double*>(scalar.ref().data) == 2.5);
  CHECK(read_npy(folder.put("z.npy", header("'<f8'", "(0, 3)"))).extents() == Shape{0, 3});
}

TEST_CASE("files that are not what they seem are told apart") {
  const test::TemporaryFolder folder;
  const std::string six(24, '\0');
  CHECK(code_of(folder.put("short.npy", header("'<f4'", "(2, 3)") + six.substr(1)), "needs 24 bytes, 23 are there") == ErrorCode::bad_file);
  CHECK(code_of(folder.put("huge.npy", header("'<f4'", "(4000000000, 4000000000, 3)")), "more bytes") == ErrorCode::bad_file);
  CHECK(code_of(folder.put("quad.npy", header("'<f16'", "(2, 3)") + six), "float128") == ErrorCode::unsupported_dtype);
  CHECK(code_of(folder.put("big.npy", header("'>f4'", "(2, 3)") + six), "big-endian float32") == ErrorCode::unsupported_dtype);
  CHECK(code_of(folder.put("objects.npy", header("'|O'", "(2, 3)") + six), "Python objects") == ErrorCode::unsupported_dtype);
  CHECK(code_of(folder.put("records.npy", header("[('x', '<f4')]", "(2, 3)") + six), "records") == ErrorCode::unsupported_dtype);
  CHECK(code_of(folder.put("empty.npy", ""), "empty") == ErrorCode::bad_file);
  CHECK(code_of(folder.put("text.npy", "hello"), "no .npy file") == ErrorCode::bad_file);
  CHECK(code_of(folder / "missing.npy", "no such file") == ErrorCode::bad_file);
  CHECK(code_of(folder / "", "directory") == ErrorCode::bad_file);
}
