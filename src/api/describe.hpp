// describe.hpp: a compilation in the caller's words: labels by their names, amounts with units. Shared by the forms of explain().
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "pipeline.hpp"

namespace einc::detail {

class Describe {
 public:
  explicit Describe(const compiler::Compilation& compilation) : compilation_(compilation) {}

  std::string label(Label label) const;             // "q", "[batch]", "(qh)" for a fused one
  std::string term(const ir::Term& term) const;     // "bqhc"
  std::string extents(const ir::Term& term) const;  // "b=2 q=128"
  std::string step(std::size_t number) const;       // "bqhc,bkhc->bhqk"
  std::string value(ir::PlanValue value) const;     // "operand 0", "q" of a program, "step 2"
  std::string stream(const ir::StreamPlan& stream) const;  // "bqhc,bkhc,bkhc->bqhc  streamed along k"
  std::string function(const ir::Step& step) const;        // of a map: "exp(subtract($0, $1))"

 private:
  const compiler::Compilation& compilation_;
};

std::string shown(std::span<const Extent> shape);       // "[2, 3]"
std::string amount(double count);                       // "1.23 M": three digits and a decimal prefix
std::string bytes(double count);                        // "96 KiB"
std::string seconds(double time);                       // "12.3 us"

}  // namespace einc::detail
