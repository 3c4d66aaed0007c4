// tile_members.hpp: for streams that compute the scores of another again: which values are as large as the scores, and copies of
// those that a tile computes itself.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <map>
#include <utility>
#include <vector>

#include "ir/expression.hpp"

namespace einc::fuse {

// Values with the stream's label and a row label.
class LargeValues {
 public:
  LargeValues(const ir::Expression& expression, const ir::Region& stream);

  const ir::Term& labels() const { return labels_; }  // of the scores
  const ir::Term& rows() const { return rows_; }      // of these: those that what is summed with the weights lacks

  std::size_t count() const { return follows_.size(); }  // values there were when this was made
  bool is_large(ir::ValueId id) const;
  bool tileable(ir::ValueId id) const;                              // large, and as a map or a contraction no matter of other tiles
  bool in_stream(ir::ValueId id) const { return in_stream_[id]; }   // the stream computes it anyway
  bool follows(ir::ValueId id) const { return follows_[id]; }       // large, made of the scores, and can be computed in a tile
  bool vanishes(ir::ValueId id) const { return vanishes_[id]; }     // 0 wherever the mask hides the score
  bool is_visible(ir::ValueId condition) const;                     // true wherever the mask does not hide it

 private:
  void find_followers();
  void find_vanishing();

  const ir::Expression& expression_;
  const ir::Region& stream_;
  ir::Term labels_, rows_;
  std::vector<ir::ValueId> conditions_;  // whose conjunction shows a score
  std::vector<char> in_stream_, follows_, vanishes_, minus_infinity_;
};

// Copies of large values for one region; what is small stays outside.
class TileMembers {
 public:
  TileMembers(ir::Expression& expression, const LargeValues& large);

  ir::ValueId clone(ir::ValueId id);
  // The arguments of a sum, large ones copied. A small factor of a large one goes to a small one, outside of the tiles.
  std::vector<ir::ValueId> in_tile(std::vector<ir::ValueId> arguments);
  std::vector<ir::ValueId> made() const;

 private:
  ir::ValueId clone_map(ir::ValueId id);
  ir::ValueId rescaled(ir::ValueId contraction, ir::ValueId factor);  // no_id: nothing in it takes the factor
  ir::ValueId scaled(ir::ValueId small, ir::ValueId factor);
  ir::ValueId reciprocal(ir::ValueId small);
  bool is_large(ir::ValueId id) const { return id < originals_ && large_.is_large(id); }
  bool copied(ir::ValueId id) const { return id >= originals_ && large_.is_large(id); }

  ir::Expression& expression_;
  const LargeValues& large_;
  std::size_t originals_;                // values there were before any copy
  std::vector<std::uint32_t> uses_;
  std::map<ir::ValueId, ir::ValueId> copy_, reciprocal_;
  std::map<std::pair<ir::ValueId, ir::ValueId>, ir::ValueId> scaled_, rescaled_;
};

}  // namespace einc::fuse
