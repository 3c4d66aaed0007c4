#include "cli/compute_tasks.hpp"

#include <cstdlib>

#include <einc/error.hpp>
#include <sys/wait.h>

#include "cli/npy.hpp"
#include "support/catch.hpp"
#include "support/sliced_call.hpp"
#include "support/temporary_folder.hpp"

using namespace einc;
using namespace einc::cli;

TEST_CASE("a line of progress tells tasks, time left and what was there before") {
  TaskProgress progress{64, 0, 0, 2};
  CHECK(progress_line(progress) == "0 of 64 tasks [------------------------]");
  progress.finished = 32;
  CHECK(progress_line(progress) == "32 of 64 tasks [############------------] 0:02 left");
  progress.resumed = 31, progress.seconds = 100;
  CHECK(progress_line(progress) == "32 of 64 tasks [############------------] 53:20 left, 31 resumed");
  progress.seconds = 1000;
  CHECK_THAT(progress_line(progress), ContainsSubstring(" 8:53:20 left"));
  progress.finished = 64;
  CHECK_THAT(progress_line(progress), ContainsSubstring("[########################] 0:00 left"));
}

TEST_CASE("an interrupted run says how far it came, and how to go on") {
  TaskProgress progress{64, 17, 0, 2};
  CHECK(how_to_go_on(progress, "run.ckpt") == "17 of 64 tasks are finished, and in `run.ckpt`: the same command with --resume goes on from there");
}

TEST_CASE("tasks of one process leave a checkpoint behind, which a run that resumes takes up") {
  testing::SlicedCall call(testing::chain, testing::chain_shapes, testing::in_slices(16));
  const test::TemporaryFolder folder;
  const Ranks alone(false);
  OutputRef out = call.ref();
  const std::vector<ArrayRef> operands = call.refs();
  compute_tasks(alone, call.compiled, operands, {&out, 1}, {folder / "c", false});
  CHECK(call.is_right());
  CHECK_THROWS_AS(compute_tasks(alone, call.compiled, operands, {&out, 1}, {folder / "c", false}), Error);
  compute_tasks(alone, call.compiled, operands, {&out, 1}, {folder / "c", true});
  CHECK(call.is_right());
}

TEST_CASE("an interrupt leaves a checkpoint, says how to go on, and ends with 130; what goes on ends with the same bytes") {
  const test::TemporaryFolder folder;
  const std::string header = make_npy_header(DType::f64, {768, 768});
  const std::string a = folder.put("a.npy", header + std::string(768 * 768 * 8, '\x3f'));
  const std::string file = folder / "c";
  std::string run = "EINC_CALIBRATION=off EINC_NUM_THREADS=1 '" EINC_TOOL "' run 'ab,bc,cd,de,ef->af'";
  for (int i = 0; i < 5; ++i) run += " '" + a + "'";
  run += " --slices 64 --planner left_to_right --checkpoint '" + file + "' -o '" + folder / "o.npy' 2>'" + folder / "err'";
  const auto code_of = [](const std::string& command) { return WEXITSTATUS(std::system(command.c_str())); };
  // Interrupted as soon as the file holds a task.
  const int code = code_of(run + " & p=$!; while kill -0 $p && [ $(stat -c %s '" + file + "' 2>/dev/null || echo 0) -lt 100 ]; do sleep 0.002; done; kill -INT $p; wait $p");
  if (code == 0) return;  // it was quicker
  CHECK(code == 130);
  CHECK_THAT(test::read_file(folder / "err"), ContainsSubstring(" tasks finished") && ContainsSubstring("--resume goes on from there"));
  CHECK(test::read_file(folder / "o.npy").empty());
  CHECK(code_of(run + " --resume") == 0);
  const std::string resumed = test::read_file(folder / "o.npy");
  CHECK(test::read_file(file).empty());
  CHECK(code_of(run) == 0);
  CHECK(test::read_file(folder / "o.npy") == resumed);
}
