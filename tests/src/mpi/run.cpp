// run.cpp: runs by 1, 2 and 4 ranks, as ctest starts this program. Every rank runs every case.
#include <complex>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "mpi/ranks_of_test.hpp"
#include "support/catch.hpp"
#include "support/sliced_call.hpp"
#include "support/temporary_folder.hpp"

using namespace einc;
using namespace einc::testing;

namespace {

// What a run throws, which must be the same on every rank.
struct Thrown {
  ErrorCode code = ErrorCode::none;
  std::string sentence;
};

template <class T>
Thrown thrown_by(SlicedCall<T>& call, const mpi::RunOptions& options) {
  try {
    mpi::run(all_ranks(), call.compiled, call.refs(), {{call.ref()}}, options);
  } catch (const Error& error) {
    const std::string common = mpi::from_rank_0(all_ranks(), error.sentence());
    CHECK(error.sentence() == common);
    return {error.code(), error.sentence()};
  }
  return {};
}

// A folder of rank 0's that all ranks know.
class SharedFolder {
 public:
  SharedFolder() : path_(mpi::from_rank_0(all_ranks(), mine_ / "")) {}
  std::string operator/(const std::string& name) const { return path_ + name; }

 private:
  test::TemporaryFolder mine_;
  std::string path_;
};

}  // namespace

TEMPLATE_TEST_CASE("the outputs have the bits of a run in one process, for any number of ranks", "", float, double, std::complex<float>, std::int64_t, bool) {
  for (const std::string text : {"ij,jk,kl->il", "ij,jk,kl->", "ij,jk,kl->jl"}) {
    SlicedCall<TestType> call(text, chain_shapes, in_slices(24, 1 + my_rank() % 2));
    OutputRef out = call.ref();
    const TaskReport report = mpi::run(all_ranks(), call.compiled, call.refs(), {&out, 1});
    if (my_rank() == 0) CHECK(call.is_right());
    CHECK(report.tasks == call.tasks());
    CHECK(report.resumed == 0);
    CHECK(sum_over_ranks(report.computed) == call.tasks());
  }
}

TEST_CASE("semirings, too, and windows of a single partial") {
  Options options = in_slices(24);
  options.semiring = semiring::max_plus;
  SlicedCall call(chain, chain_shapes, options);
  OutputRef out = call.ref();
  mpi::RunOptions narrow;
  narrow.tasks.window_bytes = 1;
  mpi::run(all_ranks(), call.compiled, call.refs(), {&out, 1}, narrow);
  if (my_rank() == 0) CHECK(call.is_right());
}

TEST_CASE("operands come from rank 0 and outputs go to every rank, when asked for") {
  SlicedCall<double> call(chain, chain_shapes, in_slices(24));
  OutputRef out = call.ref();
  mpi::RunOptions options;
  options.operands = mpi::On::rank_0;
  options.outputs = mpi::On::every_rank;
  const std::vector<ArrayRef> operands = my_rank() == 0 ? call.refs() : std::vector<ArrayRef>{};
  mpi::run(all_ranks(), call.compiled, operands, {&out, 1}, options);
  CHECK(call.is_right());
}

TEST_CASE("a rank that is slow gets fewer tasks: it is not waited for until nothing else is left") {
  if (rank_count() == 1) return;
  SlicedCall call(chain, chain_shapes, in_slices(64));
  OutputRef out = call.ref();
  const SharedFolder folder;
  const std::string others_are_done = folder / "done";
  mpi::RunOptions options;
  options.tasks.progress = [&](const TaskProgress& progress) {
    if (progress.finished >= progress.tasks * 5 / 8) std::ofstream(others_are_done).put('x');
  };
  if (my_rank() == last_rank())
    options.tasks.before_tasks = [&](std::int64_t, std::int64_t) {
      while (!std::filesystem::exists(others_are_done)) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    };
  mpi::run(all_ranks(), call.compiled, call.refs(), {&out, 1}, options);
  if (my_rank() == 0) CHECK(call.is_right());
}

TEST_CASE("ranks that have compiled something else, or have other operands, are an Error on every rank") {
  if (rank_count() == 1) return;
  const bool other = my_rank() == last_rank();
  const auto refused = [](auto&& call, const std::string& why) {
    const Thrown thrown = thrown_by(call, {});
    CHECK(thrown.code == ErrorCode::bad_option);
    CHECK_THAT(thrown.sentence, ContainsSubstring("rank " + std::to_string(last_rank()) + ": ") && ContainsSubstring(why));
  };
  refused(SlicedCall(other ? "ij,jk,kl->li" : chain, chain_shapes, in_slices(24)), "another text");
  refused(SlicedCall(chain, other ? std::vector<Shape>{{30, 48}, {48, 36}, {36, 24}} : chain_shapes, in_slices(24)), "other shapes");
  refused(SlicedCall(chain, chain_shapes, in_slices(other ? 40 : 24)), "another plan");
  SlicedCall call(chain, chain_shapes, in_slices(24));
  if (other) call.operands[1][3] = 100;
  refused(call, "other operands");
  Options options = in_slices(24);
  if (other) options.isa = "baseline";
  if (compile(chain, chain_shapes, in_slices(24)).plan().isa != "baseline") refused(SlicedCall(chain, chain_shapes, options), "kernels for baseline");
  Options whole;
  whole.threads = 1;
  const Thrown thrown = [&] {
    SlicedCall without(chain, chain_shapes, other ? whole : in_slices(24));
    return thrown_by(without, {});
  }();
  CHECK_THAT(thrown.sentence, ContainsSubstring("has no tasks"));
}

TEST_CASE("what one rank throws ends all ranks with it, and the next run is as good as ever") {
  for (const int thrower : {0, last_rank()}) {
    SlicedCall call(chain, chain_shapes, in_slices(64));
    mpi::RunOptions options;
    int ranges = 0;
    if (my_rank() == thrower)
      options.tasks.before_tasks = [&](std::int64_t, std::int64_t) {
        if (++ranges == 2) throw Error(ErrorCode::bad_option, "no more of this");
      };
    else options.tasks.before_tasks = [](std::int64_t, std::int64_t) { std::this_thread::sleep_for(std::chrono::milliseconds(20)); };
    const Thrown thrown = thrown_by(call, options);
    CHECK(thrown.code == ErrorCode::bad_option);
    CHECK(thrown.sentence == (thrower == 0 ? "" : "rank " + std::to_string(thrower) + ": ") + "no more of this");
    OutputRef out = call.ref();
    mpi::run(all_ranks(), call.compiled, call.refs(), {&out, 1});
    if (my_rank() == 0) CHECK(call.is_right());
  }
}

TEST_CASE("other exceptions end all ranks as well, and so does a stop on one of them") {
  SlicedCall call(chain, chain_shapes, in_slices(24));
  OutputRef out = call.ref();
  mpi::RunOptions options;
  options.tasks.before_tasks = [](std::int64_t, std::int64_t) { throw std::logic_error("out of order"); };
  CHECK_THROWS_WITH(mpi::run(all_ranks(), call.compiled, call.refs(), {&out, 1}, options), ContainsSubstring("out of order"));
  std::stop_source stop;
  if (my_rank() == last_rank()) stop.request_stop();
  mpi::RunOptions stopped;
  stopped.tasks.stop = stop.get_token();
  // Nobody but the last rank begins, so that the run cannot end before it is stopped.
  if (my_rank() != last_rank()) stopped.tasks.before_tasks = [&](std::int64_t, std::int64_t) { std::this_thread::sleep_for(std::chrono::milliseconds(200)); };
  CHECK(thrown_by(call, stopped).code == ErrorCode::cancelled);
}

TEST_CASE("a failed run leaves a checkpoint from which the next one goes on, with any number of ranks") {
  SlicedCall call(chain, chain_shapes, in_slices(64));
  const SharedFolder folder;
  mpi::RunOptions options;
  options.tasks.checkpoint = folder / "c";
  options.tasks.resume = true;
  std::int64_t before = 0;
  for (int attempt = 0; attempt < 2; ++attempt) {
    int ranges = 0;
    options.tasks.before_tasks = [&](std::int64_t, std::int64_t) {
      if (++ranges == 3) throw Error(ErrorCode::bad_option, "enough");
    };
    CHECK(thrown_by(call, options).code == ErrorCode::bad_option);
  }
  options.tasks.before_tasks = [&](std::int64_t, std::int64_t count) { before += count; };
  OutputRef out = call.ref();
  const TaskReport report = mpi::run(all_ranks(), call.compiled, call.refs(), {&out, 1}, options);
  if (my_rank() == 0) CHECK(call.is_right());
  CHECK(report.resumed > 0);
  CHECK(sum_over_ranks(before) == call.tasks() - report.resumed);
  call.operands[0][0] = 77;
  CHECK_THAT(thrown_by(call, options).sentence, ContainsSubstring("on other operands"));
}

TEST_CASE("a checkpoint that cannot be written is an Error on every rank") {
  SlicedCall call(chain, chain_shapes, in_slices(24));
  mpi::RunOptions options;
  options.tasks.checkpoint = "/nonexistent/c";
  CHECK(thrown_by(call, options).code == ErrorCode::bad_file);
}
