// simplify.hpp: the passes that make an expression smaller without choosing an order. Each is one function in one file.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "ir/expression.hpp"

namespace einc::simplify {

ir::Expression take_diagonals(ir::Expression expression);
ir::Expression drop_unit_labels(ir::Expression expression);
ir::Expression split_labels(ir::Expression expression);
ir::Expression resolve_views(ir::Expression expression);
ir::Expression fold_constants(ir::Expression expression);
ir::Expression share_values(ir::Expression expression);
ir::Expression sum_lone_labels(ir::Expression expression);
ir::Expression fuse_labels(ir::Expression expression);

}  // namespace einc::simplify
