// isa_avx512_complex.cpp: the kernels of complex numbers for AVX-512 F, CD, BW, DQ, VL.
// SPDX-License-Identifier: BSD-3-Clause
#include "kernels/make_numbers.hpp"

namespace einc::kernels {
constinit const ComplexKernels avx512_complex = make_complex<xsimd::avx512bw>();
}  // namespace einc::kernels
