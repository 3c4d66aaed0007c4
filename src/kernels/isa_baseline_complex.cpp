// isa_baseline_complex.cpp: the kernels of complex numbers for every machine of this architecture.
// SPDX-License-Identifier: BSD-3-Clause
#include "kernels/make_numbers.hpp"

namespace einc::kernels {
#if defined(__x86_64__)
constinit const ComplexKernels baseline_complex = make_complex<xsimd::sse2>();
#else
constinit const ComplexKernels baseline_complex = make_complex<xsimd::default_arch>();
#endif
}  // namespace einc::kernels
