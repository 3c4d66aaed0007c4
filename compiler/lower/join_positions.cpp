// SPDX-License-Identifier: BSD-3-Clause
#include "lower/join_positions.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

namespace einc::lower {
namespace {

using ir::Function;

constexpr double largest_shift = 1 << 24;  // whole numbers up to here are exact in f32

// What an operation gives, if that is a position.
std::optional<Strided> position_of(const MapParts& map, const ir::ScalarOp& op) {
  if (op.function == Function::argument && map.inputs[op.in[0]].position) return map.inputs[op.in[0]].array;
  if (op.function != Function::constant || std::floor(op.value) != op.value || std::abs(op.value) > largest_shift) return {};
  Strided number;
  number.buffer.offset = static_cast<std::int64_t>(op.value);
  return number;
}

Strided plus(Strided x, const Strided& y, Stride sign) {
  x.buffer.offset += sign * y.buffer.offset;
  for (std::size_t i = 0; i < y.labels.size(); ++i) {
    const auto found = std::find(x.labels.begin(), x.labels.end(), y.labels[i]);
    const auto at = static_cast<std::size_t>(found - x.labels.begin());
    if (found == x.labels.end()) x.labels.push_back(y.labels[i]), x.strides.push_back(0);
    x.strides[at] += sign * y.strides[i];
  }
  return x;
}

// Without operations and inputs that nobody needs.
MapParts compact(const MapParts& map) {
  std::vector<bool> used(map.code.size(), false), read(map.inputs.size(), false);
  used.back() = true;
  for (std::size_t i = map.code.size(); i-- > 0;) {
    if (!used[i]) continue;
    const ir::ScalarOp& op = map.code[i];
    if (op.function == Function::argument) read[op.in[0]] = true;
    else for (int j = 0; j < ir::input_count(op.function); ++j) used[op.in[static_cast<std::size_t>(j)]] = true;
  }
  MapParts result;
  std::vector<std::uint32_t> input(map.inputs.size(), 0), place(map.code.size(), 0);
  for (std::size_t i = 0; i < map.inputs.size(); ++i) {
    if (!read[i]) continue;
    input[i] = static_cast<std::uint32_t>(result.inputs.size());
    result.inputs.push_back(map.inputs[i]);
  }
  for (std::size_t i = 0; i < map.code.size(); ++i) {
    if (!used[i]) continue;
    ir::ScalarOp op = map.code[i];
    if (op.function == Function::argument) op.in[0] = input[op.in[0]];
    else for (int j = 0; j < ir::input_count(op.function); ++j) op.in[static_cast<std::size_t>(j)] = place[op.in[static_cast<std::size_t>(j)]];
    place[i] = static_cast<std::uint32_t>(result.code.size());
    result.code.push_back(op);
  }
  return result;
}

}  // namespace

MapParts join_positions(MapParts map, DType dtype) {
  if (dtype != DType::f32 && dtype != DType::f64) return map;
  bool joined = false;
  for (ir::ScalarOp& op : map.code) {
    if (op.function != Function::add && op.function != Function::subtract) continue;
    const ir::ScalarOp &x = map.code[op.in[0]], &y = map.code[op.in[1]];
    if (x.function == Function::constant && y.function == Function::constant) continue;
    const std::optional<Strided> left = position_of(map, x), right = position_of(map, y);
    if (!left || !right) continue;
    const Strided both = plus(*left, *right, op.function == Function::add ? 1 : -1);
    op = {.function = Function::argument, .in = {static_cast<std::uint32_t>(map.inputs.size()), 0, 0}};
    map.inputs.push_back({true, both});
    joined = true;
  }
  return joined ? compact(map) : map;
}

}  // namespace einc::lower
