// Where libraries differ about element types: one case for every choice einc made. Those about texts, extents and results stand
// in semantics.cpp; conjugated operands, alpha and beta in semantics_scale.cpp; sums of a type that is asked for in semantics_sums.cpp.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include <einc/cpu.hpp>
#include <einc/einsum.hpp>

#include "support/catch.hpp"
#include "support/element_lists.hpp"
#include "support/faults.hpp"

using namespace einc;
using namespace einc::testing;

namespace {

// Small whole numbers, other ones for every operand.
template <class T>
Array<T> whole_numbers(Shape extents, std::size_t operand, int largest) {
  Array<T> made(std::move(extents));
  const auto range = static_cast<std::size_t>(2 * largest + 1);
  for (std::size_t n = 0; n < made.size(); ++n) made[n] = element<T>(static_cast<std::int64_t>((n * n * 7 + 3 * n + 5 * operand) % range) - largest);
  return made;
}

}  // namespace

TEST_CASE("row 10: 300 ones of 8 bits sum to 44, and to 300 where wide sums are asked for") {
  const Array<std::int8_t> ones = filled<std::int8_t>({300}, 1);
  CHECK(einsum("i->", ones)[0] == 44);
  CHECK(einsum_as<std::int64_t>("i->", ones)[0] == 300);
  const Compiled wide = compile("i->", {{300}}, {.dtype = DType::i8, .accumulate = Accumulate::wide});
  CHECK(wide.dtype() == DType::i64);
  CHECK(wide.as<std::int64_t>(ones)[0] == 300);
  CHECK(error_of([&] { wide(ones); }).code() == ErrorCode::dtype_mismatch);
  Array<std::int64_t> out{Shape{}};
  einsum_into(out, "i->", ones);
  CHECK(out[0] == 300);
  const Array<std::uint8_t> large = filled<std::uint8_t>({3}, 200);
  CHECK(einsum("i,i->", large, large)[0] == static_cast<std::uint8_t>(3 * 200 * 200));
  CHECK(einsum_as<std::uint64_t>("i,i->", large, large)[0] == 3 * 200 * 200);  // products are wide too
}

TEMPLATE_LIST_TEST_CASE("row 10: integers keep their type and wrap around in every step", "", IntegerElements) {
  using T = TestType;
  const auto least = std::numeric_limits<T>::min(), most = std::numeric_limits<T>::max();
  Array<T> a({7, 40}), b({40, 9}), c({9, 5});
  std::uint64_t state = 1;
  for (Array<T>* each : {&a, &b, &c})
    for (std::size_t n = 0; n < each->size(); ++n) (*each)[n] = n % 7 == 0 ? least : n % 7 == 1 ? most : static_cast<T>((state = state * 6364136223846793005u + 1) >> 31);
  for (const std::string& isa : this_cpu().isas) {
    Options options;
    options.isa = isa;
    const Array<T> pair = einsum("ij,jk->ik", options, a, b), chain = einsum("ij,jk,kl->il", options, a, b, c);
    STATIC_REQUIRE(std::is_same_v<decltype(pair), const Array<T>>);
    int wrong = 0;
    for (std::size_t i = 0; i < 7; ++i) {
      std::uint64_t of_chain[5] = {};
      for (std::size_t k = 0; k < 9; ++k) {
        std::uint64_t sum = 0;
        for (std::size_t j = 0; j < 40; ++j) sum += static_cast<std::uint64_t>(a[i * 40 + j]) * static_cast<std::uint64_t>(b[j * 9 + k]);
        wrong += pair[i * 9 + k] != static_cast<T>(sum);
        for (std::size_t l = 0; l < 5; ++l) of_chain[l] += sum * static_cast<std::uint64_t>(c[k * 5 + l]);
      }
      for (std::size_t l = 0; l < 5; ++l) wrong += chain[i * 5 + l] != static_cast<T>(of_chain[l]);
    }
    CHECK(wrong == 0);
  }
}

TEMPLATE_LIST_TEST_CASE("row 11: halves are summed in f32 through all steps and rounded once", "", HalfElements) {
  using T = TestType;
  Options options;
  for (const std::string& isa : this_cpu().isas) {
    options.isa = isa;
    // In the half's own arithmetic the sum would stand still long before.
    CHECK(einsum("i->", options, filled<T>({5000}, T(1.f)))[0] == T(5000.f));
    CHECK(einsum("i,i->", options, filled<T>({5000}, T(1.f)), filled<T>({5000}, T(1.f)))[0] == T(5000.f));
    // The first product is beyond the largest f16, and has more digits than a bf16 keeps.
    const Array<T> x = filled<T>({2, 2}, T(301.f)), y = filled<T>({2, 2}, T(0x1p-10f));
    for (const char* text : {"(ab,bc),cd->ad", "ab,(bc,cd)->ad", "ab,bc,cd->ad"}) {
      const float xx = static_cast<float>(x[0]) * static_cast<float>(x[0]);
      CHECK(einsum(text, options, x, x, y)[0] == T(4 * xx * 0x1p-10f));
    }
  }
}

TEMPLATE_LIST_TEST_CASE("row 11: a chain of halves with whole numbers is the exact number, rounded", "", HalfElements) {
  using T = TestType;
  const Array<T> a = whole_numbers<T>({5, 6}, 0, 3), b = whole_numbers<T>({6, 7}, 1, 3), c = whole_numbers<T>({7, 6}, 2, 3), d = whole_numbers<T>({6, 4}, 3, 3);
  const auto exact = [&](std::size_t i, std::size_t m) {
    double sum = 0;
    for (std::size_t j = 0; j < 6; ++j)
      for (std::size_t k = 0; k < 7; ++k)
        for (std::size_t l = 0; l < 6; ++l)
          sum += static_cast<double>(a[i * 6 + j]) * static_cast<double>(b[j * 7 + k]) * static_cast<double>(c[k * 6 + l]) * static_cast<double>(d[l * 4 + m]);
    return T(static_cast<float>(sum));
  };
  for (const Planner planner : {Planner::exact, Planner::greedy, Planner::left_to_right}) {
    for (const std::string& isa : this_cpu().isas) {
      Options options;
      options.planner = planner, options.isa = isa;
      const Array<T> got = einsum("ij,jk,kl,lm->im", options, a, b, c, d);
      int wrong = 0;
      for (std::size_t i = 0; i < 5; ++i)
        for (std::size_t m = 0; m < 4; ++m) wrong += got[i * 4 + m].bits() != exact(i, m).bits();
      CHECK(wrong == 0);
    }
  }
  CHECK(einsum_as<float>("i->", filled<T>({4097}, T(1.f)))[0] == 4097.f);  // the wide type of a half: never rounded
}

// The whole table, written out: rows and columns in the order of DType.
TEST_CASE("row 12: operands of two types meet in the type this table says") {
  using enum DType;
  constexpr DType table[dtype_count][dtype_count] = {
      //           f32   f64   bf16  f16   c64   c128  i8    i16   i32   i64   u8    u16   u32   u64   bool
      /* f32  */ {f32,  f64,  f32,  f32,  c64,  c128, f32,  f32,  f64,  f64,  f32,  f32,  f64,  f64,  f32},
      /* f64  */ {f64,  f64,  f64,  f64,  c128, c128, f64,  f64,  f64,  f64,  f64,  f64,  f64,  f64,  f64},
      /* bf16 */ {f32,  f64,  bf16, f32,  c64,  c128, bf16, f32,  f64,  f64,  bf16, f32,  f64,  f64,  bf16},
      /* f16  */ {f32,  f64,  f32,  f16,  c64,  c128, f16,  f32,  f64,  f64,  f16,  f32,  f64,  f64,  f16},
      /* c64  */ {c64,  c128, c64,  c64,  c64,  c128, c64,  c64,  c128, c128, c64,  c64,  c128, c128, c64},
      /* c128 */ {c128, c128, c128, c128, c128, c128, c128, c128, c128, c128, c128, c128, c128, c128, c128},
      /* i8   */ {f32,  f64,  bf16, f16,  c64,  c128, i8,   i16,  i32,  i64,  i16,  i32,  i64,  f64,  i8},
      /* i16  */ {f32,  f64,  f32,  f32,  c64,  c128, i16,  i16,  i32,  i64,  i16,  i32,  i64,  f64,  i16},
      /* i32  */ {f64,  f64,  f64,  f64,  c128, c128, i32,  i32,  i32,  i64,  i32,  i32,  i64,  f64,  i32},
      /* i64  */ {f64,  f64,  f64,  f64,  c128, c128, i64,  i64,  i64,  i64,  i64,  i64,  i64,  f64,  i64},
      /* u8   */ {f32,  f64,  bf16, f16,  c64,  c128, i16,  i16,  i32,  i64,  u8,   u16,  u32,  u64,  u8},
      /* u16  */ {f32,  f64,  f32,  f32,  c64,  c128, i32,  i32,  i32,  i64,  u16,  u16,  u32,  u64,  u16},
      /* u32  */ {f64,  f64,  f64,  f64,  c128, c128, i64,  i64,  i64,  i64,  u32,  u32,  u32,  u64,  u32},
      /* u64  */ {f64,  f64,  f64,  f64,  c128, c128, f64,  f64,  f64,  f64,  u64,  u64,  u64,  u64,  u64},
      /* bool */ {f32,  f64,  bf16, f16,  c64,  c128, i8,   i16,  i32,  i64,  u8,   u16,  u32,  u64,  boolean},
  };
  for (std::size_t row = 0; row < dtype_count; ++row) {
    for (std::size_t column = 0; column < dtype_count; ++column) {
      const auto x = static_cast<DType>(row), y = static_cast<DType>(column);
      const DType expected = table[row][column];
      INFO(name_of(x) << " with " << name_of(y));
      CHECK(promoted(x, y) == expected);
      for (const char* text : {"ij,jk->ik", "i,i->", "ij,ij->ij", "i,j->ij", "ij,j->i"}) {
        const bool vector = text[1] == ',';
        const Shape left = vector ? Shape{4} : Shape{4, 4}, right = vector || std::string_view(text) == "ij,j->i" ? Shape{4} : Shape{4, 4};
        const Compiled compiled = compile(text, {left, right}, {.dtypes = {x, y}});
        CHECK(compiled.dtype() == expected);
        // Threes meet ones: every type holds them and what comes of them, truths apart.
        const auto bytes_with = [](DType dtype, std::size_t count, std::int64_t number) {
          std::vector<std::byte> bytes(count * bytes_of(dtype));
          with_type(dtype, [&](auto zero) {
            const auto value = element<decltype(zero)>(number);
            for (std::size_t n = 0; n < count; ++n) std::memcpy(bytes.data() + n * sizeof(value), &value, sizeof(value));
          });
          return bytes;
        };
        const std::vector<std::byte> u = bytes_with(x, 16, 3), v = bytes_with(y, 16, 1);
        const Strides by_row = row_major(left), by_row_right = row_major(right), by_row_out = row_major(compiled.shape());
        std::vector<std::byte> out(16 * bytes_of(expected));
        compiled.run(std::vector<ArrayRef>{{u.data(), x, left, by_row}, {v.data(), y, right, by_row_right}}, {out.data(), expected, compiled.shape(), by_row_out});
        const bool sums = std::string_view(text) == "ij,jk->ik" || std::string_view(text) == "i,i->" || std::string_view(text) == "ij,j->i";
        const std::int64_t each = x == boolean ? 1 : 3;
        const std::vector<std::byte> wanted = bytes_with(expected, 1, sums ? 4 * each : each);
        CHECK(std::equal(wanted.begin(), wanted.end(), out.begin()));
      }
    }
  }
}

TEST_CASE("row 12: three types meet in the same type in any order, and in the smallest that holds all their values") {
  for (std::size_t x = 0; x < dtype_count; ++x)
    for (std::size_t y = 0; y < dtype_count; ++y)
      for (std::size_t z = 0; z < dtype_count; ++z) {
        DType types[] = {static_cast<DType>(x), static_cast<DType>(y), static_cast<DType>(z)};
        const DType met = promoted(types);
        INFO(name_of(types[0]) << ", " << name_of(types[1]) << ", " << name_of(types[2]));
        for (const DType type : types) CHECK(promoted(type, met) == met);
        std::swap(types[0], types[1]);
        CHECK(promoted(types) == met);
        std::swap(types[1], types[2]);
        CHECK(promoted(types) == met);
      }
  // numpy.result_type, 2.4: pair by pair from the left the integers would meet in 32 bits first, and the floats in f64 then.
  const DType types[] = {DType::u16, DType::i8, DType::f32};
  CHECK(promoted(types) == DType::f32);
  CHECK(compile("i,i,i->i", {{2}, {2}, {2}}, {.dtypes = {DType::u16, DType::i8, DType::f32}}).dtype() == DType::f32);
}

TEST_CASE("row 12: the largest numbers of narrow types survive where they meet wider ones") {
  const auto i8 = filled<std::int8_t>({2}, -128);
  const auto u8 = filled<std::uint8_t>({2}, 255);
  const auto product = einsum("i,i->i", i8, u8);
  STATIC_REQUIRE(std::is_same_v<std::remove_cvref_t<decltype(product[0])>, std::int16_t>);
  CHECK(product[0] == -128 * 255);
  const auto u32 = filled<std::uint32_t>({2}, 0xFFFFFFFFu);
  CHECK(einsum("i,i->i", i8, u32)[0] == -128 * std::int64_t{0xFFFFFFFF});
  const auto i64 = filled<std::int64_t>({2}, std::int64_t{1} << 40);
  const auto f32 = filled<float>({2}, 0.5f);
  CHECK(einsum("i,i->i", i64, f32)[0] == 0x1p39);
  const auto u64 = filled<std::uint64_t>({2}, std::uint64_t{1} << 63);
  CHECK(einsum("i,i->i", u64, filled<std::int64_t>({2}, -1))[0] == -0x1p63);
  CHECK(einsum("i,i->i", u64, filled<bool>({2}, true))[1] == std::uint64_t{1} << 63);
}

TEST_CASE("row 12: a real array beside a complex one is not copied into complex numbers") {
  const Compiled compiled = compile("ij,jk->ik", {{64, 64}, {64, 64}}, {.dtypes = {DType::f32, DType::c64}});
  CHECK(compiled.plan().steps.size() == 1);
  CHECK_THAT(compiled.explain(), ContainsSubstring("a is real, b complex"));
  CHECK_THAT(compile("ij,jk->ik", {{64, 64}, {64, 64}}, {.dtypes = {DType::c64, DType::f32}}).explain(), ContainsSubstring("a is real, b complex"));
}

TEST_CASE("row 13: of truths a product is and, a sum is or") {
  for (const std::string& isa : this_cpu().isas) {
    Options options;
    options.isa = isa;
    Array<bool> a({33, 65}), b({65, 70});
    for (std::size_t n = 0; n < a.size(); ++n) a[n] = n * n % 11 == 1;
    for (std::size_t n = 0; n < b.size(); ++n) b[n] = n * n % 13 == 3;
    const Array<bool> got = einsum("ij,jk->ik", options, a, b), rows = einsum("ij->i", options, a), any = einsum("ij->", options, a);
    const Array<bool> both = einsum("ij,ij->ij", options, a, a), chain = einsum("ij,jk,il->lk", options, a, b, a);
    int wrong = 0;
    for (std::size_t i = 0; i < 33; ++i) {
      bool row = false;
      for (std::size_t j = 0; j < 65; ++j) row = row || a[i * 65 + j];
      wrong += rows[i] != row;
      for (std::size_t k = 0; k < 70; ++k) {
        bool found = false;
        for (std::size_t j = 0; j < 65; ++j) found = found || (a[i * 65 + j] && b[j * 70 + k]);
        wrong += got[i * 70 + k] != found;
      }
    }
    for (std::size_t l = 0; l < 65; ++l)
      for (std::size_t k = 0; k < 70; ++k) {
        bool found = false;
        for (std::size_t i = 0; i < 33; ++i) found = found || (got[i * 70 + k] && a[i * 65 + l]);
        wrong += chain[l * 70 + k] != found;
      }
    for (std::size_t n = 0; n < a.size(); ++n) wrong += both[n] != a[n];
    CHECK(wrong == 0);
    CHECK(any[0]);
    CHECK_FALSE(einsum("i->", options, filled<bool>({1000}, false))[0]);
  }
  CHECK(einsum_as<std::int64_t>("i->", filled<bool>({1000}, true))[0] == 1000);  // the wide type of truths counts them
}

TEMPLATE_LIST_TEST_CASE("row 14: a result without labels is an array without labels in every type, and an empty sum is zero", "", AllElements) {
  using T = TestType;
  const Array<T> a = array_of<T>({3}, {1, 0, 1});
  const auto result = einsum("i,i->", a, a);
  STATIC_REQUIRE(std::is_same_v<std::remove_const_t<decltype(result)>, Array<T>>);
  CHECK(result.rank() == 0);
  CHECK(result.size() == 1);
  CHECK(result[0] == element<T>(2));
  CHECK(einsum_scalar("i->", a) == element<T>(2));
  CHECK(einsum<"i,i->">(a, a)[0] == element<T>(2));
  const Array<T> none({0, 2});
  CHECK(einsum("ij->", none)[0] == element<T>(0));
  CHECK(einsum("ij,ij->j", none, none)[1] == element<T>(0));
  CHECK(einsum("ij->ij", none).size() == 0);
  CHECK(einsum(",->", result, result)[0] == element<T>(std::is_same_v<T, bool> ? 1 : 4));
  const Array<T> diagonal = einsum("i->ii", a);
  for (std::size_t n = 0; n < 9; ++n) CHECK(diagonal[n] == element<T>(n == 0 || n == 8 ? 1 : 0));
}

TEMPLATE_LIST_TEST_CASE("row 22: nothing is skipped because it is multiplied by zero", "", FloatElements) {
  using T = TestType;
  const auto is_nan = [](const T& value) {
    if constexpr (is_complex_number<T>) return std::isnan(value.real()) && std::isnan(value.imag());
    else return std::isnan(static_cast<double>(value));
  };
  for (const float odd : {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
    T special;
    if constexpr (is_complex_number<T>) special = T(static_cast<typename T::value_type>(odd));
    else special = static_cast<T>(odd);
    Array<T> odds = filled<T>({40, 40}, special);
    const Array<T> zeros = filled<T>({40, 40}, element<T>(0)), vector = filled<T>({40}, element<T>(0));
    for (const std::string& isa : this_cpu().isas) {
      Options options;
      options.isa = isa;
      for (const char* text : {"ij,jk->ik", "ij,kj->ik", "ij,ij->", "ij,ij->ij", "ij,ij->i", "ij,kl->ijkl"}) {
        const Array<T> got = einsum(text, options, zeros, odds);
        int wrong = 0;
        for (std::size_t n = 0; n < got.size(); ++n) wrong += !is_nan(got[n]);
        INFO(text << " " << isa);
        CHECK(wrong == 0);
      }
      CHECK(is_nan(einsum("ij,j->i", options, odds, vector)[0]));
    }
  }
}

TEMPLATE_LIST_TEST_CASE("row 22: an output with beta 0 is not read, whatever it holds", "", AllElements) {
  using T = TestType;
  const Array<T> a = array_of<T>({3}, {1, 2, 3}), square = filled<T>({20, 20}, element<T>(1));
  Array<T> one{Shape{}}, many({20, 20}), diagonal({3, 3});
  const auto spoil = [](Array<T>& array) {
    if constexpr (is_complex_number<T>) for (std::size_t n = 0; n < array.size(); ++n) array[n] = T(std::numeric_limits<typename T::value_type>::quiet_NaN(), 1);
    else if constexpr (std::is_integral_v<T>) for (std::size_t n = 0; n < array.size(); ++n) array[n] = std::numeric_limits<T>::max();
    else for (std::size_t n = 0; n < array.size(); ++n) array[n] = static_cast<T>(std::numeric_limits<float>::quiet_NaN());
  };
  spoil(one), spoil(many), spoil(diagonal);
  einsum_into(one, "i->", a);
  CHECK(one[0] == element<T>(6));
  einsum_into(many, "ij,jk->ik", square, square);
  einsum_into(diagonal, "i->ii", a);
  int wrong = 0;
  for (std::size_t n = 0; n < 400; ++n) wrong += many[n] != element<T>(20);
  for (std::size_t n = 0; n < 9; ++n) wrong += diagonal[n] != element<T>(n % 4 == 0 ? static_cast<std::int64_t>(n / 4 + 1) : 0);
  CHECK(wrong == 0);
}

TEST_CASE("a type that is not the result's is refused with both names") {
  const auto i8 = filled<std::int8_t>({3}, 1);
  const ArrayRef refs[] = {ref_of(i8)};
  const Error other = error_of([&] { einsum<float>("i->", refs); });
  CHECK(other.code() == ErrorCode::dtype_mismatch);
  CHECK(other.sentence() == "the result is i8, the call asks for f32");
  CHECK_THAT(other.hint(), ContainsSubstring("`einsum(acc<T>(), ...)`") && ContainsSubstring("`as`"));
  Array<std::uint8_t> out{Shape{}};
  const Error into = error_of([&] { einsum_into(out, "i->", i8); });
  CHECK(into.sentence() == "the output is u8, the result is i8");
  const Compiled compiled = compile("i,i->", {{3}, {3}}, {.dtypes = {DType::i8, DType::f16}});
  CHECK(compiled.operand_dtypes() == std::vector<DType>{DType::i8, DType::f16});
  const Error exchanged = error_of([&] { compiled(filled<float16>({3}, float16(1.f)), i8); });
  CHECK(exchanged.code() == ErrorCode::dtype_mismatch);
  CHECK(exchanged.sentence() == "operand 0 is f16, the expression was compiled for i8");
  const Error counted = error_of([&] { compile("i,i->", {{3}, {3}}, {.dtypes = {DType::i8}}); });
  CHECK(counted.code() == ErrorCode::bad_option);
  CHECK(counted.sentence() == "the option `dtypes` speaks of 1 operands, the call of 2 shapes");
}
