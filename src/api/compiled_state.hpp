// compiled_state.hpp: what a Compiled holds: one expression, lowered for each set of strides it has met, and its workspaces.
// The only meeting point of compiler and runtime.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <memory>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <einc/einsum.hpp>

#include "api/constants.hpp"
#include "api/saved_plan.hpp"
#include "api/workspace.hpp"
#include "kernels/kernel_table.hpp"
#include "pipeline.hpp"
#include "runtime/direct_call.hpp"

namespace einc::detail {

struct CompiledState {
  // One compilation, for operands and a result of given strides.
  struct Variant {
    std::vector<Strides> operand_strides;
    std::vector<Strides> result_strides;
    std::vector<bool> conjugated;
    compiler::Compilation compilation;
    api::Block beforehand = {};  // what constants came to; nothing where they have no arrays
  };

  // Compiles for these shapes and strides; dense row-major results. Throws Error. The program is copied: it may grow afterwards. `progress` is told
  // of searches. `same`: Request::same, of a call whose arrays are known.
  CompiledState(std::string_view text, std::span<const bind::Layout> operands, const Options& options, const ir::Program* program = nullptr,
                const PlanProgress& progress = {}, std::span<const std::uint32_t> same = {});

  // The same with arrays for its constants, in the order of Options::constants; computes what is made of them alone. Throws Error.
  CompiledState(const CompiledState& without, std::span<const ArrayRef> constants);

  static const CompiledState& of(const Compiled& compiled) { return *compiled.state_; }

  // The operands of a call with the constants in their places: `all` is where they stand if there are any. Throws Error (operand_count),
  // and bad_option for constants without arrays.
  std::span<const ArrayRef> with_constants(std::span<const ArrayRef> operands, std::vector<ArrayRef>& all) const;

  // Checks operands against what was compiled. Throws Error.
  void check_operands(std::span<const ArrayRef> operands) const;
  // Checks the type a caller wants the result in. Throws Error (dtype_mismatch).
  void check_result(DType dtype) const;
  // Checks the caller's outputs: shape, dtype, one element for every place, nothing shared with an operand or each other. Throws Error.
  void check_outputs(std::span<const ArrayRef> operands, std::span<const OutputRef> outs, const Scale& scale) const;
  // Runs a call that is like what was compiled for in every respect, and small enough to be a few calls of a kernel: false, and nothing
  // done, for any other. Checks what the functions above check, in one go.
  bool run_direct(std::span<const ArrayRef> operands, std::span<const OutputRef> outs, const Scale& scale) const {
    return has_direct_ && scale.alpha == 1 && scale.beta == 0 && is_usual(operands, outs) && (run_usual(operands, outs), true);
  }
  // Runs. Everything has been checked. Throws Error (cancelled) when `stop`, unless null, was asked to stop before the end. `seconds`,
  // unless empty, has the time of every instruction added: in all slices, of all workers.
  void run(std::span<const ArrayRef> operands, std::span<const OutputRef> outs, const Scale& scale, const std::stop_token* stop = nullptr,
           std::span<double> seconds = {}) const;

  // The variant that was compiled first, for arrays with its strides. Throws Error (bad_option) for others, and where there are no tasks.
  const compiler::Compilation& in_tasks() const;
  void check_usual_strides(std::span<const ArrayRef> operands) const;
  void check_usual_strides(std::span<const OutputRef> outs) const;
  void merge_task(std::int64_t task, std::span<const std::byte> partial, std::span<const OutputRef> outs, const Scale& scale) const;

  const compiler::Compilation& compilation() const { return first.compilation; }
  int threads() const;  // that are asked for; the next call uses no more
  ir::Crew crew(const ir::Executable& executable) const;  // as many of them as have room under the limit of memory

  std::unique_ptr<const api::SavedPlan> saved;  // null where nobody gave one
  Options options;
  const kernels::KernelTable& table;
  std::unique_ptr<const ir::Program> program;  // null for a text
  Variant first;
  PlanSummary summary;

 private:
  void check_operand(std::size_t number, const ArrayRef& operand) const;
  bool is_kept(std::size_t operand) const { return !constants_.empty() && compilation().constant[operand]; }  // then it was checked, and never changes
  api::Block compute_beforehand(const ir::Executable& executable) const;
  bool is_usual(std::span<const ArrayRef> operands, std::span<const OutputRef> outs) const;
  void run_usual(std::span<const ArrayRef> operands, std::span<const OutputRef> outs) const;
  void find_usual();
  void check_scale(const Scale& scale) const;
  void check_output(std::span<const ArrayRef> operands, std::span<const OutputRef> outs, std::size_t number) const;
  const Variant& variant_for(std::span<const ArrayRef> operands, std::span<const OutputRef> outs, std::shared_ptr<const Variant>& keep) const;

  mutable std::shared_mutex mutex_;
  mutable std::vector<std::shared_ptr<const Variant>> others_;  // for other strides, newest last; bounded
  mutable api::BlockPool pool_;
  std::vector<api::KeptArray> constants_;  // ascending; none: there are none, or they have no arrays

  // The usual call: one dense output and dense operands of these extents and strides, one behind the other.
  struct UsualArray {
    DType dtype;
    bool conjugated;
    std::size_t rank;
    std::int64_t bytes;
  };
  bool has_direct_ = false;
  runtime::DirectCall direct_;
  std::vector<UsualArray> usual_;            // of every operand, then of the output
  std::vector<std::int64_t> usual_numbers_;  // of each its extents, then its strides
};

// The forms of explain(). cache: of one-shot calls. measured: seconds of every instruction, in one slice; or empty.
std::string explain_text(const CompiledState& state, const CacheState& cache, std::span<const double> measured);
std::string explain_json(const CompiledState& state, const CacheState& cache, std::span<const double> measured);
std::string explain_html(const CompiledState& state, const CacheState& cache, std::span<const double> measured);  // one page: the tree, memory over the steps, a table
std::string explain_dot(const CompiledState& state, std::span<const double> measured);  // the contraction tree, for graphviz
std::string describe_result(const compiler::Compilation& compilation);  // the result's labels as written, or deduced
void add_slicing(PlanSummary& summary, const compiler::Compilation& compilation, ir::Crew crew);  // and the totals over all slices
void add_constants(PlanSummary& summary, const compiler::Compilation& compilation);
std::string constants_text(const PlanSummary& summary, const compiler::Compilation& compilation);  // empty where no operand is constant
std::string slices_text(const PlanSummary& summary);  // empty where nothing is cut
PlanSummary summarise(const compiler::Compilation& compilation, const kernels::KernelTable& table, ir::Crew crew);

}  // namespace einc::detail
