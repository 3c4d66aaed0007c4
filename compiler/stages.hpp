// stages.hpp: how the pipeline runs a stage: timed, and its result shown to who asked to see it.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <string_view>

#include "pipeline.hpp"

namespace einc::compiler {

// Runs stages, times them, and shows their results to the observer.
class Stages {
 public:
  Stages(Compilation& compilation, const Observer& observe) : compilation_(compilation), observe_(observe) {}

  template <class Run, class Print>
  auto stage(std::string_view name, Run&& run, Print&& print) {
    const auto start = std::chrono::steady_clock::now();
    auto result = run();
    compilation_.times.push_back({name, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count()});
    if (observe_) observe_(name, print(result));
    return result;
  }

 private:
  Compilation& compilation_;
  const Observer& observe_;
};

}  // namespace einc::compiler
