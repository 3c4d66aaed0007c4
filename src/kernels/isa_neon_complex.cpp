// isa_neon_complex.cpp: the kernels of complex numbers for 64-bit Arm.
// SPDX-License-Identifier: BSD-3-Clause
#include "kernels/make_numbers.hpp"

namespace einc::kernels {
constinit const ComplexKernels neon_complex = make_complex<xsimd::neon64>();
}  // namespace einc::kernels
