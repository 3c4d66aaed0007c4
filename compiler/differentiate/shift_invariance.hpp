// shift_invariance.hpp: finds extremes the result does not depend on: what softmax subtracts, and its like.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "ir/program.hpp"

namespace einc::differentiate {

// Of each node: whether it is a largest or smallest value that cancels on every way to `output`, so that its derivative is 0.
// exp(x - m) / sum(exp(x - m)) is the same for any m; so is m + log(sum(exp(x - m)))
std::vector<char> shift_invariant(const ir::Program& program, ir::NodeId output);

}  // namespace einc::differentiate
