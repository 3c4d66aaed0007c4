// target.cpp: printing and checking a Target.
// SPDX-License-Identifier: BSD-3-Clause
#include "ir/target.hpp"

#include <cmath>
#include <optional>

#include <fmt/format.h>

#include <einc/error.hpp>

namespace einc::ir {
namespace {

std::optional<std::string> find_fault(const Target& target) {
  if (target.threads < 1) return fmt::format("{} threads", target.threads);
  if (target.vector_bytes < 1) return fmt::format("vectors of {} bytes", target.vector_bytes);
  if (target.l1_bytes < 1 || target.l2_bytes < target.l1_bytes) return "caches that do not grow from l1 to l2";
  for (const TileShape& tile : target.tiles) {
    if (tile.rows < 1 || tile.columns < 1) return fmt::format("a tile of {} x {}", tile.rows, tile.columns);
  }
  if (const auto& tile = target.byte_tile; tile && (tile->rows < 1 || tile->columns < 1)) return fmt::format("a tile of bytes of {} x {}", tile->rows, tile->columns);
  if (const auto& tile = target.duo_tile; tile && (tile->rows < 1 || tile->columns < 1 || !std::isfinite(target.duo_rate))) return fmt::format("a tile of duos of {} x {}, {} times", tile->rows, tile->columns, target.duo_rate);
  for (const JoinedShape& shape : target.joined)
    if (shape.runs < 1 || shape.vectors < 1 || shape.rows < shape.runs) return fmt::format("a tile of {} rows, {} runs in {} vectors", shape.rows, shape.runs, shape.vectors);
  Speeds s = target.speeds;
  for (const SpeedGroup& group : groups_of(s))
    for (std::size_t i = 0; i < group.count; ++i)
      if (!std::isfinite(group.first[i]) || group.first[i] < 0) return fmt::format("a speed that is no number: {}", group.name);
  return {};
}

}  // namespace

std::string name_of(NumberKind kind) {
  if (kind.algebra == Algebra::plus_times) return std::string(einc::name_of(kind.dtype));
  return fmt::format("{} {}", einc::name_of(kind.dtype), einc::name_of(kind.algebra));
}

double Target::flops(NumberKind kind) const {
  const bool wide = kind.dtype == DType::f64 || kind.dtype == DType::c128 || kind.dtype == DType::i64 || kind.dtype == DType::u64;
  return (wide ? speeds.f64_flops : speeds.f32_flops) / cost_of(speeds, kind.dtype, kind.algebra);
}

std::string print(const Target& target) {
  std::string text = fmt::format("target {}: vectors of {} bytes, caches of {} / {} / {} bytes, threads {}\n", target.isa,
                                 target.vector_bytes, target.l1_bytes, target.l2_bytes, target.l3_bytes, target.threads);
  for (const TileShape& tile : target.tiles) {
    text += fmt::format("  tile {} {}x{}\n", name_of(tile.kind), tile.rows, tile.columns);
  }
  if (target.byte_tile) text += fmt::format("  tile {} {}x{} of bytes\n", name_of(target.byte_tile->kind), target.byte_tile->rows, target.byte_tile->columns);
  if (target.duo_tile) text += fmt::format("  tile {} {}x{} of bf16, {:.2f} times the multiply-adds\n", name_of(target.duo_tile->kind), target.duo_tile->rows, target.duo_tile->columns, target.duo_rate);
  for (const JoinedShape& shape : target.joined) text += fmt::format("  tile of {} rows, {} runs in {} vectors\n", shape.rows, shape.runs, shape.vectors);
  const Speeds& s = target.speeds;
  text += fmt::format("  f32 {:.4g} GFLOP/s, f64 {:.4g} GFLOP/s, memory {:.4g} GB/s, l2 {:.4g} GB/s, instruction {:.3g} us, fork {:.3g} us\n",
                      s.f32_flops * 1e-9, s.f64_flops * 1e-9, s.memory_bytes * 1e-9, s.l2_bytes * 1e-9,
                      s.instruction_seconds * 1e6, s.fork_seconds * 1e6);
  return text;
}

void verify(const Target& target) {
  if (auto fault = find_fault(target)) throw InternalError(fmt::format("bad target: {}\n{}", *fault, print(target)));
}

}  // namespace einc::ir
