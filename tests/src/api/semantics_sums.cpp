// Sums of a type that is asked for: every way of asking, what is refused, and bytes summed in 32 bits at the ends of their ranges.
#include <complex>
#include <cstddef>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <einc/cpu.hpp>
#include <einc/einsum.hpp>

#include "support/catch.hpp"
#include "support/element_lists.hpp"
#include "support/faults.hpp"

using namespace einc;
using namespace einc::testing;

TEST_CASE("row 10: sums have a type of the caller's own where one is asked for, by every way of calling") {
  const Array<std::int8_t> least = filled<std::int8_t>({40}, -128), matrix = filled<std::int8_t>({3, 40}, -128);
  const std::int32_t all = 40 * 128 * 128;
  static_assert(std::is_same_v<decltype(einsum(acc<std::int32_t>(), "i->", least)), Array<std::int32_t>>);
  static_assert(std::is_same_v<decltype(einsum_scalar(acc<float>(), "i->", least)), float>);
  CHECK(einsum(acc<std::int32_t>(), "i,i->", least, least)[0] == all);
  CHECK(einsum<"i,i->">(acc<std::int32_t>(), least, least)[0] == all);
  CHECK(einsum_scalar(acc<std::int32_t>(), "i,i->", least, least) == all);
  CHECK(einsum_scalar<"i,i->">(acc<double>(), least, least) == all);
  CHECK(einsum_as<std::int32_t>("i,i->", least, least)[0] == all);
  CHECK(einsum(acc<std::int16_t>(), "i,i->", least, least)[0] == static_cast<std::int16_t>(all));  // wraps around at its own bits
  CHECK(einsum(acc<std::int8_t>(), "i->", least)[0] == 0);
  CHECK(einsum(acc<std::complex<float>>(), "i->", least)[0] == std::complex<float>(40 * -128));
  Array<std::int32_t> out = filled<std::int32_t>({3, 3}, 7);
  einsum_into(out, "ik,jk->ij", {2, 3}, matrix, matrix);
  for (std::size_t n = 0; n < 9; ++n) CHECK(out[n] == 2 * all + 21);
  const Compiled f = compile("ik,jk->ij", {{3, 40}, {3, 40}}, {.dtype = DType::i8, .accumulate = DType::i32});
  CHECK(f.dtype() == DType::i32);
  CHECK(f.as<std::int32_t>(matrix, matrix)[8] == all);
  CHECK_THAT(f.explain(), ContainsSubstring("(i32, sums as asked)") && ContainsSubstring(" i8"));
  CHECK(load_plan(f.plan_json()).as<std::int32_t>(matrix, matrix)[8] == all);
  CHECK(error_of([&] { f(matrix, matrix); }).code() == ErrorCode::dtype_mismatch);
  CHECK(einsum(acc<float>(), "i->", filled<bfloat16>({300}, bfloat16(1.f)))[0] == 300);
}

TEST_CASE("row 10: sums of a type that does not hold the operands' numbers are refused, and the type that would is named") {
  const Array<std::int32_t> numbers({4});
  const Error narrow = error_of([&] { einsum(acc<std::int16_t>(), "i->", numbers); });
  CHECK(narrow.code() == ErrorCode::unsupported_dtype);
  CHECK(narrow.sentence() == "sums in i16 do not hold the numbers of operands of i32");
  CHECK_THAT(narrow.hint(), ContainsSubstring("i32"));
  CHECK(error_of([&] { einsum(acc<float>(), "i->", numbers); }).hint().find("f64") != std::string::npos);
  CHECK(error_of([&] { einsum_scalar(acc<std::uint32_t>(), "i->", numbers); }).code() == ErrorCode::unsupported_dtype);
  Array<std::int16_t> out{Shape{}};
  CHECK(error_of([&] { einsum_into(out, "i->", numbers); }).code() == ErrorCode::dtype_mismatch);
}

TEST_CASE("row 10: bytes summed in 32 bits are exact at the ends of their ranges, in any pairing, layout and number of threads") {
  const auto check = [](auto first, auto second, Shape extents) {
    using A = decltype(first);
    using B = decltype(second);
    const Extent m = extents[0], n = extents[1], k = extents[2];
    Array<A> a({m, k}), at({k, m});
    Array<B> b({k, n}), bt({n, k});
    std::uint64_t state = 3;
    const auto next = [&](auto zero) {
      using T = decltype(zero);
      state = state * 6364136223846793005u + 1442695040888963407u;
      return (state >> 60) < 6 ? std::numeric_limits<T>::min() : (state >> 60) < 12 ? std::numeric_limits<T>::max() : static_cast<T>(state >> 40);
    };
    for (Extent i = 0; i < m; ++i)
      for (Extent s = 0; s < k; ++s) at[static_cast<std::size_t>(s * m + i)] = a[static_cast<std::size_t>(i * k + s)] = next(A{});
    for (Extent s = 0; s < k; ++s)
      for (Extent j = 0; j < n; ++j) bt[static_cast<std::size_t>(j * k + s)] = b[static_cast<std::size_t>(s * n + j)] = next(B{});
    Array<std::int32_t> expected({m, n});
    for (Extent i = 0; i < m; ++i)
      for (Extent j = 0; j < n; ++j) {
        std::int64_t sum = 0;
        for (Extent s = 0; s < k; ++s) sum += std::int64_t{a[static_cast<std::size_t>(i * k + s)]} * b[static_cast<std::size_t>(s * n + j)];
        expected[static_cast<std::size_t>(i * n + j)] = static_cast<std::int32_t>(sum);
      }
    const auto same = [&](const Array<std::int32_t>& got) { return std::memcmp(got.data(), expected.data(), expected.size() * sizeof(std::int32_t)) == 0; };
    for (const std::string& isa : this_cpu().isas)
      for (const int threads : {1, 2, 3}) {
        INFO(isa << " threads " << threads << " " << m << " x " << n << " x " << k << " of " << name_of(dtype_of<A>) << " and " << name_of(dtype_of<B>));
        const Options options{.accumulate = DType::i32, .threads = threads, .isa = isa};
        const auto call = [&](std::string_view text, const auto& x, const auto& y) {
          const ArrayRef refs[] = {ref_of(x), ref_of(y)};
          return einsum<std::int32_t>(text, refs, options);
        };
        CHECK(same(call("ik,kj->ij", a, b)));
        CHECK(same(call("ki,kj->ij", at, b)));
        CHECK(same(call("ik,jk->ij", a, bt)));
        CHECK(same(call("ki,jk->ij", at, bt)));
      }
  };
  const std::vector<Shape> shapes{{1, 1, 1}, {2, 3, 2}, {15, 33, 5}, {17, 70, 131}, {64, 64, 64}, {3, 5, 9001}, {150, 200, 4100}};
  for (const Shape& shape : shapes) {
    check(std::int8_t{}, std::int8_t{}, shape);
    check(std::uint8_t{}, std::uint8_t{}, shape);
    check(std::int8_t{}, std::uint8_t{}, shape);
    check(std::uint8_t{}, std::int8_t{}, shape);
  }
}

TEST_CASE("bytes summed in 32 bits are packed in quads where there is an instruction for them, and copied first where there is none") {
  for (const std::string& isa : this_cpu().isas) {
    const std::vector<Shape> shapes{{512, 512}, {512, 512}};
    const Compiled bytes = compile("ij,jk->ik", shapes, {.dtypes = {DType::i8, DType::u8}, .accumulate = DType::i32, .isa = isa});
    const Compiled numbers = compile("ij,jk->ik", shapes, {.dtype = DType::i32, .isa = isa});
    INFO(isa << "\n" << bytes.explain());
    const bool in_quads = isa == "avx512vnni" || isa == "avx512bf16";
    if (in_quads) CHECK_THAT(bytes.explain(), ContainsSubstring("packed in fours") && !ContainsSubstring("copied into i32"));
    else CHECK_THAT(bytes.explain(), ContainsSubstring("copied into i32") && !ContainsSubstring("packed in fours"));
    CHECK((bytes.plan().seconds < 0.5 * numbers.plan().seconds) == in_quads);
    CHECK((bytes.plan().run_bytes < numbers.plan().run_bytes) == in_quads);
  }
}
