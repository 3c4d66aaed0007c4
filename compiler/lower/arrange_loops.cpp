// SPDX-License-Identifier: BSD-3-Clause
#include "lower/arrange_loops.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>

#include "ir/contract_scratch.hpp"
#include "lower/choose_tiles.hpp"
#include "lower/column_groups.hpp"

namespace einc::lower {
namespace {

using ir::Role;

Extent blocks_of(Extent value, Extent block) { return (value + block - 1) / block; }

struct LabelLoop {
  ir::Loop loop;
  Label label;
};

std::vector<LabelLoop> loops_of(const Made& made, Role role) {
  std::vector<LabelLoop> loops;
  for (std::size_t i = 0; i < made.instruction.loops.size(); ++i)
    if (made.instruction.loops[i].role == role) loops.push_back({made.instruction.loops[i], made.labels[i]});
  return loops;
}

// Other loops in the place of those of one role, of which there are some.
void replace_loops(Made& made, const std::vector<LabelLoop>& by) {
  std::vector<ir::Loop>& loops = made.instruction.loops;
  const auto first = static_cast<std::ptrdiff_t>(
      std::find_if(loops.begin(), loops.end(), [&](const ir::Loop& loop) { return loop.role == by[0].loop.role; }) - loops.begin());
  const auto count = std::count_if(loops.begin(), loops.end(), [&](const ir::Loop& loop) { return loop.role == by[0].loop.role; });
  loops.erase(loops.begin() + first, loops.begin() + first + count);
  made.labels.erase(made.labels.begin() + first, made.labels.begin() + first + count);
  auto at = first;
  for (const LabelLoop& loop : by) {
    if (loop.loop.extent == 1) continue;
    loops.insert(loops.begin() + at, loop.loop);
    made.labels.insert(made.labels.begin() + at, loop.label);
    ++at;
  }
}

// Every so many positions of a loop, and the positions between.
LabelLoop outer_part(LabelLoop whole, Extent part) {
  ir::Loop& loop = whole.loop;
  loop.extent /= part, loop.a *= part, loop.b *= part, loop.c *= part;
  return whole;
}
LabelLoop inner_part(LabelLoop whole, Extent part) {
  whole.loop.extent = part;
  return whole;
}

// The loop of a sum whose neighbours lie nearest in one array, and the bytes from one to the next.
struct Nearest {
  std::vector<LabelLoop>::const_iterator loop;
  Extent bytes;
};
Nearest nearest_in(const std::vector<LabelLoop>& k, Stride ir::Loop::*array, Extent element) {
  const auto loop = std::min_element(k.begin(), k.end(), [&](const LabelLoop& x, const LabelLoop& y) { return std::abs(x.loop.*array) < std::abs(y.loop.*array); });
  return {loop, std::abs(loop->loop.*array) * element};
}

// The part of a loop whose pieces, each perhaps on a page of its own, cost least with at most so many positions: a page as much as 350
// bytes more of it. Of neighbours, whole lines if they can be, a line to four of them; 0: there is no such part.
Extent part_of(const Nearest& nearest, Extent most, Extent element) {
  const Extent line = line_bytes / element, extent = nearest.loop->loop.extent;
  if (nearest.bytes != element) {
    Extent part = std::min(extent, most);
    while (part > 1 && extent % part != 0) --part;
    return part;
  }
  Extent found = 0;
  for (Extent part = std::min(line, extent); part <= std::min({4 * line, extent, most}); ++part)
    if (extent % part == 0 && (found == 0 || (found % line != 0 && part % line == 0))) found = part;
  return found;
}

class Arrangement {
 public:
  Arrangement(Made& made, ir::NumberKind kind, const ir::Target& target)
      : made_(made), tiling_(made.instruction.tiling), element_(static_cast<Extent>(bytes_of(kind.dtype))),
        lanes_(target.vector_bytes / element_), l1_bytes_(target.l1_bytes), l2_bytes_(target.l2_bytes), masks_(target.vector_bytes == 64) {}

  // What it did, for explain().
  std::string arrange() {
    cut_sums();
    if (!read_runs() && !turn_results() && !group_columns() && !pack_far_rows()) cut_runs();
    return std::move(notes_);
  }

 private:
  // a and b have different neighbours along the sum: squares of both stand together, so that lines of either, or pages where neighbours
  // are rows of them, are read once.
  void cut_sums() {
    const std::vector<LabelLoop> k = loops_of(made_, Role::k);
    if (k.size() < 2) return;
    const Nearest a = nearest_in(k, &ir::Loop::a, element_), b = nearest_in(k, &ir::Loop::b, element_);
    const auto in_a = a.loop, in_b = b.loop;
    if (in_a == in_b || b.bytes == 0 || b.bytes >= page_bytes) return;
    const bool rows = a.bytes != element_;  // of both
    if (rows ? !lie_in_different_rows(a, b) : b.bytes != element_ && (std::abs(in_a->loop.b) * element_ < page_bytes || has_long_rows())) return;
    // Lines of a come first; of rows any number may be taken, and about as many in both.
    const auto side = static_cast<Extent>(std::sqrt(static_cast<double>(tiling_.k_block)));
    const Extent rows_b = rows ? part_of(b, side, element_) : 1, part_a = part_of(a, tiling_.k_block / rows_b, element_);
    const Extent part_b = rows ? rows_b : part_of(b, tiling_.k_block / std::max<Extent>(part_a, 1), element_);
    if (part_a == 0 && part_b == 0) return;
    std::vector<LabelLoop> cut;
    for (auto loop = k.begin(); loop != k.end(); ++loop)
      if (loop != in_a && loop != in_b) cut.push_back(*loop);
    if (part_a == 0 || part_b == 0) return cut_one_of({part_a == 0 ? *in_a : *in_b, part_a == 0 ? *in_b : *in_a}, std::max(part_a, part_b), std::move(cut));
    const Extent square = part_a * part_b;
    if (square > tiling_.k_block) return;
    cut.insert(cut.end(), {outer_part(*in_b, part_b), outer_part(*in_a, part_a), inner_part(*in_a, part_a), inner_part(*in_b, part_b)});
    replace_loops(made_, cut);
    tiling_.k_block = tiling_.k_block / square * square;
    notes_ += fmt::format("; a and b have different neighbours along the sum, which goes through squares of {} x {}", part_a, part_b);
  }

  // Of two such loops only one has parts: lines of it stand inside the other, along which blocks end wherever a square of registers does.
  struct Pair {
    LabelLoop whole, parted;
  };
  void cut_one_of(const Pair& pair, Extent part, std::vector<LabelLoop> cut) {
    const Extent square = part * lanes_;
    if (square > tiling_.k_block) return;
    cut.insert(cut.end(), {outer_part(pair.parted, part), pair.whole, inner_part(pair.parted, part)});
    replace_loops(made_, cut);
    tiling_.k_block = tiling_.k_block / square * square;
    notes_ += fmt::format("; a and b have different neighbours along the sum, which goes through {} of one for some of the other, that has no such parts", part);
  }

  // Whether a and b are rows that follow each other along different labels of the sum, each far apart along the other's, and too many
  // for the cache: a block of positions that follow each other in one of them would be read anew, from memory, by every panel of the other.
  bool lie_in_different_rows(const Nearest& a, const Nearest& b) const {
    const ContractExtents extents = extents_by_role(made_.instruction.loops);
    const Extent far = 8 * line_bytes / element_;
    return a.bytes < page_bytes && a.bytes != 0 && b.bytes != element_ && std::abs(a.loop->loop.b) >= std::max(far, 4 * b.bytes / element_) &&
           std::abs(b.loop->loop.a) >= std::max(far, 4 * a.bytes / element_) && (extents.m + extents.n) * extents.k * element_ > 2 * l2_bytes_;
  }

  // Whether every position of the sum has its row of b on a page of its own.
  bool b_lies_on_pages() const {
    const std::vector<LabelLoop> k = loops_of(made_, Role::k);
    return std::all_of(k.begin(), k.end(), [&](const LabelLoop& loop) { return std::abs(loop.loop.b) * element_ >= page_bytes; });
  }
  bool b_is_in_memory(const ContractExtents& extents) const { return extents.n * extents.k * element_ > 2 * l2_bytes_; }

  // Whether rows of b along n are worth a page each. (1536 bytes, 376 of them 560 KiB apart: 5 % slower in squares; 384 bytes: 13 % faster.)
  bool has_long_rows() const {
    const std::vector<LabelLoop> n = loops_of(made_, Role::n);
    return std::any_of(n.begin(), n.end(), [&](const LabelLoop& loop) { return loop.loop.b == 1 && loop.loop.extent * element_ > page_bytes / 4; });
  }

  // With few rows, copying b costs more than the lanes that idle at the end of its runs: those are read where they lie.
  bool read_runs() {
    const std::vector<LabelLoop> n = loops_of(made_, Role::n);
    const ContractExtents extents = extents_by_role(made_.instruction.loops);
    if (n.size() < 2 || loops_of(made_, Role::k).size() > 1) return false;
    const auto found = std::find_if(n.begin(), n.end(), [](const LabelLoop& loop) { return loop.loop.b == 1; });
    if (found == n.end() || extents.m > rows_in_place * tiling_.rows) return false;
    const Extent run = found->loop.extent;
    if (2 * run < lanes_ || (!masks_ && run % lanes_ != 0)) return false;
    const LabelLoop inner = *found;
    const std::vector<LabelLoop> m = loops_of(made_, Role::m), k = loops_of(made_, Role::k);
    const bool near = extents.n * extents.k * element_ <= l2_bytes_, in_rows = !m.empty() && m.back().loop.c == 1;
    if (!near && !k.empty() && std::abs(k[0].loop.b) * element_ > page_bytes) return false;
    if (inner.loop.c != 1 && !in_rows && (extents.k < sums_worth_scattering * extents.m || !near)) return false;
    std::vector<LabelLoop> order;
    for (auto loop = n.begin(); loop != n.end(); ++loop)
      if (loop != found) order.push_back(*loop);
    order.push_back(inner);
    replace_loops(made_, order);
    tiling_.run = run, tiling_.runs_in_place = true;
    even_blocks(extents.n, run, std::max<Extent>(most_columns / run, 1));
    if (const Extent bytes = run * extents.k * element_; !near && tiling_.k_block >= extents.k && 3 * bytes <= l2_bytes_)
      even_blocks(extents.n, run, l2_bytes_ / 3 / bytes), tiling_.ahead = ir::Ahead::block;
    notes_ += fmt::format("; runs of {} columns are read where they lie in b", run);
    return true;
  }

  // Neighbours in c lie apart in b, and a column has fewer results than elements of b: columns follow b, which is copied as it lies,
  // and it is the results that are turned, a group of them at a time.
  bool turn_results() {
    const std::vector<LabelLoop> n = loops_of(made_, Role::n);
    const ContractExtents extents = extents_by_role(made_.instruction.loops);
    if (n.size() < 2 || extents.m > std::min<Extent>(extents.k, most_turned_rows)) return false;
    const bool near = extents.n * (extents.k + extents.m) * element_ <= l2_bytes_;  // packing costs less there
    if (near && 2 * extents.m > extents.k) return false;
    const LabelLoop along_c = n.back();
    const auto nearest = std::min_element(n.begin(), n.end(), [](const LabelLoop& x, const LabelLoop& y) { return std::abs(x.loop.b) < std::abs(y.loop.b); });
    if (nearest == n.end() - 1 || along_c.loop.c != 1 || std::abs(along_c.loop.b) * element_ < line_bytes) return false;
    const LabelLoop along_b = *nearest;
    const bool in_rows = along_b.loop.b == 1;
    const bool on_pages = b_lies_on_pages();
    const auto next = std::find_if(n.begin(), n.end() - 1, [&](const LabelLoop& loop) { return in_rows && loop.loop.b == along_b.loop.extent; });
    const TurnCost cost{static_cast<double>(extents.m), static_cast<double>(extents.k), element_, lanes_, in_rows, on_pages, along_c.loop.extent};
    const Group part = choose_turned(along_c.loop.extent, along_b.loop.extent, next != n.end() - 1 ? next->loop.extent : 1, l2_bytes_ / 4 / (extents.m * element_), cost);
    if (part.run == 0 || part.repeats < least_repeats) return false;
    const Extent whole = std::max<Extent>(part.run / along_b.loop.extent, 1), run = part.run / whole;  // runs along b that follow each other, and each of them
    std::vector<LabelLoop> turned;
    for (auto loop = n.begin(); loop != n.end() - 1; ++loop)
      if (loop != nearest) turned.push_back(whole > 1 && loop == next ? outer_part(*loop, whole) : *loop);
    turned.insert(turned.end(), {outer_part(along_c, part.repeats), outer_part(along_b, run)});
    std::stable_sort(turned.begin(), turned.end(), [](const LabelLoop& x, const LabelLoop& y) { return std::abs(x.loop.b) > std::abs(y.loop.b); });
    turned.push_back(inner_part(along_c, part.repeats));
    if (whole > 1) turned.push_back(inner_part(*next, whole));
    turned.push_back(inner_part(along_b, run));
    replace_loops(made_, turned);
    tiling_.run = part.run, tiling_.group = part.run * part.repeats, tiling_.turned = true;
    tiling_.m_block = extents.m, tiling_.rows_inside = true;
    const Extent room = l1_bytes_ * 2 / 3 / (round_up(part.run, lanes_) * tiling_.k_block * element_);
    Extent runs = std::clamp<Extent>(room, 1, part.repeats);
    while (part.repeats % runs != 0) --runs;
    tiling_.n_block = runs * part.run, tiling_.ahead = tiling_.k_block >= extents.k ? ir::Ahead::block : ir::Ahead::nothing;
    notes_ += fmt::format("; neighbours of the result lie apart in b, and results are fewer: columns follow b, and {} x {} results a row are turned at once",
                          part.repeats, part.run);
    return true;
  }

  // Neighbours in c lie apart in b: panels of several neighbours in b are packed at once.
  bool group_columns() {
    const std::vector<LabelLoop> n = loops_of(made_, Role::n);
    if (n.size() < 2) return false;
    const LabelLoop along_c = n.back();
    const auto found = std::find_if(n.begin(), n.end() - 1, [](const LabelLoop& loop) { return loop.loop.b == 1; });
    if (found == n.end() - 1 || along_c.loop.c != 1 || std::abs(along_c.loop.b) * element_ < line_bytes) return false;
    const LabelLoop along_b = *found;
    const ContractExtents extents = extents_by_role(made_.instruction.loops);
    if (extents.m >= rows_worth_packing && extents.n * extents.k * element_ <= l2_bytes_) return false;
    const GroupCost cost{static_cast<double>(extents.m), static_cast<double>(extents.k), element_, lanes_};
    const Extent room = l2_bytes_ * 3 / 4 / (tiling_.k_block * element_);
    const Group group = choose_group(along_c.loop.extent, along_b.loop.extent, tiling_.columns, room, cost);
    if (group.run == 0 || group.repeats < least_repeats) return false;
    std::vector<LabelLoop> grouped;
    for (auto loop = n.begin(); loop != n.end() - 1; ++loop)
      if (loop != found) grouped.push_back(*loop);
    grouped.insert(grouped.end(), {outer_part(along_c, group.run), outer_part(along_b, group.repeats), inner_part(along_b, group.repeats),
                                   inner_part(along_c, group.run)});
    replace_loops(made_, grouped);
    tiling_.run = group.run, tiling_.group = group.run * group.repeats;
    even_blocks(extents.n, tiling_.group, room / (round_up(group.run, lanes_) * group.repeats));
    notes_ += fmt::format("; neighbours of the result lie apart in b: panels of {} columns are packed for {} neighbours in b at once",
                          group.run, group.repeats);
    return true;
  }

  // Few tiles of rows meet many columns whose rows in b lie pages apart, in memory: read in place, every tile would touch as many pages
  // as the sum is long. Small blocks of them are packed, and the next one is asked for while all rows meet this one.
  bool pack_far_rows() {
    const std::vector<LabelLoop> n = loops_of(made_, Role::n);
    const ContractExtents extents = extents_by_role(made_.instruction.loops);
    if (n.size() != 1 || loops_of(made_, Role::k).size() != 1 || n[0].loop.b != 1 || n[0].loop.c != 1 || !b_lies_on_pages()) return false;
    const Extent block = l2_bytes_ / 8 / (tiling_.k_block * element_) / tiling_.columns * tiling_.columns;
    const bool kept = tiling_.k_block >= extents.k && extents.m * extents.k * element_ <= l2_bytes_ / 4;
    if (!kept || extents.m < 2 * tiling_.rows || block < 4 * tiling_.columns || !b_is_in_memory(extents)) return false;
    tiling_.m_block = extents.m, tiling_.rows_inside = true, tiling_.n_block = block, tiling_.ahead = ir::Ahead::block;
    notes_ += "; rows of b lie pages apart: blocks of columns are packed, and the next one is asked for";
    return true;
  }

  // Panels begin where rows of c do and end there, or every few rows, so that tiles are written whole: unless the lanes that stay
  // idle cost more. A row of a tile of two vectors takes one cycle for each step of k, a piece of it that is written on its own
  // about ten.
  void cut_runs() {
    constexpr double cycles_of_piece = 10;
    const std::vector<LabelLoop> n = loops_of(made_, Role::n);
    if (n.size() < 2 || n.back().loop.c != 1) return;
    const ContractExtents extents = extents_by_role(made_.instruction.loops);
    const Extent run = n.back().loop.extent, unit = unit_of(run, extents.n);
    const double idle = static_cast<double>(round_up(unit, lanes_) - unit) / static_cast<double>(unit);
    const double pieces = static_cast<double>(tiling_.columns) / static_cast<double>(run) + 1;
    if (static_cast<double>(extents.k) * idle > pieces * cycles_of_piece) return;
    const Extent room = l2_bytes_ / (tiling_.k_block * element_), units = room / round_up(unit, lanes_);
    if (units >= 1) {
      if (unit != run) tiling_.unit = unit, notes_ += fmt::format("; runs of {} columns, {} together fill vectors", run, unit / run);
      even_blocks(extents.n, unit, units);
    } else {  // a run is cut into equal blocks of whole panels
      Extent block = std::min(room, run) / tiling_.columns * tiling_.columns;
      while (block > room / 4 && run % block != 0) block -= tiling_.columns;
      if (block < tiling_.columns || run % block != 0) return;
      tiling_.n_block = block;
    }
    tiling_.run = run;
    walk_results(run);
    join_runs(extents);
    ask_ahead(extents);
  }

  // Rows of b lie on pages of their own, and a run is a short piece of them: runs that follow each other there are taken one after another,
  // so long as the rows of a run make pieces of the result that are long enough to be written anywhere.
  void join_runs(const ContractExtents& extents) {
    const std::vector<LabelLoop> n = loops_of(made_, Role::n);
    const Extent run = tiling_.run, written = (tiling_.rows_inside ? tiling_.m_block : 1) * run * element_;
    if (n.back().loop.b != 1 || run * element_ >= page_bytes || written < page_bytes || !b_is_in_memory(extents) || !b_lies_on_pages()) return;
    const auto next = std::find_if(n.begin(), n.end() - 1, [&](const LabelLoop& loop) { return loop.loop.b == run; });
    if (next >= n.end() - 2) return;
    std::vector<LabelLoop> order;
    for (auto loop = n.begin(); loop != n.end() - 1; ++loop)
      if (loop != next) order.push_back(*loop);
    order.insert(order.end(), {*next, n.back()});
    replace_loops(made_, order);
    notes_ += "; runs follow each other as in b, whose rows lie pages apart";
  }

  // b is read from memory, and its next block asked for while this one is multiplied: blocks are small, unless a is packed anew for
  // each of them.
  void ask_ahead(const ContractExtents& extents) {
    const bool kept = tiling_.rows_inside && tiling_.m_block >= extents.m && tiling_.k_block >= extents.k;
    if (!kept || !b_is_in_memory(extents)) return;
    const Extent unit = tiling_.unit != 0 ? tiling_.unit : tiling_.run, room = l2_bytes_ / 8 / (tiling_.k_block * element_);
    const bool cuts = tiling_.unit == 0 && unit > room;
    Extent block = cuts ? std::max<Extent>(room / tiling_.columns, 1) * tiling_.columns : std::max<Extent>(room / unit, 1) * unit;
    while (cuts && block > tiling_.columns && unit % block != 0) block -= tiling_.columns;
    if (cuts && unit % block != 0) return;
    tiling_.n_block = block, tiling_.ahead = ir::Ahead::block;
  }

  // So many runs together that few lanes stay idle.
  Extent unit_of(Extent run, Extent columns) const {
    constexpr Extent most_panels = 6;
    Extent best = run;
    const auto idle = [&](Extent unit) { return static_cast<double>(round_up(unit, lanes_) - unit) / static_cast<double>(unit); };
    if (run < lanes_ && 2 * run != lanes_) return run;  // a vector lies in two pieces at most
    for (Extent unit = run; unit <= std::min(most_panels * tiling_.columns, columns) && idle(best) > 0; unit += run)
      if (idle(unit) < idle(best)) best = unit;
    // Of short runs as many as fill a tile: one of a single vector takes as long for half of the work. (Single vectors of memory are written
    // straight from registers.)
    while ((best != run || results_are_cached()) && best % lanes_ == 0 && 2 * best <= tiling_.columns && columns % (2 * best) == 0) best *= 2;
    return best;
  }

  // Rows of c follow each other after a run: blocks of a are as many rows as do, and are written in their order.
  void walk_results(Extent run) {
    const std::vector<LabelLoop> m = loops_of(made_, Role::m);
    if (m.empty() || m.back().loop.c != run) return;
    const Extent rows = m.back().loop.extent;
    const bool all = m.size() == 1, few = run < 2 * tiling_.columns;
    if ((!all && !few) || rows < tiling_.rows / 2 || rows * tiling_.k_block * element_ > l2_bytes_ / 4) return;
    // Where all results are in cache, tiles of many rows are worth more than their order.
    if (results_are_cached() && 5 * rows < 4 * round_up(rows, tiling_.rows)) return;
    tiling_.m_block = rows, tiling_.rows_inside = true;
    notes_ += fmt::format("; {} rows of the result follow each other and are written in their order", rows);
  }

  bool results_are_cached() const {
    const ContractExtents extents = extents_by_role(made_.instruction.loops);
    return extents.batch * extents.m * extents.n * element_ <= l2_bytes_ / 2;
  }

  // Blocks of n of at most `most` units, all alike.
  void even_blocks(Extent columns, Extent unit, Extent most) {
    const Extent units = blocks_of(columns, unit), blocks = blocks_of(units, std::max<Extent>(most, 1));
    tiling_.n_block = blocks_of(units, blocks) * unit;
  }

  static constexpr Extent rows_worth_packing = 512;  // what is read so often, and lies in L2, may be packed as it comes
  static constexpr Extent most_turned_rows = 128;
  static constexpr Extent least_repeats = 4;  // fewer neighbours are no more than element by element

  static constexpr Extent rows_in_place = 2;  // tiles of them
  static constexpr Extent page_bytes = ir::page_bytes;
  static constexpr Extent sums_worth_scattering = 16;
  static constexpr Extent most_columns = 4096;

  Made& made_;
  ir::Tiling& tiling_;
  Extent element_, lanes_, l1_bytes_, l2_bytes_;
  bool masks_;
  std::string notes_;
};

}  // namespace

void arrange_loops(Made& made, ir::NumberKind kind, const ir::Target& target) {
  const bool floats = kind == DType::f32 || kind == ir::NumberKind(DType::f64);
  if (made.instruction.kernel != ir::Kernel::contract || !floats || made.instruction.b.dtype) return;
  std::string notes = Arrangement(made, kind, target).arrange();
  made.scratch_bytes = ir::contract_scratch(made.instruction.tiling, kind.dtype).bytes;
  made.reason = reason_of(made.instruction.tiling, kind.dtype, target) + notes;
}

}  // namespace einc::lower
