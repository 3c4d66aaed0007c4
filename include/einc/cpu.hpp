// cpu.hpp: what this machine offers, and how fast it is when asked: the limits benchmarks are held against.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <einc/vocabulary.hpp>

namespace einc {

struct Cpu {
  std::string name;               // the brand string, for reports only
  std::vector<std::string> isas;  // kernel tables this machine can run, best last
  std::int64_t l1_bytes = 0, l2_bytes = 0, l3_bytes = 0;  // data caches as seen by one core
  int processors = 1;             // processors this process may use
};

// This machine, asked once from CPUID and the operating system.
const Cpu& this_cpu();

// Threads that calls use when their options do not say: set here, else EINC_NUM_THREADS, OMP_NUM_THREADS, the processors.
// set_num_threads(0) returns to that rule. Throws Error (bad_option) when negative.
int num_threads();
void set_num_threads(int threads);

// Measured rates, all threads together, in flops and bytes a second.
struct Limits {
  double f32_flops = 0, f64_flops = 0;  // fused multiply-adds from registers
  double read_bytes = 0;                // sum over a buffer of `buffer_bytes`
  double copy_bytes = 0;                // memcpy between two such buffers, read and written bytes both counted
  double bf16_flops = 0;                // products of bf16 added to f32, from registers: f32_flops, or those of an instruction that is faster
};

// Measures for about `seconds`. Throws Error (bad_option) for an ISA this machine cannot run.
Limits measure_limits(const std::string& isa = {}, int threads = 1, std::int64_t buffer_bytes = 256 << 20, double seconds = 0.2);

// The library's version, ISA and build, in one line.
std::string version();

}  // namespace einc
