// duo_rate.hpp: how fast this machine multiplies bf16 in duos beside floats. Processors that have an instruction for it have it at twice the rate
// of multiply-adds, at the same or at half of it, which no name tells.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "kernels/kernel_table.hpp"

namespace einc::api {

// Multiply-adds a second in duos for one of f32, in registers; measured once, in some 50 us. The table has duos.
double duo_rate(const kernels::KernelTable& table);

}  // namespace einc::api
