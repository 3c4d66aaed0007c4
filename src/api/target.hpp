// target.hpp: describes this machine and a kernel table to the compiler as plain data.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "ir/target.hpp"
#include "kernels/kernel_table.hpp"

namespace einc::api {

// Caches and processors from the machine, tile shapes from the table, speeds from a stated model of both.
ir::Target make_target(const kernels::KernelTable& table, int threads);

}  // namespace einc::api
