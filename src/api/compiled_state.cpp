#include "api/compiled_state.hpp"

#include <algorithm>
#include <mutex>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <einc/cpu.hpp>

#include "api/kernel_tables.hpp"
#include "api/overlap.hpp"
#include "api/target.hpp"
#include "runtime/execute.hpp"

namespace einc::detail {
namespace {

constexpr std::size_t most_variants = 16;  // sets of strides one expression stays lowered for

std::string shown(std::span<const Extent> shape) { return fmt::format("[{}]", fmt::join(shape, ", ")); }

// A plain loop: for two or three extents a call of memcmp, as std::equal would make, costs more than the comparison.
bool equal(std::span<const std::int64_t> x, std::span<const std::int64_t> y) {
  if (x.size() != y.size()) return false;
  for (std::size_t i = 0; i < x.size(); ++i)
    if (x[i] != y[i]) return false;
  return true;
}

bool has_elements(std::span<const Extent> extents) { return std::find(extents.begin(), extents.end(), 0) == extents.end(); }

// Strides of labels with at most one position say nothing; two layouts that differ only there are the same.
bool same_layout(std::span<const Stride> x, std::span<const Stride> y, std::span<const Extent> extents) {
  for (std::size_t i = 0; i < extents.size(); ++i)
    if (x[i] != y[i] && extents[i] > 1) return false;
  return true;
}

CompiledState::Variant make_variant(const compiler::Request& request, const Options& options, const kernels::KernelTable& table, int threads) {
  CompiledState::Variant variant;
  variant.compilation = compiler::compile(request, options, api::make_target(table, threads));
  for (const bind::Layout& operand : request.operands) variant.operand_strides.emplace_back(operand.strides.begin(), operand.strides.end());
  variant.result_strides.assign(request.result_strides.begin(), request.result_strides.end());
  if (variant.result_strides.empty())
    for (const Shape& shape : variant.compilation.shapes) variant.result_strides.push_back(row_major(shape));
  return variant;
}

}  // namespace

CompiledState::CompiledState(std::string_view text, std::span<const bind::Layout> operands, const Options& given, const ir::Program* copied)
    : options(given),
      table(api::choose_table(given.isa)),
      program(copied ? std::make_unique<const ir::Program>(*copied) : nullptr),
      first(make_variant({text, operands, {}, program.get()}, given, table, threads())),
      summary(summarise(first.compilation, table, threads())) {}

int CompiledState::threads() const {
  if (options.threads < 0) throw Error(ErrorCode::bad_option, fmt::format("`threads` is {}, less than nothing", options.threads));
  return options.threads > 0 ? options.threads : num_threads();
}

void CompiledState::check_operands(std::span<const ArrayRef> operands) const {
  const std::string& text = compilation().text;
  const std::vector<Shape>& shapes = compilation().operand_shapes;
  if (operands.size() != shapes.size())
    throw Error(ErrorCode::operand_count, fmt::format("the expression has {} operands, the call has {} arrays", shapes.size(), operands.size()), text);
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const ArrayRef& operand = operands[i];
    if (operand.dtype != options.dtype)
      throw Error(ErrorCode::dtype_mismatch, fmt::format("operand {} is {}, the expression was compiled for {}", i, name_of(operand.dtype), name_of(options.dtype)), text, {},
                  "convert the array, or compile with the option `dtype`");
    if (operand.extents.size() != shapes[i].size())
      throw Error(ErrorCode::rank_mismatch, fmt::format("operand {} has shape {}, the expression was compiled for {}", i, shown(operand.extents), shown(shapes[i])), text);
    if (!equal(operand.extents, shapes[i]))
      throw Error(ErrorCode::extent_mismatch, fmt::format("operand {} has shape {}, the expression was compiled for {}", i, shown(operand.extents), shown(shapes[i])), text);
    if (operand.strides.size() != operand.extents.size())
      throw Error(ErrorCode::rank_mismatch, fmt::format("operand {} has {} extents but {} strides", i, operand.extents.size(), operand.strides.size()), text);
    if (!operand.data && has_elements(operand.extents))
      throw Error(ErrorCode::null_data, fmt::format("operand {} has shape {} but no data: its address is null", i, shown(operand.extents)), text);
  }
}

void CompiledState::check_outputs(std::span<const ArrayRef> operands, std::span<const OutputRef> outs) const {
  if (outs.size() != compilation().shapes.size())
    throw Error(ErrorCode::bad_output, fmt::format("there are {} results, the call has {} outputs", compilation().shapes.size(), outs.size()), compilation().text);
  for (std::size_t number = 0; number < outs.size(); ++number) check_output(operands, outs, number);
}

void CompiledState::check_output(std::span<const ArrayRef> operands, std::span<const OutputRef> outs, std::size_t number) const {
  const std::string& text = compilation().text;
  const OutputRef& out = outs[number];
  const Shape& shape = compilation().shapes[number];
  const std::string name = outs.size() == 1 ? "the output" : fmt::format("output {}", number);
  if (out.dtype != options.dtype)
    throw Error(ErrorCode::dtype_mismatch, fmt::format("{} is {}, the result {}", name, name_of(out.dtype), name_of(options.dtype)), text);
  if (!equal(out.extents, shape))
    throw Error(ErrorCode::bad_output, fmt::format("{} has shape {}, the result has shape {}", name, shown(out.extents), shown(shape)), text);
  if (out.strides.size() != out.extents.size())
    throw Error(ErrorCode::bad_output, fmt::format("{} has {} extents but {} strides", name, out.extents.size(), out.strides.size()), text);
  if (!has_elements(shape)) return;
  if (!out.data) throw Error(ErrorCode::null_data, fmt::format("{} has shape {} but no data: its address is null", name, shown(shape)), text);
  const auto bytes = static_cast<std::int64_t>(bytes_of(options.dtype));
  const api::StridedBytes written{out.data, bytes, out.extents, out.strides};
  if (!api::is_dense(written) && api::overlaps_itself(written))
    throw Error(ErrorCode::bad_output, fmt::format("{}, shape {} and strides [{}], has one place for two elements", name, shown(shape), fmt::join(out.strides, ", ")), text);
  const api::ByteRange range = api::range_of(written);
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const api::StridedBytes read{operands[i].data, bytes, operands[i].extents, operands[i].strides};
    if (!api::disjoint(range, api::range_of(read)) && api::overlaps(written, read))
      throw Error(ErrorCode::overlap, fmt::format("{} shares memory with operand {}, shape {}", name, i, shown(operands[i].extents)), text, {},
                  "write into an array of its own, or call `einsum`, which makes one");
  }
  for (std::size_t i = 0; i < number; ++i) {
    const api::StridedBytes other{outs[i].data, bytes, outs[i].extents, outs[i].strides};
    if (has_elements(outs[i].extents) && !api::disjoint(range, api::range_of(other)) && api::overlaps(written, other))
      throw Error(ErrorCode::overlap, fmt::format("{} shares memory with output {}", name, i), text, {}, "give every output an array of its own");
  }
}

const CompiledState::Variant& CompiledState::variant_for(std::span<const ArrayRef> operands, std::span<const OutputRef> outs,
                                                         std::shared_ptr<const Variant>& keep) const {
  const auto fits = [&](const Variant& variant) {
    for (std::size_t i = 0; i < outs.size(); ++i)
      if (!same_layout(outs[i].strides, variant.result_strides[i], outs[i].extents)) return false;
    for (std::size_t i = 0; i < operands.size(); ++i)
      if (!same_layout(operands[i].strides, variant.operand_strides[i], operands[i].extents)) return false;
    return true;
  };
  if (fits(first)) return first;
  {
    const std::shared_lock lock(mutex_);
    for (const auto& other : others_)
      if (fits(*other)) return *(keep = other);
  }
  std::vector<bind::Layout> layouts;
  for (const ArrayRef& operand : operands) layouts.push_back({operand.extents, operand.strides});
  std::vector<Strides> result_strides;
  for (const OutputRef& out : outs) result_strides.emplace_back(out.strides.begin(), out.strides.end());
  keep = std::make_shared<const Variant>(make_variant({compilation().text, layouts, result_strides, program.get()}, options, table, threads()));
  const std::unique_lock lock(mutex_);
  if (others_.size() >= most_variants) others_.erase(others_.begin());
  others_.push_back(keep);
  return *keep;
}

void CompiledState::run(std::span<const ArrayRef> operands, std::span<const OutputRef> outs, const Scale& scale) const {
  std::shared_ptr<const Variant> keep;
  const Variant& variant = variant_for(operands, outs, keep);
  const ir::Executable& executable = variant.compilation.executable;
  const int thread_count = threads();
  const api::Workspace workspace(pool_, static_cast<std::size_t>(executable.arena_bytes) +
                                            static_cast<std::size_t>(executable.scratch_bytes) * static_cast<std::size_t>(thread_count));
  constexpr std::size_t usual = 16;
  std::array<const void*, usual> few;
  std::array<void*, usual> few_outs;
  std::vector<const void*> many;
  std::vector<void*> many_outs;
  std::span<const void*> data(few.data(), std::min(operands.size(), usual));
  std::span<void*> results(few_outs.data(), std::min(outs.size(), usual));
  if (operands.size() > usual) {
    many.resize(operands.size());
    data = many;
  }
  if (outs.size() > usual) {
    many_outs.resize(outs.size());
    results = many_outs;
  }
  for (std::size_t i = 0; i < operands.size(); ++i) data[i] = operands[i].data;
  for (std::size_t i = 0; i < outs.size(); ++i) results[i] = outs[i].data;
  runtime::execute(executable, table,
                   {data, results, scale.alpha, scale.beta, workspace.data(), workspace.data() + executable.arena_bytes, thread_count});
}

}  // namespace einc::detail
