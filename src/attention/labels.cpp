// labels.cpp: lists of labels as sets and texts.
// SPDX-License-Identifier: BSD-3-Clause
#include "attention/labels.hpp"

#include <algorithm>

namespace einc::attention::detail {

LabelList split_labels(std::string_view text) {
  LabelList labels;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == ' ') {
      ++at;
      continue;
    }
    std::size_t end = at + 1;
    if (text[at] == '[') end = std::min(text.find(']', at), text.size() - 1) + 1;
    // The bytes of one UTF-8 letter stay together.
    while (text[at] != '[' && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) ++end;
    labels.emplace_back(text.substr(at, end - at));
    at = end;
  }
  return labels;
}

std::string joined(const LabelList& labels) {
  std::string text;
  for (const std::string& label : labels) text += label;
  return text;
}

bool contains(const LabelList& labels, std::string_view label) { return std::find(labels.begin(), labels.end(), label) != labels.end(); }

LabelList without(LabelList labels, const LabelList& others) {
  std::erase_if(labels, [&](const std::string& label) { return contains(others, label); });
  return labels;
}

LabelList united(LabelList labels, const LabelList& others) {
  for (const std::string& label : others)
    if (!contains(labels, label)) labels.push_back(label);
  return labels;
}

LabelList common(const LabelList& labels, const LabelList& others) { return without(labels, without(labels, others)); }

Tensor contract(const Tensor& x, const Tensor& y, const LabelList& result) {
  const std::string text = joined(x.labels()) + "," + joined(y.labels()) + "->" + joined(result);
  return einsum(text, x, y);
}

}  // namespace einc::attention::detail
