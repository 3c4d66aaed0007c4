// killed.cpp: a rank dies in the middle of a run; the next run goes on from the checkpoint. Two programs, as ctest starts them:
// `[first]`, of which mpirun must say that a rank ended on signal 9, then `[second]`. EINC_TEST_CHECKPOINT names the file between them.
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "mpi/ranks_of_test.hpp"
#include "support/catch.hpp"
#include "support/sliced_call.hpp"

using namespace einc;
using namespace einc::testing;

namespace {

mpi::RunOptions with_checkpoint() {
  const char* const path = std::getenv("EINC_TEST_CHECKPOINT");
  REQUIRE(path != nullptr);
  mpi::RunOptions options;
  options.tasks.checkpoint = path;
  return options;
}

}  // namespace

TEST_CASE("the last rank is killed after some tasks", "[first]") {
  mpi::RunOptions options = with_checkpoint();
  if (my_rank() == 0) std::filesystem::remove(options.tasks.checkpoint);
  SlicedCall call(chain, chain_shapes, in_slices(64));
  OutputRef out = call.ref();
  int ranges = 0;
  options.tasks.before_tasks = [&](std::int64_t, std::int64_t) {
    if (++ranges == 1) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(500));  // what was finished has reached rank 0
    if (my_rank() == last_rank()) std::raise(SIGKILL);
    std::this_thread::sleep_for(std::chrono::minutes(1));         // nobody ends before that
  };
  mpi::run(all_ranks(), call.compiled, call.refs(), {&out, 1}, options);
}

TEST_CASE("what was finished is not computed again, and the result has the same bits", "[second]") {
  mpi::RunOptions options = with_checkpoint();
  REQUIRE(std::filesystem::exists(options.tasks.checkpoint));
  options.tasks.resume = true;
  std::int64_t begun = 0;
  options.tasks.before_tasks = [&](std::int64_t, std::int64_t count) { begun += count; };
  SlicedCall call(chain, chain_shapes, in_slices(64));
  OutputRef out = call.ref();
  const TaskReport report = mpi::run(all_ranks(), call.compiled, call.refs(), {&out, 1}, options);
  if (my_rank() == 0) CHECK(call.is_right());
  CHECK(report.resumed > 0);
  CHECK(sum_over_ranks(begun) == call.tasks() - report.resumed);
}
