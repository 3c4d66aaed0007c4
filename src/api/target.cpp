#include "api/target.hpp"

#include <algorithm>

#include <einc/cpu.hpp>
#include <einc/element_types.hpp>

namespace einc::api {
namespace {

// The model: rates of a typical server core of the last decade, where nothing was measured. Orders of contraction depend on
// their ratios only. The figures they are near to were measured on a 2-core Emerald Rapids (AVX-512), 2026-11: 176 GFLOP/s in
// f32, 14 GB/s of memory a core, about 1 us to wake a second thread.
constexpr double clock_hz = 2.8e9;
constexpr double multiply_adds_a_cycle = 2;   // vector units
constexpr double memory_bytes_a_second = 14e9;
constexpr double l2_bytes_a_cycle = 32;
constexpr double instruction_seconds = 20e-9;
constexpr double fork_seconds = 1e-6;

template <class T>
ir::TileShape tile_of(ir::NumberKind kind, const kernels::ContractKernels<T>& kernels) {
  return {kind, kernels.rows, kernels.columns};
}

}  // namespace

ir::Target make_target(const kernels::KernelTable& table, int threads) {
  const Cpu& cpu = this_cpu();
  ir::Target target;
  target.isa = table.isa;
  target.vector_bytes = table.vector_bytes;
  if (cpu.l1_bytes > 0) target.l1_bytes = cpu.l1_bytes;
  if (cpu.l2_bytes > 0) target.l2_bytes = cpu.l2_bytes;
  target.l3_bytes = std::max(cpu.l3_bytes, target.l2_bytes);
  target.threads = threads;
  const kernels::IntegerKernels& integers = *table.integers;
  const kernels::SemiringKernels& semirings = *table.semirings;
  target.tiles = {tile_of(DType::f32, table.contract_f32), tile_of(DType::f64, table.contract_f64)};
  for (DType dtype : {DType::i8, DType::u8}) target.tiles.push_back(tile_of(dtype, integers.u8.contract));
  for (DType dtype : {DType::i16, DType::u16}) target.tiles.push_back(tile_of(dtype, integers.u16.contract));
  for (DType dtype : {DType::i32, DType::u32}) target.tiles.push_back(tile_of(dtype, integers.u32.contract));
  for (DType dtype : {DType::i64, DType::u64}) target.tiles.push_back(tile_of(dtype, integers.u64.contract));
  target.tiles.push_back(tile_of(DType::boolean, integers.boolean.contract));
  target.tiles.push_back(tile_of({DType::f32, Algebra::max_plus}, semirings.max_plus_f32.contract));
  target.tiles.push_back(tile_of({DType::f64, Algebra::max_plus}, semirings.max_plus_f64.contract));
  target.tiles.push_back(tile_of({DType::f32, Algebra::min_plus}, semirings.min_plus_f32.contract));
  target.tiles.push_back(tile_of({DType::f64, Algebra::min_plus}, semirings.min_plus_f64.contract));
  target.tiles.push_back(tile_of({DType::f32, Algebra::log_sum_exp}, semirings.log_sum_exp_f32.contract));
  target.tiles.push_back(tile_of({DType::f64, Algebra::log_sum_exp}, semirings.log_sum_exp_f64.contract));
  const double lanes_f32 = static_cast<double>(table.vector_bytes) / 4;
  target.speeds.f32_flops = clock_hz * multiply_adds_a_cycle * 2 * lanes_f32;
  target.speeds.f64_flops = target.speeds.f32_flops / 2;
  target.speeds.memory_bytes = memory_bytes_a_second;
  target.speeds.l2_bytes = clock_hz * l2_bytes_a_cycle;
  target.speeds.instruction_seconds = instruction_seconds;
  target.speeds.fork_seconds = fork_seconds;
  return target;
}

}  // namespace einc::api
