// bring_rows: rows that meet every streamed tile, and lie far from each other or are of another type, are copied into the tile first.
// "qhc, 64 rows of h 8: 2 KiB apart" becomes "qc, 256 bytes apart", once for all tiles along k
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <span>
#include <vector>

#include "ir/plan.hpp"
#include "lower/assign_roles.hpp"
#include "lower/lower_stream.hpp"

namespace einc::lower {

// The leaves whose rows are brought, ascending: factors of contractions of a tile, without the streamed label, that several streamed
// tiles read; or one tile, panel after panel, where rows lie whole pages apart (lower/bring_far_rows).
std::vector<ir::PlanValue> rows_to_bring(const ir::Plan& plan, const ir::StreamPlan& stream, const StreamPlaces& places, const ir::Target& target);

// How they lie in the buffer: one row behind the other.
Strided row_by_row(const Strided& array, Label row, std::span<const Extent> extents, ir::BufferRef buffer);

}  // namespace einc::lower
