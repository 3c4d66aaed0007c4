#include "runtime/parallel_for.hpp"

#include <atomic>
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
