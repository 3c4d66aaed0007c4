// limits.cpp: measures the rates of the machine with the same kernels, threads and clock that the caller is about to use.
// SPDX-License-Identifier: BSD-3-Clause
#include <einc/cpu.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include <einc/error.hpp>
#include <fmt/format.h>
#include <sys/mman.h>

#include "api/kernel_tables.hpp"
#include "runtime/parallel_for.hpp"

namespace einc {

namespace {

using Clock = std::chrono::steady_clock;
using std::ptrdiff_t;

constexpr std::size_t page = 2 << 20;  // buffers start on a huge page, so that address translation costs little
constexpr int samples = 5;

struct Unmap {
  std::size_t bytes;
  void operator()(std::byte* memory) const { munmap(memory, bytes); }
};
using Memory = std::unique_ptr<std::byte, Unmap>;

Memory allocate(std::size_t bytes) {
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw Error(ErrorCode::bad_option, fmt::format("no memory for a buffer of {} bytes", bytes));
  madvise(memory, bytes, MADV_HUGEPAGE);
  return Memory(static_cast<std::byte*>(memory), Unmap{bytes});
}

std::byte* next_page(std::byte* address) {
  return address + (page - reinterpret_cast<std::uintptr_t>(address) % page) % page;
}

// Runs body(thread) once on each of `threads` threads and returns the seconds until all are done.
template <class Body>
double time_on(int threads, Body&& body) {
  const auto begin = Clock::now();
  runtime::parallel_for(threads, threads, [&](ptrdiff_t task, int) { body(static_cast<int>(task)); });
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// Units a second of body(thread, rounds), which does `units` a thread and round: the best of a few samples within about
// `seconds`. The best, because other load only takes away. One thread alone finds how many rounds make a sample long:
// a team whose threads just woke, or met on one core, costs milliseconds whatever it does.
template <class Body>
double best_rate(int threads, double units, double seconds, Body&& body) {
  ptrdiff_t rounds = 1;
  double total = 0, alone = 0;
  while (true) {
    alone = time_on(1, [&](int thread) { body(thread, rounds); });
    total += alone;
    if (alone > seconds / (4 * samples)) break;
    rounds *= 4;
  }
  double best = threads == 1 ? units * static_cast<double>(rounds) / alone : 0;
  do {
    const double took = time_on(threads, [&](int thread) { body(thread, rounds); });
    total += took;
    best = std::max(best, units * threads * static_cast<double>(rounds) / std::max(took, 1e-9));
  } while (total < seconds);
  return best;
}

template <class Kernels>
double measure_flops(const Kernels& kernels, int threads, double seconds) {
  constexpr ptrdiff_t steps = 1000;
  return best_rate(threads, kernels.flops_per_step * steps, seconds, [&](int, ptrdiff_t rounds) {
    volatile auto kept = kernels.multiply_add(steps * rounds, 0.5F, 0.5F);
    static_cast<void>(kept);
  });
}

// Each thread works on a part of its own, a whole number of cache lines.
struct Part {
  const float* from;
  float* to;
  ptrdiff_t length;
};

std::vector<Part> split(std::byte* from, std::byte* to, std::int64_t bytes, int threads) {
  constexpr std::int64_t line = 64;
  const std::int64_t part = std::max(line, bytes / threads / line * line);
  std::vector<Part> parts;
  for (int thread = 0; thread < threads; ++thread)
    parts.push_back({reinterpret_cast<const float*>(from + thread * part), reinterpret_cast<float*>(to + thread * part),
                     static_cast<ptrdiff_t>(part / static_cast<std::int64_t>(sizeof(float)))});
  return parts;
}

void measure_memory(const kernels::LimitKernels<float>& kernels, int threads, std::int64_t bytes, double seconds, Limits& limits) {
  const std::size_t each = static_cast<std::size_t>(std::max<std::int64_t>(bytes, 64 * threads));
  const Memory memory = allocate(2 * each + 3 * page);
  std::byte* const from = next_page(memory.get());
  // A few lines into its page: stores that lie a multiple of 4 KiB behind loads would hold those up.
  std::byte* const to = next_page(from + each) + 17 * 64;
  const std::vector<Part> parts = split(from, to, bytes, threads);
  const auto at = [&](int thread) -> const Part& { return parts[static_cast<std::size_t>(thread)]; };
  const double part_bytes = static_cast<double>(parts[0].length) * sizeof(float);
  time_on(threads, [&](int thread) {  // pages belong to the processor that touches them first
    std::memset(const_cast<float*>(at(thread).from), 0, static_cast<std::size_t>(at(thread).length) * sizeof(float));
    std::memset(at(thread).to, 0, static_cast<std::size_t>(at(thread).length) * sizeof(float));
  });
  limits.read_bytes = best_rate(threads, part_bytes, seconds / 2, [&](int thread, ptrdiff_t rounds) {
    float sum = 0;
    for (ptrdiff_t round = 0; round < rounds; ++round) sum += kernels.read(at(thread).from, at(thread).length);
    volatile float kept = sum;
    static_cast<void>(kept);
  });
  const auto measure_copy = [&](auto copy) {
    const double rate = best_rate(threads, 2 * part_bytes, seconds / 6, [&](int thread, ptrdiff_t rounds) {
      for (ptrdiff_t round = 0; round < rounds; ++round) copy(at(thread));
    });
    limits.copy_bytes = std::max(limits.copy_bytes, rate);
  };
  measure_copy([&](const Part& part) { kernels.copy(part.from, part.to, part.length); });
  measure_copy([&](const Part& part) { kernels.copy_around(part.from, part.to, part.length); });
  measure_copy([](const Part& part) {
    std::memcpy(part.to, part.from, static_cast<std::size_t>(part.length) * sizeof(float));
    __asm__ volatile("" ::: "memory");  // each round is to be done
  });
}

}  // namespace

Limits measure_limits(const std::string& isa, int threads, std::int64_t buffer_bytes, double seconds) {
  const kernels::KernelTable& table = api::choose_table(isa);
  if (threads < 0) throw Error(ErrorCode::bad_option, fmt::format("the number of threads is negative: {}", threads));
  if (buffer_bytes < 64) throw Error(ErrorCode::bad_option, fmt::format("a buffer of {} bytes is too small to measure", buffer_bytes));
  if (!(seconds >= 0)) throw Error(ErrorCode::bad_option, fmt::format("the time to measure is negative: {}", seconds));
  const int team = threads == 0 ? num_threads() : threads;
  Limits limits;
  limits.f32_flops = measure_flops(table.limit_f32, team, seconds / (table.duos != nullptr ? 8 : 4));
  limits.bf16_flops = limits.f32_flops;
  if (table.duos != nullptr) limits.bf16_flops = std::max(limits.f32_flops, measure_flops(*table.duos, team, seconds / 8));
  limits.f64_flops = measure_flops(table.limit_f64, team, seconds / 4);
  measure_memory(table.limit_f32, team, buffer_bytes, seconds / 2, limits);
  return limits;
}

}  // namespace einc
