// search_watch.cpp: time, whoever watches and stop() end a search; nothing else does.
// SPDX-License-Identifier: BSD-3-Clause
#include "plan/search_watch.hpp"

#include <chrono>
#include <stdexcept>
#include <thread>

#include "support/catch.hpp"

using namespace einc;
using namespace einc::plan;

namespace {

void wait_for_a_report() { std::this_thread::sleep_for(std::chrono::milliseconds(60)); }

}  // namespace

TEST_CASE("a watch without time or watcher is never over before it is stopped") {
  SearchWatch watch(0, 100, nullptr);
  CHECK_FALSE(watch.is_over(1000));
  CHECK_FALSE(watch.was_stopped());
  watch.stop();
  CHECK(watch.is_over());
  CHECK(watch.was_stopped());
}

TEST_CASE("time ends a search without stopping it") {
  SearchWatch watch(1e-9, 0, nullptr);
  std::this_thread::sleep_for(std::chrono::milliseconds(1));
  CHECK(watch.is_over());
  CHECK_FALSE(watch.was_stopped());
}

TEST_CASE("whoever watches hears of work and of the best cost, and ends the search by false") {
  PlanState heard;
  const PlanProgress progress = [&](const PlanState& state) {
    heard = state;
    return state.rounds < 3;
  };
  SearchWatch watch(0, 100, &progress);
  watch.round_ended(7);
  watch.round_ended(5);
  CHECK_FALSE(watch.is_over(20));
  CHECK(heard.rounds == 0);  // too early to be told
  wait_for_a_report();
  CHECK_FALSE(watch.is_over(20));
  CHECK(heard.share == Approx(0.4));
  CHECK(heard.cost == 5);
  CHECK(heard.rounds == 2);
  CHECK(heard.seconds > 0.05);
  watch.round_ended(6);
  wait_for_a_report();
  CHECK(watch.is_over());
  CHECK(watch.was_stopped());
  CHECK(heard.cost == 5);
}

TEST_CASE("only the thread that made the watch calls whoever watches, and gets what he throws") {
  const PlanProgress progress = [](const PlanState&) -> bool { throw std::runtime_error("enough"); };
  SearchWatch watch(0, 100, &progress);
  wait_for_a_report();
  std::thread other([&] { CHECK_FALSE(watch.is_over()); });
  other.join();
  CHECK_THROWS_WITH(watch.is_over(), "enough");
}
