// run.cpp: a run by all ranks of a communicator: they agree on what is computed, then rank 0 coordinates.
// SPDX-License-Identifier: BSD-3-Clause
#include <optional>
#include <string>

#include <einc/mpi.hpp>
#include <fmt/format.h>

#include "mpi/agree.hpp"
#include "mpi/coordinator.hpp"
#include "mpi/link.hpp"
#include "mpi/sent_operands.hpp"
#include "mpi/worker.hpp"
#include "tasks/check_call.hpp"
#include "tasks/dense.hpp"
#include "tasks/digest.hpp"
#include "tasks/task_ledger.hpp"

namespace einc::mpi {
namespace {

// Partials can be merged only when all come from the same kernels and plan. Throws on every rank.
void check_same(const Link& link, const Compiled& compiled, const RunOptions& options, std::uint64_t operands) {
  const auto same = [&](std::uint64_t number) { return link.broadcast_number(static_cast<std::int64_t>(number)) == static_cast<std::int64_t>(number); };
  const std::string isa = link.broadcast_text(compiled.plan().isa), text = link.broadcast_text(compiled.text());
  const bool same_computation = same(tasks::digest(identity(compiled))), same_options = same(static_cast<std::uint64_t>(options.operands) * 2 + static_cast<std::uint64_t>(options.outputs));
  const bool same_operands = same(operands) || options.operands == On::rank_0;
  all_or_none(link, [&] {
    const auto refuse = [&](const std::string& sentence, const std::string& hint) { throw Error(ErrorCode::bad_option, sentence, compiled.text(), {}, hint); };
    if (compiled.text() != text) refuse("rank 0 has compiled another text", "");
    if (compiled.plan().isa != isa) refuse(fmt::format("this rank computes with kernels for {}, rank 0 for {}: bits would differ", compiled.plan().isa, isa), "choose kernels that all ranks have with the option `isa` (`--isa`)");
    if (!same_computation) refuse("rank 0 has compiled the text for other shapes, with other options or another plan", "plans follow a machine's calibration and caches: `EINC_CALIBRATION` may name one file for all");
    if (!same_options) refuse("rank 0 expects the operands or the outputs on other ranks than this one", "");
    if (!same_operands) refuse("rank 0 has other operands", "");
  });
}

}  // namespace

TaskReport run(MPI_Comm ranks, const Compiled& compiled, std::span<const ArrayRef> operands, std::span<const OutputRef> outs, const RunOptions& options) {
  const Link link(ranks);
  const bool first = link.rank() == 0, has_operands = first || options.operands == On::every_rank, has_outputs = first || options.outputs == On::every_rank;
  if (!has_operands) operands = {};
  std::uint64_t digest = 0;
  all_or_none(link, [&] {
    tasks::check_tasks(compiled);
    if (has_outputs) tasks::check_outputs(compiled, operands, outs);
    if (has_operands && (link.ranks() > 1 || !options.tasks.checkpoint.empty())) digest = tasks::digest(operands);
  });
  check_same(link, compiled, options, digest);
  std::optional<SentOperands> sent;
  if (options.operands == On::rank_0) operands = sent.emplace(link, operands).refs();
  std::optional<tasks::TaskLedger> ledger;
  all_or_none(link, [&] {
    if (first) ledger.emplace(compiled, outs, digest, options.tasks);
  });
  TaskReport report;
  report.computed = first ? coordinate(link, compiled, operands, *ledger, options.tasks) : serve(link, compiled, operands, options.tasks);
  if (options.outputs == On::every_rank)
    for (const OutputRef& out : outs) link.broadcast(out.data, tasks::dense_bytes(out.dtype, out.extents));
  const TaskProgress progress = first ? ledger->progress() : TaskProgress{};
  report.tasks = link.broadcast_number(progress.tasks);
  report.resumed = link.broadcast_number(progress.resumed);
  report.seconds = static_cast<double>(link.broadcast_number(static_cast<std::int64_t>(progress.seconds * 1e6))) * 1e-6;
  return report;
}

}  // namespace einc::mpi
