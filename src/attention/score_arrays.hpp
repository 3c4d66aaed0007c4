// score_arrays.hpp: the arrays that change scores, as inputs of a program, whatever the layout of batch and heads.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include "attention/call.hpp"

namespace einc::attention::detail {

// The labels of a call. Heads are one label; or two, groups and members, when the members of a group share keys.
struct Layout {
  std::string batch;                  // "b" or nothing
  std::string heads, key_heads;       // "h", or "gr" and "g", or nothing
  Extent groups = 0;                  // for "gr"
  bool grouped() const { return heads == "gr"; }
  std::string merged_heads() const { return grouped() ? "h" : heads; }
};

// Heads of queries and of keys as labels. Throws Error when the one is no multiple of the other.
Layout layout_of(std::string batch, Extent heads, Extent key_heads);

// A view of an array whose label h is what the layout makes of it.
Input with_heads(Input input, const Layout& layout);
// The other way round, for results.
Tensor merged_heads(const Tensor& x, const Layout& layout);

// mask, bias or keep: [b h q k] with extents of 1, or [q k]. Throws Error (rank_mismatch) with a hint for any other rank.
template <class T>
Input of_pairs(const std::string& name, const Given<T>& array, const Layout& layout);

template <class T>
void add_score_arrays(std::vector<Input>& inputs, const ScoreArrays<T>& with, const Layout& layout);
ScoreTensors score_tensors(const Inputs& inputs);

std::string text_of(const Scoring& scoring);

}  // namespace einc::attention::detail
