// isa_avx2_semirings.cpp: the kernels of semirings for AVX2 with FMA and F16C.
// SPDX-License-Identifier: BSD-3-Clause
#include "kernels/make_numbers.hpp"

namespace einc::kernels {
constinit const SemiringKernels avx2_semirings = make_semirings<xsimd::fma3<xsimd::avx2>>();
}  // namespace einc::kernels
