#include "api/target.hpp"

#include <algorithm>

#include <einc/cpu.hpp>
#include <einc/element_types.hpp>

#include "api/calibration.hpp"
#include "api/duo_rate.hpp"

namespace einc::api {
namespace {

template <class T>
ir::TileShape tile_of(ir::NumberKind kind, const kernels::ContractKernels<T>& kernels) {
  return {kind, kernels.rows, kernels.columns};
}

}  // namespace

ir::Target make_target(const kernels::KernelTable& table, int threads, const std::string& calibration) {
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
  target.tiles.push_back({DType::c64, table.complex->pairs_f32.rows, table.contract_f32.columns / 2});
  target.tiles.push_back({DType::c128, table.complex->pairs_f64.rows, table.contract_f64.columns / 2});
  target.tiles.push_back(tile_of({DType::f32, Algebra::max_plus}, semirings.max_plus_f32.contract));
  target.tiles.push_back(tile_of({DType::f64, Algebra::max_plus}, semirings.max_plus_f64.contract));
  target.tiles.push_back(tile_of({DType::f32, Algebra::min_plus}, semirings.min_plus_f32.contract));
  target.tiles.push_back(tile_of({DType::f64, Algebra::min_plus}, semirings.min_plus_f64.contract));
  target.tiles.push_back(tile_of({DType::f32, Algebra::log_sum_exp}, semirings.log_sum_exp_f32.contract));
  target.tiles.push_back(tile_of({DType::f64, Algebra::log_sum_exp}, semirings.log_sum_exp_f64.contract));
  if (integers.quads.pack_rows != nullptr) target.byte_tile = {DType::i32, kernels::QuadKernels::rows, integers.u32.contract.columns};
  if (table.duos != nullptr) target.duo_tile = tile_of(DType::f32, table.contract_f32), target.duo_rate = duo_rate(table);
  if (table.contract_f32.joined[0][0] != nullptr)
    for (const kernels::JoinedShape& shape : table.contract_f32.joined_shapes) target.joined.push_back({shape.runs, shape.vectors, shape.most_rows});
  FoundSpeeds found = find_speeds(calibration, table);
  target.speeds = found.speeds;
  target.speeds_from = std::move(found.from);
  return target;
}

}  // namespace einc::api
