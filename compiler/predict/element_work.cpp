// element_work.cpp: what goes through memory element by element: sums, products, copies between layouts, gathers.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>

#include "ir/sum_form.hpp"
#include "predict/traffic.hpp"

namespace einc::predict {
namespace {

using ir::Role;

constexpr double least_shared_bytes = 128 << 10, task_bytes = 256 << 10;  // as runtime/loop_nest.hpp: smaller work stays on one thread
constexpr auto page_bytes = static_cast<double>(ir::page_bytes);
constexpr Extent shortest_alone = 32;  // shorter runs of squares are joined, as runtime/permute.cpp does

struct Loops {
  std::vector<ir::Loop> all;  // extents above 1
  double elements = 1, kept = 1;

  explicit Loops(const ir::Instruction& instruction) {
    for (const ir::Loop& loop : instruction.loops) {
      if (loop.extent <= 1) continue;
      all.push_back(loop);
      elements *= static_cast<double>(loop.extent);
      if (loop.role != Role::k) kept *= static_cast<double>(loop.extent);
    }
  }
  double bytes(Stride ir::Loop::*stride, double element) const {
    std::vector<Walk> walks;
    for (const ir::Loop& loop : all) walks.push_back({static_cast<double>(loop.extent), static_cast<double>(loop.*stride) * element});
    return lines_of(std::move(walks), element) * line_bytes;
  }
  // Positions of a loop and those, of others than `apart`, that go on where it ends in one array.
  double joined(const ir::Loop& loop, const ir::Loop& apart, Stride ir::Loop::*stride) const {
    Extent extent = loop.extent;
    for (bool found = true; found;) {
      found = false;
      for (const ir::Loop& other : all)
        if (!found && &other != &apart && other.*stride == loop.*stride * extent) extent *= other.extent, found = true;
    }
    return static_cast<double>(extent);
  }
  // Outer loops that go on where the inner ones end are one with them.
  void merge() {
    std::sort(all.begin(), all.end(), [](const ir::Loop& x, const ir::Loop& y) { return std::abs(x.c) > std::abs(y.c); });
    std::vector<ir::Loop> merged;
    for (const ir::Loop& loop : all) {
      if (!merged.empty()) {
        ir::Loop& outer = merged.back();
        if (outer.a == loop.a * loop.extent && outer.b == loop.b * loop.extent && outer.c == loop.c * loop.extent) {
          outer = {loop.role, outer.extent * loop.extent, loop.a, loop.b, loop.c};
          continue;
        }
      }
      merged.push_back(loop);
    }
    all = std::move(merged);
  }
};

double element_bytes(const ir::Instruction& instruction) { return static_cast<double>(bytes_of(instruction.dtype)); }
double element_bytes(const ir::Instruction& instruction, const ir::BufferRef& array) { return static_cast<double>(bytes_of(array.dtype.value_or(instruction.dtype))); }

double shared_by(double bytes, const Machine& machine) {
  if (bytes < least_shared_bytes) return 1;
  return std::clamp(bytes / task_bytes, 1.0, static_cast<double>(machine.target.threads));
}

// Vectors of f32 that are summed in the time of one of this type.
double sum_cost(const ir::Instruction& instruction, const Machine& machine) {
  return machine.speeds.sum_costs[static_cast<std::size_t>(instruction.dtype)] * machine.speeds.algebra_costs[static_cast<std::size_t>(instruction.algebra)];
}

// The loops of a sum, the innermost first, as the driver of sums goes through them.
std::vector<ir::Loop> order_of_sums(const Loops& loops, ir::SumForm form, const ir::Loop* run, bool product) {
  std::vector<ir::Loop> sums, outputs, order;
  for (const ir::Loop& loop : loops.all)
    if (&loop != run) (loop.role == Role::k ? sums : outputs).push_back(loop);
  const auto nearer = [](const ir::Loop& x, const ir::Loop& y) { return std::pair(std::abs(x.a), std::abs(x.b)) < std::pair(std::abs(y.a), std::abs(y.b)); };
  std::stable_sort(sums.begin(), sums.end(), nearer);
  std::stable_sort(outputs.begin(), outputs.end(), nearer);
  const auto take = [&](std::vector<ir::Loop>& from, std::size_t index) {
    if (index >= from.size()) return;
    order.push_back(from[index]);
    from.erase(from.begin() + static_cast<std::ptrdiff_t>(index));
  };
  const bool beside = run != nullptr && !sums.empty() && !outputs.empty() && std::abs(outputs[0].a) < std::abs(sums[0].a);  // other results between the terms of one
  if (run != nullptr) order.push_back(*run);
  if (form == ir::SumForm::across) {
    constexpr Extent least_results = 4;
    const auto shares = [&](const ir::Loop& loop) { return product && loop.b == 0 && loop.extent >= least_results; };
    const auto shared = static_cast<std::size_t>(std::find_if(outputs.begin(), outputs.end(), shares) - outputs.begin()), result = shared < outputs.size() ? shared : 0;
    if (beside) take(outputs, result), take(sums, 0);
    else take(sums, 0), take(outputs, result);
  } else if (run != nullptr) {
    if (beside) take(outputs, 0);
    take(sums, 0), take(sums, 0);
  } else {
    take(sums, 0), take(sums, 0), take(outputs, 0);
  }
  order.insert(order.end(), sums.begin(), sums.end());
  order.insert(order.end(), outputs.begin(), outputs.end());
  return order;
}

std::vector<Walk> walks_of(const std::vector<ir::Loop>& order, Stride ir::Loop::*stride, double element) {
  std::vector<Walk> walks;
  for (const ir::Loop& loop : order) walks.push_back({static_cast<double>(loop.extent), static_cast<double>(loop.*stride) * element});
  return walks;
}

// Runs of neighbours of a loop: positions of all others.
double runs_of(const Loops& loops, const ir::Loop& run) { return loops.elements / static_cast<double>(run.extent); }

void finish(Work& work, double start, double bytes, const Loops& loops, const Machine& machine) {
  work.start = start_of(start, loops.all.size());
  work.spread = shared_by(bytes, machine);
  work.from_memory = bytes > static_cast<double>(machine.target.l2_bytes);
}

}  // namespace

Work sums_work(const ir::Instruction& instruction, const Machine& machine) {
  const ir::Speeds& speeds = machine.speeds;
  const Loops loops(instruction);
  const bool product = instruction.kernel != ir::Kernel::reduce;
  const double element = element_bytes(instruction, instruction.a), lanes = machine.lanes(instruction.dtype);
  const double a = loops.bytes(&ir::Loop::a, element), b = product ? loops.bytes(&ir::Loop::b, element_bytes(instruction, instruction.b)) : 0, together = a + b;
  const ir::SumForm form = ir::sum_form(instruction);
  const bool sums = form == ir::SumForm::across || form == ir::SumForm::in_order;
  const ir::Loop *across = nullptr, *down = nullptr;
  for (const ir::Loop& loop : loops.all) {
    if (sums && loop.role == Role::k && ir::sums_across(loop, product)) across = &loop;
    if (form != ir::SumForm::any && loop.role != Role::k && (ir::sums_down(loop, product) || (product && loop.b == 1 && loop.a == 0))) down = &loop;
  }
  Work work;
  const double seconds_a_vector = static_cast<double>(machine.target.vector_bytes) / speeds.read_bytes[0] * sum_cost(instruction, machine);
  const double widened = (instruction.a.dtype ? 1 : 0) + (product && instruction.b.dtype ? 1 : 0);  // as long as loading it
  if (across != nullptr) {
    work.arithmetic = runs_of(loops, *across) * std::ceil(static_cast<double>(across->extent) / lanes) * ((product ? 1.5 : 1) + widened) * seconds_a_vector;
    work.arithmetic += runs_of(loops, *across) * speeds.row_seconds;
  } else if (down != nullptr) {
    work.arithmetic = runs_of(loops, *down) * std::ceil(static_cast<double>(down->extent) / lanes) * (product ? 1.7 : 1.5) * seconds_a_vector;
    work.arithmetic += runs_of(loops, *down) * speeds.row_seconds / (product ? 4 : 1);  // which go four at a time
  } else {
    work.arithmetic = loops.elements * speeds.element_seconds;
  }
  const ir::Loop* const run = across != nullptr ? across : down;
  double memory = seconds_at(speeds.read_bytes, together, together, machine);
  if (form != ir::SumForm::in_order) {
    const std::vector<ir::Loop> order = order_of_sums(loops, form, run, product);
    double block = 1;  // positions of up to three loops, of which one is over results
    int results = 0, terms = 0;
    for (const ir::Loop& loop : order)
      if (int& loops_of_role = loop.role == Role::k ? terms : results; loops_of_role < (loop.role == Role::k ? 2 : 1)) block *= static_cast<double>(loop.extent), ++loops_of_role;
    const double rows_of_start = across != nullptr ? 12 : 25;
    work.arithmetic += loops.elements / block * rows_of_start * speeds.row_seconds;
    memory = seconds_in_order(walks_of(order, &ir::Loop::a, element), element, speeds.read_bytes, together, machine);
    if (product) memory += seconds_in_order(walks_of(order, &ir::Loop::b, element), element, speeds.read_bytes, together, machine);
    memory += seconds_in_order(walks_of(order, &ir::Loop::c, element), element, speeds.read_bytes, together, machine);
  }
  work.memory = overlapped(work.arithmetic, memory, 0.6) - work.arithmetic;
  finish(work, speeds.sum_seconds, together, loops, machine);
  return work;
}

// Every vector of b is loaded once, for all rows; what a call begins and ends with is for some keys, and for four rows at a time.
Work few_work(const ir::Instruction& instruction, const Machine& machine) {
  const ir::Speeds& speeds = machine.speeds;
  double rows = 1, read = 1, features = 1;
  for (const ir::Loop& loop : instruction.loops) {
    (loop.role == Role::m ? rows : read) *= static_cast<double>(loop.extent);
    if (loop.b == 1 && loop.role != Role::batch) features = static_cast<double>(loop.extent);
  }
  const double keys = read / features, vectors = keys * std::ceil(features / machine.lanes(instruction.dtype));
  const double load = static_cast<double>(machine.target.vector_bytes) / speeds.read_bytes[0], product = 2 * machine.lanes(instruction.dtype) / machine.target.flops({instruction.dtype, instruction.algebra});
  Work work;
  constexpr double keys_of_call = 16, rows_together = 4, widening = 0.6;  // of what packing takes to widen
  const double waiting = rows > 4 ? 1.3 : 1;  // for sums, which leave their registers between the fours
  work.arithmetic = 1.2 * vectors * (load + waiting * rows * product) + keys / keys_of_call * (1 + rows / rows_together) * speeds.row_seconds +
                    (instruction.b.dtype ? widening * vectors * speeds.convert_seconds : 0);
  work.start = start_of(speeds.sum_seconds, instruction.loops.size());
  return work;
}

namespace {

// A product without a sum, cut as the runtime does: columns along the last loop of c, rows along the one before it, or, where a factor has no run along the
// columns, along that factor's; such factors are turned block by block.
struct ProductBlocks {
  ir::Loop columns{Role::m, 1, 0, 0, 1}, rows{Role::m, 1, 0, 0, 0};
  std::vector<ir::Loop> outer;  // outermost first
  bool in_order = true;
  Extent column_block = 8192, row_block = 64;

  explicit ProductBlocks(const Loops& loops) : outer(loops.all) {
    const auto is_run = [](Stride stride) { return stride == 0 || stride == 1; };
    if (!outer.empty()) columns = outer.back(), outer.pop_back();
    in_order = is_run(columns.a) && is_run(columns.b);
    if (in_order) row_block = std::clamp<Extent>(column_block / columns.extent, 1, row_block);
    else column_block = 64, row_block = 128;
    if (outer.empty()) return;
    auto taken = std::prev(outer.end());
    if (!in_order) {
      const Stride ir::Loop::* const turned = is_run(columns.a) ? &ir::Loop::b : &ir::Loop::a;
      const auto found = std::find_if(outer.begin(), outer.end(), [&](const ir::Loop& loop) { return loop.*turned == 1; });
      if (found != outer.end()) taken = found;
    }
    rows = *taken;
    outer.erase(taken);
  }
  double blocks(double elements) const { return elements / static_cast<double>(std::min(columns.extent, column_block) * std::min(rows.extent, row_block)); }
  std::vector<ir::Loop> innermost_first() const {
    std::vector<ir::Loop> order{columns, rows};
    if (!in_order && columns.extent > column_block) {
      order[0].extent = column_block;
      order.push_back({columns.role, (columns.extent + column_block - 1) / column_block, columns.a * column_block, columns.b * column_block, columns.c * column_block});
    }
    order.insert(order.end(), outer.rbegin(), outer.rend());
    return order;
  }
};

}  // namespace

Work multiply_work(const ir::Instruction& instruction, const Machine& machine) {
  const ir::Speeds& speeds = machine.speeds;
  Loops loops(instruction);
  loops.merge();
  const double element = element_bytes(instruction), lanes = machine.lanes(instruction.dtype);
  const double a = loops.bytes(&ir::Loop::a, element), b = loops.bytes(&ir::Loop::b, element), c = loops.bytes(&ir::Loop::c, element);
  const double together = a + b + c;
  const ProductBlocks blocks(loops);
  const ir::Loop& columns = blocks.columns;
  Work work;
  if (columns.c == 1) {
    const double runs = loops.elements / static_cast<double>(columns.extent);
    work.arithmetic = runs * std::ceil(static_cast<double>(columns.extent) / lanes) * static_cast<double>(machine.target.vector_bytes) / speeds.write_bytes[0] * sum_cost(instruction, machine) +
                      runs * speeds.row_seconds;
    const auto bring = [&](Stride column, Stride row) {
      if (column == 0 || column == 1) return;
      const auto size = static_cast<std::size_t>(std::lround(std::log2(element)));
      const double rows = row == 0 ? static_cast<double>(std::min(blocks.rows.extent, blocks.row_block)) : 1;  // one for all of a block
      work.packing += loops.elements / rows * (row == 1 ? speeds.turn_seconds[size] : speeds.element_seconds);
    };
    bring(columns.a, blocks.rows.a), bring(columns.b, blocks.rows.b);
  } else {
    work.arithmetic = loops.elements * speeds.element_seconds;
  }
  constexpr double rows_of_start = 12;
  work.arithmetic += blocks.blocks(loops.elements) * rows_of_start * speeds.row_seconds;
  const std::vector<ir::Loop> order = blocks.innermost_first();
  const double read = seconds_in_order(walks_of(order, &ir::Loop::a, element), element, speeds.read_bytes, together, machine) +
                      seconds_in_order(walks_of(order, &ir::Loop::b, element), element, speeds.read_bytes, together, machine);
  const double written = seconds_in_order(walks_of(order, &ir::Loop::c, element), element, speeds.write_bytes, together, machine);
  const bool in_cache = together <= static_cast<double>(machine.target.l3_bytes) * speeds.l3_share;
  const double memory = in_cache ? read + written : overlapped(read, written, 0.4);
  work.memory = std::max(0.0, memory - work.arithmetic - work.packing);
  finish(work, speeds.nest_seconds, together, loops, machine);
  return work;
}

Work permute_work(const ir::Instruction& instruction, const Machine& machine) {
  const ir::Speeds& speeds = machine.speeds;
  Loops loops(instruction);
  loops.merge();
  const DType dtype = instruction.a.dtype == instruction.c.dtype ? instruction.a.dtype.value_or(instruction.dtype) : instruction.dtype;  // as they are
  const double element = static_cast<double>(bytes_of(dtype)), lanes = machine.lanes(dtype);
  const double a = loops.bytes(&ir::Loop::a, element), c = loops.bytes(&ir::Loop::c, element), together = a + c;
  Work work;
  const ir::LevelRates copies{speeds.l1_bytes, speeds.l2_bytes, speeds.l3_bytes, speeds.memory_bytes};
  const ir::LevelRates* rates = &copies;
  double conflicts = 1, still_found = 1;
  double cut_lines = 1;  // lines at the ends of runs belong to two; a cache still has them when the other comes
  const bool in_cache = together <= static_cast<double>(machine.target.l3_bytes) * speeds.l3_share;
  const auto ends = [&](double run) { return 1 + (in_cache ? 1 : 2) * line_bytes / (run * element); };
  if (!loops.all.empty()) {
    const ir::Loop& run = loops.all.back();
    const auto turned = std::find_if(loops.all.begin(), loops.all.end() - 1, [](const ir::Loop& loop) { return loop.a == 1; });
    if (run.c == 1 && run.a == 1) {
      work.arithmetic = runs_of(loops, run) * speeds.row_seconds;
      const auto extent = static_cast<double>(run.extent);
      if (loops.all.size() > 1 && std::fmod(extent * element, line_bytes) != 0) cut_lines = std::sqrt(ends(extent));
    } else if (run.c == 1 && turned != loops.all.end() - 1) {
      rates = &speeds.turn_bytes;
      still_found = 0.7;  // much of what a cache cannot hold: squares go to and fro
      const bool joins = run.extent <= shortest_alone;
      const double columns = joins ? loops.joined(run, *turned, &ir::Loop::c) : static_cast<double>(run.extent);
      const double rows = joins ? loops.joined(*turned, run, &ir::Loop::a) : static_cast<double>(turned->extent);
      const double squares = loops.elements / columns / rows * std::ceil(columns / lanes) * std::ceil(rows / lanes);
      const auto size = static_cast<std::size_t>(std::lround(std::log2(element)));
      work.arithmetic = (element < 4 ? loops.elements : squares * lanes * lanes) * speeds.turn_seconds[size];
      // Rows of c whole pages apart meet in a few sets of a cache.
      if (in_cache && together > static_cast<double>(machine.target.l2_bytes) && std::fmod(static_cast<double>(turned->c) * element, page_bytes) == 0) conflicts = 1.5;
      cut_lines = in_cache ? std::pow(ends(static_cast<double>(run.extent)) * ends(static_cast<double>(turned->extent)), 0.15) : std::sqrt(ends(columns) * ends(rows));
      const bool in_place = run.a == turned->extent && turned->c == run.extent;
      if (in_place && static_cast<double>(run.extent * turned->extent) * element <= static_cast<double>(machine.target.l1_bytes)) rates = &copies;  // block by block
    } else {
      constexpr double known_pages = 64 << 20;  // what a processor finds the addresses of without asking
      rates = &speeds.read_bytes;
      work.arithmetic = loops.elements * speeds.element_seconds;
      if (std::abs(static_cast<double>(run.a)) * element >= page_bytes && std::abs(static_cast<double>(run.a)) * element * static_cast<double>(run.extent) > known_pages) work.arithmetic += 2 * loops.elements * speeds.row_line_seconds[3];  // a line of addresses for each line of elements
    }
  }
  const double memory = seconds_at(*rates, together * cut_lines, still_found * together, machine) * conflicts;
  // Columns of small elements that fill a line are more pages than a processor foresees: squares wait for them.
  const bool waits = element < 4 && together > static_cast<double>(machine.target.l2_bytes);
  work.memory = waits ? memory : std::max(0.0, memory - work.arithmetic);
  finish(work, speeds.nest_seconds, together, loops, machine);
  return work;
}

Work fill_work(const ir::Instruction& instruction, const Machine& machine) {
  const Loops loops(instruction);
  const double bytes = loops.bytes(&ir::Loop::c, element_bytes(instruction));
  Work work;
  work.memory = seconds_at(machine.speeds.write_bytes, bytes, bytes, machine);
  finish(work, machine.speeds.nest_seconds, bytes, loops, machine);
  return work;
}

Work gather_work(const ir::Instruction& instruction, const Machine& machine) {
  const Loops loops(instruction);
  const double bytes = loops.bytes(&ir::Loop::c, element_bytes(instruction, instruction.a)) + loops.bytes(&ir::Loop::c, element_bytes(instruction, instruction.c));
  Work work;
  const bool runs = !loops.all.empty() && std::any_of(loops.all.begin(), loops.all.end(), [](const ir::Loop& loop) { return loop.role == Role::m && loop.c == 1 && loop.a == 1; });
  work.arithmetic = runs ? loops.elements / machine.lanes(instruction.dtype) * machine.speeds.pack_seconds : loops.elements * machine.speeds.element_seconds;
  const double memory = bytes / machine.speeds.memory_bytes;
  work.memory = bytes > static_cast<double>(machine.target.l2_bytes) ? std::max(0.0, memory - work.arithmetic) : 0;
  finish(work, machine.speeds.nest_seconds, bytes, loops, machine);
  return work;
}

}  // namespace einc::predict
