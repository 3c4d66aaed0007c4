#include "lower/place_buffers.hpp"

#include <algorithm>
#include <numeric>

namespace einc::lower {
namespace {

constexpr std::int64_t alignment = 64;  // a cache line, and the widest vector

std::int64_t aligned(std::int64_t bytes) { return (bytes + alignment - 1) / alignment * alignment; }

}  // namespace

Placement place_buffers(const std::vector<Life>& lives) {
  Placement placement;
  placement.buffers.resize(lives.size());
  std::vector<std::size_t> order(lives.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t x, std::size_t y) { return lives[x].born < lives[y].born; });

  std::vector<std::size_t> alive;  // placed and not yet dead, by offset
  for (std::size_t id : order) {
    if (lives[id].shared || lives[id].beforehand) {
      std::int64_t& block = lives[id].beforehand ? placement.beforehand_bytes : placement.shared_bytes;
      placement.buffers[id] = {block, lives[id].bytes, !lives[id].beforehand, lives[id].beforehand};
      block += aligned(std::max<std::int64_t>(lives[id].bytes, 1));
      continue;
    }
    // A buffer read by the instruction that writes this one is still alive.
    std::erase_if(alive, [&](std::size_t other) { return lives[other].dies < lives[id].born; });
    const std::int64_t bytes = aligned(std::max<std::int64_t>(lives[id].bytes, 1));
    std::int64_t offset = 0;
    for (std::size_t other : alive) {
      if (offset + bytes <= placement.buffers[other].offset) break;
      offset = std::max(offset, placement.buffers[other].offset + aligned(placement.buffers[other].bytes));
    }
    placement.buffers[id] = {offset, lives[id].bytes};
    placement.arena_bytes = std::max(placement.arena_bytes, offset + bytes);
    const auto at = std::find_if(alive.begin(), alive.end(), [&](std::size_t other) { return placement.buffers[other].offset > offset; });
    alive.insert(at, id);
  }
  return placement;
}

}  // namespace einc::lower
