// stream_buffers: which buffer of its tile each step of a stream writes: its own, or another's that nobody needs any more.
// "scores, mask, weights" are one buffer; sums, and rows brought into the tile, are there once for each of the row tiles together
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <map>
#include <vector>

#include "ir/executable.hpp"
#include "ir/plan.hpp"
#include "lower/place_buffers.hpp"
#include "lower/stream_reads.hpp"

namespace einc::lower {

class StreamBuffers {
 public:
  // `brought` are the leaves whose rows lie in the tile, see rows_to_bring.
  StreamBuffers(const ir::Expression& expression, const ir::Plan& plan, const ir::StreamPlan& stream, const StreamReads& reads,
                const std::vector<ir::PlanValue>& brought);

  static constexpr std::uint32_t none = ~std::uint32_t{0};
  std::uint32_t of(std::size_t step) const { return buffer_of_[step]; }  // none: a view, a result, or read where it lies
  // A mask or weights that overwrite the scores.
  bool in_place(std::size_t step) const;
  // Holds what a gather brings: for all row tiles together.
  bool is_gathered(std::uint32_t buffer) const;
  const std::map<ir::PlanValue, std::uint32_t>& brought() const { return brought_; }  // the buffer of each leaf

  // The tiles of the stream: what lives from tile to tile comes last, once for each of the row tiles that are together.
  void place(ir::Stream& stream) const;

 private:
  const ir::Step& step(ir::PlanValue value) const { return stream_.steps[value - stream_.leaves.size()]; }
  bool is_leaf(ir::PlanValue value) const { return value < stream_.leaves.size(); }
  bool is_kept(ir::PlanValue value) const;  // not to be overwritten by what reads it
  bool is_result(std::size_t step) const;
  std::size_t readers(ir::PlanValue value) const;
  ir::PlanValue hidden_argument(const ir::Step& mask) const;
  ir::PlanValue overwritten(std::size_t step) const;
  std::uint32_t buffer_behind(ir::PlanValue value) const;

  const ir::Expression& expression_;
  const ir::StreamPlan& stream_;
  std::vector<std::uint32_t> buffer_of_;  // of each step
  std::vector<std::uint32_t> gathered_;
  std::map<ir::PlanValue, std::uint32_t> brought_;
  std::vector<Life> lives_;     // of each buffer, in steps
  std::vector<bool> is_state_;  // and whether it is there for each of the row tiles together
};

}  // namespace einc::lower
