// isa_neon_semirings.cpp: the kernels of semirings for 64-bit Arm.
// SPDX-License-Identifier: BSD-3-Clause
#include "kernels/make_numbers.hpp"

namespace einc::kernels {
constinit const SemiringKernels neon_semirings = make_semirings<xsimd::neon64>();
}  // namespace einc::kernels
