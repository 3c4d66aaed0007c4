// ranks.cpp: `einc run --mpi` from outside, by one rank and by several. EINC_TOOL is the path of the built program; EINC_MPIEXEC, where it was
// built with MPI, how several are started.
#include "cli/ranks.hpp"

#include <cstdlib>
#include <stdexcept>

#include <einc/error.hpp>
#include <sys/wait.h>

#include "cli/npy.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace einc;
using namespace einc::cli;

namespace {

struct Outcome {
  int code = -1;
  std::string out, err;
};

// Both only where several ranks can be started.
[[maybe_unused]] Outcome run_in_shell(const std::string& command) {
  const test::TemporaryFolder folder;
  const std::string out = folder / "out", err = folder / "err";
  const int status = std::system((command + " >'" + out + "' 2>'" + err + "'").c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, test::read_file(out), test::read_file(err)};
}

[[maybe_unused]] std::string npy(const Shape& shape, int salt) {
  std::string bytes = make_npy_header(DType::f32, shape);
  for (std::int64_t n = 0; n < shape[0] * shape[1]; ++n) {
    const float value = static_cast<float>((n * 7 + salt) % 11) * 0.3F - 1;
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  return bytes;
}

}  // namespace

TEST_CASE("without MPI there is one rank, which is the first") {
  const Ranks ranks(false);
  CHECK(ranks.first());
  CHECK(ranks.count() == 1);
  CHECK_FALSE(ranks.by_mpi());
  CHECK(ranks.threads() == 0);
  CHECK(ranks.from_first("text") == "text");
  CHECK_THROWS_WITH(ranks.together([] { throw std::runtime_error("broken"); }), "broken");
}

#ifdef EINC_MPIEXEC

namespace {
const std::string started = "env EINC_CALIBRATION=off OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 PRTE_ALLOW_RUN_AS_ROOT=1 PRTE_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_btl_vader_single_copy_mechanism=none OMP_WAIT_POLICY=passive ASAN_OPTIONS=detect_leaks=0 ";
}

TEST_CASE("ranks of mpirun write the bytes that one process writes, once") {
  const test::TemporaryFolder folder;
  const std::string files = " '" + folder.put("a.npy", npy({30, 48}, 1)) + "' '" + folder.put("b.npy", npy({48, 20}, 2)) + "' ";
  const std::string tool = std::string("'") + EINC_TOOL + "' run 'ij,jk->ik'" + files + "--slices 24 ";
  REQUIRE(run_in_shell(started + tool + "-o '" + folder / "one.npy'").code == 0);
  const std::string one = test::read_file(folder / "one.npy");
  REQUIRE(one.size() > 30 * 20 * 4);
  for (const std::string& launcher : {std::string(), std::string(EINC_MPIEXEC " 2 "), std::string(EINC_MPIEXEC " 4 ")}) {
    const Outcome outcome = run_in_shell(started + launcher + tool + "--mpi --checkpoint '" + folder / "c' -o '" + folder / "many.npy'");
    INFO(launcher << outcome.err);
    CHECK(outcome.code == 0);
    CHECK(outcome.out.empty());
    CHECK(test::read_file(folder / "many.npy") == one);
    CHECK(folder.names().size() == 4);  // no checkpoint stays
  }
  const Outcome printed = run_in_shell(started + EINC_MPIEXEC " 3 " + tool + "--mpi"), alone = run_in_shell(started + tool);
  CHECK(printed.code == 0);
  CHECK(printed.out == alone.out);
  const std::string program = "'" + folder.put("p.einc", "input a \"ij\"\ninput b \"jk\"\noutput c = einsum(\"ij,jk->ik\", a, b)\n") + "'";
  const Outcome of_program = run_in_shell(started + EINC_MPIEXEC " 2 '" EINC_TOOL "' run " + program + files + "--slices 24 --mpi");
  INFO(of_program.err);
  CHECK(of_program.code == 0);
  CHECK(of_program.out == alone.out);
}

TEST_CASE("a saved plan is read by rank 0, and goes on with a checkpoint of the run it was saved from") {
  const test::TemporaryFolder folder;
  const std::string files = " '" + folder.put("a.npy", npy({30, 48}, 1)) + "' '" + folder.put("b.npy", npy({48, 20}, 2)) + "' ";
  const std::string tool = std::string("'") + EINC_TOOL + "' ", plan = "'" + folder / "plan.json'", checkpoint = " --checkpoint '" + folder / "c'";
  REQUIRE(run_in_shell(started + tool + "plan 'ij,jk->ik' --shape 30,48 --shape 48,20 --slices 24 -o " + plan).code == 0);
  REQUIRE(run_in_shell(started + tool + "run 'ij,jk->ik'" + files + "--slices 24 -o '" + folder / "one.npy'").code == 0);
  const std::string one = test::read_file(folder / "one.npy");
  for (const std::string text : {"", "'ij,jk->ik'"})
    for (const std::string& launcher : {std::string(), std::string(EINC_MPIEXEC " 2 "), std::string(EINC_MPIEXEC " 4 ")}) {
      const Outcome outcome = run_in_shell(started + launcher + tool + "run " + text + files + "--plan " + plan + " --mpi" + checkpoint + " -o '" + folder / "many.npy'");
      INFO(launcher << outcome.err);
      CHECK(outcome.code == 0);
      CHECK(test::read_file(folder / "many.npy") == one);
    }
  const Outcome cut_little = run_in_shell(started + EINC_MPIEXEC " 2 " + tool + "run" + files + "--plan " + plan + " --mpi --slices 100000");
  CHECK(cut_little.code == 1);
  CHECK_THAT(cut_little.err, ContainsSubstring("plan.json`: `slices` is 100000, and the plan is cut into"));
  const Outcome uncut = run_in_shell(started + tool + "plan 'ij,jk->ik' --shape 30,48 --shape 48,20 -o " + plan + " && " + started + EINC_MPIEXEC " 2 " + tool + "run" + files + "--plan " + plan + " --mpi");
  CHECK(uncut.code == 1);
  CHECK_THAT(uncut.err, ContainsSubstring("has no tasks"));
}

TEST_CASE("ranks that are asked to end, as mpirun asks them, say once where the finished tasks are, and how to go on") {
  const test::TemporaryFolder folder;
  const std::string a = folder.put("a.npy", npy({1600, 1600}, 1)), file = folder / "c", err = folder / "err";
  std::string run = "EINC_NUM_THREADS=1 " EINC_MPIEXEC " 2 '" EINC_TOOL "' run 'ab,bc,cd,de,ef->af'";
  for (int i = 0; i < 5; ++i) run += " '" + a + "'";
  run += " --slices 100 --planner left_to_right --mpi --checkpoint '" + file + "' -o '" + folder / "o.npy'";
  // As soon as the file holds a task.
  const Outcome ended = run_in_shell(started + run + " 2>'" + err + "' & p=$!; while kill -0 $p && [ $(stat -c %s '" + file + "' 2>/dev/null || echo 0) -lt 100 ]; do sleep 0.002; done; kill -TERM $(cat /proc/$p/task/$p/children); wait $p");
  if (ended.code == 0) return;  // it was quicker
  const std::string said = test::read_file(err);
  INFO(said);
  const std::size_t first = said.find("--resume goes on from there");
  REQUIRE(first != std::string::npos);
  CHECK(said.find("--resume goes on", first + 1) == std::string::npos);
  CHECK_THAT(said, ContainsSubstring(" tasks ") && ContainsSubstring("`" + file + "`"));
  CHECK(run_in_shell(started + run + " --resume").code == 0);
  const std::string resumed = test::read_file(folder / "o.npy");
  CHECK(run_in_shell(started + run).code == 0);
  CHECK(test::read_file(folder / "o.npy") == resumed);
}

TEST_CASE("what is wrong is said once, by rank 0") {
  const test::TemporaryFolder folder;
  const std::string a = folder.put("a.npy", npy({3, 4}, 1));
  for (const std::string& arguments : {"'ij,jk->ik' '" + a + "' '" + a + "'", std::string("'ij->j' /nonexistent.npy"), "'ij->j' '" + a + "' -o /nonexistent/c.npy"}) {
    const Outcome outcome = run_in_shell(started + EINC_MPIEXEC " 3 '" EINC_TOOL "' run " + arguments + " --slices 4 --mpi");
    INFO(arguments << outcome.err);
    CHECK(outcome.code == 1);
    CHECK(outcome.out.empty());
    const std::size_t first = outcome.err.find("error: ");
    REQUIRE(first != std::string::npos);
    CHECK(outcome.err.find("error: ", first + 1) == std::string::npos);
  }
}

#elif !EINC_MPI

TEST_CASE("without MPI built in, --mpi says how to get it") {
  CHECK_THROWS_WITH(Ranks(true), ContainsSubstring("without MPI") && ContainsSubstring("libopenmpi-dev"));
}

#endif
