// SPDX-License-Identifier: BSD-3-Clause
#include "predict/predict.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "predict/work.hpp"

namespace einc::predict {
namespace {

// On as many threads as the instruction has work for. What is bound by memory gains only what memory still gives.
Prediction shared(const Work& work, const Machine& machine) {
  Prediction prediction;
  prediction.start = work.start, prediction.arithmetic = work.arithmetic, prediction.packing = work.packing, prediction.memory = work.memory;
  const double busy = work.arithmetic + work.packing + work.memory;
  prediction.seconds = work.start + busy;
  const double threads = std::min<double>(work.spread, machine.target.threads);
  if (threads < 2) return prediction;
  const double memory = work.from_memory || work.memory > 0 ? std::min(threads, machine.speeds.memory_threads) : threads;
  prediction.seconds = work.start + machine.speeds.fork_seconds + (work.arithmetic + work.packing) / threads + work.memory / memory;
  prediction.threads = static_cast<int>(threads);
  return prediction;
}

}  // namespace

Work plain_work(const ir::Instruction& instruction, const ir::Online* online, const ir::Executable& executable, const Machine& machine) {
  switch (instruction.kernel) {
    case ir::Kernel::contract: return contract_work(instruction, executable, machine);
    case ir::Kernel::small: return small_work(instruction, machine);
    case ir::Kernel::interleaved: return interleaved_work(instruction, machine);
    case ir::Kernel::few: return few_work(instruction, machine);
    case ir::Kernel::matvec:
    case ir::Kernel::dot:
    case ir::Kernel::reduce: return sums_work(instruction, machine);
    case ir::Kernel::multiply: return multiply_work(instruction, machine);
    case ir::Kernel::permute: return permute_work(instruction, machine);
    case ir::Kernel::fill: return fill_work(instruction, machine);
    case ir::Kernel::gather: return gather_work(instruction, machine);
    case ir::Kernel::map: return map_work(instruction, executable.maps[instruction.detail], machine);
    case ir::Kernel::online: return online != nullptr ? online_work(instruction, *online, machine) : Work{};
    case ir::Kernel::stream: return stream_work(executable.streams[instruction.detail], executable, machine);
  }
  return {};
}

Predicted predict(const ir::Executable& executable, const ir::Target& target) {
  const Machine machine(target);
  Predicted predicted;
  const bool direct = runs_directly(executable, machine);
  predicted.call_seconds = direct ? machine.speeds.direct_seconds : machine.speeds.call_seconds;
  predicted.beforehand = executable.beforehand;
  for (const ir::Instruction& instruction : executable.code) {
    Work work = plain_work(instruction, nullptr, executable, machine);
    if (direct) work.start = 0;
    predicted.instructions.push_back(shared(work, machine));
  }
  return predicted;
}

double Predicted::seconds() const {
  double sum = call_seconds;
  for (std::size_t i = beforehand; i < instructions.size(); ++i) sum += instructions[i].seconds;
  return sum;
}

std::string_view largest_part(const Prediction& prediction) {
  std::string_view part = "start";
  double most = prediction.start;
  for (const auto& [seconds, name] : {std::pair{prediction.arithmetic, "arithmetic"}, {prediction.packing, "packing"}, {prediction.memory, "memory"}})
    if (seconds > most) most = seconds, part = name;
  return part;
}

std::string print(const Predicted& predicted) {
  std::string text = fmt::format("call {:.3g} us\n", predicted.call_seconds * 1e6);
  for (std::size_t i = 0; i < predicted.instructions.size(); ++i) {
    const Prediction& prediction = predicted.instructions[i];
    text += fmt::format("instruction {}: {:.4g} us on {} thread{}, most of it {}\n", i, prediction.seconds * 1e6, prediction.threads,
                        prediction.threads == 1 ? "" : "s", largest_part(prediction));
  }
  return text;
}

}  // namespace einc::predict
