// SPDX-License-Identifier: BSD-3-Clause
#include "runtime/slices.hpp"

#include <algorithm>
#include <atomic>

#include "runtime/parallel_for.hpp"

namespace einc::runtime {
namespace {

// One worker: its arena, its partial, and where the arrays of its slice begin.
class Worker {
 public:
  Worker(const SlicedCall& call, int number) noexcept : call_(call), slicing_(call.executable.slicing) {
    const ir::Executable& executable = call.executable;
    const auto own = static_cast<std::size_t>(bytes_of_worker(executable)), scratch = static_cast<std::size_t>(executable.scratch_bytes);
    const auto at = static_cast<std::size_t>(number);
    arena_ = call.memory + slicing_.once_bytes + at * own;
    partial_ = arena_ + executable.arena_bytes;
    if (!call.seconds.empty()) seconds_ = call.seconds.subspan(at * executable.code.size() + slicing_.once, executable.code.size() - slicing_.once);
    operands_ = reinterpret_cast<const void**>(partial_ + slicing_.partial_bytes);
    outputs_ = const_cast<void**>(operands_ + executable.operand_count);
    scratch_ = call.memory + slicing_.once_bytes + static_cast<std::size_t>(call.crew.workers) * own +
               at * static_cast<std::size_t>(call.crew.threads) * scratch;
  }

  std::byte* partial() const noexcept { return partial_; }

  // Every slice of a task, added up in the partial; or the only one of it, into the caller's outputs.
  void compute(Extent task, std::byte* partial) noexcept {
    const Extent region = task / slicing_.tasks_per_region(), begin = task % slicing_.tasks_per_region() * slicing_.slices_per_task;
    const Extent end = std::min(begin + slicing_.slices_per_task, slicing_.slices_per_region());
    for (Extent slice = begin; slice < end && !stopped(); ++slice) {
      place(region, slice);
      if (slicing_.has_partials())
        for (std::size_t i = 0; i < slicing_.partials.size(); ++i) outputs_[i] = partial + slicing_.partials[i];
      const double alpha = slicing_.has_partials() ? 1 : call_.alpha, beta = !slicing_.has_partials() ? call_.beta : slice == begin ? 0 : 1;
      run(std::span(call_.executable.code).subspan(slicing_.once), call_.executable, {operands_, call_.executable.operand_count}, alpha, beta, seconds_);
    }
  }

  void merge(Extent task, const std::byte* partial) noexcept {
    place(task / slicing_.tasks_per_region(), 0);
    const bool first = task % slicing_.tasks_per_region() == 0;
    const void** const partials = const_cast<const void**>(outputs_) + slicing_.partials.size();
    for (std::size_t i = 0; i < slicing_.partials.size(); ++i) partials[i] = partial + slicing_.partials[i];
    run(call_.combine.code, call_.combine, {partials, slicing_.partials.size()}, call_.alpha, first ? call_.beta : 1, {});
  }

 private:
  bool stopped() const noexcept { return call_.stop != nullptr && call_.stop->stop_requested(); }

  // Where the arrays of a slice begin. Regions count the loops that are not summed, slices of a region the others; the last runs fastest.
  void place(Extent region, Extent slice) noexcept {
    std::copy(call_.operands.begin(), call_.operands.end(), operands_);
    std::copy(call_.outputs.begin(), call_.outputs.end(), outputs_);
    for (auto loop = slicing_.loops.rbegin(); loop != slicing_.loops.rend(); ++loop) {
      Extent& left = loop->summed ? slice : region;
      const Extent part = left % loop->parts;
      left /= loop->parts;
      for (std::size_t i = 0; i < loop->operands.size(); ++i) operands_[i] = static_cast<const std::byte*>(operands_[i]) + part * loop->operands[i];
      for (std::size_t i = 0; i < call_.outputs.size(); ++i) outputs_[i] = static_cast<std::byte*>(outputs_[i]) + part * loop->outputs[i];
    }
  }

  void run(std::span<const ir::Instruction> code, const ir::Executable& executable, std::span<const void* const> operands, double alpha, double beta,
           std::span<double> seconds) noexcept {
    execute(code, executable, call_.table,
            {operands, {outputs_, executable.output_count}, alpha, beta, arena_, scratch_, call_.crew.threads, call_.stop, call_.memory, seconds, call_.beforehand});
  }

  const SlicedCall& call_;
  const ir::Slicing& slicing_;
  std::byte *arena_, *partial_, *scratch_;
  const void** operands_;
  void** outputs_;
  std::span<double> seconds_;
};

// Hands out tasks in ascending order; each worker that has computed one waits until those before it are merged. The oldest task that is
// not merged never waits, so that somebody always goes on.
template <class Compute, class Merge>
void in_order(const SlicedCall& call, Extent tasks, bool merges, const Compute& compute, const Merge& merge) noexcept {
  const auto stopped = [&] { return call.stop != nullptr && call.stop->stop_requested(); };
  std::atomic<Extent> next = 0, turn = 0;
  parallel_for(call.crew.workers, call.crew.workers, [&](std::ptrdiff_t number, int) {
    const StoppedBy stopped_by(call.stop);
    Worker worker(call, static_cast<int>(number));
    while (!stopped()) {
      const Extent task = next.fetch_add(1);
      if (task >= tasks) return;
      compute(worker, task);
      if (!merges) continue;
      for (Extent now = turn.load(); now != task; now = turn.load()) turn.wait(now);
      if (!stopped()) merge(worker, task);
      turn.store(task + 1);
      turn.notify_all();
    }
  });
}

}  // namespace

void run_once(const SlicedCall& call) noexcept {
  const ir::Executable& executable = call.executable;
  const ir::Slicing& slicing = executable.slicing;
  std::byte* const arena = call.memory + slicing.once_bytes;  // of the first worker, who does not use it yet
  const std::size_t count = slicing.once - executable.beforehand;
  execute(std::span(executable.code).subspan(executable.beforehand, count), executable, call.table,
          {call.operands, call.outputs, 1, 0, arena, arena + call.crew.workers * bytes_of_worker(executable), call.crew.workers * call.crew.threads, call.stop, call.memory,
           call.seconds.empty() ? std::span<double>() : call.seconds.subspan(executable.beforehand, count), call.beforehand});
}

void run_tasks(const SlicedCall& call, Extent first, Extent count, std::byte* partials) noexcept {
  in_order(
      call, count, false,
      [&](Worker& worker, Extent task) { worker.compute(first + task, partials + task * call.executable.slicing.partial_bytes); }, [](Worker&, Extent) {});
}

void merge_task(const SlicedCall& call, Extent task, const std::byte* partial) noexcept { Worker(call, 0).merge(task, partial); }

void run_slices(const SlicedCall& call) noexcept {
  run_once(call);
  const bool merges = call.executable.slicing.has_partials();
  in_order(
      call, call.executable.slicing.tasks(), merges, [](Worker& worker, Extent task) { worker.compute(task, worker.partial()); },
      [](Worker& worker, Extent task) { worker.merge(task, worker.partial()); });
}

}  // namespace einc::runtime
