// stream_reads: how the tile of a stream reads what lies outside: where it lies, or gathered into the tile first.
// Knows the plan of a tile and where arrays lie; not the order of instructions or buffers of tiles.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ir/streamed_gather.hpp"
#include "lower/few_rows.hpp"
#include "lower/lower_stream.hpp"

namespace einc::lower {

class StreamReads {
 public:
  StreamReads(const ir::Expression& expression, const ir::Plan& plan, const ir::StreamPlan& stream, const StreamPlaces& places);

  bool is_gather(std::size_t step) const { return gathers_[step].has_value(); }
  bool in_place(std::size_t step) const { return in_place_[step]; }            // a gather whose blocks are read where they lie: nothing is written
  const std::optional<FewRows>& few(std::size_t step) const { return few_[step]; }

  // A gather's array as it lies, its positions along the streamed label with no step of their own: those are as Paged says.
  Strided table(std::size_t step) const;
  ir::Paged paged(std::size_t step) const;
  // The instruction that brings the blocks of a tile together in `out`; `detail` and `paged` are the caller's.
  ir::Instruction make_gather(std::size_t step, const Strided& out, std::span<const Extent> extents) const;
  ir::Gather gather(std::size_t step) const;

  std::string reason() const;  // for explain(); empty: nothing to say

 private:
  void decide();
  Extent few_rows(std::size_t step) const;  // at most so many may be few
  Strided shape_of(ir::PlanValue value) const;
  const Strided& leaf(ir::PlanValue value) const { return places_.leaves[value].array; }
  const Strided& index_of(std::size_t step) const { return leaf(stream_.steps[step].arguments[1]); }
  Label streamed() const { return stream_.frame.back(); }

  const ir::Expression& expression_;
  const ir::Plan& plan_;
  const ir::StreamPlan& stream_;
  const StreamPlaces& places_;
  std::vector<std::optional<ir::StreamedGather>> gathers_;
  std::vector<bool> in_place_;
  std::vector<std::optional<FewRows>> few_;
};

}  // namespace einc::lower
