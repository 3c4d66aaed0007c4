// isa_avx512bf16.cpp: register tiles of bf16 through the instruction of AVX-512 that adds two products of halves to a sum of f32 in one step.
// The rest of its kernels are those of AVX-512 with VNNI; compiled with the flags of AVX-512 and that of BF16.
//
// Each product is added to the sum as a multiply-add would, rounded once, first that of the second halves; but halves and sums below the smallest
// normal number count as 0 (Intel, Software Developer's Manual, VDPBF16PS).
// SPDX-License-Identifier: BSD-3-Clause
#include <utility>

#include "kernels/contract_duos.hpp"
#include "kernels/kernel_table.hpp"

namespace einc::kernels {
namespace {
struct avx512bf16 {};
}  // namespace

namespace simd {
template <>
struct Ops<avx512bf16, float> : Ops<xsimd::avx512bw, float> {
  // Of 16 lanes, each a number that holds two halves.
  [[gnu::always_inline]] static Vector add_duos(Vector row, Vector columns, Vector sum) {
    const __m512 x = row, y = columns;
#if defined(__clang__)  // Clang 16 fails on registers of bf16 that were loaded as another type
    __m512 added = sum;
    __asm__("vdpbf16ps %2, %1, %0" : "+v"(added) : "v"(x), "v"(y));
    return added;
#else
    return _mm512_dpbf16_ps(sum, (__m512bh)x, (__m512bh)y);
#endif
  }
  // The first `count` of 16 halves, a number each; zeros for the others.
  [[gnu::always_inline]] static __m512i load_halves(const HalfBits* from, int count) {
    return _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(static_cast<__mmask16>((1u << count) - 1), from));
  }
  [[gnu::always_inline]] static Vector joined(__m512i first, __m512i second) {
    return _mm512_castsi512_ps(_mm512_or_si512(first, _mm512_slli_epi32(second, 16)));
  }
  // 16 duos of one lane, of which the first `count` halves exist.
  [[gnu::always_inline]] static Vector load_duos(const HalfBits* from, int count) {
    const auto mask = count >= duo_depths ? ~__mmask32{0} : (__mmask32{1} << count) - 1;
    return _mm512_castsi512_ps(_mm512_maskz_loadu_epi16(mask, from));
  }
};
}  // namespace simd

constinit const DuoKernels avx512bf16_duos = make_duos<avx512bf16>(std::make_index_sequence<ContractKernels<float>::most_rows>{});

}  // namespace einc::kernels
