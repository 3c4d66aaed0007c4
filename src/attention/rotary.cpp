// rotary.cpp: positions as angles: features turned in pairs, and sines and cosines added to features.
// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>

#include <einc/attention_blocks.hpp>

#include "attention/labels.hpp"

namespace einc::attention {

Tensor rotate(Program& program, const Tensor& x, const Tensor& cosine, const Tensor& sine, Pairing pairing, const std::string& features,
              const std::string& pair) {
  using namespace detail;
  // The two features of a pair, under two names: the one that turns and the one it turns into.
  const std::string from = "[from]", to = "[to]";
  const Tensor pairs = split(x, features, pairing == Pairing::half ? to + pair : pair + to, {{to, 2}});
  // A turn by a right angle is the matrix (0 -1, 1 0): what goes to the first of a pair is minus the second.
  const Tensor source = rename(pairs, to, from);
  const Tensor right_angle = program.iota(to) - program.iota(from);
  const Tensor quarter = contract(source, right_angle, pairs.labels());
  const Tensor turned = pairs * cosine + quarter * sine;
  // Positions may have come with labels x has not; those stay in front.
  const LabelList two = pairing == Pairing::half ? LabelList{to, pair} : LabelList{pair, to};
  const LabelList result = united(without(turned.labels(), united(two, x.labels())), x.labels());
  return permute(merge(turned, joined(two), features), joined(result));
}

Tensor rotary(Program& program, const Tensor& x, const Tensor& position, Pairing pairing, double base, const std::string& features) {
  const std::string pair = "[pair]";
  const Tensor angle = position * exp(program.iota(pair) * (-2 * std::log(base)) / program.extent(features));
  return rotate(program, x, cos(angle), sin(angle), pairing, features, pair);
}

Tensor positional_encoding(Program& program, const std::string& position, const std::string& features) {
  const Tensor e = program.iota(features), even = 2.0 * floor(e / 2.0);
  const Tensor angle = program.iota(position) * exp(even * -std::log(10000.0) / program.extent(features));
  return where(e == even, sin(angle), cos(angle));
}

}  // namespace einc::attention
