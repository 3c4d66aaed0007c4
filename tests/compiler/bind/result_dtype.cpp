// In which type operands meet, what sums have, and what semirings refuse.
// SPDX-License-Identifier: BSD-3-Clause
#include <vector>

#include <einc/element_types.hpp>
#include <einc/error.hpp>

#include "bind/bind.hpp"
#include "support/catch.hpp"

using namespace einc;

namespace {

using Types = std::vector<DType>;

DType met(const Types& types, const Options& options = {}) { return bind::result_dtype(types, options); }
Options in(const Semiring& semiring, Accumulate accumulate = Accumulate::same) {
  Options options;
  options.semiring = semiring, options.accumulate = accumulate;
  return options;
}
std::string refused(const Types& types, const Semiring& semiring, Accumulate accumulate = Accumulate::same) {
  try {
    met(types, in(semiring, accumulate));
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::unsupported_dtype);
    return error.sentence();
  }
  return "nothing is thrown";
}

}  // namespace

TEST_CASE("operands meet all together, whatever their order") {
  CHECK(met({DType::i8, DType::u8, DType::f16}) == DType::f16);  // as numpy.result_type: one after the other they would meet in i16 first
  CHECK(met({DType::f16, DType::i8, DType::u8}) == DType::f16);
  CHECK(met({DType::boolean, DType::boolean}) == DType::boolean);
  CHECK(met({DType::f32, DType::boolean, DType::c64}) == DType::c64);
  CHECK(met({DType::c64, DType::i64}) == DType::c128);
  CHECK(met({DType::i64, DType::u64}) == DType::f64);
  for (std::size_t x = 0; x < dtype_count; ++x)
    for (std::size_t y = 0; y < dtype_count; ++y) {
      const auto p = static_cast<DType>(x), q = static_cast<DType>(y);
      CHECK(met({p, q}) == met({q, p}));
      CHECK(met({p, q, p}) == met({p, q}));
      CHECK(met({p}) == p);
    }
}

TEST_CASE("wide sums have 64 bits of integers and truths, and twice the digits of floats") {
  const Options wide = in({}, Accumulate::wide);
  CHECK(met({DType::i8, DType::i16}, wide) == DType::i64);
  CHECK(met({DType::u8}, wide) == DType::u64);
  CHECK(met({DType::boolean}, wide) == DType::i64);
  CHECK(met({DType::bf16}, wide) == DType::f32);
  CHECK(met({DType::f32}, wide) == DType::f64);
  CHECK(met({DType::f64}, wide) == DType::f64);
  CHECK(met({DType::c64}, wide) == DType::c128);
  CHECK(met({DType::u8, DType::i8}, wide) == DType::i64);  // they meet first
}

TEST_CASE("sums have the type that is asked for, if it holds the numbers of the operands") {
  CHECK(met({DType::i8, DType::i8}, in({}, DType::i32)) == DType::i32);
  CHECK(met({DType::u8, DType::i8}, in({}, DType::i32)) == DType::i32);
  CHECK(met({DType::u8}, in({}, DType::u32)) == DType::u32);
  CHECK(met({DType::bf16, DType::f16}, in({}, DType::f32)) == DType::f32);
  CHECK(met({DType::f32}, in({}, DType::c128)) == DType::c128);
  CHECK(met({DType::boolean}, in({}, DType::i16)) == DType::i16);
  for (std::size_t x = 0; x < dtype_count; ++x) {
    const auto own = static_cast<DType>(x);
    CHECK(met({own}, in({}, own)) == own);
    CHECK(met({own}, in({}, wide(own))) == met({own}, in({}, Accumulate::wide)));  // wide is one of them
    for (std::size_t y = 0; y < dtype_count; ++y) {
      const auto asked = static_cast<DType>(y);
      if (promoted(own, asked) == asked) CHECK(met({own}, in({}, asked)) == asked);
      else CHECK_THAT(refused({own}, {}, asked), ContainsSubstring("do not hold"));
    }
  }
  CHECK(refused({DType::i8, DType::u8}, {}, DType::i8) == "sums in i8 do not hold the numbers of operands of i8, u8");
  CHECK(met({DType::f32}, in(semiring::min_plus, DType::f64)) == DType::f64);
  CHECK(met({DType::boolean}, in(semiring::count, DType::i32)) == DType::i32);
  CHECK(refused({DType::f32}, semiring::max_plus, DType::c64) == "the semiring max-plus has no sums in c64");
  CHECK(refused({DType::u8}, semiring::count, DType::f64) == "the semiring count has no sums in f64");
  CHECK(refused({DType::boolean}, semiring::or_and, DType::i64) == "the semiring or-and has no sums in i64");
  CHECK(met({DType::boolean}, in(semiring::or_and, Accumulate::wide)) == DType::boolean);
}

TEST_CASE("a semiring takes the types that have its numbers") {
  CHECK(met({DType::f32, DType::f64}, in(semiring::max_plus)) == DType::f64);
  CHECK(met({DType::f32, DType::i8}, in(semiring::log_sum_exp)) == DType::f32);
  CHECK(met({DType::f32}, in(semiring::min_plus, Accumulate::wide)) == DType::f64);
  CHECK(met({DType::boolean}, in(semiring::or_and)) == DType::boolean);
  CHECK(met({DType::boolean, DType::boolean}, in(semiring::count)) == DType::i64);
  CHECK(met({DType::u16}, in(semiring::count)) == DType::u64);
  CHECK(met({DType::f64}, in(semiring::custom("own", "max(x, y)", "x * y", 0, 1))) == DType::f64);
  CHECK(refused({DType::i32, DType::boolean}, semiring::max_plus) == "the semiring max-plus takes f32 and f64, the operands are i32, bool");
  CHECK(refused({DType::f16}, semiring::log_sum_exp) == "the semiring log-sum-exp takes f32 and f64, the operands are f16");
  CHECK(refused({DType::boolean, DType::i8}, semiring::or_and) == "the semiring or-and takes bool, the operands are bool, i8");
  CHECK(refused({DType::f32}, semiring::count) == "the semiring count takes bool and integers, the operands are f32");
  CHECK(refused({DType::c64}, semiring::custom("own", "max(x, y)", "x * y", 0, 1)) == "the semiring custom takes f32 and f64, the operands are c64");
}
