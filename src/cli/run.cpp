// SPDX-License-Identifier: BSD-3-Clause
#include "cli/run.hpp"

#include <algorithm>
#include <complex>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <type_traits>

#include <einc/program.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/npy.hpp"
#include "cli/output_file.hpp"
#include "cli/plan_watch.hpp"
#include "cli/program_file.hpp"

#if __has_include(<xtensor/io/xio.hpp>)  // xtensor 0.26 and later
#include <xtensor/containers/xarray.hpp>
#include <xtensor/io/xio.hpp>
#else
#include <xtensor/xarray.hpp>
#include <xtensor/xio.hpp>
#endif

namespace einc::cli {

namespace {

// A result of any element type.
struct Result {
  DType dtype;
  Shape extents;
  Strides strides;
  std::size_t bytes = 0;
  std::unique_ptr<std::byte[]> elements;

  Result(DType of, const Shape& shape) : dtype(of), extents(shape), strides(row_major(shape)), bytes(bytes_of(of)) {
    for (const Extent extent : extents) bytes *= static_cast<std::size_t>(extent);
    elements = std::make_unique_for_overwrite<std::byte[]>(bytes);
  }
  OutputRef ref() const { return {elements.get(), dtype, extents, strides}; }
};

// Prints elements of T as numbers of Shown.
template <class T, class Shown = T>
void print_as(const Result& result, int precision, std::ostream& out) {
  xt::print_options::set_precision(precision > 0 ? precision : std::max(1, std::numeric_limits<double>::max_digits10 - 2));
  if constexpr (std::is_floating_point_v<Shown>)
    xt::print_options::set_precision(precision > 0 ? precision : std::numeric_limits<Shown>::max_digits10 - 2);
  const std::vector<std::size_t> shape(result.extents.begin(), result.extents.end());
  const auto* const from = reinterpret_cast<const T*>(result.elements.get());
  xt::xarray<Shown> shown = xt::xarray<Shown>::from_shape(shape);
  for (std::size_t i = 0; i < result.bytes / sizeof(T); ++i) shown.storage()[i] = static_cast<Shown>(from[i]);
  out << shown << '\n';
}

void print(const Result& result, int precision, std::ostream& out) {
  switch (result.dtype) {
    case DType::f32: return print_as<float>(result, precision, out);
    case DType::f64: return print_as<double>(result, precision, out);
    case DType::bf16: return print_as<bfloat16, float>(result, precision, out);
    case DType::f16: return print_as<float16, float>(result, precision, out);
    case DType::c64: return print_as<std::complex<float>>(result, precision, out);
    case DType::c128: return print_as<std::complex<double>>(result, precision, out);
    case DType::i8: return print_as<std::int8_t, int>(result, precision, out);
    case DType::i16: return print_as<std::int16_t>(result, precision, out);
    case DType::i32: return print_as<std::int32_t>(result, precision, out);
    case DType::i64: return print_as<std::int64_t>(result, precision, out);
    case DType::u8: return print_as<std::uint8_t, unsigned>(result, precision, out);
    case DType::u16: return print_as<std::uint16_t>(result, precision, out);
    case DType::u32: return print_as<std::uint32_t>(result, precision, out);
    case DType::u64: return print_as<std::uint64_t>(result, precision, out);
    case DType::boolean: return print_as<bool>(result, precision, out);
  }
}

void write(const Result& result, OutputFile& file) {
  const std::string header = make_npy_header(result.dtype, result.extents);
  file.write(header.data(), header.size());
  file.write(result.elements.get(), result.bytes);
}

std::vector<Shape> shapes_of(const std::vector<ArrayRef>& operands) {
  std::vector<Shape> shapes;
  for (const ArrayRef& operand : operands) shapes.emplace_back(operand.extents.begin(), operand.extents.end());
  return shapes;
}

template <class What>  // a text or a program
Compiled planned(const What& what, const std::vector<ArrayRef>& operands, const Options& options) {
  PlanWatch watch(options);
  return compile(what, shapes_of(operands), options, watch.progress());
}

void compute_einsum(const RunRequest& request, const std::vector<ArrayRef>& operands, std::ostream& out) {
  std::optional<OutputFile> file;  // opened first: a place that cannot be written is known before the work
  if (request.outputs.size() > 1) throw Error(ErrorCode::bad_option, fmt::format("an einsum has one result, and {} files are named for it", request.outputs.size()));
  if (!request.outputs.empty()) file.emplace(request.outputs[0]);
  const Compiled compiled = request.text.empty() && !request.options.plan.empty() ? load_plan(request.options.plan, request.options)
                                                                                   : planned(request.text, operands, request.options);
  const Result result(compiled.dtype(), compiled.shape());
  compiled.run(operands, result.ref());
  if (!file) return print(result, request.precision, out);
  write(result, *file);
  file->commit();
}

// The files of a program's outputs, in its order; no path where an output is not wanted.
std::vector<std::string> paths_of_outputs(const std::vector<std::string>& names, const std::vector<std::string>& given) {
  std::vector<std::string> paths(names.size());
  for (const std::string& argument : given) {
    const Named named = parse_named(argument);
    if (named.name.empty() && names.size() != 1)
      throw Error(ErrorCode::bad_option, fmt::format("the program has {} outputs, and `{}` is for none by name", names.size(), argument), {}, {},
                  fmt::format("-o NAME=FILE, once for each of {}", quoted(names)));
    if (named.value.empty()) throw Error(ErrorCode::bad_option, fmt::format("`{}` names no file", argument));
    std::string& path = paths[named.name.empty() ? 0 : place_of(names, named.name, "output")];
    if (!path.empty() || (named.value != "-" && std::find(paths.begin(), paths.end(), named.value) != paths.end()))
      throw Error(ErrorCode::bad_option, path.empty() ? fmt::format("two outputs are to go to `{}`", named.value) : fmt::format("one output is to go to `{}` and to `{}`", path, named.value));
    path = named.value;
  }
  return paths;
}

void compute_program(const RunRequest& request, const Program& program, const std::vector<ArrayRef>& operands, std::ostream& out) {
  const std::vector<std::string> names = program.outputs();
  std::vector<std::optional<OutputFile>> files(names.size());
  const std::vector<std::string> paths = paths_of_outputs(names, request.outputs);
  for (std::size_t i = 0; i < names.size(); ++i)
    if (!paths[i].empty()) files[i].emplace(paths[i]);
  const Compiled compiled = planned(program, operands, request.options);
  std::vector<Result> results;
  std::vector<OutputRef> refs;
  for (const Shape& shape : compiled.shapes()) results.emplace_back(compiled.dtype(), shape);
  for (const Result& result : results) refs.push_back(result.ref());
  compiled.run(operands, refs);
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (files[i]) write(results[i], *files[i]);
    if (!request.outputs.empty()) continue;
    if (names.size() > 1) out << names[i] << '\n';
    print(results[i], request.precision, out);
  }
  for (std::optional<OutputFile>& file : files)
    if (file) file->commit();
}

// The files in the order of the program's inputs.
std::vector<std::string> in_order(const Program& program, const std::vector<std::string>& given) {
  std::vector<Named> arguments;
  for (const std::string& argument : given) arguments.push_back(parse_named(argument));
  std::vector<std::string> paths;
  for (const std::size_t number : assign(program.inputs(), arguments, "input", "file")) paths.push_back(arguments[number].value);
  return paths;
}

}  // namespace

void run(RunRequest request, std::ostream& out) {
  std::optional<Program> program;
  if (!request.program.empty()) {
    program = Program::parse(read_program_file(request.program));
    request.inputs = in_order(*program, request.inputs);
  }
  std::vector<NpyArray> arrays;
  std::vector<ArrayRef> operands;
  for (const std::string& path : request.inputs) arrays.push_back(read_npy(path));
  for (const NpyArray& array : arrays) operands.push_back(array.ref());
  for (const NpyArray& array : arrays) request.options.dtypes.push_back(array.dtype());
  if (!arrays.empty()) request.options.dtype = arrays[0].dtype();
  if (program) compute_program(request, *program, operands, out);
  else compute_einsum(request, operands, out);
}

}  // namespace einc::cli
