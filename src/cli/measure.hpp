// measure.hpp: one case, measured: how long a call takes, whether its result is right, and how near it comes to the machine.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <einc/cpu.hpp>
#include <einc/options.hpp>

#include "cli/bench_case.hpp"

namespace einc::cli {

// Lines of an operand that lie further apart than a line, as those of a diagonal: they wait for address translation and each other.
struct FarLines {
  std::size_t operand = 0;
  std::int64_t count = 0, stride = 0;  // of bytes
};

// What one call has to do at least, by counting labels; flops are those of the parts of complex numbers.
struct Work {
  double flops = 0;
  double bytes_in = 0, bytes_out = 0;  // every element that is touched, once; of far lines the whole line
  FarLines far = {};
};

// Seconds to read one byte of each of these lines of an array of so many bytes, the least of a few rounds within about `budget`.
double read_far_lines(const FarLines& far, const void* array, std::size_t bytes, double budget);

Work work_of(const Labelling& labelling, DType dtype);

// The shortest time the measured limits allow, and which of them sets it. Halves and complex numbers are held against the rate of
// the floats they are computed in. Of the arithmetic of integers no limit is measured: where f32 would wait for arithmetic,
// their time is 0, which means unknown.
struct Bound {
  double seconds = 0;
  bool by_flops = false;
};

// The rate of arithmetic that a type is held against; 0 for integers and bool.
double peak_of(DType dtype, const Limits& limits);

// `far_seconds` is the least time for the far lines of the work, all threads together.
Bound bound_of(const Work& work, DType dtype, const Limits& limits, double far_seconds = 0);

struct Distribution {
  double median = 0, low = 0, high = 0, least = 0, most = 0;  // low and high: the 10th and 90th of a hundred
  double spread() const { return median > 0 ? (high - low) / 2 / median : 0; }
};

Distribution distribution_of(std::vector<double> samples);

// How the order of contraction came out.
struct Planned {
  Distribution seconds;  // from the text to something that can be called
  double flops = 0;      // multiplications and additions of numbers, complex or not
  double largest_intermediate_bytes = 0;
  std::string method;
  double call_seconds = 0;  // predicted, of one call
};

struct Measurement {
  BenchCase bench_case;
  int threads = 1;
  Work work;
  Planned planned;
  Distribution seconds;       // of one call
  std::size_t samples = 0;    // of calls; 0: interrupted, or planned only
  bool by_flops = false;      // what limits this case: arithmetic or memory
  double limit = 0;           // in flops or bytes a second; 0: unknown
  double share = 0;           // of that limit: the median over rounds, each with a limit of its own
  double predicted() const { return planned.call_seconds / seconds.median; }  // over what was measured
  double expected = 0, got = 0;
  bool right = false;         // the checksums agree
  double rate() const { return (by_flops ? work.flops : work.bytes_in + work.bytes_out) / seconds.median; }
};

struct MeasureOptions {
  Options options;          // isa, threads, planner
  double seconds = 1;       // of calls, for one case
  bool predict = false;     // plan and predict; run nothing
  std::function<bool()> stop = [] { return false; };      // asked often: end now, with what there is
  std::function<void(const std::string&)> progress = [](const std::string&) {};
};

// Compiles, a network again and again; unless the case is planned only, runs once and checks, then takes turns: limits, calls, limits, calls. Outputs have been written before, so no
// page is touched for the first time under the clock. Throws Error for a case that cannot be compiled or held in memory.
Measurement measure(const BenchCase& bench_case, const MeasureOptions& options);

}  // namespace einc::cli
