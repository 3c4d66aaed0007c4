// target.hpp: describes this machine and a kernel table to the compiler as plain data.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "ir/target.hpp"
#include "kernels/kernel_table.hpp"

namespace einc::api {

// Caches and processors from the machine, tile shapes from the table, speeds from a calibration (Options::calibration) or a model of both.
// Throws Error (bad_file) when a file the user named is none.
ir::Target make_target(const kernels::KernelTable& table, int threads, const std::string& calibration = "off");

}  // namespace einc::api
