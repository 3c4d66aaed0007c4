// SPDX-License-Identifier: BSD-3-Clause
#include "lower/take_types.hpp"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <numeric>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lower/complex_parts.hpp"

namespace einc::lower {
namespace {

using ir::Function;

bool is_real(const Strided& array) { return array.buffer.dtype && !is_complex(*array.buffer.dtype); }

bool is_half_array(const Strided& array) { return array.buffer.dtype && is_half(*array.buffer.dtype) && !array.conjugated; }

// A sum over halves, or over their products with halves of the same type or with floats, without two free sides. Floats are the
// smaller array: it is read again and again, the halves once.
bool sums_halves(const Strided& lhs, const Strided* rhs, const Strided& out, std::span<const Extent> extents) {
  if (!is_half_array(lhs) && (!rhs || !is_half_array(*rhs))) return false;
  if (rhs && lhs.buffer.dtype != rhs->buffer.dtype && !is_plain(lhs) && !is_plain(*rhs)) return false;
  const Roles roles = assign_roles(lhs, rhs, out, extents);
  const ContractExtents by_role = extents_by_role(roles.loops);
  if (by_role.k <= 1 || (rhs && is_contraction(lhs, *rhs, out, extents))) return false;
  return !rhs || by_role.m == 1 || is_half_array(roles.swapped ? *rhs : lhs);
}

// Code with every `argument i` replaced by result in[i] of what stands before it.
void append(ir::ScalarCode& code, const ir::ScalarCode& function, const std::uint32_t (&in)[2]) {
  const auto base = static_cast<std::uint32_t>(code.size());
  std::vector<std::uint32_t> place(function.size());
  std::uint32_t next = base;
  for (std::size_t i = 0; i < function.size(); ++i) {
    ir::ScalarOp op = function[i];
    if (op.function == Function::argument) {
      place[i] = in[op.in[0]];
      continue;
    }
    for (int j = 0; j < ir::input_count(op.function); ++j) op.in[static_cast<std::size_t>(j)] = place[op.in[static_cast<std::size_t>(j)]];
    place[i] = next++;
    code.push_back(op);
  }
  if (!function.empty() && function.back().function == Function::argument)  // the function is one of its arguments
    std::swap(code[place.back()], code.back());
}

}  // namespace

Taking take_types(const Strided& lhs, const Strided* rhs, const Strided& out, std::span<const Extent> extents, ir::NumberKind kind, const ir::Target& target) {
  if (kind.algebra == Algebra::custom) return {.as_map = true};
  if (is_plain(lhs) && (!rhs || is_plain(*rhs)) && is_plain(out)) return {};
  const bool same_type = lhs.buffer.dtype && lhs.buffer.dtype == out.buffer.dtype && !lhs.conjugated;
  const auto kept = [&](Label label) { return std::find(out.labels.begin(), out.labels.end(), label) != out.labels.end(); };
  if (!rhs && same_type && std::all_of(lhs.labels.begin(), lhs.labels.end(), kept)) return {.as_copy = true};
  if (kind.algebra != Algebra::plus_times) return {.converts_lhs = !is_plain(lhs), .converts_rhs = rhs && !is_plain(*rhs)};
  if (kind.dtype == DType::f32 && sums_halves(lhs, rhs, out, extents)) return {.as_sums = true};
  if (!rhs || !is_contraction(lhs, *rhs, out, extents)) return {.as_map = true};
  if (takes_as_quads(lhs, *rhs, kind, target)) return {};
  Taking taking{.converts_lhs = !takes_in_packing(lhs, kind), .converts_rhs = !takes_in_packing(*rhs, kind)};
  if (!is_complex(kind.dtype)) return taking;
  const bool real_lhs = !taking.converts_lhs && is_real(lhs), real_rhs = !taking.converts_rhs && is_real(*rhs);
  if (real_lhs && (real_rhs || rhs->conjugated)) taking.converts_rhs = true;
  if (real_rhs && lhs.conjugated) taking.converts_lhs = true;
  return taking;
}

MadeMap make_product_map(const Strided& lhs, const Strided* rhs, const Strided& out, std::span<const Extent> extents, DType dtype,
                         const ir::Arithmetic& arithmetic, Frame frame) {
  std::vector<MapSource> inputs{{false, lhs}};
  if (rhs) inputs.push_back({false, *rhs});
  ir::ScalarCode code;
  std::uint32_t factors[2] = {0, 0};
  for (std::uint32_t i = 0; i < inputs.size(); ++i) {
    code.push_back({.function = Function::argument, .in = {i, 0, 0}});
    if (inputs[i].array.conjugated) code.push_back({.function = Function::conjugate, .in = {static_cast<std::uint32_t>(code.size() - 1), 0, 0}});
    factors[i] = static_cast<std::uint32_t>(code.size() - 1);
  }
  const bool custom = arithmetic.algebra == Algebra::custom;
  if (rhs && custom) append(code, arithmetic.multiply, factors);
  else if (rhs) code.push_back({.function = Function::multiply, .in = {factors[0], factors[1], 0}});
  MadeMap made = make_map(inputs, std::move(code), custom ? ir::Fold::custom : ir::Fold::sum, out, extents, dtype, frame);
  const bool folds = std::any_of(made.made.instruction.loops.begin(), made.made.instruction.loops.end(), [](const ir::Loop& loop) { return loop.role == ir::Role::k; });
  if (!folds) made.map.fold = ir::Fold::none;
  if (custom) made.map.combine = arithmetic.add, made.map.neutral = arithmetic.zero;
  made.made.reason = custom ? "the functions of the semiring run over vectors in the first-level cache"
                            : fmt::format("each array is read in its own type and taken into {} in the first-level cache", name_of(dtype));
  return made;
}

MadeMap make_copy(const Strided& array, const Strided& out, std::span<const Extent> extents, DType dtype, const ir::Target& target) {
  MadeMap made = make_product_map(array, nullptr, out, extents, dtype, {});
  made.made = make_contraction(array, nullptr, out, extents, dtype, target);
  ir::MapInput& input = made.map.inputs[0];
  input.strides.clear();
  for (const ir::Loop& loop : made.made.instruction.loops) input.strides.push_back(loop.a);
  made.made.reason = fmt::format("a copy into another order of labels: elements of {} move as they are", name_of(*out.buffer.dtype));
  return made;
}

std::string where_taken(std::span<const ir::Instruction> code, std::span<const ir::Map> maps, const ir::Target& target) {
  constexpr std::string_view places[] = {"in tiles that multiply two at a time", "while contractions pack", "in registers", "in the first-level cache"};
  bool taken[std::size(places)] = {};
  std::string refused;
  std::vector<std::string_view> types;
  const auto take = [&](const std::optional<DType>& dtype, std::size_t place) {
    if (!dtype) return;
    taken[place] = true;
    if (std::find(types.begin(), types.end(), name_of(*dtype)) == types.end()) types.push_back(name_of(*dtype));
  };
  for (const ir::Instruction& each : code) {
    const bool contracts = each.kernel == ir::Kernel::contract, as_map = each.kernel == ir::Kernel::map || each.kernel == ir::Kernel::gather;
    const std::size_t place = contracts ? (each.tiling.duos ? 0 : 1) : as_map ? 3 : 2;
    if (contracts && refused.empty()) refused = why_not_duos(each.a, each.b, {each.dtype, each.algebra}, target);
    take(each.a.dtype, place), take(each.b.dtype, place);
    if (each.kernel != ir::Kernel::map) continue;
    for (const ir::MapInput& input : maps[each.detail].inputs) take(input.array.dtype, place);
  }
  if (types.empty()) return {};
  std::vector<std::string_view> named;
  for (std::size_t place = 0; place < std::size(places); ++place)
    if (taken[place]) named.push_back(places[place]);
  return fmt::format("; {} become{} {} {}{}", fmt::join(types, " and "), types.size() == 1 ? "s" : "", name_of(code[0].dtype), fmt::join(named, ", "), refused);
}

ir::Term labels_in_memory(const Strided& array) {
  std::vector<std::size_t> order(array.labels.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::erase_if(order, [&](std::size_t i) { return array.strides[i] == 0; });
  std::stable_sort(order.begin(), order.end(), [&](std::size_t x, std::size_t y) { return std::abs(array.strides[x]) > std::abs(array.strides[y]); });
  ir::Term labels;
  for (std::size_t i : order) labels.push_back(array.labels[i]);
  return labels;
}

void split_repeated(const Strided& array, Strided& varying, Strided& repeated) {
  varying = repeated = {{}, {}, array.buffer, array.conjugated};
  for (std::size_t i = 0; i < array.labels.size(); ++i) {
    Strided& side = array.strides[i] == 0 ? repeated : varying;
    side.labels.push_back(array.labels[i]);
    side.strides.push_back(array.strides[i]);
  }
}

}  // namespace einc::lower
