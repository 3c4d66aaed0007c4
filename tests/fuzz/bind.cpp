// bind.cpp: text, shapes and strides from bytes through the whole compiler: a plan that verifies, or an Error. Never InternalError.
// SPDX-License-Identifier: BSD-3-Clause
#include <string>
#include <vector>

#include <einc/einsum.hpp>
#include <einc/subscripts.hpp>

#include "fuzz/fuzz.hpp"
#include "pipeline.hpp"

namespace {

using namespace einc;

// Mostly letters that are alike, so that labels meet; any byte stays within reach.
std::string read_text(fuzz::Bytes& bytes) {
  static constexpr std::string_view usual = "ijkab,.->[] ,-.";
  const std::size_t length = bytes.below(64);
  const bool raw = bytes.chance(128);
  std::string text(bytes.text(length));
  if (!raw)
    for (char& c : text) c = usual[static_cast<unsigned char>(c) % usual.size()];
  return text;
}

struct Arrays {
  std::vector<Shape> shapes;
  std::vector<Strides> strides;
};

// Arrays that fit the text, unless a byte says otherwise.
Arrays read_arrays(fuzz::Bytes& bytes, const Subscripts& parsed) {
  Arrays arrays;
  std::vector<Extent> extents;
  for (std::size_t i = 0; i < parsed.names.size(); ++i) extents.push_back(static_cast<Extent>(bytes.below(6)));
  for (const SubscriptTerm& term : parsed.operands) {
    Shape shape;
    for (const Subscript& subscript : term.subscripts) {
      const std::size_t count = subscript.ellipsis ? bytes.below(3) : 1;
      for (std::size_t i = 0; i < count; ++i) shape.push_back(subscript.ellipsis || subscript.name >= extents.size() ? 2 : extents[subscript.name]);
    }
    if (bytes.chance(16)) shape.push_back(static_cast<Extent>(bytes.below(6)));
    if (!shape.empty() && bytes.chance(16)) shape[bytes.below(shape.size())] = static_cast<Extent>(bytes.below(8)) - 2;
    if (!shape.empty() && bytes.chance(4)) shape[bytes.below(shape.size())] = Extent{1} << bytes.below(63);
    arrays.strides.push_back(row_major(shape));
    for (Stride& stride : arrays.strides.back())
      if (bytes.chance(48)) stride = static_cast<Stride>(bytes.below(13)) - 6;
    arrays.shapes.push_back(std::move(shape));
  }
  if (bytes.chance(8)) arrays.shapes.emplace_back(), arrays.strides.emplace_back();
  return arrays;
}

ir::Target some_target(fuzz::Bytes& bytes, int threads) {
  const std::size_t lanes = std::size_t{4} << bytes.below(3);
  ir::Target target;
  target.isa = "baseline";
  target.vector_bytes = static_cast<int>(4 * lanes);
  target.threads = threads;
  target.tiles = {{DType::f32, 6, static_cast<int>(2 * lanes)}, {DType::f64, 6, static_cast<int>(lanes)}};
  target.speeds = {1e11, 5e10, 1e10, 1e11, 2e-8, 1e-6};
  return target;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Bytes bytes(data, size);
  Options options;
  options.dtype = bytes.chance(128) ? DType::f32 : DType::f64;
  options.broadcast = bytes.chance(64) ? Broadcast::numpy : Broadcast::strict;
  options.sum_ellipsis = bytes.chance(32);
  options.planner = static_cast<Planner>(bytes.below(4));
  options.threads = static_cast<int>(bytes.below(4));
  options.forbid_fallback = bytes.chance(16);
  const ir::Target target = some_target(bytes, options.threads + 1);
  const std::string text = read_text(bytes);
  const Arrays arrays = read_arrays(bytes, parse_subscripts(text));
  std::vector<bind::Layout> layouts;
  for (std::size_t i = 0; i < arrays.shapes.size(); ++i) layouts.push_back({arrays.shapes[i], arrays.strides[i]});
  try {
    static_cast<void>(compiler::compile({text, layouts}, options, target));
    static_cast<void>(compile(text, arrays.shapes, options).explain());
  } catch (const Error& error) {
    if (error.sentence().empty()) fuzz::fail("an Error says nothing");
    for (const Mark& mark : error.marks())
      if (mark.span.begin > mark.span.end || mark.span.end > error.text().size()) fuzz::fail("a mark leaves the text");
  }
  return 0;
}
