// run.hpp: running what was compiled, for Python: other threads of the interpreter go on meanwhile, and an interrupt ends it.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <span>

#include <einc/einsum.hpp>

namespace einc::python {

// out = scale.alpha * result + scale.beta * out. The interpreter's lock is released where the plan predicts more than some microseconds;
// where it predicts a good part of a second, Ctrl-C ends the run within a tenth of one (KeyboardInterrupt), the outputs then hold anything.
// Throws Error as Compiled::run does.
void run(const Compiled& compiled, std::span<const ArrayRef> operands, std::span<const OutputRef> outs, const Scale& scale = {});

}  // namespace einc::python
