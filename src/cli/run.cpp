// SPDX-License-Identifier: BSD-3-Clause
#include "cli/run.hpp"

#include <algorithm>
#include <limits>
#include <optional>

#include <einc/program.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/npy.hpp"
#include "cli/output_file.hpp"
#include "cli/program_file.hpp"

#if __has_include(<xtensor/io/xio.hpp>)  // xtensor 0.26 and later
#include <xtensor/containers/xadapt.hpp>
#include <xtensor/io/xio.hpp>
#else
#include <xtensor/xadapt.hpp>
#include <xtensor/xio.hpp>
#endif

namespace einc::cli {

namespace {

// All files hold one element type. Without files it is f32.
DType common_dtype(const std::vector<NpyArray>& arrays, const std::vector<std::string>& names) {
  for (std::size_t i = 1; i < arrays.size(); ++i)
    if (arrays[i].dtype() != arrays[0].dtype())
      throw Error(ErrorCode::dtype_mismatch,
                  fmt::format("`{}` holds {}, `{}` holds {}: one call has one element type", names[0], name_of(arrays[0].dtype()), names[i],
                              name_of(arrays[i].dtype())),
                  {}, {}, "convert one of them");
  return arrays.empty() ? DType::f32 : arrays[0].dtype();
}

template <class T>
void print(const Array<T>& result, int precision, std::ostream& out) {
  xt::print_options::set_precision(precision > 0 ? precision : std::numeric_limits<T>::max_digits10 - 2);
  const std::vector<std::size_t> shape(result.extents().begin(), result.extents().end());
  out << xt::adapt(result.data(), result.size(), xt::no_ownership(), shape) << '\n';
}

template <class T>
void write(const Array<T>& result, OutputFile& file) {
  const std::string header = make_npy_header(dtype_of<T>, result.extents());
  file.write(header.data(), header.size());
  file.write(result.data(), result.size() * sizeof(T));
}

template <class T>
void compute_einsum(const RunRequest& request, const std::vector<ArrayRef>& operands, std::ostream& out) {
  std::optional<OutputFile> file;  // opened first: a place that cannot be written is known before the work
  if (request.outputs.size() > 1) throw Error(ErrorCode::bad_option, fmt::format("an einsum has one result, and {} files are named for it", request.outputs.size()));
  if (!request.outputs.empty()) file.emplace(request.outputs[0]);
  const Array<T> result = einc::einsum<T>(request.text, std::span<const ArrayRef>(operands), request.options);
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

template <class T>
void compute_program(const RunRequest& request, const Program& program, const std::vector<ArrayRef>& operands, std::ostream& out) {
  const std::vector<std::string> names = program.outputs();
  std::vector<std::optional<OutputFile>> files(names.size());
  const std::vector<std::string> paths = paths_of_outputs(names, request.outputs);
  for (std::size_t i = 0; i < names.size(); ++i)
    if (!paths[i].empty()) files[i].emplace(paths[i]);
  std::vector<Shape> shapes;
  for (const ArrayRef& operand : operands) shapes.emplace_back(operand.extents.begin(), operand.extents.end());
  const Compiled compiled = compile(program, shapes, request.options);
  std::vector<Array<T>> results;
  std::vector<OutputRef> refs;
  for (const Shape& shape : compiled.shapes()) results.emplace_back(shape);
  for (Array<T>& result : results) refs.push_back({result.data(), dtype_of<T>, result.extents(), result.strides()});
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
  request.options.dtype = common_dtype(arrays, request.inputs);
  const bool single = request.options.dtype == DType::f32;
  if (program) single ? compute_program<float>(request, *program, operands, out) : compute_program<double>(request, *program, operands, out);
  else single ? compute_einsum<float>(request, operands, out) : compute_einsum<double>(request, operands, out);
}

}  // namespace einc::cli
