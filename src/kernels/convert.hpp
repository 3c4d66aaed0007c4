// convert.hpp: every type of array into every number that holds it; halves by the machine's own instructions where it has them.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <type_traits>

#include "kernels/convert_kernels.hpp"
#include "kernels/elements.hpp"
#include "kernels/simd.hpp"
#include "kernels/simd_halves.hpp"

namespace einc::kernels {

// One element of an array as a number.
template <class T, class S>
[[gnu::always_inline]] inline T number_of(S value) {
  if constexpr (std::is_same_v<T, S>) return value;
  else if constexpr (requires { value.widened(); }) return number_of<T>(value.widened());
  else if constexpr (std::is_same_v<S, Boolean>) return number_of<T>(static_cast<std::uint8_t>(value.bits != 0));
  else if constexpr (requires(T t) { t.im; }) {
    using R = decltype(T::re);
    if constexpr (requires { value.im; }) return T(static_cast<R>(value.re), static_cast<R>(value.im));
    else return T(static_cast<R>(value), R(0));
  } else return static_cast<T>(value);
}

template <class T, class S>
inline constexpr bool is_half_of = std::is_same_v<T, float> && (std::is_same_v<S, BFloat16> || std::is_same_v<S, Float16>);

// Halves by registers where these are whole lines, which short rows end in without a loop; F16C otherwise; and simple loops, which the compiler turns into
// the vector instructions there are.
template <class Arch, class T, class S>
void convert_from(const void* from, std::ptrdiff_t stride, T* to, std::ptrdiff_t length) {
  const auto* const source = static_cast<const S*>(from);
  std::ptrdiff_t i = 0;
  if (stride == 0 && length > 0) {
    const T number = number_of<T>(*source);
    for (; i < length; ++i) to[i] = number;
    return;
  }
  if (stride == 1) {
    if constexpr (is_half_of<T, S> && simd::Ops<Arch, float>::width == 16) {
      using Halves = simd::Read<Arch, float, S>;
      using Floats = simd::Ops<Arch, float>;
      for (; i + 16 <= length; i += 16) Floats::store(to + i, Halves::load(source + i));
      if (const int rest = static_cast<int>(length - i); rest > 0) Floats::store_first(to + i, Halves::load_first(source + i, rest), rest);
      return;
    }
#if defined(__F16C__)
    if constexpr (std::is_same_v<S, Float16> && std::is_same_v<T, float>)
      for (; i + 8 <= length; i += 8) _mm256_storeu_ps(to + i, _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(source + i))));
#endif
    for (; i < length; ++i) to[i] = number_of<T>(source[i]);
    return;
  }
  for (; i < length; ++i) to[i] = number_of<T>(source[i * stride]);
}

template <class Arch, class T, class S>
void convert_to(const T* from, void* to, std::ptrdiff_t stride, std::ptrdiff_t length) {
  auto* const target = static_cast<S*>(to);
  std::ptrdiff_t i = 0;
  if (stride == 1) {
    if constexpr (is_half_of<T, S> && simd::Ops<Arch, float>::width == 16) {
      using Halves = simd::Rounded<Arch, S>;
      using Floats = simd::Ops<Arch, float>;
      for (; i + 16 <= length; i += 16) Halves::store(target + i, Floats::load(from + i));
      if (const int rest = static_cast<int>(length - i); rest > 0) Halves::store_first(target + i, Floats::load_first(from + i, rest), rest);
      return;
    }
#if defined(__F16C__)
    if constexpr (std::is_same_v<S, Float16>)
      for (; i + 8 <= length; i += 8)
        _mm_storeu_si128(reinterpret_cast<__m128i*>(target + i), _mm256_cvtps_ph(_mm256_loadu_ps(from + i), _MM_FROUND_TO_NEAREST_INT));
#endif
    for (; i < length; ++i) target[i] = S::rounded(from[i]);
    return;
  }
  for (; i < length; ++i) target[i * stride] = S::rounded(from[i]);
}

template <class Arch, class T>
constexpr ConvertKernels<T> make_convert() {
  ConvertKernels<T> kernels{};
  const auto take = [&]<class S>(Storage storage, S*) { kernels.from[static_cast<int>(storage)] = &convert_from<Arch, T, S>; };
  [[maybe_unused]] const auto integers = [&](int bytes) {
    if constexpr (std::is_same_v<T, Boolean>) return;
    else {
    if (bytes >= 1) take(Storage::i8, static_cast<std::int8_t*>(nullptr)), take(Storage::u8, static_cast<std::uint8_t*>(nullptr));
    if (bytes >= 2) take(Storage::i16, static_cast<std::int16_t*>(nullptr)), take(Storage::u16, static_cast<std::uint16_t*>(nullptr));
    if (bytes >= 4) take(Storage::i32, static_cast<std::int32_t*>(nullptr)), take(Storage::u32, static_cast<std::uint32_t*>(nullptr));
    if (bytes >= 8) take(Storage::i64, static_cast<std::int64_t*>(nullptr)), take(Storage::u64, static_cast<std::uint64_t*>(nullptr));
    }
  };
  take(Storage::boolean, static_cast<Boolean*>(nullptr));
  if constexpr (std::is_integral_v<T>) integers(sizeof(T));
  if constexpr (!std::is_integral_v<T> && !std::is_same_v<T, Boolean>) {
    constexpr bool complex = requires(T value) { value.im; };
    constexpr bool wide = sizeof(T) == (complex ? 16 : 8);
    take(Storage::f32, static_cast<float*>(nullptr));
    take(Storage::bf16, static_cast<BFloat16*>(nullptr)), take(Storage::f16, static_cast<Float16*>(nullptr));
    integers(wide ? 8 : 2);
    if constexpr (wide) take(Storage::f64, static_cast<double*>(nullptr));
    if constexpr (complex) take(Storage::c64, static_cast<Complex<float>*>(nullptr));
    if constexpr (complex && wide) take(Storage::c128, static_cast<Complex<double>*>(nullptr));
  }
  if constexpr (std::is_same_v<T, float>) {
    kernels.to[static_cast<int>(Storage::bf16)] = &convert_to<Arch, T, BFloat16>;
    kernels.to[static_cast<int>(Storage::f16)] = &convert_to<Arch, T, Float16>;
  }
  return kernels;
}

}  // namespace einc::kernels
