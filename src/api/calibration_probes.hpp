// calibration_probes.hpp: what is measured to learn a machine's speeds: one small computation a figure, and the fit of figures to times.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <einc/options.hpp>

#include "ir/executable.hpp"
#include "ir/target.hpp"

namespace einc::api {

// A computation whose time depends on one figure more than on any other that is not known before.
struct Probe {
  std::string what;     // for people
  std::string text;     // of an einsum, or of a program, which has a line end
  std::vector<Shape> shapes;
  DType dtype = DType::f32;
  Algebra algebra = Algebra::plus_times;
  bool all_threads = false;
  std::function<double&(ir::Speeds&)> figure;
  std::vector<std::function<double&(ir::Speeds&)>> alike = {};  // others that are taken to be the same
  double furthest = 20;  // from the model's figure, as a factor
  int weight = 1;        // measured so many times as long: what others are fitted by
  bool is_long = false;  // a call takes milliseconds: measured once
};

// In the order in which figures are fitted. Sizes are chosen by the caches of the target.
std::vector<Probe> make_probes(const ir::Target& target);

// A probe as it ran.
struct Sample {
  ir::Executable executable;
  int threads = 1;
  double seconds = 0;  // of a call; 0: not measured
};

// The speeds with which the model predicts what was measured: figure by figure, several times over, since some depend on others.
ir::Speeds fit(const std::vector<Probe>& probes, const std::vector<Sample>& samples, ir::Target target);

}  // namespace einc::api
