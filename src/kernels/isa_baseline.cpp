// isa_baseline.cpp: the kernels every machine of this architecture can run; compiled without extra flags.
// SPDX-License-Identifier: BSD-3-Clause
#include "kernels/make_table.hpp"

namespace einc::kernels {
#if defined(__x86_64__)
constinit const KernelTable baseline_table = make_table<xsimd::sse2>("baseline", 16, &baseline_integers, &baseline_complex, &baseline_semirings);
#else
constinit const KernelTable baseline_table = make_table<xsimd::default_arch>("baseline", 16, &baseline_integers, &baseline_complex, &baseline_semirings);
#endif
}  // namespace einc::kernels
