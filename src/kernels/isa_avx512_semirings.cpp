// isa_avx512_semirings.cpp: the kernels of semirings for AVX-512 F, CD, BW, DQ, VL.
// SPDX-License-Identifier: BSD-3-Clause
#include "kernels/make_numbers.hpp"

namespace einc::kernels {
constinit const SemiringKernels avx512_semirings = make_semirings<xsimd::avx512bw>();
}  // namespace einc::kernels
