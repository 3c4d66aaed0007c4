#include "tasks/task_ledger.hpp"

#include <vector>

#include "support/catch.hpp"
#include "support/sliced_call.hpp"
#include "support/temporary_folder.hpp"

using namespace einc;
using namespace einc::tasks;
using namespace einc::testing;

namespace {

FinishedTasks computed(TaskRun& run, const Compiled& compiled, TaskRange range) {
  const std::size_t bytes = static_cast<std::size_t>(range.count) * compiled.slicing().partial_bytes;
  FinishedTasks finished{range, std::make_unique<std::byte[]>(bytes)};
  run.run(range.first, range.count, {finished.partials.get(), bytes});
  return finished;
}

}  // namespace

TEST_CASE("every task is handed out once, in order, and ranges get shorter towards the end") {
  SlicedCall call(chain, chain_shapes, in_slices(32));
  OutputRef out = call.ref();
  TaskLedger ledger(call.compiled, {&out, 1}, 0, {});
  std::int64_t next = 0, last = call.tasks();
  while (const auto range = ledger.next(2)) {
    CHECK(range->first == next);
    CHECK(range->count >= 1);
    CHECK(range->count <= last);
    next = range->end(), last = range->count;
    CHECK(ledger.unassigned() == call.tasks() - next);
  }
  CHECK(next == call.tasks());
  CHECK(last == 1);
  CHECK_FALSE(ledger.done());
}

TEST_CASE("tasks that come back in any order are merged in ascending order") {
  SlicedCall call(chain, chain_shapes, in_slices(24));
  OutputRef out = call.ref();
  TaskLedger ledger(call.compiled, {&out, 1}, 0, {});
  const std::vector<ArrayRef> operands = call.refs();
  TaskRun run = call.compiled.tasks(operands);
  std::vector<FinishedTasks> finished;
  while (const auto range = ledger.next(4)) finished.push_back(computed(run, call.compiled, *range));
  for (std::size_t i = finished.size(); i-- > 0;) {
    CHECK_FALSE(ledger.done());
    ledger.finish(std::move(finished[i]));
  }
  CHECK(ledger.done());
  CHECK(call.is_right());
}

TEST_CASE("no more tasks are handed out than the window has room for, and the next to be merged always is") {
  SlicedCall call(chain, chain_shapes, in_slices(24));
  OutputRef out = call.ref();
  TaskOptions options;
  options.window_bytes = 3 * static_cast<std::int64_t>(call.compiled.slicing().partial_bytes);
  TaskLedger ledger(call.compiled, {&out, 1}, 0, options);
  const std::vector<ArrayRef> operands = call.refs();
  TaskRun run = call.compiled.tasks(operands);
  std::vector<TaskRange> ranges;
  while (!ledger.done()) {
    std::int64_t tasks = 0;
    while (const auto range = ledger.next(1)) ranges.push_back(*range);
    for (const TaskRange& range : ranges) tasks += range.count;
    CHECK(tasks <= 3);
    REQUIRE_FALSE(ranges.empty());
    ledger.finish(computed(run, call.compiled, ranges.back()));  // the first one last
    ranges.pop_back();
  }
  CHECK(call.is_right());
}

TEST_CASE("a ledger takes over what the checkpoint holds, and hands out the rest") {
  SlicedCall call(chain, chain_shapes, in_slices(24));
  OutputRef out = call.ref();
  const test::TemporaryFolder folder;
  TaskOptions options;
  options.checkpoint = folder / "c";
  const std::vector<ArrayRef> operands = call.refs();
  TaskRun run = call.compiled.tasks(operands);
  std::int64_t kept = 0;
  {
    TaskLedger ledger(call.compiled, {&out, 1}, 1, options);
    std::vector<TaskRange> ranges;
    while (const auto range = ledger.next(8)) ranges.push_back(*range);
    for (std::size_t i = 0; i < ranges.size(); i += 3) {
      ledger.finish(computed(run, call.compiled, ranges[i]));
      kept += ranges[i].count;
    }
  }
  options.resume = true;
  SlicedCall again(chain, chain_shapes, in_slices(24, 2));
  OutputRef other_out = again.ref();
  TaskLedger ledger(again.compiled, {&other_out, 1}, 1, options);
  CHECK(ledger.progress().resumed == kept);
  CHECK(ledger.unassigned() == call.tasks() - kept);
  std::int64_t handed_out = 0;
  while (const auto range = ledger.next(2)) {
    handed_out += range->count;
    ledger.finish(computed(run, call.compiled, *range));
  }
  CHECK(handed_out == call.tasks() - kept);
  CHECK(ledger.done());
  CHECK(again.is_right());
}
