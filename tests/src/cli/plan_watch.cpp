// plan_watch.cpp: what the line of progress says, and that an interrupt ends the search.
// SPDX-License-Identifier: BSD-3-Clause
#include "cli/plan_watch.hpp"

#include <csignal>

#include "support/catch.hpp"

using namespace einc;
using namespace einc::cli;

TEST_CASE("the line of progress has how far the search is, and the best so far in the words of its objective") {
  CHECK(line_of({1.5, 0.25, 1.25e9, 7}, Objective::flops) == "planning [###.........] 25 %  best 1.25e+09 flops, 7 rounds; Ctrl-C takes it");
  CHECK(line_of({1.5, 2, 0.125, 1}, Objective::seconds) == "planning [############] 100 %  best 0.125 s predicted, 1 round; Ctrl-C takes it");
  CHECK_THAT(line_of({1.5, 0, 64, 0}, Objective::size), ContainsSubstring("[............] 0 %  best 64 elements at once, 0 rounds"));
  CHECK_THAT(line_of({1.5, 0, 64, 0}, Objective::write), ContainsSubstring("64 elements written"));
}

TEST_CASE("an interrupt ends the search and not the program; afterwards interrupts do what they did") {
  const auto before = std::signal(SIGINT, SIG_IGN);
  const Options options;
  {
    PlanWatch watch(options);
    const PlanProgress progress = watch.progress();
    CHECK(progress({}));
    std::raise(SIGINT);
    CHECK_FALSE(progress({}));
  }
  CHECK(std::signal(SIGINT, before) == SIG_IGN);
}
