// panel_samples.hpp: random panels to be packed, of offsets in runs of every length: lanes side by side, depths side by side, or neither.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstddef>
#include <random>
#include <string>
#include <vector>

namespace einc::test {

// Offsets that go on by `step`, and by `jump` from one run to the next.
inline std::vector<std::ptrdiff_t> runs(std::ptrdiff_t count, std::ptrdiff_t run, std::ptrdiff_t step, std::ptrdiff_t jump) {
  std::vector<std::ptrdiff_t> offsets;
  for (std::ptrdiff_t i = 0; i < count; ++i) offsets.push_back(i / run * jump + i % run * step);
  return offsets;
}

struct PanelSample {
  int width, padded, stride;  // lanes; in whole vectors of 16; from one depth of the panel to the next
  std::ptrdiff_t depth;
  std::vector<std::ptrdiff_t> lanes, depths;  // offsets
  std::string text;

  std::size_t elements() const { return static_cast<std::size_t>(*std::max_element(lanes.begin(), lanes.end()) + *std::max_element(depths.begin(), depths.end()) + 1); }
  std::size_t offset(int lane, std::ptrdiff_t k) const { return static_cast<std::size_t>(lanes[static_cast<std::size_t>(lane)] + depths[static_cast<std::size_t>(k)]); }
};

// The elements of any sample.
inline constexpr std::size_t most_panel_elements = 60000;

inline PanelSample sample_panel(std::mt19937& random, int round) {
  const int near = round % 3;  // lanes side by side, depths side by side, or neither
  constexpr int columns = 32, vector = 16;
  PanelSample sample{};
  sample.width = 1 + static_cast<int>(random() % columns);
  sample.padded = (sample.width + vector - 1) / vector * vector;
  sample.stride = random() % 2 != 0 ? sample.width : sample.padded;
  sample.depth = 1 + static_cast<std::ptrdiff_t>(random() % 200);
  const std::ptrdiff_t lane_run = random() % 2 != 0 ? sample.width : 1 + static_cast<std::ptrdiff_t>(random() % 9);
  const std::ptrdiff_t depth_run = random() % 2 != 0 ? sample.depth : 1 + static_cast<std::ptrdiff_t>(random() % 90);
  sample.lanes = runs(sample.width, lane_run, near == 0 ? 1 : near == 1 ? 230 : 7, near == 0 ? 40 : 900);
  sample.depths = runs(sample.depth, depth_run, near == 0 ? 41 : near == 1 ? 1 : 130, near == 1 ? 92 : 131);
  sample.text = "width " + std::to_string(sample.width) + " stride " + std::to_string(sample.stride) + " depth " + std::to_string(sample.depth) + " runs " +
                std::to_string(lane_run) + ", " + std::to_string(depth_run) + " near " + std::to_string(near);
  return sample;
}

}  // namespace einc::test
