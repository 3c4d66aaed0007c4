// label_names.hpp: short names for labels in printed IR: a, b, c ... in order of first appearance. Knows no text of the user.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <map>
#include <span>
#include <string>

#include <einc/vocabulary.hpp>

namespace einc::ir {

class LabelNames {
 public:
  // The name of a label: a letter for the first 26, then `[l26]`, `[l27]` ...: as texts of einsum write them.
  std::string operator()(Label label) {
    const auto [at, fresh] = number_.try_emplace(label, number_.size());
    const std::size_t number = at->second;
    return number < 26 ? std::string(1, static_cast<char>('a' + number)) : "[l" + std::to_string(number) + "]";
  }
  // A whole term: "abc".
  std::string operator()(std::span<const Label> term) {
    std::string text;
    for (Label label : term) text += (*this)(label);
    return text;
  }
  // Every label named so far, in order.
  const std::map<Label, std::size_t>& numbers() const { return number_; }

 private:
  std::map<Label, std::size_t> number_;
};

}  // namespace einc::ir
