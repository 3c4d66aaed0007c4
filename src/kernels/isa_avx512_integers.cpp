// isa_avx512_integers.cpp: the kernels of integers and truths for AVX-512 F, CD, BW, DQ, VL.
// SPDX-License-Identifier: BSD-3-Clause
#include "kernels/make_numbers.hpp"

namespace einc::kernels {
constinit const IntegerKernels avx512_integers = make_integers<xsimd::avx512bw>();
}  // namespace einc::kernels
