// check_call.hpp: what is refused of a run by tasks before anything begins.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <span>
#include <string>

#include <einc/tasks.hpp>

namespace einc::tasks {

void check_tasks(const Compiled& compiled);  // throws Error (bad_option) where nothing was compiled in slices
// Throws Error: bad_output for other shapes, types or strides than those of dense results, overlap for memory shared with an operand.
void check_outputs(const Compiled& compiled, std::span<const ArrayRef> operands, std::span<const OutputRef> outs);
std::string sentence_of_stop(const TaskProgress& progress);

}  // namespace einc::tasks
