// speeds.cpp: the names and bounds of all figures, and the general model, with the source of every number.
// SPDX-License-Identifier: BSD-3-Clause
#include "ir/speeds.hpp"

#include <algorithm>
#include <cmath>

#include "ir/scalar_code.hpp"

namespace einc::ir {
namespace {

static_assert(std::tuple_size_v<decltype(Speeds::type_costs)> == dtype_count);
static_assert(std::tuple_size_v<decltype(Speeds::algebra_costs)> == static_cast<std::size_t>(Algebra::custom) + 1);
static_assert(std::tuple_size_v<decltype(Speeds::function_seconds)> == static_cast<std::size_t>(Function::select) + 1);

void take(double& figure, double otherwise) {
  if (!(figure > 0)) figure = otherwise;
}

void take(LevelRates& rates, const LevelRates& otherwise) {
  for (std::size_t i = 0; i < cache_levels; ++i) take(rates[i], otherwise[i]);
}

// Multiply-adds of f32 (of f64, if as wide) that a multiply-add of the type takes. A complex one is four real ones. Integers have no fused
// instruction, and 64 bits of them are multiplied in parts. Near to tiles measured on Emerald Rapids (AVX-512), 2026-11.
double usual_cost(DType dtype) {
  switch (dtype) {
    case DType::c64:
    case DType::c128: return 4;
    case DType::i8:
    case DType::u8: return 1;
    case DType::i16:
    case DType::u16: return 1;
    case DType::i32:
    case DType::u32: return 3;
    case DType::i64:
    case DType::u64: return 4;
    case DType::boolean: return 0.5;
    default: return 1;
  }
}

double usual_cost(Algebra algebra) {
  switch (algebra) {
    case Algebra::max_plus:
    case Algebra::min_plus: return 2;
    case Algebra::log_sum_exp: return 24;  // of every product an exponential
    case Algebra::custom: return 8;
    default: return 1;
  }
}

// Cycles of a function of one vector of f32.
double usual_cycles(Function function) {
  switch (function) {
    case Function::argument:
    case Function::constant: return 0.1;
    case Function::exp: return 10;
    case Function::log:
    case Function::sigmoid: return 16;
    case Function::tanh:
    case Function::gelu:
    case Function::erf:
    case Function::sin:
    case Function::cos: return 24;
    case Function::sqrt:
    case Function::divide: return 10;
    case Function::rsqrt: return 14;
    default: return 2;
  }
}

}  // namespace

double cost_of(const Speeds& speeds, DType dtype, Algebra algebra) {
  const double of_type = speeds.type_costs[static_cast<std::size_t>(dtype)], of_algebra = speeds.algebra_costs[static_cast<std::size_t>(algebra)];
  return (of_type > 0 ? of_type : usual_cost(dtype)) * (of_algebra > 0 ? of_algebra : usual_cost(algebra));
}

std::vector<SpeedGroup> groups_of(Speeds& s) {
  constexpr double least_rate = 1e7, most_rate = 1e14, shortest = 1e-13, longest = 1e-2;
  const auto rate = [](std::string_view name, double& first, std::size_t count = 1) { return SpeedGroup{name, &first, count, least_rate, most_rate}; };
  const auto seconds = [](std::string_view name, double& first, std::size_t count = 1) { return SpeedGroup{name, &first, count, shortest, longest}; };
  return {rate("f32_flops", s.f32_flops),
          rate("f64_flops", s.f64_flops),
          rate("memory_bytes", s.memory_bytes),
          rate("l1_bytes", s.l1_bytes),
          rate("l2_bytes", s.l2_bytes),
          rate("l3_bytes", s.l3_bytes),
          rate("read_bytes", s.read_bytes[0], cache_levels),
          rate("write_bytes", s.write_bytes[0], cache_levels),
          rate("turn_bytes", s.turn_bytes[0], cache_levels),
          {"product_share", &s.product_share, 1, 1e-3, 4},
          {"type_costs", s.type_costs.data(), s.type_costs.size(), 1e-2, 1e4},
          {"algebra_costs", s.algebra_costs.data(), s.algebra_costs.size(), 1e-2, 1e4},
          seconds("instruction_seconds", s.instruction_seconds),
          seconds("nest_seconds", s.nest_seconds),
          seconds("sum_seconds", s.sum_seconds),
          seconds("map_seconds", s.map_seconds),
          seconds("fork_seconds", s.fork_seconds),
          seconds("call_seconds", s.call_seconds),
          seconds("direct_seconds", s.direct_seconds),
          seconds("tile_seconds", s.tile_seconds),
          seconds("small_tile_seconds", s.small_tile_seconds),
          seconds("batch_seconds", s.batch_seconds),
          seconds("pack_seconds", s.pack_seconds),
          seconds("pack_turn_seconds", s.pack_turn_seconds),
          seconds("pack_element_seconds", s.pack_element_seconds),
          seconds("convert_seconds", s.convert_seconds),
          seconds("scatter_seconds", s.scatter_seconds),
          seconds("row_seconds", s.row_seconds),
          seconds("element_seconds", s.element_seconds),
          seconds("take_seconds", s.take_seconds),
          seconds("turn_seconds", s.turn_seconds[0], s.turn_seconds.size()),
          {"sum_costs", s.sum_costs.data(), s.sum_costs.size(), 1e-2, 1e4},
          {"l3_share", &s.l3_share, 1, 0.05, 0.8},
          seconds("pack_line_seconds", s.pack_line_seconds[0], cache_levels),
          seconds("row_line_seconds", s.row_line_seconds[0], cache_levels),
          seconds("line_seconds", s.line_seconds[0], cache_levels),
          seconds("function_seconds", s.function_seconds[0], s.function_seconds.size()),
          {"memory_threads", &s.memory_threads, 1, 1, 256}};
}

// Rates of caches in bytes a cycle, costs in cycles: near to what was measured on a 2-core Emerald Rapids (AVX-512), 2026-11, with registers
// of 64 bytes; narrower ones move less a cycle from the caches of a core.
Speeds completed(Speeds s, int vector_bytes) {
  constexpr double usual_clock = 3.2e9;
  const double lanes = vector_bytes / 4.0;
  take(s.f32_flops, usual_clock * 4 * lanes);
  take(s.f64_flops, s.f32_flops / 2);
  const double cycle = 4 * lanes / s.f32_flops, clock = 1 / cycle;  // two multiply-adds a cycle
  const double width = vector_bytes;
  take(s.memory_bytes, 20e9);
  take(s.l1_bytes, width * 1.4 * clock);
  take(s.l2_bytes, std::min(width * 0.8, 26.0) * clock);
  take(s.l3_bytes, 1.8 * s.memory_bytes);
  take(s.read_bytes, {width * 1.8 * clock, std::min(width * 1.5, 50.0) * clock, 1.3 * s.memory_bytes, 0.8 * s.memory_bytes});
  take(s.write_bytes, {width * 1.1 * clock, std::min(width, 16.0) * clock, 0.9 * s.memory_bytes, 0.8 * s.memory_bytes});
  take(s.turn_bytes, {width * 0.5 * clock, std::min(width * 0.4, 16.0) * clock, 1.0 * s.memory_bytes, 0.8 * s.memory_bytes});
  take(s.product_share, 0.87);
  for (std::size_t i = 0; i < s.type_costs.size(); ++i) take(s.type_costs[i], usual_cost(static_cast<DType>(i)));
  for (std::size_t i = 0; i < s.algebra_costs.size(); ++i) take(s.algebra_costs[i], usual_cost(static_cast<Algebra>(i)));
  take(s.instruction_seconds, 100 * cycle);
  take(s.nest_seconds, 400 * cycle);
  take(s.sum_seconds, 600 * cycle);
  take(s.map_seconds, 300 * cycle);
  take(s.fork_seconds, 1e-6);
  take(s.call_seconds, 150 * cycle);
  take(s.direct_seconds, 20 * cycle);
  take(s.tile_seconds, 4.5 * lanes * cycle);
  take(s.small_tile_seconds, 2 * lanes * cycle);
  take(s.batch_seconds, 1 * cycle);
  take(s.pack_seconds, 4 * cycle);
  take(s.pack_turn_seconds, 5 * cycle);
  take(s.pack_element_seconds, 2 * cycle);
  take(s.convert_seconds, 0.5 * cycle);
  take(s.scatter_seconds, 10 * cycle);
  take(s.row_seconds, 6 * cycle);
  take(s.element_seconds, 1.5 * cycle);
  take(s.line_seconds, {2 * cycle, 4 * cycle, 64 / (1.8 * s.memory_bytes), 64 / s.memory_bytes});
  for (std::size_t i = 0; i < s.function_seconds.size(); ++i) take(s.function_seconds[i], usual_cycles(static_cast<Function>(i)) * cycle);
  take(s.pack_line_seconds, {s.line_seconds[0], s.line_seconds[1], 1.5 * s.line_seconds[2], 1.5 * s.line_seconds[3]});
  take(s.row_line_seconds, {s.line_seconds[0], s.line_seconds[1], 2 * s.line_seconds[2], 2 * s.line_seconds[3]});
  take(s.take_seconds, 4 * cycle);
  constexpr double turn_cycles[] = {0.2, 0.3, 0.35, 0.5, 0.6};
  for (std::size_t i = 0; i < s.turn_seconds.size(); ++i) take(s.turn_seconds[i], turn_cycles[i] * cycle);
  for (std::size_t i = 0; i < s.sum_costs.size(); ++i) take(s.sum_costs[i], std::max(1.0, usual_cost(static_cast<DType>(i)) / 2) * (bytes_of(static_cast<DType>(i)) > 1 ? 1 : static_cast<DType>(i) == DType::boolean ? 2 : 8));
  take(s.l3_share, 0.5);
  take(s.memory_threads, 1.9);
  return s;
}

}  // namespace einc::ir
