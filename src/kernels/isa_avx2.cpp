// isa_avx2.cpp: the kernels for AVX2 with FMA; compiled with -mavx2 -mfma.
// SPDX-License-Identifier: BSD-3-Clause
#include "kernels/make_table.hpp"

namespace einc::kernels {
constinit const KernelTable avx2_table = make_table<xsimd::fma3<xsimd::avx2>>("avx2", 32, &avx2_integers, &avx2_complex, &avx2_semirings);
}  // namespace einc::kernels
