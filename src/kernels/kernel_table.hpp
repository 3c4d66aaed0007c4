// kernel_table.hpp: every kernel of one instruction set behind plain function pointers; types are erased here, once.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "kernels/contract_kernels.hpp"
#include "kernels/limit_kernels.hpp"
#include "kernels/map_kernels.hpp"
#include "kernels/vector_kernels.hpp"

namespace einc::kernels {

struct KernelTable {
  const char* isa;   // "baseline", "avx2", "avx512", "neon"
  int vector_bytes;  // width of one register
  ContractKernels<float> contract_f32;
  ContractKernels<double> contract_f64;
  VectorKernels<float> vector_f32;
  VectorKernels<double> vector_f64;
  LimitKernels<float> limit_f32;
  LimitKernels<double> limit_f64;
  MapKernels<float> map_f32;
  MapKernels<double> map_f64;
};

extern constinit const KernelTable baseline_table;
#if defined(__x86_64__)
extern constinit const KernelTable avx2_table;
extern constinit const KernelTable avx512_table;
#elif defined(__aarch64__)
extern constinit const KernelTable neon_table;
#endif

}  // namespace einc::kernels
