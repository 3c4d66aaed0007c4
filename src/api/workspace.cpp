#include "api/workspace.hpp"

#include <algorithm>
#include <new>
#include <utility>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace einc::api {
namespace {

constexpr std::size_t line = 64, large_page = std::size_t{2} << 20;
constexpr std::size_t least_on_large_page = std::size_t{256} << 10;  // what is meant for the second-level cache: small pages lie anywhere in it, on top of each other
constexpr std::size_t kept_by_a_thread = std::size_t{8} << 20;  // most bytes a calling thread keeps between calls
constexpr std::size_t kept_by_a_pool = 4;                       // blocks: as many runs at once allocate nothing

Block& block_of_this_thread() {
  thread_local Block block;
  return block;
}

}  // namespace

Block allocate(std::size_t bytes) {
  const std::size_t alignment = bytes >= least_on_large_page ? large_page : line;
  const std::size_t rounded = (std::max(bytes, std::size_t{1}) + alignment - 1) / alignment * alignment;
  auto* memory = static_cast<std::byte*>(std::aligned_alloc(alignment, rounded));
  if (!memory) throw std::bad_alloc();
#if defined(__linux__) && defined(MADV_HUGEPAGE)
  if (alignment == large_page) madvise(memory, rounded, MADV_HUGEPAGE);  // advice: a refusal changes nothing
#endif
  return {std::unique_ptr<std::byte[], FreeMemory>(memory), rounded};
}

Block BlockPool::borrow(std::size_t bytes) {
  {
    const std::lock_guard lock(mutex_);
    const auto fits = std::find_if(free_.begin(), free_.end(), [&](const Block& block) { return block.bytes >= bytes; });
    if (fits != free_.end()) {
      Block block = std::move(*fits);
      free_.erase(fits);
      return block;
    }
  }
  return allocate(bytes);
}

void BlockPool::give_back(Block block) noexcept {
  const std::lock_guard lock(mutex_);
  if (free_.size() >= kept_by_a_pool) return;
  try {
    free_.push_back(std::move(block));
  } catch (const std::bad_alloc&) {  // the block is freed instead of kept
  }
}

Workspace::Workspace(BlockPool& pool, std::size_t bytes) : pool_(pool) {
  if (bytes == 0) return;
  if (bytes > kept_by_a_thread) {
    borrowed_ = pool_.borrow(bytes);
    data_ = borrowed_.memory.get();
    return;
  }
  Block& own = block_of_this_thread();
  if (own.bytes < bytes) own = allocate(bytes);
  data_ = own.memory.get();
}

Workspace::~Workspace() {
  if (borrowed_.memory) pool_.give_back(std::move(borrowed_));
}

}  // namespace einc::api
