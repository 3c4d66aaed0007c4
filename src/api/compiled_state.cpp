#include "api/compiled_state.hpp"

#include <algorithm>
#include <cmath>
#include <mutex>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <einc/cpu.hpp>

#include "api/dense_layouts.hpp"
#include "api/kernel_tables.hpp"
#include "api/overlap.hpp"
#include "api/search_threads.hpp"
#include "api/target.hpp"
#include "api/term_marks.hpp"
#include "runtime/execute.hpp"
#include "runtime/slices.hpp"

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

std::unique_ptr<const api::SavedPlan> take_plan(const Options& options, std::string_view text, bool is_program, std::span<const bind::Layout> operands) {
  if (options.plan.empty()) return nullptr;
  if (!options.order.empty()) throw Error(ErrorCode::bad_option, "the options `order` and `plan` both say in which order to contract", {}, {}, "leave out one of them");
  auto saved = std::make_unique<const api::SavedPlan>(api::read_plan(options.plan));
  api::check_fits(*saved, text, is_program, operands);
  return saved;
}

CompiledState::Variant make_variant(compiler::Request request, const Options& options, const kernels::KernelTable& table, int threads, const PlanProgress& progress = {}) {
  CompiledState::Variant variant;
  const plan::SearchControl control = api::search_control(threads, progress);
  request.control = &control;
  variant.compilation = compiler::compile(request, options, api::make_target(table, threads, options.calibration));
  for (const bind::Layout& operand : request.operands) variant.operand_strides.emplace_back(operand.strides.begin(), operand.strides.end());
  variant.conjugated = variant.compilation.conjugated;
  variant.result_strides.assign(request.result_strides.begin(), request.result_strides.end());
  if (variant.result_strides.empty())
    for (const Shape& shape : variant.compilation.shapes) variant.result_strides.push_back(row_major(shape));
  return variant;
}

// The time of all workers together, where it is wanted.
void run_slices(runtime::SlicedCall call, std::span<double> seconds) {
  std::vector<double> of_workers(seconds.size() * static_cast<std::size_t>(call.crew.workers), 0);
  call.seconds = of_workers;
  runtime::run_slices(call);
  for (std::size_t i = 0; i < of_workers.size(); ++i) seconds[i % seconds.size()] += of_workers[i];
}

[[noreturn, gnu::cold, gnu::noinline]] void throw_cancelled(const std::string& text) {
  throw Error(ErrorCode::cancelled, "the run was asked to stop before its end", text);
}

}  // namespace

CompiledState::CompiledState(std::string_view text, std::span<const bind::Layout> operands, const Options& given, const ir::Program* copied, const PlanProgress& progress,
                             std::span<const std::uint32_t> same)
    : saved(take_plan(given, text, copied != nullptr, operands)),
      options(api::with_plan(given, saved.get())),
      table(api::choose_table(given.isa)),
      program(copied ? std::make_unique<const ir::Program>(*copied) : nullptr),
      first(make_variant({.text = text, .operands = operands, .program = program.get(), .kept = saved ? &saved->kept : nullptr, .same = same}, options, table, threads(), progress)),
      summary(summarise(first.compilation, table, crew(first.compilation.executable))) {
  summary.memory_limit = options.memory_limit;
  if (saved && (!saved->kept.orders.empty() || saved->kept.slices.is_cut())) summary.method = fmt::format("given by a saved plan, where it was found so: {}", saved->method);
  find_usual();
}

CompiledState::CompiledState(const CompiledState& without, std::span<const ArrayRef> constants)
    : saved(without.saved ? std::make_unique<const api::SavedPlan>(*without.saved) : nullptr),
      options(without.options),
      table(without.table),
      program(without.program ? std::make_unique<const ir::Program>(*without.program) : nullptr),
      first{without.first.operand_strides, without.first.result_strides, without.first.conjugated, without.first.compilation},
      summary(without.summary) {
  const std::size_t count = options.constants.size();
  if (count == 0) throw Error(ErrorCode::bad_option, "the expression was compiled without constants", compilation().text, {}, "name them in the option `constants`");
  if (constants.size() != count)
    throw Error(ErrorCode::operand_count, fmt::format("there are {} constants, and {} array{} for them", count, constants.size(), constants.size() == 1 ? "" : "s"), compilation().text, {},
                "give one array for each operand that the option `constants` names, in its order");
  for (std::size_t i = 0; i < count; ++i) check_operand(options.constants[i], constants[i]);
  for (std::size_t i = 0; i < count; ++i) constants_.push_back(api::keep(options.constants[i], constants[i], options));
  std::sort(constants_.begin(), constants_.end(), [](const api::KeptArray& x, const api::KeptArray& y) { return x.operand < y.operand; });
  first.beforehand = compute_beforehand(first.compilation.executable);
}

api::Block CompiledState::compute_beforehand(const ir::Executable& executable) const {
  if (constants_.empty() || executable.beforehand == 0) return {};
  int hands = threads();
  while (hands > 1 && options.memory_limit > 0 && executable.beforehand_bytes + ir::bytes_of_beforehand(executable, hands) > options.memory_limit) --hands;
  std::vector<const void*> data(compilation().operand_shapes.size(), nullptr);
  for (const api::KeptArray& array : constants_) data[array.operand] = array.memory.memory.get();
  api::Block kept = api::allocate(static_cast<std::size_t>(executable.beforehand_bytes));
  const api::Block memory = api::allocate(static_cast<std::size_t>(ir::bytes_of_beforehand(executable, hands)));
  std::byte* const arena = memory.memory.get();
  runtime::execute_beforehand(executable, table, {data, {}, 1, 0, arena, arena + executable.beforehand_arena_bytes, hands, nullptr, nullptr, {}, kept.memory.get()});
  return kept;
}

std::span<const ArrayRef> CompiledState::with_constants(std::span<const ArrayRef> operands, std::vector<ArrayRef>& all) const {
  if (options.constants.empty()) return operands;
  const std::size_t count = compilation().operand_shapes.size(), constants = options.constants.size();
  if (constants_.empty())
    throw Error(ErrorCode::bad_option, fmt::format("operand{} {} {} constant, and {} no array{} yet", constants == 1 ? "" : "s", fmt::join(options.constants, ", "), constants == 1 ? "is" : "are",
                                                   constants == 1 ? "has" : "have", constants == 1 ? "" : "s"),
                compilation().text, {}, "`with_constants` takes the arrays, and gives what to call with those of the other operands");
  if (operands.size() + constants != count)
    throw Error(ErrorCode::operand_count, fmt::format("the expression has {} operands, {} of them constant; the call has {} array{}", count, constants, operands.size(), operands.size() == 1 ? "" : "s"),
                compilation().text, {}, operands.size() == count ? "leave out the constants, which have their arrays" : "give one array for each operand that is not constant");
  all = api::put_among(constants_, operands);
  return all;
}

void CompiledState::find_usual() {
  const compiler::Compilation& made = first.compilation;
  if (made.executable.slicing.is_sliced() || !options.constants.empty()) return;
  direct_ = runtime::DirectCall(made.executable, table);
  if (!direct_ || made.shapes.size() != 1) return;
  const auto add = [&](DType dtype, bool conjugated, const Shape& extents, const Strides& strides) {
    if (!has_elements(extents) || strides != row_major(extents)) return false;
    std::int64_t bytes = static_cast<std::int64_t>(bytes_of(dtype));
    for (Extent extent : extents) bytes *= extent;
    usual_.push_back({dtype, conjugated, extents.size(), bytes});
    usual_numbers_.insert(usual_numbers_.end(), extents.begin(), extents.end());
    usual_numbers_.insert(usual_numbers_.end(), strides.begin(), strides.end());
    return true;
  };
  bool dense = true;
  for (std::size_t i = 0; i < made.operand_shapes.size(); ++i)
    dense = dense && add(made.operand_dtypes[i], api::is_conjugated(options, i, false), made.operand_shapes[i], first.operand_strides[i]) && first.conjugated[i] == api::is_conjugated(options, i, false);
  has_direct_ = dense && add(made.dtype, false, made.shapes[0], first.result_strides[0]);
}

bool CompiledState::is_usual(std::span<const ArrayRef> operands, std::span<const OutputRef> outs) const {
  if (operands.size() + 1 != usual_.size() || outs.size() != 1) return false;
  const std::int64_t* numbers = usual_numbers_.data();
  const auto fits = [&](const UsualArray& usual, DType dtype, std::span<const Extent> extents, std::span<const Stride> strides) {
    if (dtype != usual.dtype || extents.size() != usual.rank || strides.size() != usual.rank) return false;
    std::int64_t differ = 0;
    for (std::size_t i = 0; i < usual.rank; ++i) differ |= (extents[i] ^ numbers[i]) | (strides[i] ^ numbers[usual.rank + i]);
    numbers += 2 * usual.rank;
    return differ == 0;
  };
  const auto address = [](const void* data) { return reinterpret_cast<std::uintptr_t>(data); };
  const std::uintptr_t low = address(outs[0].data), high = low + static_cast<std::uintptr_t>(usual_.back().bytes);
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const ArrayRef& operand = operands[i];
    const std::uintptr_t begin = address(operand.data);
    if (!fits(usual_[i], operand.dtype, operand.extents, operand.strides) || operand.conjugated || operand.data == nullptr) return false;
    if (begin < high && low < begin + static_cast<std::uintptr_t>(usual_[i].bytes)) return false;
  }
  const std::vector<std::uint32_t>& same = first.compilation.same;
  for (std::size_t i = 0; i < same.size(); ++i)
    if (operands[i].data != operands[same[i]].data) return false;
  return fits(usual_.back(), outs[0].dtype, outs[0].extents, outs[0].strides) && outs[0].data != nullptr;
}

void CompiledState::run_usual(std::span<const ArrayRef> operands, std::span<const OutputRef> outs) const {
  direct_.run([&](std::uint32_t number) { return operands[number].data; }, outs[0].data);
}

int CompiledState::threads() const {
  if (options.threads < 0) throw Error(ErrorCode::bad_option, fmt::format("`threads` is {}, less than nothing", options.threads));
  return options.threads > 0 ? options.threads : num_threads();
}

ir::Crew CompiledState::crew(const ir::Executable& executable) const { return ir::crew_for(executable, threads(), options.memory_limit); }

void CompiledState::check_operands(std::span<const ArrayRef> operands) const {
  const std::string& text = compilation().text;
  const std::vector<Shape>& shapes = compilation().operand_shapes;
  if (operands.size() != shapes.size())
    throw Error(ErrorCode::operand_count, fmt::format("the expression has {} operands, the call has {} array{}", shapes.size(), operands.size(), operands.size() == 1 ? "" : "s"), text,
                compilation().is_program ? std::vector<Mark>{} : api::term_marks(text, std::min(operands.size(), shapes.size() - 1)), "give one array for each term before `->`");
  for (std::size_t i = 0; i < operands.size(); ++i)
    if (!is_kept(i)) check_operand(i, operands[i]);
}

void CompiledState::check_operand(std::size_t i, const ArrayRef& operand) const {
  const std::string& text = compilation().text;
  const Shape& shape = compilation().operand_shapes[i];
  const auto marks = [&] { return compilation().is_program ? std::vector<Mark>{} : api::term_marks(text, i, fmt::format("operand {}", i)); };
  if (operand.dtype != compilation().operand_dtypes[i])
    throw Error(ErrorCode::dtype_mismatch, fmt::format("operand {} is {}, the expression was compiled for {}", i, name_of(operand.dtype), name_of(compilation().operand_dtypes[i])), text, {},
                "convert the array, or compile with the option `dtype`, or `dtypes` where they differ");
  if (operand.extents.size() != shape.size())
    throw Error(ErrorCode::rank_mismatch, fmt::format("operand {} has shape {}, the expression was compiled for {}", i, shown(operand.extents), shown(shape)), text, marks());
  if (!equal(operand.extents, shape))
    throw Error(ErrorCode::extent_mismatch, fmt::format("operand {} has shape {}, the expression was compiled for {}", i, shown(operand.extents), shown(shape)), text, marks());
  if (operand.strides.size() != operand.extents.size())
    throw Error(ErrorCode::rank_mismatch, fmt::format("operand {} has {} extents and strides for {}", i, operand.extents.size(), operand.strides.size()), text, marks());
  if (!operand.data && has_elements(operand.extents))
    throw Error(ErrorCode::null_data, fmt::format("operand {} has shape {} but no data: its address is null", i, shown(operand.extents)), text, marks());
}

void CompiledState::check_result(DType dtype) const {
  const DType own = compilation().dtype;
  if (dtype == own) return;
  throw Error(ErrorCode::dtype_mismatch, fmt::format("the result is {}, the call asks for {}", name_of(own), name_of(dtype)), compilation().text, {},
              "call `as` with the type of the result, or ask for sums of another: `einsum(acc<T>(), ...)`, or the option `accumulate`");
}

// Scalars must be numbers of the arithmetic.
void CompiledState::check_scale(const Scale& scale) const {
  if (scale.alpha == 1 && (scale.beta == 0 || scale.beta == 1)) return;
  const DType own = compilation().dtype;
  const std::string& text = compilation().text;
  if (own == DType::boolean || compilation().expression.arithmetic.algebra != Algebra::plus_times)
    throw Error(ErrorCode::bad_option, fmt::format("alpha is {} and beta {}: in {} alpha is 1 and beta 0 or 1", scale.alpha, scale.beta,
                                                   own == DType::boolean ? "bool" : name_of(options.semiring.algebra)), text);
  const auto whole = [](double number) { return number == std::trunc(number) && std::abs(number) < 9.2e18; };
  if (is_integer(own) && (!whole(scale.alpha) || !whole(scale.beta)))
    throw Error(ErrorCode::bad_option, fmt::format("alpha is {} and beta {}: of integers both are whole numbers", scale.alpha, scale.beta), text);
}

void CompiledState::check_outputs(std::span<const ArrayRef> operands, std::span<const OutputRef> outs, const Scale& scale) const {
  check_scale(scale);
  if (outs.size() != compilation().shapes.size())
    throw Error(ErrorCode::bad_output, fmt::format("there are {} results, the call has {} outputs", compilation().shapes.size(), outs.size()), compilation().text);
  for (std::size_t number = 0; number < outs.size(); ++number) check_output(operands, outs, number);
}

void CompiledState::check_output(std::span<const ArrayRef> operands, std::span<const OutputRef> outs, std::size_t number) const {
  const std::string& text = compilation().text;
  const OutputRef& out = outs[number];
  const Shape& shape = compilation().shapes[number];
  const std::string name = outs.size() == 1 ? "the output" : fmt::format("output {}", number);
  const auto marks = [&] { return compilation().is_program ? std::vector<Mark>{} : api::term_marks(text, api::of_result, "the result"); };
  const DType dtype = compilation().dtype;
  if (out.dtype != dtype)
    throw Error(ErrorCode::dtype_mismatch, fmt::format("{} is {}, the result is {}", name, name_of(out.dtype), name_of(dtype)), text);
  if (!equal(out.extents, shape))
    throw Error(ErrorCode::bad_output, fmt::format("{} has shape {}, the result has shape {}", name, shown(out.extents), shown(shape)), text, marks());
  if (out.strides.size() != out.extents.size())
    throw Error(ErrorCode::bad_output, fmt::format("{} has {} extents and strides for {}", name, out.extents.size(), out.strides.size()), text, marks());
  if (!has_elements(shape)) return;
  if (bind::reaches_too_far(out.extents, out.strides))
    throw Error(ErrorCode::bad_output, fmt::format("{} has strides [{}] that reach further than 64 bits of bytes can count", name, fmt::join(out.strides, ", ")), text, marks());
  if (!out.data) throw Error(ErrorCode::null_data, fmt::format("{} has shape {} but no data: its address is null", name, shown(shape)), text, marks());
  const auto bytes = static_cast<std::int64_t>(bytes_of(dtype));
  const api::StridedBytes written{out.data, bytes, out.extents, out.strides};
  if (!api::is_dense(written) && api::overlaps_itself(written))
    throw Error(ErrorCode::bad_output, fmt::format("{}, shape {} and strides [{}], has one place for two elements", name, shown(shape), fmt::join(out.strides, ", ")), text, marks());
  const api::ByteRange range = api::range_of(written);
  for (std::size_t i = 0; i < operands.size(); ++i) {
    if (is_kept(i)) continue;
    const api::StridedBytes read{operands[i].data, static_cast<std::int64_t>(bytes_of(operands[i].dtype)), operands[i].extents, operands[i].strides};
    if (!api::disjoint(range, api::range_of(read)) && api::overlaps(written, read))
      throw Error(ErrorCode::overlap, fmt::format("{} shares memory with operand {}, shape {}", name, i, shown(operands[i].extents)), text,
                  compilation().is_program ? std::vector<Mark>{} : api::term_marks(text, i, fmt::format("operand {}", i)), "write into an array of its own, or call `einsum`, which makes one");
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
    const std::vector<std::uint32_t>& same = variant.compilation.same;
    for (std::size_t i = 0; i < same.size(); ++i)
      if (operands[i].data != operands[same[i]].data) return false;
    for (std::size_t i = 0; i < outs.size(); ++i)
      if (!same_layout(outs[i].strides, variant.result_strides[i], outs[i].extents)) return false;
    for (std::size_t i = 0; i < operands.size(); ++i)
      if (!is_kept(i) && (!same_layout(operands[i].strides, variant.operand_strides[i], operands[i].extents) || api::is_conjugated(options, i, operands[i].conjugated) != variant.conjugated[i])) return false;
    return true;
  };
  if (fits(first)) return first;
  {
    const std::shared_lock lock(mutex_);
    for (const auto& other : others_)
      if (fits(*other)) return *(keep = other);
  }
  std::vector<bind::Layout> layouts;
  for (std::size_t i = 0; i < operands.size(); ++i)
    layouts.push_back({operands[i].extents, operands[i].strides, operands[i].dtype, api::is_conjugated(options, i, operands[i].conjugated)});
  std::vector<Strides> result_strides;
  for (const OutputRef& out : outs) result_strides.emplace_back(out.strides.begin(), out.strides.end());
  Variant variant = make_variant({.text = compilation().text, .operands = layouts, .result_strides = result_strides, .program = program.get(), .kept = saved ? &saved->kept : nullptr}, options, table, threads());
  variant.beforehand = compute_beforehand(variant.compilation.executable);
  keep = std::make_shared<const Variant>(std::move(variant));
  const std::unique_lock lock(mutex_);
  if (others_.size() >= most_variants) others_.erase(others_.begin());
  others_.push_back(keep);
  return *keep;
}

void CompiledState::run(std::span<const ArrayRef> operands, std::span<const OutputRef> outs, const Scale& scale, const std::stop_token* stop,
                        std::span<double> seconds) const {
  if (stop != nullptr && stop->stop_requested()) throw_cancelled(compilation().text);
  std::shared_ptr<const Variant> keep;
  const Variant& variant = variant_for(operands, outs, keep);
  const ir::Executable& executable = variant.compilation.executable;
  const ir::Crew hands = crew(executable);
  const api::Workspace workspace(pool_, static_cast<std::size_t>(ir::bytes_of_run(executable, hands)));
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
  if (executable.slicing.is_sliced())
    run_slices({executable, variant.compilation.combine, table, data, results, scale.alpha, scale.beta, workspace.data(), hands, stop, variant.beforehand.memory.get()}, seconds);
  else
    runtime::execute(executable, table,
                     {data, results, scale.alpha, scale.beta, workspace.data(), workspace.data() + executable.arena_bytes, hands.threads, stop, nullptr, seconds, variant.beforehand.memory.get()});
  if (stop != nullptr && stop->stop_requested()) throw_cancelled(compilation().text);
}

}  // namespace einc::detail
