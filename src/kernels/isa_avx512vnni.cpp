// isa_avx512vnni.cpp: register tiles of bytes through VNNI, which adds four products of bytes to a sum of 32 bits in one step.
// The rest of its kernels are those of AVX-512; compiled with those flags and that of VNNI.
//
// Sums of 8 bits wrap around modulo 256. That of products of four bytes does not depend on their signs then: an unsigned byte is the
// signed one or 256 more, so the instruction's way of reading one factor as unsigned and the other as signed changes nothing.
// SPDX-License-Identifier: BSD-3-Clause
#include <utility>

#include "kernels/contract_quads.hpp"
#include "kernels/kernel_table.hpp"
#include "kernels/simd.hpp"

namespace einc::kernels {
namespace {

constexpr int width = 64;

__mmask64 first_bits(int count) { return count >= 64 ? ~0ull : (1ull << count) - 1; }

// Four positions along the sum of up to 16 rows: one after the other for each row.
template <int rows>
[[gnu::always_inline]] inline void take_rows(const std::uint8_t* a, std::ptrdiff_t a_depth, int depth, std::uint32_t* quads) {
  constexpr auto mask = static_cast<__mmask16>((1u << rows) - 1);
  const __m128i none = _mm_setzero_si128();
  const __m128i x0 = _mm_maskz_loadu_epi8(mask, a), x1 = depth > 1 ? _mm_maskz_loadu_epi8(mask, a + a_depth) : none;
  const __m128i x2 = depth > 2 ? _mm_maskz_loadu_epi8(mask, a + 2 * a_depth) : none;
  const __m128i x3 = depth > 3 ? _mm_maskz_loadu_epi8(mask, a + 3 * a_depth) : none;
  const __m128i low = _mm_unpacklo_epi8(x0, x1), high = _mm_unpacklo_epi8(x2, x3);
  _mm_store_si128(reinterpret_cast<__m128i*>(quads), _mm_unpacklo_epi16(low, high));
  if constexpr (rows > 4) _mm_store_si128(reinterpret_cast<__m128i*>(quads + 4), _mm_unpackhi_epi16(low, high));
}

// The same of 64 columns; register q has columns 4q to 4q + 3 of each 16.
[[gnu::always_inline]] inline void take_columns(const std::uint8_t* b, std::ptrdiff_t b_depth, int depth, __mmask64 mask, __m512i (&columns)[4]) {
  const __m512i none = _mm512_setzero_si512();
  const __m512i y0 = _mm512_maskz_loadu_epi8(mask, b), y1 = depth > 1 ? _mm512_maskz_loadu_epi8(mask, b + b_depth) : none;
  const __m512i y2 = depth > 2 ? _mm512_maskz_loadu_epi8(mask, b + 2 * b_depth) : none;
  const __m512i y3 = depth > 3 ? _mm512_maskz_loadu_epi8(mask, b + 3 * b_depth) : none;
  const __m512i low01 = _mm512_unpacklo_epi8(y0, y1), low23 = _mm512_unpacklo_epi8(y2, y3);
  const __m512i high01 = _mm512_unpackhi_epi8(y0, y1), high23 = _mm512_unpackhi_epi8(y2, y3);
  columns[0] = _mm512_unpacklo_epi16(low01, low23);
  columns[1] = _mm512_unpackhi_epi16(low01, low23);
  columns[2] = _mm512_unpacklo_epi16(high01, high23);
  columns[3] = _mm512_unpackhi_epi16(high01, high23);
}

template <int rows>
[[gnu::always_inline]] inline void step(__m512i (&sums)[rows][4], const TileArguments<std::uint8_t>& tile, const std::uint8_t* a, const std::uint8_t* b,
                                        int depth, __mmask64 mask) {
  alignas(16) std::uint32_t quads[8];
  __m512i columns[4];
  take_rows<rows>(a, tile.a_depth, depth, quads);
  take_columns(b, tile.b_depth, depth, mask, columns);
#pragma GCC unroll 8
  for (int i = 0; i < rows; ++i) {
    const __m512i row = _mm512_set1_epi32(static_cast<int>(quads[i]));
#pragma GCC unroll 4
    for (int q = 0; q < 4; ++q) sums[i][q] = _mm512_dpbusd_epi32(sums[i][q], columns[q], row);
  }
}

template <int rows>
[[gnu::always_inline]] inline void tile_of(const TileArguments<std::uint8_t>& tile, std::ptrdiff_t first, int count) {
  typedef std::uint8_t Bytes __attribute__((vector_size(64)));
  const __mmask64 mask = first_bits(count);
  __m512i sums[rows][4];
#pragma GCC unroll 8
  for (int i = 0; i < rows; ++i)
#pragma GCC unroll 4
    for (int q = 0; q < 4; ++q) sums[i][q] = _mm512_setzero_si512();
  const std::uint8_t* a = tile.a;
  const std::uint8_t* b = tile.b + first;
  std::ptrdiff_t k = tile.depth;
  for (; k >= 4; k -= 4) {
    step<rows>(sums, tile, a, b, 4, mask);
    a += 4 * tile.a_depth;
    b += 4 * tile.b_depth;
  }
  if (k > 0) step<rows>(sums, tile, a, b, static_cast<int>(k), mask);
  const __m512i low = _mm512_set1_epi32(0xFF);
#pragma GCC unroll 8
  for (int i = 0; i < rows; ++i) {
    if (tile.alpha != 1) {
#pragma GCC unroll 4
      for (int q = 0; q < 4; ++q) sums[i][q] = _mm512_mullo_epi32(sums[i][q], _mm512_set1_epi32(tile.alpha));
    }
    const __m512i words0 = _mm512_packus_epi32(_mm512_and_si512(sums[i][0], low), _mm512_and_si512(sums[i][1], low));
    const __m512i words1 = _mm512_packus_epi32(_mm512_and_si512(sums[i][2], low), _mm512_and_si512(sums[i][3], low));
    auto result = (Bytes)_mm512_packus_epi16(words0, words1);
    std::uint8_t* const c = tile.c + tile.c_rows[i] + first;
    if (tile.write == TileWrite::add) result += (Bytes)_mm512_maskz_loadu_epi8(mask, c) * (Bytes)_mm512_set1_epi8(static_cast<char>(tile.beta));
    _mm512_mask_storeu_epi8(c, mask, (__m512i)result);
  }
}

template <int rows, int vectors>
void byte_tile(const TileArguments<std::uint8_t>& tile) {
  for (int v = 0; v + 1 < vectors; ++v) tile_of<rows>(tile, v * width, width);
  tile_of<rows>(tile, (vectors - 1) * width, tile.tail);
}

template <std::size_t... rows>
constexpr ByteTiles make_tiles(std::index_sequence<rows...>) {
  ByteTiles tiles{};
  ((tiles.adjacent[rows][0] = byte_tile<static_cast<int>(rows) + 1, 1>), ...);
  ((tiles.adjacent[rows][1] = byte_tile<static_cast<int>(rows) + 1, 2>), ...);
  return tiles;
}

// Of sums of 32 bits.
struct Vnni {
  typedef std::uint32_t Vector __attribute__((vector_size(64)));
  static constexpr int width = 16;
  [[gnu::always_inline]] static Vector add(Vector sums, Vector unsigned_quads, Vector signed_quads) {
    return (Vector)_mm512_dpbusd_epi32((__m512i)sums, (__m512i)unsigned_quads, (__m512i)signed_quads);
  }
  [[gnu::always_inline]] static Vector broadcast(std::uint32_t quad) { return (Vector)_mm512_set1_epi32(static_cast<int>(quad)); }
  [[gnu::always_inline]] static Vector load(const std::uint32_t* from) { return (Vector)_mm512_loadu_si512(from); }
  [[gnu::always_inline]] static void store(std::uint32_t* to, Vector value) { _mm512_storeu_si512(to, (__m512i)value); }
  static __mmask16 first_lanes(int count) { return static_cast<__mmask16>((1u << count) - 1); }
  [[gnu::always_inline]] static Vector load_first(const std::uint32_t* from, int count) { return (Vector)_mm512_maskz_loadu_epi32(first_lanes(count), from); }
  [[gnu::always_inline]] static void store_first(std::uint32_t* to, Vector value, int count) { _mm512_mask_storeu_epi32(to, first_lanes(count), (__m512i)value); }
  // At most 64 bytes.
  [[gnu::always_inline]] static void copy(void* to, const void* from, int count) {
    _mm512_mask_storeu_epi8(to, first_bits(count), _mm512_maskz_loadu_epi8(first_bits(count), from));
  }
  // At most 16 bytes.
  [[gnu::always_inline]] static QuadBytes load_bytes(const std::uint8_t* from, int count) {
    return (QuadBytes)_mm_maskz_loadu_epi8(static_cast<__mmask16>((1u << count) - 1), from);
  }
};

}  // namespace

constinit const ByteTiles avx512vnni_tiles = make_tiles(std::make_index_sequence<ByteTiles::rows>{});
constinit const QuadKernels avx512vnni_quads = make_quads<Vnni>();

}  // namespace einc::kernels
