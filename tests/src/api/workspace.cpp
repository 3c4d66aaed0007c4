// The memory of a run: aligned, large enough, kept for the next run.
#include "api/workspace.hpp"

#include <cstdint>
#include <cstring>
#include <utility>

#include "support/catch.hpp"

using namespace einc::api;

namespace {

bool aligned(const std::byte* memory, std::uintptr_t alignment) { return reinterpret_cast<std::uintptr_t>(memory) % alignment == 0; }

}  // namespace

TEST_CASE("blocks are aligned for vectors, large ones for large pages") {
  for (const std::size_t bytes : {std::size_t{1}, std::size_t{100}, std::size_t{4096}, std::size_t{300} << 10, std::size_t{3} << 20}) {
    const Block block = allocate(bytes);
    CHECK(block.bytes >= bytes);
    CHECK(aligned(block.memory.get(), bytes > 256U << 10 ? 2U << 20 : 64));
    std::memset(block.memory.get(), 1, block.bytes);
  }
}

TEST_CASE("a pool hands out what came back, if it is large enough") {
  BlockPool pool;
  Block block = pool.borrow(1000);
  const std::byte* const memory = block.memory.get();
  pool.give_back(std::move(block));
  CHECK(pool.borrow(5000).memory.get() != memory);
  CHECK(pool.borrow(500).memory.get() == memory);
}

TEST_CASE("a workspace keeps its memory from run to run, small or large") {
  BlockPool pool;
  for (const std::size_t bytes : {std::size_t{1000}, std::size_t{10} << 20}) {
    const std::byte* first = nullptr;
    for (int run = 0; run < 3; ++run) {
      const Workspace workspace(pool, bytes);
      REQUIRE(workspace.data() != nullptr);
      if (run > 0) CHECK(workspace.data() == first);
      first = workspace.data();
      std::memset(workspace.data(), run, bytes);
    }
  }
  CHECK(Workspace(pool, 0).data() == nullptr);
}
