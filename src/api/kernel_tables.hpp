// kernel_tables.hpp: from the name of an instruction set to its kernels. The only place that decides which of them run.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <span>
#include <string>

#include "kernels/kernel_table.hpp"

namespace einc::api {

// The tables of this build that this machine can run, best last; never empty.
std::span<const kernels::KernelTable* const> runnable_tables();

// The table an option names; for an empty name that of EINC_ISA, else the best.
// Throws Error (bad_option) when this machine or this build has no such table, whoever named it.
const kernels::KernelTable& choose_table(const std::string& isa);

}  // namespace einc::api
