// SPDX-License-Identifier: BSD-3-Clause
#include "cli/measure_steps.hpp"

#include <algorithm>
#include <chrono>
#include <memory>

#include <fmt/format.h>
#include <unistd.h>

#include "cli/case_arrays.hpp"
#include "cli/fill.hpp"
#include "cli/measure.hpp"

namespace einc::cli {

namespace {

double elements_of(const Shape& shape) {
  double elements = 1;
  for (const Extent extent : shape) elements *= static_cast<double>(extent);
  return elements;
}

void check_memory(const Compiled& compiled) {
  const std::vector<Shape>& shapes = compiled.operand_shapes();
  double bytes = static_cast<double>(compiled.plan().run_bytes);
  for (std::size_t i = 0; i < shapes.size(); ++i) bytes += elements_of(shapes[i]) * static_cast<double>(bytes_of(compiled.operand_dtypes()[i]));
  for (const Shape& shape : compiled.shapes()) bytes += elements_of(shape) * static_cast<double>(bytes_of(compiled.dtype()));
  const double memory = static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGE_SIZE));
  if (bytes > memory)
    throw Error(ErrorCode::too_large, fmt::format("measuring needs {:.3g} GB of arrays and intermediates, this machine has {:.3g} GB", bytes * 1e-9, memory * 1e-9), {}, {},
                "without `--measure` nothing is computed");
}

struct Array {
  Buffer memory;
  Strides strides;
};

// As tensors of a network are: positive and small, so that results of any number of operands stay finite.
Fill fill_for(DType dtype) {
  if (is_integer(dtype) || dtype == DType::boolean) return Fill::sparse;
  return Fill::positive;
}

}  // namespace

std::vector<double> measure_steps(const Compiled& planned, double seconds) {
  check_memory(planned);
  const std::vector<Shape>& shapes = planned.operand_shapes();
  std::vector<Array> arrays;
  arrays.reserve(shapes.size() + planned.shapes().size());
  const auto add = [&](const Shape& shape, DType dtype) {
    const auto bytes = static_cast<std::size_t>(elements_of(shape)) * static_cast<std::size_t>(bytes_of(dtype));
    arrays.push_back({Buffer(bytes, arrays.size()), row_major(shape)});
    return arrays.back().memory.data();
  };
  std::vector<ArrayRef> operands;
  std::vector<OutputRef> outs;
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    const DType dtype = planned.operand_dtypes()[i];
    void* const data = add(shapes[i], dtype);
    fill_operand({fill_for(dtype), 1}, i, data, static_cast<std::size_t>(elements_of(shapes[i])), dtype);
    operands.push_back({data, dtype, shapes[i], arrays.back().strides});
  }
  for (const Shape& shape : planned.shapes()) {
    void* const data = add(shape, planned.dtype());
    outs.push_back({data, planned.dtype(), shape, arrays.back().strides});
  }
  Compiled compiled = planned;
  if (const std::vector<std::uint32_t>& constants = planned.plan().constants; !constants.empty()) {
    std::vector<ArrayRef> kept, given;
    for (const std::uint32_t operand : constants) kept.push_back(operands[operand]);
    for (std::uint32_t operand = 0; operand < operands.size(); ++operand)
      if (std::find(constants.begin(), constants.end(), operand) == constants.end()) given.push_back(operands[operand]);
    compiled = planned.with_constants(kept);
    operands = std::move(given);
  }
  using Clock = std::chrono::steady_clock;
  constexpr int most_runs = 31;
  const auto start = Clock::now();
  const auto spent = [&] { return std::chrono::duration<double>(Clock::now() - start).count(); };
  compiled.run(operands, outs);  // touches every page once, without the clock
  std::vector<std::vector<double>> samples(compiled.plan().steps.size());
  for (int run = 0; run < most_runs; ++run) {
    const double before = spent();
    const std::vector<double> taken = compiled.measure_steps(operands, outs);
    for (std::size_t i = 0; i < taken.size(); ++i) samples[i].push_back(taken[i]);
    if (2 * spent() - before > seconds) break;
  }
  std::vector<double> medians;
  for (const std::vector<double>& sample : samples) medians.push_back(distribution_of(sample).median);
  return medians;
}

}  // namespace einc::cli
