// isa_avx2_complex.cpp: the kernels of complex numbers for AVX2 with FMA and F16C.
// SPDX-License-Identifier: BSD-3-Clause
#include "kernels/make_numbers.hpp"

namespace einc::kernels {
constinit const ComplexKernels avx2_complex = make_complex<xsimd::fma3<xsimd::avx2>>();
}  // namespace einc::kernels
