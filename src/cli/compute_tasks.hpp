// compute_tasks.hpp: the tasks of one `einc run`: a bar of progress, an interrupt that ends it in good order, a checkpoint.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <span>
#include <string>

#include "cli/ranks.hpp"

namespace einc::cli {

struct CheckpointRequest {
  std::string path = {};  // empty: none
  bool resume = false;
};

// Operands and outputs are those of the first rank. Throws Error.
void compute_tasks(const Ranks& ranks, const Compiled& compiled, std::span<const ArrayRef> operands, std::span<const OutputRef> outs, const CheckpointRequest& checkpoint);

// What an interrupted run says: how far it came, and how to go on.
std::string how_to_go_on(const TaskProgress& progress, const std::string& checkpoint);

// `12 of 64 tasks [####--------------------] 1:05 left`
std::string progress_line(const TaskProgress& progress);

}  // namespace einc::cli
