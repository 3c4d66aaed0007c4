// isa_neon.cpp: the kernels for 64-bit Arm; compiled on that architecture only.
// SPDX-License-Identifier: BSD-3-Clause
#include "kernels/make_table.hpp"

namespace einc::kernels {
constinit const KernelTable neon_table = make_table<xsimd::neon64>("neon", 16, &neon_integers, &neon_complex, &neon_semirings);
}  // namespace einc::kernels
