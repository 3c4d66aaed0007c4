#include "tasks/task_thread.hpp"

#include <stdexcept>

#include "support/catch.hpp"
#include "support/sliced_call.hpp"

using namespace einc;
using namespace einc::tasks;
using namespace einc::testing;
using namespace std::chrono_literals;

TEST_CASE("ranges come back in the order they were added") {
  SlicedCall call(chain, chain_shapes, in_slices(16));
  const std::vector<ArrayRef> operands = call.refs();
  TaskThread thread(call.compiled, operands, {});
  CHECK_FALSE(thread.take(0us));
  for (const TaskRange range : {TaskRange{3, 2}, TaskRange{0, 1}, TaskRange{5, 4}}) thread.add(range);
  CHECK(thread.outstanding() == 3);
  for (const TaskRange range : {TaskRange{3, 2}, TaskRange{0, 1}, TaskRange{5, 4}}) {
    const auto finished = thread.take(60s);
    REQUIRE(finished);
    CHECK(finished->range == range);
  }
  CHECK(thread.outstanding() == 0);
}

TEST_CASE("what ends the computation is thrown to the one who takes, after what was finished before") {
  SlicedCall call(chain, chain_shapes, in_slices(16));
  const std::vector<ArrayRef> operands = call.refs();
  TaskThread thread(call.compiled, operands, [](std::int64_t first, std::int64_t) {
    if (first == 1) throw std::runtime_error("one is too many");
  });
  thread.add({0, 1});
  thread.add({1, 1});
  CHECK(thread.take(60s));
  CHECK_THROWS_WITH(thread.take(60s), "one is too many");
}

TEST_CASE("after a stop nothing begins, and waiting ends") {
  SlicedCall call(chain, chain_shapes, in_slices(16));
  const std::vector<ArrayRef> operands = call.refs();
  TaskThread thread(call.compiled, operands, {});
  thread.stop();
  thread.add({0, 1});
  CHECK_FALSE(thread.take(1ms));
}
