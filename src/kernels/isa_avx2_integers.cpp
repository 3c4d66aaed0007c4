// isa_avx2_integers.cpp: the kernels of integers and truths for AVX2 with FMA and F16C.
// SPDX-License-Identifier: BSD-3-Clause
#include "kernels/make_numbers.hpp"

namespace einc::kernels {
constinit const IntegerKernels avx2_integers = make_integers<xsimd::fma3<xsimd::avx2>>();
}  // namespace einc::kernels
