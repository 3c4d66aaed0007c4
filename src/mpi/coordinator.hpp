// coordinator.hpp: what rank 0 does in a run: hands out tasks, keeps what comes back, and computes when there is nothing to serve.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <span>

#include <einc/tasks.hpp>

#include "mpi/link.hpp"
#include "tasks/task_ledger.hpp"

namespace einc::mpi {

// Gives how many tasks this rank computed. Throws what ended the run, after every other rank has been told.
std::int64_t coordinate(const Link& link, const Compiled& compiled, std::span<const ArrayRef> operands, tasks::TaskLedger& ledger, const TaskOptions& options);

}  // namespace einc::mpi
