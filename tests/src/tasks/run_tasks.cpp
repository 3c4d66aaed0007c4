// run_tasks.cpp: all tasks in one process: the bits of run(), progress, an end on demand, and checkpoints.
#include <algorithm>
#include <complex>

#include "support/catch.hpp"
#include "support/sliced_call.hpp"
#include "support/temporary_folder.hpp"

using namespace einc;
using namespace einc::testing;

namespace {

// Ends a run once so many tasks have been computed.
TaskReport run_until(SlicedCall<float>& call, TaskOptions options, std::int64_t finished) {
  std::int64_t computed = 0;
  options.before_tasks = [&](std::int64_t, std::int64_t count) {
    if (computed >= finished) throw Error(ErrorCode::cancelled, "enough");
    computed += count;
  };
  return run_tasks(call.compiled, call.refs(), call.ref(), options);
}

}  // namespace

TEMPLATE_TEST_CASE("a run by tasks has the bits of a run", "", float, double, std::complex<float>, std::int64_t, bool) {
  for (const std::string text : {"ij,jk,kl->il", "ij,jk,kl->", "ij,jk,kl->jl"})
    for (const int threads : {1, 3}) {
      SlicedCall<TestType> call(text, chain_shapes, in_slices(16, threads));
      const TaskReport report = run_tasks(call.compiled, call.refs(), call.ref());
      CHECK(call.is_right());
      CHECK(report.tasks == call.tasks());
      CHECK(report.computed == call.tasks());
      CHECK(report.resumed == 0);
    }
}

TEST_CASE("semirings and several threads, too") {
  Options options = in_slices(16, 2);
  options.semiring = semiring::max_plus;
  SlicedCall call(chain, chain_shapes, options);
  run_tasks(call.compiled, call.refs(), call.ref());
  CHECK(call.is_right());
}

TEST_CASE("progress counts up to all tasks") {
  SlicedCall call(chain, chain_shapes, in_slices(16));
  TaskProgress last;
  TaskOptions options;
  options.progress = [&](const TaskProgress& progress) {
    CHECK(progress.finished >= last.finished);
    last = progress;
  };
  run_tasks(call.compiled, call.refs(), call.ref(), options);
  CHECK(last.finished == call.tasks());
  CHECK(last.tasks == call.tasks());
  CHECK(last.seconds_left() == 0);
}

TEST_CASE("a stop ends a run with `cancelled`") {
  SlicedCall call(chain, chain_shapes, in_slices(16));
  std::stop_source stop;
  stop.request_stop();
  TaskOptions options;
  options.stop = stop.get_token();
  try {
    run_tasks(call.compiled, call.refs(), call.ref(), options);
    FAIL("ran to its end");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::cancelled);
  }
}

TEST_CASE("a run that was ended goes on from its checkpoint, and computes nothing twice") {
  const test::TemporaryFolder folder;
  SlicedCall call(chain, chain_shapes, in_slices(24));
  TaskOptions options;
  options.checkpoint = folder / "c";
  CHECK_THROWS_AS(run_until(call, options, 6), Error);
  CHECK_THROWS_AS(run_tasks(call.compiled, call.refs(), call.ref(), options), Error);  // there already
  options.resume = true;
  std::vector<int> begun(static_cast<std::size_t>(call.tasks()), 0);
  options.before_tasks = [&](std::int64_t first, std::int64_t count) {
    for (std::int64_t task = first; task < first + count; ++task) ++begun[static_cast<std::size_t>(task)];
  };
  const TaskReport report = run_tasks(call.compiled, call.refs(), call.ref(), options);
  CHECK(call.is_right());
  CHECK(report.resumed >= 6);
  CHECK(report.computed == call.tasks() - report.resumed);
  CHECK(std::count(begun.begin(), begun.end(), 1) == report.computed);
  CHECK(std::count(begun.begin(), begun.end(), 0) == report.resumed);
  const TaskReport again = run_tasks(call.compiled, call.refs(), call.ref(), options);  // nothing is left to do
  CHECK(again.computed == 0);
  CHECK(call.is_right());
}

TEST_CASE("a checkpoint of other operands or of another expression is refused") {
  const test::TemporaryFolder folder;
  SlicedCall call(chain, chain_shapes, in_slices(24));
  TaskOptions options;
  options.checkpoint = folder / "c";
  options.resume = true;
  CHECK_THROWS_AS(run_until(call, options, 6), Error);
  call.operands[1][5] = 99;
  CHECK_THROWS_WITH(run_tasks(call.compiled, call.refs(), call.ref(), options), ContainsSubstring("on other operands"));
  SlicedCall other("ij,jk,kl->li", chain_shapes, in_slices(24));
  CHECK_THROWS_WITH(run_tasks(other.compiled, other.refs(), other.ref(), options), ContainsSubstring("of another computation"));
}
