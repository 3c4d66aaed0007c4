// program.cpp: any bytes as a program text: an Error, or a program that prints as itself, compiles or is refused, and runs.
// SPDX-License-Identifier: BSD-3-Clause
#include <string>
#include <vector>

#include <einc/gradients.hpp>

#include "fuzz/fuzz.hpp"
#include "ir/program_access.hpp"

namespace {

using namespace einc;

constexpr double most_elements = 1e5, most_flops = 1e7;
constexpr std::int64_t most_bytes = 1 << 24;

// The extent of a label is worked out from its name, so that equal names agree; some labels differ on purpose.
Extent extent_of(const std::string& label, unsigned salt) {
  unsigned hash = salt;
  for (const char c : label) hash = 31 * hash + static_cast<unsigned char>(c);
  return static_cast<Extent>(hash % 6);
}

std::vector<Shape> shapes_of(const Program& program, unsigned salt) {
  std::vector<Shape> shapes;
  for (const ir::Node& node : ProgramAccess::program(program)->nodes) {
    if (node.kind != ir::NodeKind::input) continue;
    Shape& shape = shapes.emplace_back();
    for (const std::string& label : node.labels) shape.push_back(extent_of(label, salt));
  }
  return shapes;
}

template <class T>
Array<T> numbered(const Shape& shape) {
  Array<T> array(shape);
  for (std::size_t n = 0; n < array.size(); ++n) array[n] = static_cast<T>(static_cast<double>(n % 9) / 4 - 1);
  return array;
}

bool is_small(const Compiled& compiled) {
  double elements = 0;
  for (const Shape& shape : compiled.shapes()) {
    double product = 1;
    for (const Extent extent : shape) product *= static_cast<double>(extent);
    elements += product;
  }
  const PlanSummary& plan = compiled.plan();
  return elements <= most_elements && plan.flops <= most_flops && plan.bytes <= 1e8 && plan.arena_bytes <= most_bytes && plan.scratch_bytes <= most_bytes;
}

template <class T>
void run(const Compiled& compiled, const std::vector<Shape>& shapes) {
  std::vector<Array<T>> arrays, results;
  std::vector<ArrayRef> refs;
  std::vector<OutputRef> outs;
  for (const Shape& shape : shapes) arrays.push_back(numbered<T>(shape));
  for (const Shape& shape : compiled.shapes()) results.emplace_back(shape);
  for (const Array<T>& array : arrays) refs.push_back({array.data(), dtype_of<T>, array.extents(), array.strides()});
  for (Array<T>& result : results) outs.push_back({result.data(), dtype_of<T>, result.extents(), result.strides()});
  compiled.run(refs, outs);
}

void compile_and_run(const Program& program, const std::vector<Shape>& shapes, const Options& options) {
  try {
    const Compiled compiled = compile(program, shapes, options);
    static_cast<void>(compiled.explain());
    if (!is_small(compiled)) return;
    if (options.dtype == DType::f32) run<float>(compiled, shapes);
    else run<double>(compiled, shapes);
  } catch (const Error& error) {
    if (error.sentence().empty()) fuzz::fail("an Error says nothing");
  }
}

// The gradients of any program are a program: it prints, reads back, and runs for arrays that fit.
void differentiate(const Program& program, unsigned salt) {
  if (program.outputs().empty()) return;
  const Program gradients = grad(program, program.outputs()[0]);
  const std::string printed = gradients.text();
  try {
    if (Program::parse(printed).text() != printed) fuzz::fail("printed and read twice, gradients are others:\n" + printed);
  } catch (const Error& error) {
    fuzz::fail("printed gradients cannot be read:\n" + printed + "\n" + error.what());
  }
  compile_and_run(gradients, shapes_of(gradients, salt), {.dtype = DType::f64, .stream = salt % 2 == 0 ? Stream::allow : Stream::require, .threads = 1});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 4096) return 0;
  fuzz::Bytes bytes(data, size);
  const unsigned salt = bytes.byte();
  const std::string text(bytes.text());
  Program program;
  try {
    program = Program::parse(text);
  } catch (const Error& error) {
    for (const Mark& mark : error.marks())
      if (mark.span.begin > mark.span.end || mark.span.end > error.text().size()) fuzz::fail("a mark leaves the text");
    return 0;
  }
  const std::string printed = program.text();
  try {
    const Program again = Program::parse(printed);
    if (again.text() != printed) fuzz::fail("printed and read twice, a program is another:\n" + printed + "\nbecomes\n" + again.text());
  } catch (const Error& error) {
    fuzz::fail("a printed program cannot be read:\n" + printed + "\n" + error.what());
  }
  const std::vector<Shape> shapes = shapes_of(program, salt);
  const DType dtype = salt % 2 == 0 ? DType::f32 : DType::f64;
  compile_and_run(program, shapes, {.dtype = dtype, .threads = 1 + static_cast<int>(salt % 3)});
  compile_and_run(program, shapes, {.dtype = dtype, .stream = salt % 4 < 2 ? Stream::forbid : Stream::require, .threads = 1});
  differentiate(program, salt);
  return 0;
}
