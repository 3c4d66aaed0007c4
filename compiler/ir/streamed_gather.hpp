// streamed_gather.hpp: values that lie in blocks where an index says, seen along a label: pages of a cache, along the keys.
// Position p of the label is position p % block of block index[p / block]. Knows labels and views; not what reads the value.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>

#include "ir/expression.hpp"

namespace einc::ir {

struct StreamedGather {
  ValueId gather = no_id;     // its table and its index
  Label entry = 0;            // of the index: counts blocks
  std::optional<Label> slot;  // of the table: counts positions in a block; none: blocks of one position
  Extent block = 1;
  bool operator==(const StreamedGather&) const = default;
};

// A gather along the label, or a gather whose entries and slots a view merges into it: `merge(gather(pages, "p", table), "ts", "k")`
// along k. Nothing for any other value.
std::optional<StreamedGather> streamed_gather(const Expression& expression, ValueId value, Label label);

}  // namespace einc::ir
