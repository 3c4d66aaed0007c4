// SPDX-License-Identifier: BSD-3-Clause
#include "lower/choose_small.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>

namespace einc::lower {
namespace {

using ir::Loop;
using ir::Role;

// Loops of m and n but the last of each become loops over batches, which stand in the order of c: what is written goes on where it stopped.
void make_batches(Roles& roles) {
  struct Placed {
    Loop loop;
    Label label;
  };
  std::vector<Placed> placed;
  for (std::size_t i = 0; i < roles.loops.size(); ++i) {
    Placed each{roles.loops[i], roles.labels[i]};
    const bool outer = i + 1 < roles.loops.size() && roles.loops[i + 1].role == each.loop.role;
    if (outer && (each.loop.role == Role::m || each.loop.role == Role::n)) each.loop.role = Role::batch;
    placed.push_back(each);
  }
  std::stable_sort(placed.begin(), placed.end(), [](const Placed& x, const Placed& y) {
    if (x.loop.role != y.loop.role) return x.loop.role < y.loop.role;
    return x.loop.role == Role::batch && std::abs(x.loop.c) > std::abs(y.loop.c);
  });
  for (std::size_t i = 0; i < placed.size(); ++i) roles.loops[i] = placed[i].loop, roles.labels[i] = placed[i].label;
}

std::size_t loops_of(const Roles& roles, Role role) {
  return static_cast<std::size_t>(std::count_if(roles.loops.begin(), roles.loops.end(), [&](const Loop& loop) { return loop.role == role; }));
}

// Cuts the last loop of a role in two where it has more positions: pieces of equal length, no shorter than `least`, of whole units.
void cut(Roles& roles, Role role, Extent most, Extent least, Extent unit = 1) {
  for (std::size_t i = roles.loops.size(); i-- > 0;) {
    Loop& loop = roles.loops[i];
    if (loop.role != role) continue;
    if (loop.extent <= most) return;
    Extent piece = most / unit * unit;
    while (piece >= least && loop.extent % piece != 0) piece -= unit;
    if (piece < std::max<Extent>(least, 1)) return;
    const Loop outer{role, loop.extent / piece, loop.a * piece, loop.b * piece, loop.c * piece};
    loop.extent = piece;
    roles.loops.insert(roles.loops.begin() + static_cast<std::ptrdiff_t>(i), outer);
    roles.labels.insert(roles.labels.begin() + static_cast<std::ptrdiff_t>(i), roles.labels[i]);
    return;
  }
}

// Makes loops over batches of those that are too many or too long: a small matrix meets all columns of an array, or all of its rows. False where
// packing is as fast.
bool spread(Roles& roles, bool complex, Extent element, Extent lanes, Extent most_columns) {
  constexpr Extent matrix = 16 * 16, tiny_matrix = 4 * 4, long_run_bytes = 256, least_rows = 4;
  const ContractExtents extents = extents_by_role(roles.loops);
  Extent run = 1;
  bool copies = false;  // of b, where columns are no neighbours
  for (const Loop& loop : roles.loops) {
    if (loop.role == Role::batch) return false;
    if (loop.role == Role::n) run = loop.extent, copies = loop.b != 1;
  }
  const Extent most = copies ? tiny_matrix : matrix;
  const bool many_columns = extents.m * extents.k <= most;
  if (!many_columns && extents.n * extents.k > most) return false;
  // What goes around the caches in long rows is as fast as memory.
  const double bytes = static_cast<double>(extents.m) * static_cast<double>(extents.n) * static_cast<double>(element);
  const bool far = bytes > static_cast<double>(ir::stream_bytes), one_run = run == extents.n;
  if (far && many_columns && (copies || one_run || (!complex && run * element >= long_run_bytes))) return false;
  // Pieces of a run end with a vector, unless there is little to compute in it.
  cut(roles, Role::n, most_columns, lanes, extents.m * extents.k <= tiny_matrix ? 1 : lanes);
  cut(roles, Role::m, ir::small_extent, least_rows);
  make_batches(roles);
  return true;
}

}  // namespace

// Eight rows, not fourteen: with one or two vectors of columns eight already keep both multiply-add units busy, and 16 rows are
// two tiles alike. Batches of n cubed, f32, against packed panels: n = 4 27 and 5.4 us a thousand, n = 16 97 and 86, n = 32 387
// and 335, n = 48 1470 and 1210; n = 64 is level (2-core Emerald Rapids, AVX-512, 2026-11, the other core busy). A matrix of n squared on the
// middle label of an array of 65536, f32, runs of 2 and of 32 columns: n = 2 0.02 and 0.18 of the time of packed panels, n = 16 0.27 and 0.64.
std::optional<SmallChoice> choose_small(const Roles& roles, ir::NumberKind kind, const ir::Target& target, bool spreads) {
  constexpr Extent most_work = 48 * 48 * 48;
  const bool complex = is_complex(kind.dtype);
  const Extent parts = complex ? 2 : 1, most_rows = 8 / parts, narrow_most = 8 / parts, most_columns = ir::small_extent / parts;
  const auto element = static_cast<Extent>(bytes_of(kind.dtype));
  const Extent lanes = target.vector_bytes / element;
  const ContractExtents given = extents_by_role(roles.loops);
  const auto fits = [&](const ContractExtents& extents) { return extents.n <= most_columns && extents.k <= ir::small_extent && extents.m <= most_work / (extents.n * extents.k); };
  const bool single = loops_of(roles, Role::m) <= 1 && loops_of(roles, Role::n) <= 1, outer = !single || !fits(given);
  Roles walked = roles;
  if (loops_of(roles, Role::k) > 2 || given.k > ir::small_extent) return {};
  if (outer && (!spreads || !spread(walked, complex, element, lanes, most_columns))) return {};
  for (const Loop& loop : walked.loops)
    if (loop.role == Role::n && loop.c != 1) return {};
  const ContractExtents extents = extents_by_role(walked.loops);
  if (!fits(extents)) return {};

  const ir::TileShape tile = widest_tile(kind, target);
  const Extent most = std::min<Extent>(tile.rows, most_rows), tiles = (extents.m + most - 1) / most;
  const bool narrow = extents.n < lanes && extents.n <= narrow_most && (extents.n & (extents.n - 1)) == 0;
  SmallChoice choice{std::move(walked.loops), std::move(walked.labels), {}};
  choice.tiles.tiling.rows = static_cast<int>((extents.m + tiles - 1) / tiles);
  choice.tiles.tiling.columns = narrow ? static_cast<int>(extents.n) : tile.columns;
  choice.tiles.reason = fmt::format("small: {} x {} x {} (m, n, k) a batch stay in registers and L1, so nothing is packed{}{}", extents.m, extents.n, extents.k,
                                    extents.batch > 1 ? " and one call runs through the batches" : "",
                                    outer ? "; a small matrix meets all of a larger array, piece by piece: the pieces are batches" : "");
  return choice;
}

}  // namespace einc::lower
