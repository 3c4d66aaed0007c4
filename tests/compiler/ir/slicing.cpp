// slicing.cpp: a sliced executable whose loops do not fit it is noticed; crews keep to threads and memory.
// SPDX-License-Identifier: BSD-3-Clause
#include <functional>

#include <einc/error.hpp>

#include "ir/executable.hpp"
#include "support/catch.hpp"

using namespace einc;
using namespace einc::ir;

namespace {

Executable sliced() {
  Executable executable;
  executable.operand_count = 1, executable.output_count = 1;
  executable.arena_bytes = 1024, executable.scratch_bytes = 64;
  executable.slicing.loops = {{3, false, {8}, {8}}, {4, true, {16}, {0}}};
  executable.slicing.slices_per_task = 2;
  executable.slicing.once_bytes = 128;
  executable.slicing.partials = {0};
  executable.slicing.partial_bytes = 64;
  return executable;
}

}  // namespace

TEST_CASE("slices, regions and tasks are counted from the loops") {
  const Slicing slicing = sliced().slicing;
  CHECK(slicing.slices() == 12);
  CHECK(slicing.regions() == 3);
  CHECK(slicing.slices_per_region() == 4);
  CHECK(slicing.tasks() == 6);
  CHECK(Slicing{}.slices() == 1);
  CHECK_FALSE(Slicing{}.is_sliced());
}

TEST_CASE("loops that do not fit the executable are refused") {
  CHECK_NOTHROW(verify_slicing(sliced()));
  CHECK_NOTHROW(verify_slicing(Executable{}));
  const std::function<void(Executable&)> breaches[] = {
      [](Executable& e) { e.slicing.loops[0].parts = 0; },         [](Executable& e) { e.slicing.loops[0].operands.clear(); },
      [](Executable& e) { e.slicing.loops[1].outputs.clear(); },   [](Executable& e) { std::swap(e.slicing.loops[0], e.slicing.loops[1]); },
      [](Executable& e) { e.slicing.slices_per_task = 5; },        [](Executable& e) { e.slicing.slices_per_task = 0; },
      [](Executable& e) { e.slicing.once = 1; },                   [](Executable& e) { e.slicing.once_bytes = 65; },
      [](Executable& e) { e.slicing.partials = {1}; },             [](Executable& e) { e.slicing.partials = {0, 0}; },
      [](Executable& e) { e.slicing.partials = {}; },              [](Executable& e) { e.slicing.partials = {128}; },
      [](Executable& e) { e.slicing = Slicing(), e.slicing.once = 1; },
  };
  for (const auto& breach : breaches) {
    Executable executable = sliced();
    breach(executable);
    CHECK_THROWS_AS(verify_slicing(executable), InternalError);
  }
}

TEST_CASE("a crew has a worker a task where there is room for most threads, else threads inside one worker") {
  const Executable executable = sliced();
  const std::int64_t one = bytes_of_run(executable, Crew{1, 1});
  CHECK(crew_for(executable, 4, 0) == Crew{4, 1});
  CHECK(crew_for(executable, 16, 0) == Crew{1, 16});  // six tasks for sixteen threads
  CHECK(crew_for(executable, 4, one) == Crew{1, 1});
  CHECK(crew_for(executable, 4, one + 2 * 64) == Crew{1, 3});
  CHECK(crew_for(executable, 4, bytes_of_run(executable, Crew{3, 1})) == Crew{3, 1});
  for (int threads = 1; threads < 20; ++threads)
    for (std::int64_t limit = one; limit < 20 * one; limit += 500) CHECK(bytes_of_run(executable, crew_for(executable, threads, limit)) <= limit);
  CHECK(crew_for(Executable{}, 5, 0) == Crew{1, 5});
}
