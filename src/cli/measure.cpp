// SPDX-License-Identifier: BSD-3-Clause
#include "cli/measure.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "cli/case_arrays.hpp"

namespace einc::cli {

namespace {

using Clock = std::chrono::steady_clock;

double since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

constexpr double line = 64;  // bytes of a cache line

double count(const std::vector<Label>& labels, const std::vector<Extent>& extents) {
  double product = 1;
  for (const Label label : labels) product *= static_cast<double>(extents[label]);
  return product;
}

double count(const Shape& shape) {
  double product = 1;
  for (const Extent extent : shape) product *= static_cast<double>(extent);
  return product;
}

bool has(const std::vector<Label>& labels, Label label) { return std::find(labels.begin(), labels.end(), label) != labels.end(); }

std::vector<Label> distinct(const std::vector<Label>& labels) {
  std::vector<Label> result;
  for (const Label label : labels)
    if (!has(result, label)) result.push_back(label);
  return result;
}

// How many rounds of limits and calls; long calls and large buffers get fewer.
int rounds_for(double call_seconds, double bytes, double budget) {
  if (call_seconds * 5 > 3 * budget) return std::max(1, static_cast<int>(3 * budget / call_seconds));
  return bytes > 64e6 ? 3 : 5;
}

// Seconds a call, of as many samples as fit into `budget`; a sample is several calls when one is short.
template <class Call>
void sample(const Call& call, double estimate, double budget, const MeasureOptions& options, std::vector<double>& samples) {
  const int calls = static_cast<int>(std::clamp(20e-6 / std::max(estimate, 1e-9), 1.0, 10000.0));
  const auto begin = Clock::now();
  do {
    const auto start = Clock::now();
    for (int i = 0; i < calls; ++i) call();
    samples.push_back(since(start) / calls);
  } while (since(begin) < budget && !options.stop());
}

// Calls for a while, so that threads wake, tables fill and the clock settles. Returns the least time of one.
template <class Call>
double warm_up(const Call& call, double budget) {
  const auto begin = Clock::now();
  double least = std::numeric_limits<double>::infinity();
  for (int i = 0; i < 1000 && (i < 2 || since(begin) < budget); ++i) {
    const auto start = Clock::now();
    call();
    least = std::min(least, since(start));
    if (i == 0 && least > budget) break;
  }
  return least;
}

// What one call of the case has to do.
Work work_of(const BenchCase& bench_case, const Compiled& compiled) {
  Work work;
  if (bench_case.is_program()) {
    const double element = static_cast<double>(bytes_of(bench_case.dtype));
    for (const Shape& shape : bench_case.shapes) work.bytes_in += element * count(shape);
    for (const Shape& shape : compiled.shapes()) work.bytes_out += element * count(shape);
  } else {
    work = work_of(labelling_of(bench_case), bench_case.dtype);
    work.bytes_out *= static_cast<double>(bytes_of(bench_case.result_dtype())) / static_cast<double>(bytes_of(bench_case.dtype));
  }
  const double parts = is_complex(bench_case.dtype) ? 4 : 1;  // a product of complex numbers, and its sum, take four of each
  if (bench_case.is_program() || bench_case.shapes.size() > 2) work.flops = parts * compiled.plan().flops;
  if (bench_case.flops) work.flops = *bench_case.flops;
  return work;
}

// How far the checksum may be off. A program is taken for one sum of products, of as many positions as its work allows.
double tolerance_of(const BenchCase& bench_case, const Work& work, double norm) {
  if (!bench_case.is_program()) return tolerance(labelling_of(bench_case), bench_case.filling, bench_case.dtype, norm);
  const double results = std::max(1.0, work.bytes_out / static_cast<double>(bytes_of(bench_case.dtype)));
  return tolerance(work.flops / 2 / results, bench_case.dtype, norm);
}

// The least time for the far lines of a case, in the operand itself, were they shared by threads without loss.
double far_seconds(const FarLines& far, const CaseArrays& arrays, const BenchCase& bench_case, int threads) {
  const auto bytes = static_cast<std::size_t>(count(bench_case.shapes[far.operand]) * static_cast<double>(bytes_of(bench_case.dtype)));
  return read_far_lines(far, arrays.operands()[far.operand].data, bytes, 0.02) / threads;
}

// Compiles: what cannot be told from one plan of a network, as often as fits a share of the time.
Compiled compile_timed(const BenchCase& bench_case, const Options& options, const MeasureOptions& wanted, Planned& planned) {
  wanted.progress("compiling");
  const double budget = bench_case.plan_only ? wanted.seconds : wanted.seconds / 5;
  const auto begin = Clock::now();
  const PlanProgress not_stopped = [&](const PlanState&) { return !wanted.stop(); };
  Compiled compiled = compile_case(bench_case, options, not_stopped);
  std::vector<double> samples = {since(begin)};
  while (bench_case.is_network() && since(begin) + samples.back() < budget && !wanted.stop()) {
    const auto start = Clock::now();
    compiled = compile_case(bench_case, options, not_stopped);
    samples.push_back(since(start));
  }
  const PlanSummary& plan = compiled.plan();
  planned = {distribution_of(samples), plan.flops, plan.largest_intermediate_bytes, plan.method, plan.seconds};
  return compiled;
}

// Calls bound by arithmetic, in slices of some milliseconds between two measurements of the peak: the clock of a processor
// moves by a fifth within tenths of a second, and only what lies close together sees the same one.
template <class Call, class Add>
void measure_slices(const Call& call, double estimate, DType dtype, const Options& options, const MeasureOptions& wanted, const Measurement& m,
                    const Add& add) {
  constexpr double slice = 0.012, least_slices = 3;
  constexpr std::int64_t in_registers = 4096;
  const auto slices = static_cast<int>(std::max(wanted.seconds / std::max(slice, estimate), least_slices));
  const auto peak = [&] { return peak_of(dtype, measure_limits(options.isa, m.threads, in_registers, 0.006)); };
  double before = peak();
  for (int i = 0; i < slices && !wanted.stop(); ++i) {
    wanted.progress(fmt::format("slice {} of {}", i + 1, slices));
    std::vector<double> now;
    sample(call, estimate, slice, wanted, now);
    const double after = peak();
    add({before + after > 0 ? 2 * m.work.flops / (before + after) : 0, true}, now);
    before = after;
  }
}

Measurement measure(const BenchCase& bench_case, const Options& options, const MeasureOptions& wanted) {
  Measurement m;
  m.bench_case = bench_case;
  m.threads = options.threads;
  const Compiled compiled = compile_timed(bench_case, options, wanted, m.planned);
  m.work = work_of(bench_case, compiled);
  if (bench_case.plan_only || wanted.predict) {
    m.right = true;
    return m;
  }
  wanted.progress("filling");
  const CaseArrays arrays(bench_case, bench_case.dtype, compiled.shapes(), compiled.dtype());
  const auto call = [&] { compiled.run(arrays.operands(), arrays.results()); };

  wanted.progress("checking");
  call();
  const Checksum checksum = arrays.checksum();
  m.expected = bench_case.checksum ? *bench_case.checksum : expected_of(bench_case);
  m.got = checksum.sum;
  m.right = std::abs(m.got - m.expected) <= tolerance_of(bench_case, m.work, checksum.norm);
  if (wanted.stop()) return m;

  wanted.progress("warming up");
  const double estimate = warm_up(call, std::min(0.05, wanted.seconds / 10));
  const double bytes = m.work.bytes_in + m.work.bytes_out;
  const int rounds = rounds_for(estimate, bytes, wanted.seconds);
  const auto footprint = std::max<std::int64_t>(4096, static_cast<std::int64_t>(std::max(m.work.bytes_in, m.work.bytes_out)));
  std::vector<double> samples, limits, shares;
  const auto add = [&](const Bound& bound, const std::vector<double>& now) {
    limits.push_back(bound.seconds > 0 ? (bound.by_flops ? m.work.flops : bytes) / bound.seconds : 0);
    shares.push_back(bound.seconds / distribution_of(now).median);
    samples.insert(samples.end(), now.begin(), now.end());
  };
  for (int round = 0; round < rounds && !wanted.stop() && !m.by_flops; ++round) {
    wanted.progress(fmt::format("round {} of {}: limits", round + 1, rounds));
    const Limits limit = measure_limits(options.isa, m.threads, footprint, 0.06);
    const double far = m.work.far.count == 0 ? 0 : far_seconds(m.work.far, arrays, bench_case, m.threads);
    const Bound bound = bound_of(m.work, bench_case.limit_dtype(), limit, far);
    m.by_flops = bound.by_flops;
    if (m.by_flops) break;
    wanted.progress(fmt::format("round {} of {}: calls", round + 1, rounds));
    std::vector<double> now;
    sample(call, estimate, wanted.seconds / rounds, wanted, now);
    add(bound, now);
  }
  if (m.by_flops) measure_slices(call, estimate, bench_case.limit_dtype(), options, wanted, m, add);
  m.samples = samples.size();
  m.seconds = distribution_of(samples);
  m.limit = distribution_of(limits).median;
  m.share = distribution_of(shares).median;
  return m;
}

}  // namespace

Work work_of(const Labelling& labelling, DType dtype) {
  Work work;
  const bool complex = is_complex(dtype);
  const double element = static_cast<double>(bytes_of(dtype));
  work.bytes_out = element * count(labelling.output, labelling.extents);
  std::vector<Label> all;
  for (std::size_t operand = 0; operand < labelling.operands.size(); ++operand) {
    const std::vector<Label>& term = labelling.operands[operand];
    std::vector<Label> labels = distinct(term);
    double touched = element;  // a diagonal takes a whole cache line for every element
    if (labels.size() < term.size()) {
      double stride = 0, inner = 1;
      for (std::size_t i = term.size(); i-- > 0; inner *= static_cast<double>(labelling.extents[term[i]]))
        if (term[i] == term.back()) stride += inner;
      touched = std::clamp(stride * element, element, line);
      if (stride * element > line) work.far = {operand, static_cast<std::int64_t>(count(labels, labelling.extents)), static_cast<std::int64_t>(stride * element)};
    }
    work.bytes_in += touched * count(labels, labelling.extents);
    const double before = count(labels, labelling.extents);
    std::erase_if(labels, [&](Label label) {  // what one operand has alone is summed first
      bool elsewhere = has(labelling.output, label);
      for (std::size_t other = 0; other < labelling.operands.size(); ++other)
        elsewhere = elsewhere || (other != operand && has(labelling.operands[other], label));
      return !elsewhere;
    });
    if (labels.size() < distinct(term).size()) work.flops += (complex ? 2 : 1) * before;
    for (const Label label : labels)
      if (!has(all, label)) all.push_back(label);
  }
  if (labelling.operands.size() > 1) {
    const bool sums = std::any_of(all.begin(), all.end(), [&](Label label) { return !has(labelling.output, label); });
    work.flops += (complex ? 6 : 1) * count(all, labelling.extents);
    if (sums) work.flops += (complex ? 2 : 1) * count(all, labelling.extents);
  }
  return work;
}

double peak_of(DType dtype, const Limits& limits) {
  if (is_integer(dtype) || dtype == DType::boolean) return 0;
  if (dtype == DType::bf16) return std::max(limits.f32_flops, limits.bf16_flops);
  return dtype == DType::f64 || dtype == DType::c128 ? limits.f64_flops : limits.f32_flops;
}

double read_far_lines(const FarLines& far, const void* array, std::size_t bytes, double budget) {
  const auto* const first = static_cast<const unsigned char*>(array);
  const auto stride = static_cast<std::size_t>(far.stride);
  double least = std::numeric_limits<double>::infinity();
  const auto begin = Clock::now();
  do {
    const auto start = Clock::now();
    unsigned sum = 0;
    std::size_t at = 0;
    for (std::int64_t i = 0; i < far.count; ++i) {
      sum += first[at];
      at += stride;
      if (at >= bytes) at -= bytes;
    }
    volatile unsigned kept = sum;
    static_cast<void>(kept);
    least = std::min(least, since(start));
  } while (since(begin) < budget);
  return least;
}

Bound bound_of(const Work& work, DType dtype, const Limits& limits, double far_seconds) {
  const double peak = peak_of(dtype, limits);
  const double arithmetic = work.flops / (peak > 0 ? peak : limits.f32_flops);
  // What is read beyond what is written goes at the rate of reading; the rest is a copy.
  const double read_only = std::max(0.0, work.bytes_in - work.bytes_out);
  const double memory = std::max(far_seconds, read_only / limits.read_bytes + (work.bytes_in + work.bytes_out - read_only) / limits.copy_bytes);
  if (arithmetic < memory) return {memory, false};
  return {peak > 0 ? arithmetic : 0, true};
}

Distribution distribution_of(std::vector<double> samples) {
  if (samples.empty()) return {};
  std::sort(samples.begin(), samples.end());
  const auto at = [&](double part) {
    const double place = part * static_cast<double>(samples.size() - 1);
    const auto below = static_cast<std::size_t>(place);
    const double rest = place - static_cast<double>(below);
    return rest == 0 ? samples[below] : samples[below] * (1 - rest) + samples[below + 1] * rest;
  };
  return {at(0.5), at(0.1), at(0.9), samples.front(), samples.back()};
}

Measurement measure(const BenchCase& bench_case, const MeasureOptions& wanted) {
  Options options = wanted.options;
  options.dtype = bench_case.dtype;
  if (options.threads == 0) options.threads = num_threads();
  if (bench_case.threads > 0) options.threads = std::min(options.threads, bench_case.threads);
  return measure(bench_case, options, wanted);
}

}  // namespace einc::cli
