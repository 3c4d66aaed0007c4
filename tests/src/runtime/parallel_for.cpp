#include "runtime/parallel_for.hpp"

#include <atomic>
#include <thread>
#include <vector>

#include "support/catch.hpp"

using einc::runtime::parallel_for;

TEST_CASE("every task runs once, on a thread within the limit") {
  for (const int threads : {1, 2, 3, 8}) {
    for (const std::ptrdiff_t tasks : {0, 1, 2, 7, 1000}) {
      std::vector<std::atomic<int>> runs(static_cast<std::size_t>(tasks));
      std::atomic<bool> within = true;
      parallel_for(tasks, threads, [&](std::ptrdiff_t task, int thread) {
        ++runs[static_cast<std::size_t>(task)];
        if (thread < 0 || thread >= threads) within = false;
      });
      CHECK(within);
      for (const std::atomic<int>& count : runs) REQUIRE(count == 1);
    }
  }
}

TEST_CASE("who has done its own tasks takes those of others, and more threads than shares find some") {
  constexpr int tasks = 40;
  std::vector<std::atomic<int>> runs(tasks);
  std::atomic<int> done = 0, done_by_others = 0;
  parallel_for(tasks, 2, [&](std::ptrdiff_t task, int) {
    if (task == 0) {  // waits while the other thread, if there is one, does its own and goes on with those behind this
      for (int turn = 0; done < tasks - 1 && turn < (einc::runtime::processors() > 1 ? 10'000'000 : 1); ++turn) std::this_thread::yield();
      done_by_others = done.load();
    }
    ++runs[static_cast<std::size_t>(task)];
    ++done;
  });
  for (const std::atomic<int>& count : runs) CHECK(count == 1);
  CHECK(done_by_others == (einc::runtime::processors() > 1 ? tasks - 1 : 0));
  std::atomic<int> many = 0;
  parallel_for(1000, 200, [&](std::ptrdiff_t, int thread) {
    if (thread < 200) ++many;
  });
  CHECK(many == 1000);
}

TEST_CASE("a loop inside a parallel loop runs on the thread that calls it") {
  std::atomic<int> runs = 0, strangers = 0;
  parallel_for(4, 2, [&](std::ptrdiff_t, int) {
    parallel_for(8, 2, [&](std::ptrdiff_t, int thread) {
      ++runs;
      if (thread != 0) ++strangers;
    });
  });
  CHECK(runs == 32);
  CHECK(strangers == 0);
}

TEST_CASE("a stop leaves out the tasks that have not begun, and is forgotten with its run") {
  std::stop_source source;
  for (const int threads : {1, 2}) {
    std::atomic<int> runs = 0;
    {
      const std::stop_token token = source.get_token();
      const einc::runtime::StoppedBy stopped_by(&token);
      CHECK(einc::runtime::stop_of_this_thread() == &token);
      parallel_for(1000, threads, [&](std::ptrdiff_t, int) {
        ++runs;
        source.request_stop();
      });
      CHECK(runs >= 1);
      CHECK(runs <= threads);
    }
    CHECK(einc::runtime::stop_of_this_thread() == nullptr);
    parallel_for(1000, threads, [&](std::ptrdiff_t, int) { ++runs; });
    CHECK(runs >= 1000);
    source = std::stop_source();
  }
}
