// fuse.hpp: the passes that bring values together so that less is written and read. Each is one function in one file.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "ir/expression.hpp"

namespace einc::fuse {

ir::Expression defer_division(ir::Expression expression);
ir::Expression stream(ir::Expression expression);
ir::Expression recompute(ir::Expression expression);
ir::Expression absorb_factors(ir::Expression expression);
ir::Expression fuse_maps(ir::Expression expression);

}  // namespace einc::fuse
