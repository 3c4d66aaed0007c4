// isa_avx512.cpp: the kernels for AVX-512 F, CD, BW, DQ, VL; compiled with those flags.
// SPDX-License-Identifier: BSD-3-Clause
#include "kernels/make_table.hpp"

namespace einc::kernels {
constinit const KernelTable avx512_table = make_table<xsimd::avx512bw>("avx512", 64, &avx512_integers, &avx512_complex, &avx512_semirings);
}  // namespace einc::kernels
