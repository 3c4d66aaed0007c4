// predict.hpp: how long every instruction of an executable takes on a machine, from what the runtime does with it.
// Knows loops, strides, tiles and the speeds of a target; runs nothing and changes nothing.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include "ir/executable.hpp"
#include "ir/target.hpp"

namespace einc::predict {

struct Prediction {
  double seconds = 0;
  double start = 0, arithmetic = 0, packing = 0, memory = 0;  // seconds of one thread, by what they go into
  int threads = 1;                                            // that share them
  bool operator==(const Prediction&) const = default;
};

struct Predicted {
  std::vector<Prediction> instructions;  // one each
  double call_seconds = 0;               // what a call costs beside them
  std::size_t beforehand = 0;            // so many at the front are no part of a call
  double seconds() const;                // of a call
  bool operator==(const Predicted&) const = default;
};

Predicted predict(const ir::Executable& executable, const ir::Target& target);

std::string_view largest_part(const Prediction& prediction);
std::string print(const Predicted& predicted);  // one line an instruction

}  // namespace einc::predict
