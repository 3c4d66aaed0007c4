// SPDX-License-Identifier: BSD-3-Clause
#include "cli/run.hpp"

#include <algorithm>
#include <complex>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include <einc/program.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "cli/compute_tasks.hpp"
#include "cli/npy.hpp"
#include "cli/output_file.hpp"
#include "cli/plan_file.hpp"
#include "cli/plan_watch.hpp"
#include "cli/program_file.hpp"
#include "cli/ranks.hpp"

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

// The files in the order of the program's inputs.
std::vector<std::string> in_order(const Program& program, const std::vector<std::string>& given) {
  std::vector<Named> arguments;
  for (const std::string& argument : given) arguments.push_back(parse_named(argument));
  std::vector<std::string> paths;
  for (const std::size_t number : assign(program.inputs(), arguments, "input", "file")) paths.push_back(arguments[number].value);
  return paths;
}

// What the first rank reads and opens.
struct Files {
  std::vector<NpyArray> arrays;
  std::vector<Result> copies;
  std::vector<ArrayRef> operands;
  std::vector<std::unique_ptr<OutputFile>> outputs;  // null where one is not wanted
};

// What every rank must know before it can compile.
struct Work {
  std::string program;  // its text; empty: an einsum
  std::string plan;     // a saved one; empty: none
  std::vector<Shape> shapes;
  std::vector<DType> dtypes;
};

// The place of every output is opened before the work: one that cannot be written is known in time.
Files open_files(RunRequest& request, const std::optional<Program>& program) {
  Files files;
  if (program) request.inputs = in_order(*program, request.inputs);
  else if (request.outputs.size() > 1) throw Error(ErrorCode::bad_option, fmt::format("an einsum has one result, and {} files are named for it", request.outputs.size()));
  for (const std::string& path : request.inputs) files.arrays.push_back(read_npy(path));
  for (const NpyArray& array : files.arrays) files.operands.push_back(array.ref());
  const std::vector<std::string> paths = program ? paths_of_outputs(program->outputs(), request.outputs) : request.outputs;
  for (const std::string& path : paths) files.outputs.push_back(path.empty() ? nullptr : std::make_unique<OutputFile>(path));
  return files;
}

// Tasks are cut from row-major operands; files may be in Fortran order.
void make_row_major(Files& files) {
  files.copies.reserve(files.operands.size());
  for (ArrayRef& operand : files.operands) {
    const Shape shape(operand.extents.begin(), operand.extents.end());
    if (std::equal(operand.strides.begin(), operand.strides.end(), row_major(shape).begin())) continue;
    std::string labels;
    for (std::size_t i = 0; i < shape.size(); ++i) labels += fmt::format("[l{}]", i);
    const Result& copy = files.copies.emplace_back(operand.dtype, shape);
    compiled_for(labels + "->" + labels, {&operand, 1}).run({&operand, 1}, copy.ref());
    operand = {copy.elements.get(), copy.dtype, copy.extents, copy.strides};
  }
}

// What the first rank has read, on every rank.
Work share(const Ranks& ranks, const Files& files, const std::string& program_text, const std::string& plan) {
  nlohmann::json read{{"program", program_text}, {"plan", plan}, {"shapes", nlohmann::json::array()}, {"dtypes", nlohmann::json::array()}};
  for (const ArrayRef& operand : files.operands) {
    read["shapes"].push_back(Shape(operand.extents.begin(), operand.extents.end()));
    read["dtypes"].push_back(static_cast<int>(operand.dtype));
  }
  const nlohmann::json known = nlohmann::json::parse(ranks.from_first(read.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)));
  Work work{known["program"], known["plan"], {}, {}};
  for (const nlohmann::json& shape : known["shapes"]) work.shapes.push_back(shape.get<Shape>());
  for (const nlohmann::json& dtype : known["dtypes"]) work.dtypes.push_back(static_cast<DType>(dtype.get<int>()));
  return work;
}

void print_results(const std::vector<Result>& results, const std::vector<std::string>& names, int precision, std::ostream& out) {
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (results.size() > 1) out << names[i] << '\n';
    print(results[i], precision, out);
  }
}

void compute(const Ranks& ranks, RunRequest request, std::ostream& out) {
  const bool by_tasks = request.mpi || !request.checkpoint.empty();
  std::string text, plan;
  std::optional<Program> program;
  Files files;
  ranks.together([&] {
    if (!ranks.first()) return;
    if (!request.plan.empty()) plan = read_plan_file(request.plan);
    if (!request.program.empty()) program = Program::parse(text = read_program_file(request.program));
    files = open_files(request, program);
    if (by_tasks) make_row_major(files);
  });
  const Work work = share(ranks, files, text, plan);
  std::optional<Compiled> compiled;
  ranks.together([&] {
    if (!program && !work.program.empty()) program = Program::parse(work.program);
    Options& options = request.options;
    options.dtypes = work.dtypes;
    options.plan = work.plan;
    if (!work.dtypes.empty()) options.dtype = work.dtypes[0];
    if (options.threads == 0) options.threads = ranks.threads();
    PlanWatch watch(options);
    const PlanProgress progress = ranks.first() ? watch.progress() : PlanProgress{};
    if (program) compiled = compile(*program, work.shapes, options, progress);
    else if (request.text.empty() && !options.plan.empty()) compiled = load_plan(options.plan, options);
    else compiled = compile(request.text, work.shapes, options, progress);
  });
  std::vector<Result> results;
  std::vector<OutputRef> refs;
  if (ranks.first())
    for (const Shape& shape : compiled->shapes()) results.emplace_back(compiled->dtype(), shape);
  for (const Result& result : results) refs.push_back(result.ref());
  if (by_tasks) compute_tasks(ranks, *compiled, files.operands, refs, {request.checkpoint, request.resume});
  else compiled->run(files.operands, refs);
  if (!ranks.first()) return;
  for (std::size_t i = 0; i < files.outputs.size(); ++i)
    if (files.outputs[i]) write(results[i], *files.outputs[i]);
  if (request.outputs.empty()) print_results(results, program ? program->outputs() : std::vector<std::string>{}, request.precision, out);
  for (const std::unique_ptr<OutputFile>& file : files.outputs)
    if (file) file->commit();
  if (!request.checkpoint.empty()) std::filesystem::remove(request.checkpoint);
}

}  // namespace

void run(RunRequest request, std::ostream& out) {
  const Ranks ranks(request.mpi);
  try {
    compute(ranks, std::move(request), out);
  } catch (...) {  // the first speaks for all: the others have the same to say
    if (ranks.first()) throw;
  }
}

}  // namespace einc::cli
