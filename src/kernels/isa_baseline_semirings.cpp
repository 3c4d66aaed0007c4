// isa_baseline_semirings.cpp: the kernels of semirings for every machine of this architecture.
// SPDX-License-Identifier: BSD-3-Clause
#include "kernels/make_numbers.hpp"

namespace einc::kernels {
#if defined(__x86_64__)
constinit const SemiringKernels baseline_semirings = make_semirings<xsimd::sse2>();
#else
constinit const SemiringKernels baseline_semirings = make_semirings<xsimd::default_arch>();
#endif
}  // namespace einc::kernels
