#include "lower/place_buffers.hpp"

#include <random>

#include "support/catch.hpp"

using namespace einc;
using lower::Life;
using lower::place_buffers;

TEST_CASE("buffers whose lives overlap get places of their own") {
  const lower::Placement placement = place_buffers({{100, 0, 2}, {60, 1, 2}});
  CHECK(placement.buffers == std::vector<ir::Buffer>{{0, 100}, {128, 60}});
  CHECK(placement.arena_bytes == 192);
}

TEST_CASE("a place is used again once its buffer was read for the last time") {
  const lower::Placement placement = place_buffers({{64, 0, 1}, {64, 1, 2}, {64, 2, 3}});
  CHECK(placement.buffers[2].offset == placement.buffers[0].offset);
  CHECK(placement.arena_bytes == 128);
}

TEST_CASE("no two living buffers share a byte, whatever their lives") {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    std::vector<Life> lives;
    for (std::size_t i = 0; i < 12; ++i) lives.push_back({static_cast<std::int64_t>(random() % 300), i, i + random() % 5});
    const lower::Placement placement = place_buffers(lives);
    for (std::size_t x = 0; x < lives.size(); ++x) {
      CHECK(placement.buffers[x].offset % 64 == 0);
      CHECK(placement.buffers[x].offset + lives[x].bytes <= placement.arena_bytes);
      for (std::size_t y = x + 1; y < lives.size(); ++y) {
        const bool both_alive = lives[y].born <= lives[x].dies;
        const bool apart = placement.buffers[x].offset + lives[x].bytes <= placement.buffers[y].offset ||
                           placement.buffers[y].offset + lives[y].bytes <= placement.buffers[x].offset;
        if (both_alive && lives[x].bytes > 0 && lives[y].bytes > 0) CHECK(apart);
      }
    }
  }
}

TEST_CASE("what all slices read, and what all calls read, lies in blocks of its own and shares no byte") {
  std::vector<Life> lives{{100, 0, 1}, {60, 0, 5}, {64, 1, 5}, {10, 2, 5}, {64, 3, 4}};
  lives[1].beforehand = lives[2].beforehand = true;
  lives[3].shared = true;
  const lower::Placement placement = place_buffers(lives);
  CHECK(placement.buffers == std::vector<ir::Buffer>{{0, 100}, {0, 60, false, true}, {64, 64, false, true}, {0, 10, true}, {0, 64}});
  CHECK(placement.beforehand_bytes == 128);
  CHECK(placement.shared_bytes == 64);
  CHECK(placement.arena_bytes == 128);
}
