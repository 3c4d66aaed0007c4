// stream_frame.hpp: which loops go around the tiles of a stream, and how long a tile is along the streamed label.
// Knows labels and extents; not strides, kernels or threads' number.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "ir/expression.hpp"
#include "plan/plan_stream.hpp"

namespace einc::plan {

// Which label of the weights does what around the tiles.
struct Frame {
  ir::Term batch;     // what keys have too: one position at a time
  ir::Term whole;     // rows that fit a tile whole
  bool all = false;   // a tile has all rows
  bool few = false;   // rows of a position of what keys have: reading these is most of the work
  ir::Term single;    // more rows: one position at a time
  Label tiled = 0;    // the longest row label, cut into tiles
  bool has_tiled = false;
};

// How many rows and streamed positions a tile should have, if the caches hold it: its scores stay in the first level, or near to it.
// Many such tiles of rows meet each streamed tile, so that what is packed of that one is packed once. Under a mask rows end by themselves, so
// that shorter tiles hide no more: causal, 128 keys to 256, takes 0.96 of the time at 512 and 2048, a window of 128 0.93. b1 h8 d64, one thread, per cent of peak at 512, 512 causal, 2048, 2048 causal: 256 x 256 by themselves 63, 37, 65, 50;
// 8 together of 64 x 128 66, 48, 66, 60; of 64 x 256 69, 46, 68, 62; of 32 x 128 66, 47, 66, 60 (Emerald Rapids, AVX-512, 2026-11).
constexpr Extent rows_wanted = 64, streamed_wanted = 256, whole_most = 256;

// With few rows a tile has as much of what it reads as these many bytes of an array, and all of the labels that keys have too: heads that lie
// beside each other are then read together, page by page. One row, f32, c64, one thread, per cent of the read limit at 16384 keys of 1, 2, 8
// heads: 83, 62, 55 by 256 keys head by head; of 64 KiB 83, 79, 71, 128 89, 82, 80, 256 92, 85, 83, 512 92, 89, 84 (Emerald Rapids). On Zen 4
// 512 took 0.94 of the time of 256 in the mean of 31 cases of one to 32 rows, 128 1.05, 64 1.14 (2026-11).
constexpr Extent few_streamed_least = 16, few_streamed_most = 1024;
constexpr double few_bytes = 512 << 10;

class StreamFrame {
 public:
  StreamFrame(const ir::Expression& expression, std::uint32_t number, const StreamMembers& members);

  Frame choose() const;
  Extent streamed_of_few(const Frame& frame) const;

  // Positions of a tile: at most so many if that may be, and whole blocks, or a part of one, of everything that lies in blocks.
  Extent streamed_tile(Extent wanted) const;

 private:
  const ir::Term& labels(ir::ValueId value) const { return expression_.values[value].labels; }
  bool inside(ir::ValueId value) const { return members_.inside(number_, value); }
  bool is_read(ir::ValueId value) const;  // from outside, along the streamed label: an array, or blocks of one
  bool is_apart(const ir::Term& batch) const;  // an index varies along the innermost of these: its positions lie in other blocks
  double position_bytes(const ir::Term& single) const;
  void take_beside(Frame& frame) const;
  void take_short(Frame& frame, const ir::Term& rows) const;

  const ir::Expression& expression_;
  const ir::Region& stream_;
  std::uint32_t number_;
  const StreamMembers& members_;
  std::vector<Extent> blocks_;  // of what lies in blocks: positions of one
  ir::Term apart_;              // labels of their indices
};

Extent even_tile(Extent extent, Extent most);

}  // namespace einc::plan
