// loop_reference.hpp: random instructions of loops with any strides, and a plain loop nest that says what they give.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <einc/element_types.hpp>

#include "ir/executable.hpp"
#include "kernels/kernel_table.hpp"
#include "runtime/instruction_context.hpp"
#include "support/catch.hpp"

namespace einc::testing {

using ir::Role;

// Every kernel table this machine can run.
inline std::vector<const kernels::KernelTable*> runnable_tables() {
  std::vector<const kernels::KernelTable*> tables{&kernels::baseline_table};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) tables.push_back(&kernels::avx2_table);
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512cd"))
    tables.push_back(&kernels::avx512_table);
#elif defined(__aarch64__)
  tables.push_back(&kernels::neon_table);
#endif
  return tables;
}

// An array that loops run through: how many elements they reach, and where index 0 lies among them.
struct Reach {
  std::int64_t first = 0, elements = 1;
};
inline Reach reach(const std::vector<ir::Loop>& loops, Stride ir::Loop::* stride) {
  Reach found;
  for (const ir::Loop& loop : loops) {
    const Stride far = loop.*stride * (loop.extent - 1);
    if (far < 0) found.first -= far;
    found.elements += std::abs(far);
  }
  return found;
}

// What one kernel family may be given.
struct Family {
  ir::Kernel kernel;
  std::vector<Role> roles;
  bool with_a = true, with_b = true;
};

class RandomLoops {
 public:
  explicit RandomLoops(unsigned seed) : generator_(seed) {}

  int below(int limit) { return std::uniform_int_distribution<int>(0, limit - 1)(generator_); }

  // Loops in random memory order in each array, with gaps, backward strides and repeated elements of a and b.
  ir::Instruction instruction(const Family& family, std::int64_t most_iterations) {
    ir::Instruction made{};
    made.kernel = family.kernel;
    static const Extent extents[] = {1, 2, 3, 4, 5, 7, 8, 13, 16, 17, 31, 33, 64, 65, 100, 257, 1000, 5000};
    const int count = below(6);
    std::int64_t iterations = 1;
    for (int i = 0; i < count; ++i) {
      const Extent extent = extents[below(static_cast<int>(std::size(extents)))];
      if (iterations * extent > most_iterations) continue;
      iterations *= extent;
      made.loops.push_back({family.roles[static_cast<std::size_t>(below(static_cast<int>(family.roles.size())))], extent, 0, 0, 0});
    }
    std::stable_sort(made.loops.begin(), made.loops.end(), [](auto& x, auto& y) { return x.role < y.role; });
    if (family.with_a) give_strides(made.loops, &ir::Loop::a, Role::n, true);
    if (family.with_b) give_strides(made.loops, &ir::Loop::b, Role::m, true);
    give_strides(made.loops, &ir::Loop::c, Role::k, false);
    return made;
  }

  template <class T>
  std::vector<T> values(std::int64_t count) {
    std::uniform_real_distribution<double> uniform(-1, 1);
    std::vector<T> made(static_cast<std::size_t>(count));
    for (T& value : made) value = static_cast<T>(uniform(generator_));
    return made;
  }

 private:
  void give_strides(std::vector<ir::Loop>& loops, Stride ir::Loop::* stride, Role absent, bool may_repeat) {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < loops.size(); ++i)
      if (loops[i].role != absent) order.push_back(i);
    if (below(3) == 0) std::reverse(order.begin(), order.end());
    else if (below(2) == 0) std::shuffle(order.begin(), order.end(), generator_);
    else std::reverse(order.begin(), order.end());
    Stride step = below(8) == 0 ? 2 : 1;
    for (std::size_t i : order) {
      if (may_repeat && below(12) == 0) continue;
      loops[i].*stride = below(8) == 0 ? -step : step;
      step *= loops[i].extent;
      if (below(6) == 0) step += below(5);
    }
  }

  std::mt19937 generator_;
};

// Of complex numbers as parts: the loop of which every other position is an imaginary part.
inline std::size_t loop_over_parts(const ir::Instruction& instruction) {
  const Role role = instruction.kernel == ir::Kernel::interleaved ? Role::batch : Role::n;
  std::size_t found = 0;
  for (std::size_t i = 0; i < instruction.loops.size(); ++i)
    if (instruction.loops[i].role == role) found = i;
  return found;
}

// c = alpha * (sum of) a [* b] + beta * c in double, and beside it the sum of magnitudes, for the tolerance.
template <class T>
void reference(const ir::Instruction& instruction, const T* a, const T* b, double* c, double* magnitude,
               std::size_t level = 0, int part = 0) {
  const bool pairs = instruction.tiling.pairs;
  if (level < instruction.loops.size()) {
    const ir::Loop& loop = instruction.loops[level];
    const bool counts = pairs && level == loop_over_parts(instruction);
    for (Extent i = 0; i < loop.extent; ++i)
      reference(instruction, a + i * loop.a, b + i * loop.b, c + i * loop.c, magnitude + i * loop.c, level + 1, counts ? static_cast<int>(i % 2) : part);
    return;
  }
  if (pairs) {
    const T *const x = instruction.kernel == ir::Kernel::interleaved ? a - part : a, *const y = b - part;
    const double x_imaginary = instruction.conjugate_a ? -double(x[1]) : double(x[1]), y_imaginary = instruction.conjugate_b ? -double(y[1]) : double(y[1]);
    const double first = part == 0 ? double(x[0]) * double(y[0]) : double(x[0]) * y_imaginary;
    const double second = part == 0 ? -x_imaginary * y_imaginary : x_imaginary * double(y[0]);
    *c += first + second;
    *magnitude += std::abs(first) + std::abs(second);
    return;
  }
  const bool product = instruction.kernel == ir::Kernel::multiply || instruction.kernel == ir::Kernel::dot ||
                       instruction.kernel == ir::Kernel::matvec || instruction.kernel == ir::Kernel::small ||
                       instruction.kernel == ir::Kernel::interleaved;
  const double term = instruction.kernel == ir::Kernel::fill ? 1 : product ? double(*a) * double(*b) : double(*a);
  *c += term;
  *magnitude += std::abs(term);
}

// Which places of memory are elements of c.
inline void mark(const std::vector<ir::Loop>& loops, std::int64_t at, std::vector<bool>& owned, std::size_t level = 0) {
  if (level == loops.size()) {
    owned[static_cast<std::size_t>(at)] = true;
    return;
  }
  const ir::Loop& loop = loops[level];
  if (loop.role == Role::k) return mark(loops, at, owned, level + 1);
  for (Extent i = 0; i < loop.extent; ++i) mark(loops, at + i * loop.c, owned, level + 1);
}

template <class T>
using Driver = void (*)(const runtime::InstructionContext<T>&) noexcept;

// Runs one instruction on every given table, with 1, 2 and 3 threads, and compares every place of memory.
template <class T>
void check_instruction(const ir::Instruction& instruction, Driver<T> run, T alpha, T beta, RandomLoops& random,
                       const std::vector<const kernels::KernelTable*>& tables = runnable_tables()) {
  const bool with_a = instruction.kernel != ir::Kernel::fill;
  const bool with_b = with_a && instruction.kernel != ir::Kernel::permute && instruction.kernel != ir::Kernel::reduce;
  Reach reach_a = reach(instruction.loops, &ir::Loop::a);
  if (instruction.tiling.pairs && instruction.kernel != ir::Kernel::interleaved) ++reach_a.elements;  // the imaginary part of the last number
  const Reach reach_b = reach(instruction.loops, &ir::Loop::b),
              reach_c = reach(instruction.loops, &ir::Loop::c);
  const std::vector<T> a = random.values<T>(reach_a.elements), b = random.values<T>(reach_b.elements);
  const std::size_t places = static_cast<std::size_t>(reach_c.elements);
  std::vector<T> before = random.values<T>(reach_c.elements);
  if (beta == T(0)) std::fill(before.begin(), before.end(), std::numeric_limits<T>::quiet_NaN());

  std::vector<double> exact(places, 0), terms(places, 0);
  reference(instruction, a.data() + reach_a.first, b.data() + reach_b.first, exact.data() + reach_c.first,
            terms.data() + reach_c.first);
  std::vector<bool> owned(places, false);
  mark(instruction.loops, reach_c.first, owned);

  const auto describe = [&](const kernels::KernelTable& table) {
    ir::Executable shown;
    shown.code.push_back(instruction);
    return std::string(table.isa) + "\n" + ir::print(shown);
  };
  for (const kernels::KernelTable* table : tables) {
    std::vector<T> first;
    for (int threads = 1; threads <= 3; ++threads) {
      std::vector<T> c = before;
      run({instruction, *table, with_a ? a.data() + reach_a.first : nullptr, with_b ? b.data() + reach_b.first : nullptr,
           c.data() + reach_c.first, alpha, beta, nullptr, 0, threads});
      if (threads > 1) {
        if (std::memcmp(c.data(), first.data(), places * sizeof(T)) != 0)
          FAIL(threads << " threads give other bits: " << describe(*table));
        continue;
      }
      first = c;
      for (std::size_t i = 0; i < places; ++i) {
        const double old = static_cast<double>(before[i]), got = static_cast<double>(c[i]);
        const double kept = beta == T(0) ? 0.0 : static_cast<double>(beta) * old;
        const double expected = owned[i] ? static_cast<double>(alpha) * exact[i] + kept : old;
        const double rounding = 16 * static_cast<double>(std::numeric_limits<T>::epsilon());
        const double tolerance = owned[i] ? rounding * (terms[i] + std::abs(kept)) : 0;
        if (std::isnan(expected) ? !std::isnan(got) : !(std::abs(got - expected) <= tolerance))
          FAIL("element " << i << (owned[i] ? "" : ", which is not of c,") << " is " << got << ", expected " << expected
                          << ": " << describe(*table));
      }
    }
  }
  SUCCEED();
}

// Random instructions of a family: stored, with a factor or without, or with alpha and beta.
template <class T>
void check_family(const Family& family, Driver<T> run, unsigned seed, int rounds, std::int64_t most_iterations) {
  RandomLoops random(seed);
  for (int round = 0; round < rounds; ++round) {
    ir::Instruction instruction = random.instruction(family, most_iterations);
    instruction.dtype = dtype_of<T>;
    const int scaling = random.below(5);  // store; alpha and beta; alpha alone; beta alone; store with a factor
    instruction.write = scaling == 0 || scaling == 4 ? ir::Write::store : ir::Write::scale_into;
    check_instruction<T>(instruction, run, scaling == 0 || scaling == 3 ? T(1) : T(1.5),
                         scaling == 1 || scaling == 3 ? T(-0.5) : T(0), random);
  }
}

}  // namespace einc::testing
