// SPDX-License-Identifier: BSD-3-Clause
#include "lower/make_instruction.hpp"

#include <algorithm>
#include <cstdlib>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "ir/sum_form.hpp"
#include "lower/choose_interleaved.hpp"
#include "lower/choose_small.hpp"
#include "lower/choose_tiles.hpp"
#include "lower/complex_parts.hpp"

namespace einc::lower {
namespace {

using ir::Kernel;
using ir::Role;

// The kernel family of a step on two arrays, and why.
std::pair<Kernel, std::string> kernel_for(const ContractExtents& extents) {
  if (extents.k == 1) return {Kernel::multiply, extents.m > 1 && extents.n > 1 ? "an outer product: nothing is summed" : "an elementwise product: nothing is summed"};
  if (extents.m == 1 && extents.n == 1) return {Kernel::dot, "both arrays are summed away: a dot product, bound by reading"};
  if (extents.n == 1) return {Kernel::matvec, "one free side only: each element of the larger array is used once, so it is read in place"};
  return {Kernel::contract, {}};
}

// Neither array has a side of its own: then halves are the first.
bool is_dot(const std::vector<ir::Loop>& loops) {
  const ContractExtents extents = extents_by_role(loops);
  return extents.m == 1 && extents.n == 1;
}

void add_frame(ir::Instruction& instruction, const Strided& a, const Strided* b, const Strided& c, Frame frame) {
  if (frame.empty()) return;
  const std::vector<Stride> in_a = frame_strides(a, frame), in_b = b ? frame_strides(*b, frame) : std::vector<Stride>(frame.size(), 0),
                            in_c = frame_strides(c, frame);
  for (std::size_t i = 0; i < frame.size(); ++i) instruction.frame.insert(instruction.frame.end(), {in_a[i], in_b[i], in_c[i]});
}

// Processors have the instruction that multiplies duos at two times, once or half the rate of multiply-adds: no noise comes over the line between.
constexpr double least_duo_rate = 1.4;

bool multiply_bf16(const ir::BufferRef& a, const ir::BufferRef& b, ir::NumberKind kind) { return kind == DType::f32 && a.dtype == DType::bf16 && b.dtype == DType::bf16; }

PackedForm packed_form(const Strided& a, const Strided& b, ir::NumberKind kind, const ir::Target& target) {
  if (takes_as_quads(a, b, kind, target)) return PackedForm::quads;
  return takes_as_duos(a, b, kind, target) ? PackedForm::duos : PackedForm::numbers;
}

// A loop of a map while it is being built: one stride an input, and that of the result.
struct MapLoop {
  Role role;
  Extent extent;
  Stride out;
  std::vector<Stride> in;
};

bool one_loop(const MapLoop& outer, const MapLoop& inner) {
  if (outer.role != inner.role || outer.out != inner.extent * inner.out) return false;
  for (std::size_t i = 0; i < outer.in.size(); ++i)
    if (outer.in[i] != inner.extent * inner.in[i]) return false;
  return true;
}

}  // namespace

std::vector<Stride> frame_strides(const Strided& array, Frame frame) {
  std::vector<Stride> strides;
  for (Label label : frame) strides.push_back(array.buffer.place == ir::Place::tile ? 0 : stride_of(array, label));
  return strides;
}

bool is_contraction(const Strided& lhs, const Strided& rhs, const Strided& out, std::span<const Extent> extents) {
  return kernel_for(extents_by_role(assign_roles(lhs, &rhs, out, extents).loops)).first == Kernel::contract;
}

bool is_plain(const Strided& array) { return !array.buffer.dtype && !array.conjugated; }

bool takes_in_packing(const Strided& array, ir::NumberKind kind) {
  if (is_plain(array)) return true;
  if (kind.algebra != Algebra::plus_times) return false;
  const DType dtype = array.buffer.dtype.value_or(kind.dtype);
  if (is_complex(kind.dtype)) return dtype == kind.dtype || dtype == part_of(kind.dtype);
  return (kind.dtype == DType::f32 || kind.dtype == DType::f64) && (is_half(dtype) || dtype == DType::f32);
}

bool takes_as_quads(const Strided& lhs, const Strided& rhs, ir::NumberKind kind, const ir::Target& target) {
  const auto is_bytes = [](const Strided& array) { return array.buffer.dtype == DType::i8 || array.buffer.dtype == DType::u8; };
  return target.byte_tile && (kind == DType::i32 || kind == ir::NumberKind(DType::u32)) && is_bytes(lhs) && is_bytes(rhs);
}

bool takes_as_duos(const Strided& lhs, const Strided& rhs, ir::NumberKind kind, const ir::Target& target) {
  return target.duo_tile && target.duo_rate >= least_duo_rate && multiply_bf16(lhs.buffer, rhs.buffer, kind);
}

std::string why_not_duos(const ir::BufferRef& a, const ir::BufferRef& b, ir::NumberKind kind, const ir::Target& target) {
  if (!target.duo_tile || target.duo_rate >= least_duo_rate || !multiply_bf16(a, b, kind)) return {};
  return fmt::format("; an instruction for products of bf16 makes {:.2f} times the multiply-adds of f32 here, and is not used", target.duo_rate);
}

bool unit_stride_somewhere(const ir::Instruction& instruction) {
  if (instruction.loops.empty()) return true;
  return std::any_of(instruction.loops.begin(), instruction.loops.end(), [&](const ir::Loop& loop) {
    return std::abs(loop.a) == 1 || std::abs(loop.b) == 1 || std::abs(loop.c) == 1;
  });
}

Made make_contraction(const Strided& lhs, const Strided* rhs, const Strided& out, std::span<const Extent> extents, ir::NumberKind kind,
                      const ir::Target& target, Frame frame, std::span<const Strided> beside, bool spreads) {
  Made made;
  Roles roles = assign_roles(lhs, rhs, out, extents, beside);
  if (rhs && is_complex(kind.dtype) && (roles.swapped ? lhs : *rhs).buffer.dtype) exchange_sides(roles);
  if (rhs && is_plain(lhs) && !is_plain(*rhs) && !is_complex(kind.dtype) && is_dot(roles.loops)) exchange_sides(roles);
  ir::Instruction& instruction = made.instruction;
  const Strided& a = roles.swapped ? *rhs : lhs;
  const Strided* b = roles.swapped ? &lhs : rhs;
  instruction.dtype = kind.dtype;
  instruction.algebra = kind.algebra;
  instruction.a = a.buffer;
  if (b) instruction.b = b->buffer;
  instruction.c = out.buffer;
  instruction.loops = roles.loops;
  made.labels = roles.labels;
  add_frame(instruction, a, b, out, frame);
  const ContractExtents by_role = extents_by_role(instruction.loops);
  if (!rhs) {
    instruction.kernel = by_role.k > 1 ? Kernel::reduce : Kernel::permute;
    made.reason = by_role.k > 1 ? fmt::format("a sum over one array, bound by reading; {}", ir::text_of(ir::sum_form(instruction))) : "a copy into another order of labels";
    return made;
  }
  std::tie(instruction.kernel, made.reason) = kernel_for(by_role);
  if (instruction.kernel == Kernel::dot || instruction.kernel == Kernel::matvec) made.reason += fmt::format("; {}", ir::text_of(ir::sum_form(instruction)));
  if (instruction.kernel != Kernel::contract) return made;
  const bool complex = is_complex(kind.dtype), usual = kind.algebra == Algebra::plus_times && (complex || kind.dtype == DType::f32 || kind.dtype == DType::f64);
  const auto as_it_is = [&](const Strided& array) { return complex ? !array.buffer.dtype : is_plain(array); };  // tiles conjugate
  const bool plain = usual && as_it_is(a) && as_it_is(*b) && is_plain(out);
  const std::optional<TileChoice> interleaved = plain ? choose_interleaved(instruction.loops, kind, target) : std::nullopt;
  std::optional<SmallChoice> small = plain && !interleaved ? choose_small(roles, kind, target, spreads && frame.empty()) : std::nullopt;
  TileChoice choice;
  if (interleaved) {
    instruction.kernel = Kernel::interleaved;
    choice = complex ? interleave_parts(instruction, a, *b, *interleaved) : *interleaved;
  } else if (small) {
    instruction.kernel = Kernel::small;
    instruction.loops = std::move(small->loops), made.labels = std::move(small->labels);
    choice = complex ? small_in_parts(instruction, a, *b, small->tiles) : small->tiles;
  } else {
    choice = complex ? contract_in_parts(instruction, a, *b, target) : choose_tiles(by_role, kind, target, packed_form(a, *b, kind, target));
  }
  instruction.tiling = choice.tiling;
  made.scratch_bytes = choice.scratch_bytes;
  made.reason = std::move(choice.reason);
  made.reason += why_not_duos(a.buffer, b->buffer, kind, target);
  return made;
}

MadeMap make_map(const std::vector<MapSource>& inputs, ir::ScalarCode code, ir::Fold fold, const Strided& out,
                 std::span<const Extent> extents, DType dtype, Frame frame) {
  ir::Term labels = out.labels;
  for (const MapSource& input : inputs)
    for (Label label : input.array.labels)
      if (std::find(labels.begin(), labels.end(), label) == labels.end()) labels.push_back(label);
  std::vector<MapLoop> loops;
  for (Label label : labels) {
    if (extents[label] == 1) continue;
    const bool kept = std::find(out.labels.begin(), out.labels.end(), label) != out.labels.end();
    MapLoop loop{kept ? Role::m : Role::k, extents[label], stride_of(out, label), {}};
    for (const MapSource& input : inputs) loop.in.push_back(stride_of(input.array, label));
    loops.push_back(std::move(loop));
  }
  const auto reach = [](const MapLoop& loop) {
    Stride sum = 0;
    for (Stride stride : loop.in) sum += std::abs(stride);
    return sum;
  };
  std::stable_sort(loops.begin(), loops.end(), [&](const MapLoop& x, const MapLoop& y) {
    if (x.role != y.role) return x.role < y.role;
    return x.role == Role::k ? reach(x) > reach(y) : std::abs(x.out) > std::abs(y.out);
  });
  std::vector<MapLoop> merged;
  for (MapLoop& loop : loops) {
    if (!merged.empty() && one_loop(merged.back(), loop)) {
      loop.extent *= merged.back().extent;
      merged.back() = std::move(loop);
    } else {
      merged.push_back(std::move(loop));
    }
  }
  MadeMap result;
  ir::Instruction& instruction = result.made.instruction;
  instruction.kernel = Kernel::map;
  instruction.dtype = dtype;
  instruction.c = out.buffer;
  add_frame(instruction, {}, nullptr, out, frame);
  for (const MapLoop& loop : merged) instruction.loops.push_back({loop.role, loop.extent, 0, 0, loop.out});
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    ir::MapInput input{inputs[i].position, inputs[i].array.buffer, {}, frame_strides(inputs[i].array, frame)};
    for (const MapLoop& loop : merged) input.strides.push_back(loop.in[i]);
    result.map.inputs.push_back(std::move(input));
  }
  result.map.code = std::move(code);
  result.map.fold = fold;
  result.made.reason = fold == ir::Fold::none ? "one pass: every array is read once, what lies between stays in the first-level cache"
                                              : "one pass: what is brought down is never written";
  return result;
}

}  // namespace einc::lower
