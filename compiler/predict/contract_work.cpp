// contract_work.cpp: contractions by packed panels and register tiles, and small ones that go without.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>

#include "ir/contract_scratch.hpp"
#include "predict/traffic.hpp"

namespace einc::predict {
namespace {

using ir::Role;

struct Side {
  std::vector<ir::Loop> loops;  // outermost first
  double extent = 1;
  bool uniform() const { return loops.size() <= 1; }
  const ir::Loop& inner() const {
    static constexpr ir::Loop none{Role::batch, 1, 0, 0, 0};
    return loops.empty() ? none : loops.back();
  }
  double inner_extent() const { return static_cast<double>(inner().extent); }
};

Side side_of(const ir::Instruction& instruction, Role role) {
  Side side;
  for (const ir::Loop& loop : instruction.loops)
    if (loop.role == role) side.loops.push_back(loop), side.extent *= static_cast<double>(loop.extent);
  return side;
}

// Positions that follow each other in an array from the innermost loop on, each of so many elements.
double run_of(const Side& side, Stride ir::Loop::*stride, double unit = 1) {
  double run = 1;
  for (std::size_t i = side.loops.size(); i-- > 0;) {
    if (static_cast<double>(side.loops[i].*stride) != run * unit) break;
    run *= static_cast<double>(side.loops[i].extent);
  }
  return run;
}

// Neighbours along the sum: of its innermost loop, or of the one around it, along which packing goes through squares then.
double depth_run_of(const Side& k, Stride ir::Loop::*stride, double unit) {
  const double inner = run_of(k, stride, unit);
  if (inner > 1 || k.loops.size() < 2) return inner;
  const ir::Loop& around = k.loops[k.loops.size() - 2];
  return static_cast<double>(around.*stride) == unit && around.extent >= 4 ? static_cast<double>(around.extent) : inner;
}

double parts(double extent, double unit) { return std::ceil(extent / unit); }

// Vector multiply-adds of one step along k of a tile, or what takes as long: two multiply-adds and two loads a cycle, and four cycles from
// one sum to the next.
double step_cost(double rows, double vectors) { return std::max({rows * vectors, rows + vectors, 8.0}); }

// Appends loops with the innermost first, in bytes of one array.
void walk(std::vector<Walk>& walks, const Side& side, Stride ir::Loop::*stride, double element) {
  for (std::size_t i = side.loops.size(); i-- > 0;)
    walks.push_back({static_cast<double>(side.loops[i].extent), static_cast<double>(side.loops[i].*stride) * element});
}

// The first `count` positions of a side go before, the rest behind what comes between.
void split(const Side& side, Stride ir::Loop::*stride, double element, double count, std::vector<Walk>& inside, std::vector<Walk>& outside) {
  double left = count;
  for (std::size_t i = side.loops.size(); i-- > 0;) {
    const auto extent = static_cast<double>(side.loops[i].extent), step = static_cast<double>(side.loops[i].*stride) * element;
    const double now = std::clamp(left, 1.0, extent);
    if (now > 1) inside.push_back({now, step});
    if (extent > now) outside.push_back({extent / now, step * now});
    left /= now;
  }
}

double element_of(const ir::Instruction& instruction, const ir::BufferRef& array) {
  return static_cast<double>(bytes_of(array.dtype.value_or(instruction.dtype)));
}

class Contract {
 public:
  Contract(const ir::Instruction& instruction, const Machine& machine)
      : instruction_(instruction), machine_(machine), speeds_(machine.speeds), tiling_(instruction.tiling), batch_(side_of(instruction, Role::batch)),
        m_(side_of(instruction, Role::m)), n_(side_of(instruction, Role::n)), k_(side_of(instruction, Role::k)), lanes_(machine.lanes(instruction.dtype)) {
    element_ = static_cast<double>(bytes_of(instruction.dtype));
    a_unit_ = static_cast<double>(ir::parts_of_row(tiling_));
    a_element_ = element_of(instruction, instruction.a), b_element_ = element_of(instruction, instruction.b), c_element_ = element_of(instruction, instruction.c);
    slices_ = static_cast<double>(tiling_.k_slices);
    together_ = bytes_of_array(instruction, &ir::Loop::a, a_element_ * a_unit_) + bytes_of_array(instruction, &ir::Loop::b, b_element_) +
                bytes_of_array(instruction, &ir::Loop::c, c_element_) * slices_;
    columns_ = static_cast<double>(tiling_.columns);
    n_block_ = std::min(static_cast<double>(tiling_.n_block), n_.extent), k_block_ = std::min(static_cast<double>(tiling_.k_block), k_.extent);
    n_blocks_ = parts(n_.extent, n_block_), k_blocks_ = slices_ * parts(k_.extent / slices_, k_block_);
    joined_ = tiling_.quads ? 4 : tiling_.duos ? 2 : 1, steps_ = parts(k_.extent, joined_);
    const Extent run = tiling_.unit != 0 ? tiling_.unit : tiling_.run;
    segment_ = run != 0 ? std::min(static_cast<double>(run), n_.extent) : n_.extent;
    decide_packing();
    joined_rows_ = rows_of_joined();
    const double m_block = static_cast<double>(tiling_.m_block), rows = joined_rows_ != 0 ? joined_rows_ : static_cast<double>(tiling_.rows);
    const double blocks = std::floor(m_.extent / m_block), rest = m_.extent - blocks * m_block;
    tiles_ = blocks * parts(m_block, rows) + (rest > 0 ? parts(rest, rows) : 0);
    height_ = m_.extent / tiles_;
  }

  Work work() const {
    Work work;
    const auto [cost, panels] = panel_costs();  // of a step along k, and seconds of whole tiles
    const double flops = flops_of_steps() * speeds_.product_share;
    const double times = batch_.extent * tiles_;
    work.arithmetic = times * (steps_ * cost * 2 * lanes_ / flops + panels * k_blocks_);
    double a_packing = 0, b_packing = 0;
    if (packs_a_) a_packing = batch_.extent * n_blocks_ * packing(m_, &ir::Loop::a, tiles_, height_, instruction_.a);
    if (packs_b_) b_packing = batch_.extent * packing(n_, &ir::Loop::b, n_.extent / segment_ * parts(segment_, columns_), std::min(columns_, segment_), instruction_.b);
    const double scattered = times * k_blocks_ * scattering();
    // What is packed waits for memory while it is packed; what is read in place, and the result, while tiles are computed. Columns that
    // lie apart are written afterwards, and so is a turned group.
    const bool apart = scattered > 0 || tiling_.turned;
    const double a_memory = operand_memory(m_, &ir::Loop::a, a_element_), b_memory = operand_memory(n_, &ir::Loop::b, b_element_), c_memory = result_memory(scattered > 0);
    const double waiting = (packs_a_ ? 0 : a_memory) + (packs_b_ ? 0 : b_memory) + (apart ? 0 : c_memory);
    // Of a long sum in place, the first tile waits for rows that the others find in cache, unless all of them ask for those.
    const bool in_order = tiling_.ahead != ir::Ahead::sum && k_blocks_ > slices_ && !packs_a_ && !packs_b_ && reads_in_order(m_, &ir::Loop::a) && reads_in_order(n_, &ir::Loop::b);
    const double first = in_order ? work.arithmetic / (tiles_ * parts(segment_, columns_)) : work.arithmetic;
    const double computing = work.arithmetic - first + overlapped(first, waiting, 0.3);
    const double all_packing = (packs_a_ ? overlapped(a_packing, a_memory, 0.5) : 0) + (packs_b_ ? overlapped(b_packing, b_memory, 0.5) : 0);
    // Results that are turned on their way to c go through registers in squares, as packed operands do.
    const double turning = tiling_.turned ? batch_.extent * m_.extent * groups() * squares_of_group() * lanes_ * speeds_.pack_turn_seconds : 0;
    const double bringing = tiling_.brings_rows ? batch_.extent * n_blocks_ * m_.extent * parts(k_.extent, lanes_) * speeds_.pack_seconds : 0;
    work.packing = a_packing + b_packing + bringing + scattered + turning;
    work.memory = all_packing - a_packing - b_packing + computing - work.arithmetic + (apart ? c_memory : 0);
    work.start = speeds_.instruction_seconds + start_of(speeds_.nest_seconds, instruction_.loops.size());
    const double products = batch_.extent * m_.extent * n_.extent * k_.extent;
    work.spread = products < least_shared ? 1 : std::max(1.0, std::min<double>(machine_.target.threads, slices_ * batch_.extent * tiles_ * parts(n_.extent, columns_)));
    return work;
  }

 private:
  // As runtime/contract.cpp decides.
  void decide_packing() {
    const bool a_near = static_cast<double>(m_.inner().a) == a_unit_ || static_cast<double>(k_.inner().a) == a_unit_ || m_.extent == 1 || k_.extent == 1;
    const Extent panels = ir::panels_in_place(tiling_, static_cast<Extent>(m_.extent), m_.inner().a, k_.inner().a * static_cast<Stride>(a_element_));
    packs_a_ = instruction_.a.dtype || !(m_.uniform() && k_.uniform() && a_near && n_.extent <= static_cast<double>(panels) * columns_);
    const bool floats = instruction_.dtype == DType::f32 || instruction_.dtype == DType::f64;
    if (!floats && m_.inner().a != 1 && m_.extent != 1) packs_a_ = true;
    const bool vectors = n_.extent == 1 || n_.inner().b == 1;
    packs_b_ = instruction_.b.dtype || tiling_.group != 0 || tiling_.ahead == ir::Ahead::block ||
               !(n_.uniform() && k_.uniform() && vectors && m_.extent <= static_cast<double>(ir::tiles_read_in_place * tiling_.rows) * a_unit_);
    // Columns that follow b are read where they lie, unless each row is on a page of its own.
    const bool near = std::abs(static_cast<double>(k_.inner().b)) * b_element_ <= static_cast<double>(ir::page_bytes);
    if (tiling_.runs_in_place || (tiling_.turned && k_.uniform() && vectors && near)) packs_b_ = false;
  }

  // Rows of a tile of several runs that are whole vectors only together, which leaves straight from registers: as runtime/contraction.hpp
  // decides. 0: there are none.
  double rows_of_joined() const {
    const bool waits = tiling_.unit > tiling_.run && !tiling_.turned && packs_a_ && packs_b_ && m_.inner().c == tiling_.run;
    if (!waits || !goes_around()) return 0;
    for (const ir::JoinedShape& shape : machine_.target.joined)
      if (tiling_.unit == shape.runs * tiling_.run && static_cast<double>(tiling_.unit) == shape.vectors * lanes_) return shape.rows;
    return 0;
  }

  // A tile beside its multiply-adds: half of it is entering, half is writing its vectors.
  double tile_seconds(double vectors) const {
    const double full = static_cast<double>(tiling_.rows) * columns_ / lanes_;
    return speeds_.tile_seconds * (0.4 + 0.6 * height_ * vectors / full);
  }
  // Of one row of tiles over all columns: vector multiply-adds of one step of k, and seconds of register tiles.
  std::pair<double, double> panel_costs() const {
    const double run = tiling_.unit != 0 ? static_cast<double>(tiling_.unit) : tiling_.run != 0 ? static_cast<double>(tiling_.run) : n_block_;
    const auto of_run = [&](double columns) -> std::pair<double, double> {
      if (joined_rows_ != 0) return {step_of(columns / lanes_), tile_seconds(columns / lanes_)};
      const double full = std::floor(columns / columns_), rest = columns - full * columns_;
      double cost = full * step_of(columns_ / lanes_), seconds = full * tile_seconds(columns_ / lanes_);
      if (rest > 0) cost += step_of(parts(rest, lanes_)), seconds += tile_seconds(parts(rest, lanes_));
      return {cost, seconds};
    };
    const double runs = std::floor(n_.extent / run), rest = n_.extent - runs * run;
    auto [cost, panels] = of_run(run);
    cost *= runs, panels *= runs;
    if (rest > 0) cost += of_run(rest).first, panels += of_run(rest).second;
    return {cost, panels};
  }
  // Of steps along the sum by whole vectors. Quads and duos are multiplied and added in one, as floats are.
  double flops_of_steps() const {
    if (tiling_.duos) return machine_.target.flops(DType::f32) * machine_.target.duo_rate / joined_;  // steps of duos are half as many
    return tiling_.quads ? machine_.target.flops(DType::f32) : machine_.target.flops({instruction_.dtype, instruction_.algebra});
  }
  // b streams from l2 by every tile: low tiles wait for it.
  double step_of(double vectors) const {
    const double flops = flops_of_steps();
    const bool far = n_block_ * k_block_ * element_ / joined_ > static_cast<double>(machine_.target.l1_bytes) / 2 && tiles_ > 1;
    const double waiting = far ? vectors * lanes_ * element_ / speeds_.read_bytes[1] * flops / (2 * lanes_) : 0;
    return std::max(step_cost(height_ * a_unit_, vectors), waiting);
  }

  // Squares in which a group is turned: runs along c, and their neighbours in b. Those at the ends are masked, which takes twice as long.
  double squares_of_group() const {
    const auto run = static_cast<double>(tiling_.run), repeats = static_cast<double>(tiling_.group) / run;
    return 2 * parts(run, lanes_) * parts(repeats, lanes_) - std::floor(run / lanes_) * std::floor(repeats / lanes_);
  }
  double groups() const { return n_.extent / static_cast<double>(tiling_.group); }

  // Seconds of packing all panels of one batch once, where they lie in cache.
  double packing(const Side& side, Stride ir::Loop::*stride, double panels, double width, const ir::BufferRef& array) const {
    const bool columns_are_parts = tiling_.pairs && stride == &ir::Loop::b;
    const double parts_of_column = columns_are_parts ? 2 : 1, lanes = lanes_ / a_unit_, all = side.extent / parts_of_column * steps_;
    width /= parts_of_column;
    const double lane_run = std::min(width, columns_are_parts ? run_of(side, stride) / 2 : run_of(side, stride, a_unit_));
    const double depth_run = std::min(k_block_, depth_run_of(k_, stride, a_unit_)) / joined_;
    // Groups of so many lanes as a vector has: the last panel of a segment has only those that there are.
    const double turned = stride == &ir::Loop::a ? panels * parts(width, lanes) : n_.extent / segment_ * parts(segment_ / parts_of_column, lanes);
    double seconds = 0;
    if (tiling_.group != 0 && !tiling_.turned && stride == &ir::Loop::b) seconds = k_.extent * groups() * squares_of_group() * lanes_ * speeds_.pack_turn_seconds;
    else if (width == 1 || lane_run * 4 > width || lane_run >= 4) seconds = steps_ * joined_ * panels * parts(width, std::min(lane_run, width)) * parts(std::min(lane_run, width), lanes) * speeds_.pack_seconds;
    else if (depth_run >= 4) seconds = turned * (steps_ / depth_run) * parts(depth_run, lanes) * lanes * speeds_.pack_turn_seconds;
    else seconds = all * joined_ * speeds_.pack_element_seconds;
    if (array.dtype && !tiling_.quads && !tiling_.duos) seconds += all / lanes_ * speeds_.convert_seconds;
    if (stride == &ir::Loop::a || tiling_.group == 0) return seconds;
    return overlapped(seconds, steps_ * panels * columns_ * element_ / speeds_.write_bytes[1], 0.5);
  }

  // One row of tiles to columns that lie apart, or in runs that panels do not keep to.
  double scattering() const {
    if (n_.extent == 1 || (tiling_.run != 0 && (n_.inner().c == 1 || tiling_.turned)) || run_of(n_, &ir::Loop::c) == n_.extent) return 0;
    if (m_.inner().c == 1 && m_.extent > 1) return parts(height_, lanes_) * n_.extent * speeds_.scatter_seconds;
    const double run = run_of(n_, &ir::Loop::c);
    const double whole = run < columns_ || std::fmod(run, columns_) == 0 ? std::floor(run / columns_) * columns_ / run : (run - columns_ + 1) / run;
    const double cut = n_.extent * (1 - std::min(1.0, whole));  // columns of panels that reach over the end of a run
    const double pieces = cut / std::min(columns_, run) + (run < columns_ && std::fmod(columns_, run) != 0 ? cut / columns_ : 0);
    return height_ * std::max(pieces, cut / lanes_) * (run == 1 ? 0.6 : 1) * speeds_.scatter_seconds;
  }

  double lines_of_operand(const Side& side, Stride ir::Loop::*stride, double element, double cache) const {
    const bool first = stride == &ir::Loop::a, squares = (first ? packs_a_ : packs_b_) && packs_by_depth(side, stride);
    const double near = first ? element * a_unit_ : tiling_.pairs ? 2 * element : element;
    std::vector<Walk> order, outside, k_outside;
    if (!first && tiling_.group != 0 && !tiling_.turned) {  // groups are walked as they lie: along b first
      walk(outside, side, stride, element);
      std::swap(outside[0], outside[1]);
      order.assign(outside.begin(), outside.begin() + 2);
      outside.erase(outside.begin(), outside.begin() + 2);
    } else {
      if (squares) order.push_back({lanes_, near});  // of each lane a vector
      split(side, stride, element, first ? height_ : columns_, order, outside);
    }
    const std::size_t sums = order.size();
    split(k_, stride, element, k_block_, order, k_outside);
    for (std::size_t i = sums; squares && i < order.size(); ++i)
      if (order[i].stride == near) order[i] = {std::max(order[i].extent / lanes_, 1.0), lanes_ * near};
    order.insert(order.end(), outside.begin(), outside.end());
    order.insert(order.end(), k_outside.begin(), k_outside.end());
    if (first) order.push_back({n_blocks_, 0});
    walk(order, batch_, stride, element);
    return lines_fetched(order, element, cache);
  }
  bool packs_by_depth(const Side& side, Stride ir::Loop::*stride) const {
    const bool group = stride == &ir::Loop::b && tiling_.group != 0 && !tiling_.turned;
    return !group && side.inner().*stride != 1 && depth_run_of(k_, stride, a_unit_) >= lanes_;
  }
  // Rows of an operand that are read in place and leave nothing out come as fast as memory gives them.
  bool reads_in_order(const Side& side, Stride ir::Loop::*stride) const {
    return side.loops.size() == 1 && k_.loops.size() == 1 && side.inner().*stride == (stride == &ir::Loop::a ? static_cast<Stride>(a_unit_) : 1) &&
           static_cast<double>(k_.inner().*stride) == side.extent * (stride == &ir::Loop::a ? a_unit_ : 1);
  }
  double operand_memory(const Side& side, Stride ir::Loop::*stride, double element) const {
    const bool first = stride == &ir::Loop::a, packs = first ? packs_a_ : packs_b_, rows = first && !packs_a_ && side.inner().a != 1;
    const double lines = lines_of_operand(side, stride, element, static_cast<double>(machine_.target.l2_bytes));
    if (!packs && reads_in_order(side, stride)) {
      const double pieces = !first && side.extent > columns_ ? 1.5 : 1;  // a panel leaves out what the next one reads
      return pieces * seconds_at(speeds_.read_bytes, lines * line_bytes, together_, machine_);
    }
    double seconds = seconds_of_lines(rows ? speeds_.row_line_seconds : speeds_.pack_line_seconds, lines, together_, machine_);
    if ((packs || (!first && tiling_.runs_in_place)) && together_ > static_cast<double>(machine_.target.l1_bytes))
      seconds += lines_of_operand(side, stride, element, static_cast<double>(machine_.target.l1_bytes)) * line_bytes / speeds_.l2_bytes;
    return seconds;
  }

  double lines_of_result(double cache) const {
    std::vector<Walk> order, outside, rows, outer_rows;
    if (tiling_.turned) {  // a group is written row by row, each along c first
      walk(outside, n_, &ir::Loop::c, c_element_);
      const auto inside = outside.begin() + (static_cast<Extent>(outside[0].extent) == tiling_.run ? 1 : 2);
      std::rotate(outside.begin(), inside, inside + 1);
      order.assign(outside.begin(), inside + 1);
      walk(order, m_, &ir::Loop::c, c_element_);
      order.insert(order.end(), inside + 1, outside.end());
    } else {
      const double panel = tiling_.run != 0 ? std::min(columns_, static_cast<double>(tiling_.run)) : columns_;
      split(n_, &ir::Loop::c, c_element_, panel, order, outside);
      split(m_, &ir::Loop::c, c_element_, height_, rows, outer_rows);
      order.insert(order.end(), rows.begin(), rows.end());
      order.insert(order.end(), outside.begin(), outside.end());
      order.insert(order.end(), outer_rows.begin(), outer_rows.end());
    }
    order.push_back({k_blocks_ / slices_, 0});
    walk(order, batch_, &ir::Loop::c, c_element_);
    if (slices_ > 1) order.push_back({slices_, batch_.extent * m_.extent * n_.extent * c_element_});
    return lines_fetched(order, c_element_, cache);
  }
  // As runtime/contraction.hpp decides: large results that are written once go around the caches.
  bool goes_around() const {
    const bool floats = instruction_.dtype == DType::f32 || instruction_.dtype == DType::f64;
    return floats && instruction_.c.place == ir::Place::output && instruction_.epilogue < 0 && k_blocks_ == 1 &&
           bytes_of_array(instruction_, &ir::Loop::c, c_element_) > static_cast<double>(ir::stream_bytes) && run_of(n_, &ir::Loop::c) * c_element_ >= line_bytes;
  }
  // Other lines are read before they are written.
  double result_memory(bool apart) const {
    const double lines = (goes_around() ? 1 : 2) * lines_of_result(static_cast<double>(machine_.target.l2_bytes));
    const double behind_l2 = seconds_of_lines(apart ? speeds_.pack_line_seconds : speeds_.line_seconds, lines, together_, machine_);
    const bool near = together_ < static_cast<double>(machine_.target.l1_bytes);
    return behind_l2 + (near ? 0 : lines_of_result(static_cast<double>(machine_.target.l1_bytes)) * speeds_.line_seconds[1]);
  }

  const ir::Instruction& instruction_;
  const Machine& machine_;
  const ir::Speeds& speeds_;
  const ir::Tiling& tiling_;
  Side batch_, m_, n_, k_;
  double lanes_, element_, a_element_, b_element_, c_element_, together_, columns_, n_block_, k_block_, n_blocks_, k_blocks_, tiles_, height_;
  double slices_;  // of the sum
  double a_unit_;  // elements of a number of a: two of a complex one
  double joined_, steps_;  // positions along the sum that a number of a panel holds; numbers that are
  double joined_rows_ = 0;
  double segment_;  // columns that panels go on over
  bool packs_a_, packs_b_;
};

}  // namespace

Work contract_work(const ir::Instruction& instruction, const ir::Executable& executable, const Machine& machine) {
  Work work = Contract(instruction, machine).work();
  if (instruction.epilogue >= 0) {
    const Work map = map_work(instruction, executable.maps[static_cast<std::size_t>(instruction.epilogue)], machine);
    work.arithmetic += map.arithmetic;
  }
  return work;
}

Work small_work(const ir::Instruction& instruction, const Machine& machine) {
  const ir::Speeds& speeds = machine.speeds;
  const Side batch = side_of(instruction, Role::batch), m = side_of(instruction, Role::m), n = side_of(instruction, Role::n), k = side_of(instruction, Role::k);
  const double lanes = machine.lanes(instruction.dtype), element = static_cast<double>(bytes_of(instruction.dtype));
  const auto rows = static_cast<double>(instruction.tiling.rows), columns = static_cast<double>(instruction.tiling.columns);
  const double flops = machine.target.flops({instruction.dtype, instruction.algebra}) * speeds.product_share, vector = 2 * lanes / flops;
  const bool alone = batch.extent == 1;  // tiles of many batches go on side by side: sums wait for nobody
  const double parts_of_a = instruction.tiling.pairs ? 2 : 1;
  const auto step = [&](double height, double vectors) {
    const double numbers = parts_of_a * height;
    return alone ? step_cost(numbers, vectors) : std::max(numbers * vectors, numbers + vectors);
  };
  // In vectors: what a tile takes beside its steps where its kernel does not know their number, for each further run of a second sum, and for a
  // run of batches (one Emerald Rapids core, 2026-11).
  constexpr double unknown_depth = 10, second_sum = 6, batch_run = 76;
  double tiles = 0, cost = 0;
  for (double column = 0; column < n.extent; column += columns) {
    const double vectors = parts(std::min(columns, n.extent - column), lanes);
    const double full = std::floor(m.extent / rows), rest = m.extent - full * rows;
    cost += full * step(rows, vectors) + (rest > 0 ? step(rest, vectors) : 0);
    tiles += full + (rest > 0 ? 1 : 0);
  }
  Work work;
  work.start = speeds.instruction_seconds;
  const bool known = columns <= 8 && columns < lanes && k.extent * parts_of_a == columns;
  const double more = (known ? 0 : unknown_depth) + (k.extent / k.inner_extent() - 1) * second_sum;
  const double runs = batch.extent / batch.inner_extent();
  work.arithmetic = batch.extent * (cost * k.extent * vector + tiles * (alone ? speeds.small_tile_seconds : speeds.batch_seconds + more * vector)) +
                    (runs > 1 ? runs * batch_run * vector : 0);
  if (n.extent > 1 && (n.inner().b != 1 || !n.uniform())) work.packing = batch.extent * n.extent * k.extent * speeds.pack_element_seconds;
  const double read = bytes_of_array(instruction, &ir::Loop::a, element) + bytes_of_array(instruction, &ir::Loop::b, element);
  const double together = read + bytes_of_array(instruction, &ir::Loop::c, element);
  const double memory = together > static_cast<double>(machine.target.l1_bytes)
                            ? seconds_at(speeds.read_bytes, read, together, machine) + seconds_at({speeds.l1_bytes, speeds.l2_bytes, speeds.l3_bytes, speeds.memory_bytes}, together - read, together, machine)
                            : 0;
  work.memory = overlapped(work.arithmetic, memory, 0.35) - work.arithmetic;
  work.spread = batch.extent * m.extent * n.extent * k.extent < least_shared ? 1 : std::min<double>(machine.target.threads, batch.extent);
  return work;
}

// As runtime/small.cpp: DirectCall.
bool runs_directly(const ir::Executable& executable, const Machine& machine) {
  if (executable.code.size() != 1) return false;
  const ir::Instruction& only = executable.code[0];
  if (only.kernel != ir::Kernel::small || only.algebra != Algebra::plus_times || only.epilogue >= 0) return false;
  const Side n = side_of(only, Role::n);
  const bool whole = machine.target.vector_bytes == 64 || static_cast<Extent>(n.extent) % static_cast<Extent>(std::min(machine.lanes(only.dtype), static_cast<double>(only.tiling.columns))) == 0;
  return side_of(only, Role::batch).extent == 1 && (n.extent == 1 || (n.inner().b == 1 && n.uniform())) && whole;
}

}  // namespace einc::predict
