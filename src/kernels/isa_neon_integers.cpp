// isa_neon_integers.cpp: the kernels of integers and truths for 64-bit Arm.
// SPDX-License-Identifier: BSD-3-Clause
#include "kernels/make_numbers.hpp"

namespace einc::kernels {
constinit const IntegerKernels neon_integers = make_integers<xsimd::neon64>();
}  // namespace einc::kernels
