// column_groups.hpp: which columns of a contraction are packed, or turned, together where neighbours in c lie apart in b.
// Knows extents and prices; not labels or instructions.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "ir/executable.hpp"

namespace einc::lower {

constexpr Extent line_bytes = 64;

// Columns of a run, and how many runs make a group.
struct Group {
  Extent run = 0, repeats = 0;
};

// What a contraction of m rows and a sum of k costs a column, in units of reading one element from memory.
struct GroupCost {
  double m, k;
  Extent element, lanes;

  double operator()(Group group) const;

 private:
  double lines(Extent elements) const;
};

// The same where columns follow b and results are turned: `run` is along b, `repeats` along c.
struct TurnCost {
  double m, k;
  Extent element, lanes;
  bool in_rows;   // neighbours along b are neighbours in memory
  bool on_pages;  // and rows of them lie a page apart or more
  Extent along_c;

  double operator()(Group group) const;

 private:
  double pieces(Group group) const;
  double written(Extent repeats) const;
};

// The parts into which two loops are split, so that at most `room` columns are packed together and panels of `panel` columns are full;
// a group of nothing if no parts are that small.
Group choose_group(Extent along_c, Extent along_b, Extent panel, Extent room, const GroupCost& cost);

// The same for results that are turned. `next`: positions whose runs along b follow each other in memory, so that a run may be several.
Group choose_turned(Extent along_c, Extent along_b, Extent next, Extent room, const TurnCost& cost);

}  // namespace einc::lower
