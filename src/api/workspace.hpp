// workspace.hpp: the memory a run needs besides its arrays: reused from run to run, aligned for vectors and large pages.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <vector>

namespace einc::api {

struct FreeMemory {
  void operator()(std::byte* memory) const noexcept { std::free(memory); }
};

struct Block {
  std::unique_ptr<std::byte[], FreeMemory> memory;
  std::size_t bytes = 0;
};

// Memory aligned to 64 bytes; to 2 MiB, and on large pages where the system allows it, when it is that large.
// Throws std::bad_alloc.
Block allocate(std::size_t bytes);

// Blocks between runs of one expression. Several threads may borrow at once.
class BlockPool {
 public:
  Block borrow(std::size_t bytes);  // at least so many bytes; throws std::bad_alloc
  void give_back(Block block) noexcept;

 private:
  std::mutex mutex_;
  std::vector<Block> free_;
};

// The workspace of one run: small ones from memory the calling thread keeps, large ones from the expression's pool.
class Workspace {
 public:
  Workspace(BlockPool& pool, std::size_t bytes);
  ~Workspace();
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;
  std::byte* data() const noexcept { return data_; }

 private:
  BlockPool& pool_;
  Block borrowed_;
  std::byte* data_ = nullptr;
};

}  // namespace einc::api
