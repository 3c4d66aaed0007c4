// score_arrays.cpp: masks, biases, lengths and sinks as inputs of a program.
// SPDX-License-Identifier: BSD-3-Clause
#include "attention/score_arrays.hpp"

#include <fmt/format.h>

namespace einc::attention::detail {

Layout layout_of(std::string batch, Extent heads, Extent key_heads) {
  if (heads == key_heads) return {std::move(batch), "h", "h", 0};
  need_divisible("the heads of the queries", heads, key_heads);
  return {std::move(batch), "gr", "g", key_heads};
}

Input with_heads(Input input, const Layout& layout) {
  if (!layout.grouped() || !contains(input.labels, "h")) return input;
  return split_label(std::move(input), "h", "gr", layout.groups);
}

Tensor merged_heads(const Tensor& x, const Layout& layout) { return layout.grouped() ? merge(x, "gr", "h") : x; }

template <class T>
Input of_pairs(const std::string& name, const Given<T>& array, const Layout& layout) {
  const std::string all = layout.batch + layout.merged_heads() + "qk";
  if (array.rank() == 2) return without_units(labelled(name, "qk", array));
  need_rank(name, array, all, "labels it does not vary along have extent 1: [b, 1, 1, k] hides keys, [1, 1, q, k] pairs, and [b, q, k] is written [b, 1, q, k]");
  return with_heads(without_units(labelled(name, all, array)), layout);
}

template <class T>
void add_score_arrays(std::vector<Input>& inputs, const ScoreArrays<T>& with, const Layout& layout) {
  if (with.mask) inputs.push_back(of_pairs("mask", with.mask, layout));
  if (with.bias) inputs.push_back(of_pairs("bias", with.bias, layout));
  if (with.keep) inputs.push_back(of_pairs("keep", with.keep, layout));
  if (with.valid_length) {
    const bool each_query = with.valid_length.rank() == layout.batch.size() + 1;
    inputs.push_back(labelled("valid_length", layout.batch + (each_query ? "q" : ""), with.valid_length));
  }
  if (with.slopes) inputs.push_back(with_heads(labelled("slopes", layout.merged_heads(), with.slopes), layout));
  if (with.sink) inputs.push_back(with_heads(labelled("sink", layout.merged_heads(), with.sink), layout));
}

ScoreTensors score_tensors(const Inputs& inputs) {
  return {.bias = inputs.find("bias"),
          .slopes = inputs.find("slopes"),
          .mask = inputs.find("mask"),
          .valid_length = inputs.find("valid_length"),
          .sink = inputs.find("sink"),
          .keep = inputs.find("keep")};
}

std::string text_of(const Scoring& scoring) {
  const Window window = scoring.window.value_or(Window{});
  return fmt::format("scale {} cap {} causal {} align {} window {} {} {} hidden {} empty {} dropout {}", scoring.scale ? fmt::format("{}", *scoring.scale) : "-",
                     scoring.soft_cap, scoring.causal, static_cast<int>(scoring.align), scoring.window.has_value(), window.left, window.right, scoring.hidden,
                     static_cast<int>(scoring.empty_row), scoring.dropout);
}

template Input of_pairs<float>(const std::string&, const Given<float>&, const Layout&);
template Input of_pairs<double>(const std::string&, const Given<double>&, const Layout&);
template void add_score_arrays<float>(std::vector<Input>&, const ScoreArrays<float>&, const Layout&);
template void add_score_arrays<double>(std::vector<Input>&, const ScoreArrays<double>&, const Layout&);

}  // namespace einc::attention::detail
