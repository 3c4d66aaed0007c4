// isa_baseline_integers.cpp: the kernels of integers and truths for every machine of this architecture.
// SPDX-License-Identifier: BSD-3-Clause
#include "kernels/make_numbers.hpp"

namespace einc::kernels {
#if defined(__x86_64__)
constinit const IntegerKernels baseline_integers = make_integers<xsimd::sse2>();
#else
constinit const IntegerKernels baseline_integers = make_integers<xsimd::default_arch>();
#endif
}  // namespace einc::kernels
