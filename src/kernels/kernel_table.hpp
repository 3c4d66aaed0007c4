// kernel_table.hpp: every kernel of one instruction set behind plain function pointers; types are erased here, once.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "kernels/contract_kernels.hpp"
#include "kernels/convert_kernels.hpp"
#include "kernels/elements.hpp"
#include "kernels/few_kernels.hpp"
#include "kernels/limit_kernels.hpp"
#include "kernels/map_kernels.hpp"
#include "kernels/vector_kernels.hpp"

namespace einc::kernels {

// What a type of numbers has. Complex numbers are contracted in reals, and only floats, integers and complex numbers are
// converted to: those entries are empty for the others.
template <class T>
struct ArithmeticKernels {
  ContractKernels<T> contract;
  VectorKernels<T> vector;
  MapKernels<T> map;
  ConvertKernels<T> convert;
};

struct IntegerKernels {
  ArithmeticKernels<std::uint8_t> u8;
  ArithmeticKernels<std::uint16_t> u16;
  ArithmeticKernels<std::uint32_t> u32;
  ArithmeticKernels<std::uint64_t> u64;
  ArithmeticKernels<Boolean> boolean;
  QuadKernels quads;
};
// Tiles of bytes that take the place of those in a table where the machine adds up products of bytes in one step.
// 24 registers of sums, 4 of columns, a row: for 64 columns at a time.
struct ByteTiles {
  static constexpr int rows = 6;
  ContractKernels<std::uint8_t>::Tile adjacent[rows][ContractKernels<std::uint8_t>::most_vectors];
};
struct ComplexKernels {
  ArithmeticKernels<Complex<float>> c64;
  ArithmeticKernels<Complex<double>> c128;
  PairKernels<float> pairs_f32;
  PairKernels<double> pairs_f64;
};
struct SemiringKernels {
  ArithmeticKernels<MaxPlus<float>> max_plus_f32;
  ArithmeticKernels<MaxPlus<double>> max_plus_f64;
  ArithmeticKernels<MinPlus<float>> min_plus_f32;
  ArithmeticKernels<MinPlus<double>> min_plus_f64;
  ArithmeticKernels<LogSumExp<float>> log_sum_exp_f32;
  ArithmeticKernels<LogSumExp<double>> log_sum_exp_f64;
};

struct KernelTable {
  const char* isa;   // "baseline", "avx2", "avx512", "avx512vnni", "avx512bf16", "neon"
  int vector_bytes;  // width of one register
  ContractKernels<float> contract_f32;
  ContractKernels<double> contract_f64;
  VectorKernels<float> vector_f32;
  VectorKernels<double> vector_f64;
  LimitKernels<float> limit_f32;
  LimitKernels<double> limit_f64;
  MapKernels<float> map_f32;
  MapKernels<double> map_f64;
  ConvertKernels<float> convert_f32;
  ConvertKernels<double> convert_f64;
  FewKernels<float> few_f32;
  FewKernels<double> few_f64;
  HalfKernels<BFloat16> bf16;
  HalfKernels<Float16> f16;
  const IntegerKernels* integers;
  const ComplexKernels* complex;
  const SemiringKernels* semirings;
  const DuoKernels* duos;  // null where the machine has no instruction that multiplies duos
};

extern constinit const KernelTable baseline_table;
extern constinit const IntegerKernels baseline_integers;
extern constinit const ComplexKernels baseline_complex;
extern constinit const SemiringKernels baseline_semirings;
#if defined(__x86_64__)
extern constinit const KernelTable avx2_table;
extern constinit const IntegerKernels avx2_integers;
extern constinit const ComplexKernels avx2_complex;
extern constinit const SemiringKernels avx2_semirings;
extern constinit const KernelTable avx512_table;
extern constinit const IntegerKernels avx512_integers;
extern constinit const ComplexKernels avx512_complex;
extern constinit const SemiringKernels avx512_semirings;
extern constinit const ByteTiles avx512vnni_tiles;
extern constinit const QuadKernels avx512vnni_quads;
extern constinit const DuoKernels avx512bf16_duos;
#elif defined(__aarch64__)
extern constinit const KernelTable neon_table;
extern constinit const IntegerKernels neon_integers;
extern constinit const ComplexKernels neon_complex;
extern constinit const SemiringKernels neon_semirings;
#endif

}  // namespace einc::kernels
