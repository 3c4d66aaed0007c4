// Conversions on every instruction set: halves bit for bit against the library's own types, every type of array into every number.
// SPDX-License-Identifier: BSD-3-Clause
#include "kernels/convert.hpp"

#include <complex>
#include <random>
#include <vector>

#include <einc/element_types.hpp>

#include "support/element_lists.hpp"
#include "support/loop_reference.hpp"
#include "runtime/typed_kernels.hpp"

using namespace einc;
using namespace einc::testing;
using kernels::Storage;

namespace {

Storage storage_of(DType dtype) { return static_cast<Storage>(static_cast<int>(dtype)); }

// Floats of every kind: all exponents with all signs, ties between halves, their neighbours, and random bits.
std::vector<float> many_floats() {
  std::vector<float> made;
  const auto push = [&](std::uint32_t bits) { made.push_back(std::bit_cast<float>(bits)); };
  for (std::uint32_t exponent = 0; exponent < 256; ++exponent)
    for (const std::uint32_t fraction : {0u, 1u, 0x1000u, 0xFFFu, 0x1001u, 0x3000u, 0x8000u, 0x7FFFu, 0x8001u, 0x18000u, 0x3FFFFFu, 0x400000u, 0x7FFFFFu, 0x7FE000u, 0x7FF000u})
      for (const std::uint32_t sign : {0u, 0x80000000u}) push(sign | exponent << 23 | fraction);
  for (std::uint32_t half = 0; half < 65536; ++half) {  // halves themselves, and what lies between them
    push(half << 16), push(half << 16 | 0x8000u), push(half << 16 | 0x7FFFu);
    const float f16 = static_cast<float>(float16::from_bits(static_cast<std::uint16_t>(half)));
    made.push_back(f16), made.push_back(f16 * (1 + 0x1p-11f)), made.push_back(f16 * (1 + 0x1p-12f)), made.push_back(f16 + 0x1p-25f);
  }
  std::mt19937 random(9);
  for (int i = 0; i < 200000; ++i) push(static_cast<std::uint32_t>(random()));
  return made;
}

template <class Half>
void check_half(const kernels::KernelTable& table, const std::vector<float>& floats) {
  const auto& convert = runtime::convert_kernels<float>(table);
  const auto storage = static_cast<int>(storage_of(dtype_of<Half>));
  std::vector<std::uint16_t> halves(65536);
  for (std::size_t bits = 0; bits < 65536; ++bits) halves[bits] = static_cast<std::uint16_t>(bits);
  std::vector<float> wide(65536);
  convert.from[storage](halves.data(), 1, wide.data(), 65536);
  int wrong = 0;
  for (std::size_t bits = 0; bits < 65536; ++bits) {
    const auto expected = static_cast<float>(Half::from_bits(halves[bits]));
    // A signalling NaN may come out quiet: the machine's own conversions make it so.
    const bool same = std::isnan(expected) ? std::isnan(wide[bits]) && std::signbit(expected) == std::signbit(wide[bits])
                                           : std::bit_cast<std::uint32_t>(expected) == std::bit_cast<std::uint32_t>(wide[bits]);
    wrong += !same;
  }
  INFO(table.isa << " " << name_of(dtype_of<Half>));
  CHECK(wrong == 0);
  std::vector<std::uint16_t> back(floats.size());
  convert.to[storage](floats.data(), back.data(), 1, static_cast<std::ptrdiff_t>(floats.size()));
  wrong = 0;
  for (std::size_t i = 0; i < floats.size(); ++i) {
    const bool same = back[i] == Half(floats[i]).bits();
    if (!same && wrong == 0) UNSCOPED_INFO(std::bit_cast<std::uint32_t>(floats[i]) << " becomes " << back[i] << ", expected " << Half(floats[i]).bits());
    wrong += !same;
  }
  CHECK(wrong == 0);
}

// What the host's arithmetic makes of an element.
template <class T, class S>
T number(S value) {
  if constexpr (std::is_same_v<T, kernels::Boolean>) return T(value != S(0) ? 1 : 0);
  else if constexpr (requires(T t) { t.im; }) {
    using R = decltype(T::re);
    if constexpr (is_complex_number<S>) return T(static_cast<R>(value.real()), static_cast<R>(value.imag()));
    else return T(static_cast<R>(value), R(0));
  } else if constexpr (!is_complex_number<S>) return static_cast<T>(value);
  else return T{};
}

template <class T, class S>
void check_from(const kernels::KernelTable& table, const std::vector<Held<S>>& memory) {
  const auto convert = runtime::convert_kernels<T>(table).from[static_cast<int>(storage_of(dtype_of<S>))];
  REQUIRE(convert != nullptr);
  const S* const from = address_of<S>(memory);
  int wrong = 0;
  for (const std::ptrdiff_t stride : {1, 2, 3, -1, -2, 0}) {
    for (const std::ptrdiff_t length : {0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 64, 65, 100}) {
      const T mark = number<T>(S(1));
      std::vector<T> to(static_cast<std::size_t>(length) + 4, mark);
      const std::ptrdiff_t first = 310;
      convert(from + first, stride, to.data(), length);
      for (std::ptrdiff_t i = 0; i < length; ++i) wrong += !(to[static_cast<std::size_t>(i)] == number<T>(static_cast<S>(from[first + i * stride])));
      for (std::size_t i = static_cast<std::size_t>(length); i < to.size(); ++i) wrong += !(to[i] == mark);
    }
  }
  INFO(table.isa << " from " << name_of(dtype_of<S>));
  CHECK(wrong == 0);
}

template <class T>
void check_all_from(const kernels::KernelTable& table, DType own) {
  for (std::size_t i = 0; i < dtype_count; ++i) {
    const auto dtype = static_cast<DType>(i);
    with_type(dtype, [&](auto zero) {
      using S = decltype(zero);
      const bool holds = computed_in(promoted(dtype, own)) == own;
      const bool offered = runtime::convert_kernels<T>(table).from[i] != nullptr;
      INFO(name_of(own) << " from " << name_of(dtype));
      if (holds) CHECK(offered);
      if constexpr (!(is_complex_number<S> && !requires(T t) { t.im; })) {
        if (!offered || !holds) return;
        std::vector<Held<S>> memory(620);
        std::uint64_t state = 1;
        for (std::size_t n = 0; n < memory.size(); ++n) {
          if constexpr (std::is_integral_v<S> && !std::is_same_v<S, bool>) memory[n] = static_cast<S>((state = state * 6364136223846793005u + 1) >> 17);
          else if constexpr (std::is_same_v<S, bool>) memory[n] = n * n % 3 == 1 ? 1 : 0;
          else memory[n] = fill_value<S>(n, 1, 0.5);
        }
        check_from<T, S>(table, memory);
      }
    });
  }
}

}  // namespace

TEST_CASE("halves become floats and floats halves bit for bit as the library's own types say") {
  const std::vector<float> floats = many_floats();
  for (const kernels::KernelTable* table : runnable_tables()) {
    check_half<bfloat16>(*table, floats);
    check_half<float16>(*table, floats);
  }
}

TEST_CASE("a half keeps its bits on the way to a float and back") {
  for (std::uint32_t bits = 0; bits < 65536; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    const auto f16 = static_cast<float>(float16::from_bits(half));
    const auto bf16 = static_cast<float>(bfloat16::from_bits(half));
    if (!std::isnan(f16)) REQUIRE(float16(f16).bits() == half);
    else REQUIRE(std::isnan(static_cast<float>(float16(f16))));
    if (!std::isnan(bf16)) REQUIRE(bfloat16(bf16).bits() == half);
    else REQUIRE(std::isnan(static_cast<float>(bfloat16(bf16))));
  }
  CHECK(float16(65519.f).bits() == 0x7BFF);
  CHECK(float16(65520.f).bits() == 0x7C00);
  CHECK(float16(-1e30f).bits() == 0xFC00);
  CHECK(float16(0x1p-25f).bits() == 0);  // half the smallest: a tie, to even
  CHECK(float16(0x1.8p-25f).bits() == 1);
  CHECK(float16(-0.f).bits() == 0x8000);
  CHECK(bfloat16(0x1.01p0f).bits() == 0x3F80);  // a tie, to even
  CHECK(bfloat16(0x1.03p0f).bits() == 0x3F82);
  CHECK(std::isinf(static_cast<float>(bfloat16(std::numeric_limits<float>::max()))));
}

TEST_CASE("rounding to a half writes with any stride and nothing else") {
  for (const kernels::KernelTable* table : runnable_tables()) {
    for (const DType dtype : {DType::bf16, DType::f16}) {
      const auto convert = table->convert_f32.to[static_cast<int>(storage_of(dtype))];
      for (const std::ptrdiff_t stride : {1, 2, -3}) {
        for (const std::ptrdiff_t length : {0, 1, 7, 8, 15, 16, 17, 40}) {
          std::vector<float> from(40);
          for (std::size_t i = 0; i < 40; ++i) from[i] = 0.1f * static_cast<float>(i) - 1;
          std::vector<std::uint16_t> to(300, 0xABCD);
          convert(from.data(), to.data() + 150, stride, length);
          std::vector<std::uint16_t> expected(300, 0xABCD);
          for (std::ptrdiff_t i = 0; i < length; ++i) {
            const float value = from[static_cast<std::size_t>(i)];
            expected[static_cast<std::size_t>(150 + i * stride)] = dtype == DType::bf16 ? bfloat16(value).bits() : float16(value).bits();
          }
          CHECK(to == expected);
        }
      }
    }
  }
}

TEST_CASE("every type of array is taken into every number that holds it") {
  for (const kernels::KernelTable* table : runnable_tables()) {
    check_all_from<float>(*table, DType::f32);
    check_all_from<double>(*table, DType::f64);
    check_all_from<kernels::Complex<float>>(*table, DType::c64);
    check_all_from<kernels::Complex<double>>(*table, DType::c128);
    check_all_from<std::uint8_t>(*table, DType::i8);
    check_all_from<std::uint16_t>(*table, DType::i16);
    check_all_from<std::uint32_t>(*table, DType::i32);
    check_all_from<std::uint64_t>(*table, DType::i64);
    check_all_from<std::uint8_t>(*table, DType::u8);
    check_all_from<std::uint64_t>(*table, DType::u64);
    check_all_from<kernels::Boolean>(*table, DType::boolean);
  }
}
