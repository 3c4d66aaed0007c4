// worker.hpp: what every rank but 0 does in a run: computes what it is given, sends it back, until it is told to end.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <span>

#include <einc/tasks.hpp>

#include "mpi/link.hpp"

namespace einc::mpi {

// Gives how many tasks it computed. Throws what ended the run.
std::int64_t serve(const Link& link, const Compiled& compiled, std::span<const ArrayRef> operands, const TaskOptions& options);

}  // namespace einc::mpi
