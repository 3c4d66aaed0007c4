// contract_problems.hpp: contractions of given loops for the tests of their driver, run on any table of kernels and compared with a plain loop nest.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "ir/contract_scratch.hpp"
#include "runtime/instruction_context.hpp"
#include "runtime/typed_kernels.hpp"
#include "support/catch.hpp"
#include "support/loop_reference.hpp"

namespace einc::testing {

using ir::Loop;

// One contraction: loops, and three arrays large enough for them with the first element at an offset.
template <class T>
struct Problem {
  std::vector<Loop> loops;
  std::vector<T> a, b, c;
  std::ptrdiff_t a_at = 0, b_at = 0, c_at = 0;
  T alpha = 1, beta = 0;
  ir::Tiling tiling;
  ir::Place place = ir::Place::arena;
};

inline Extent product(const std::vector<Loop>& loops, Role role) {
  Extent extent = 1;
  for (const Loop& loop : loops)
    if (loop.role == role) extent *= loop.extent;
  return extent;
}

template <class T>
std::vector<T> run(const Problem<T>& p, const kernels::KernelTable& table, int threads) {
  ir::Instruction instruction{};
  instruction.kernel = ir::Kernel::contract;
  instruction.dtype = dtype_of<T>;
  instruction.loops = p.loops;
  instruction.tiling = p.tiling;
  instruction.write = ir::Write::scale_into;
  const auto bytes = static_cast<std::size_t>(ir::contract_scratch(p.tiling, dtype_of<T>).bytes);
  std::vector<std::byte> scratch(bytes * static_cast<std::size_t>(threads) + 64, std::byte{0xff});
  auto* aligned = scratch.data() + (64 - reinterpret_cast<std::uintptr_t>(scratch.data()) % 64) % 64;
  instruction.c.place = p.place;
  std::vector<T> space(p.c.size() + 64 / sizeof(T));  // the first element of c begins a line
  const auto past = reinterpret_cast<std::uintptr_t>(space.data() + p.c_at) % 64;
  T* const c = space.data() + (64 - past) % 64 / sizeof(T);
  std::copy(p.c.begin(), p.c.end(), c);
  runtime::run_contract<T>({instruction, table, p.a.data() + p.a_at, p.b.data() + p.b_at, c + p.c_at, p.alpha, p.beta,
                            aligned, bytes, threads});
  return {c, c + p.c.size()};
}

// The value of every element by the definition, in double, with the sum of absolute products to bound the error.
template <class T>
void reference(const Problem<T>& p, std::vector<double>& value, std::vector<double>& bound) {
  value.assign(p.c.begin(), p.c.end());
  bound.assign(p.c.size(), -1);
  std::vector<Loop> outer, inner;
  for (const Loop& loop : p.loops) (loop.role == Role::k ? inner : outer).push_back(loop);
  auto walk = [](auto& self, const std::vector<Loop>& loops, std::size_t at, std::ptrdiff_t a, std::ptrdiff_t b, std::ptrdiff_t c,
                 auto&& body) -> void {
    if (at == loops.size()) return body(a, b, c);
    for (Extent i = 0; i < loops[at].extent; ++i)
      self(self, loops, at + 1, a + i * loops[at].a, b + i * loops[at].b, c + i * loops[at].c, body);
  };
  walk(walk, outer, 0, p.a_at, p.b_at, p.c_at, [&](std::ptrdiff_t a, std::ptrdiff_t b, std::ptrdiff_t c) {
    double sum = 0, size = 0;
    walk(walk, inner, 0, a, b, 0, [&](std::ptrdiff_t at_a, std::ptrdiff_t at_b, std::ptrdiff_t) {
      const double x = static_cast<double>(p.a[static_cast<std::size_t>(at_a)]) * static_cast<double>(p.b[static_cast<std::size_t>(at_b)]);
      sum += x, size += std::abs(x);
    });
    const auto at = static_cast<std::size_t>(c);
    const double old = p.beta == T(0) ? 0 : static_cast<double>(p.beta) * static_cast<double>(p.c[at]);
    value[at] = static_cast<double>(p.alpha) * sum + old;
    bound[at] = size + std::abs(old);
  });
}

template <class T>
bool same_bits(const std::vector<T>& x, const std::vector<T>& y) {
  return x.size() == y.size() && std::memcmp(x.data(), y.data(), x.size() * sizeof(T)) == 0;
}

template <class T>
void check(const Problem<T>& p, const kernels::KernelTable& table) {
  const std::vector<T> one = run(p, table, 1);
  std::vector<double> value, bound;
  reference(p, value, bound);
  std::size_t wrong = 0, stray = 0;
  const double epsilon = std::numeric_limits<T>::epsilon() * (4 + static_cast<double>(product(p.loops, Role::k)));
  for (std::size_t i = 0; i < one.size(); ++i) {
    if (bound[i] < 0) stray += std::memcmp(&one[i], &p.c[i], sizeof(T)) != 0;
    else wrong += !(std::abs(static_cast<double>(one[i]) - value[i]) <= epsilon * bound[i]);
  }
  CHECK(wrong == 0);
  CHECK(stray == 0);
  CHECK(same_bits(one, run(p, table, 2)));
  CHECK(same_bits(one, run(p, table, 3)));
}

// c runs along the innermost loop of n, b along the one around it.
template <class T>
Problem<T> runs(Extent outer, Extent repeats, Extent run, Extent m, Extent k, bool rows_adjacent, const kernels::KernelTable& table, std::mt19937& random) {
  Problem<T> p;
  const Stride row = rows_adjacent ? run : run * outer;
  p.loops = {{Role::m, m, k, 0, row},
             {Role::n, outer, 0, repeats, rows_adjacent ? run * m : run},
             {Role::n, repeats, 0, 1, run * outer * m},
             {Role::n, run, 0, k * outer * repeats, 1},
             {Role::k, k, 1, outer * repeats, 0}};
  const auto fill = [&](std::vector<T>& data, Extent elements) {
    data.resize(static_cast<std::size_t>(elements));
    for (T& value : data) value = static_cast<T>(static_cast<int>(random() % 2001) - 1000) / 256;
  };
  fill(p.a, m * k), fill(p.b, run * k * outer * repeats), fill(p.c, outer * repeats * run * m);
  p.alpha = random() % 2 ? T(1) : T(0.5);
  p.tiling = {runtime::contract_kernels<T>(table).rows, runtime::contract_kernels<T>(table).columns, 50, 0, 40, 1};
  p.tiling.run = run;
  return p;
}

// The inner loop of n follows b, the one around it c.
template <class T>
Problem<T> turned(Extent outer, Extent repeats, Extent run, Extent m, Extent k, bool deep, const kernels::KernelTable& table, std::mt19937& random) {
  Problem<T> p = runs<T>(outer, repeats, run, m, k, true, table, random);
  const Stride column = deep ? k : 1, depth = deep ? 1 : run;
  p.loops = {{Role::m, m, k, 0, repeats * run * outer},
             {Role::n, outer, 0, run * k * repeats, repeats * run},
             {Role::n, repeats, 0, run * k, 1},
             {Role::n, run, 0, column, repeats},
             {Role::k, k, 1, depth, 0}};
  p.tiling.turned = true, p.tiling.group = run * repeats, p.tiling.m_block = m;
  return p;
}

template <class T>
Problem<T> matrices(Extent batch, Extent m, Extent n, Extent k, const kernels::KernelTable& table) {
  Problem<T> p;
  p.loops = {{Role::batch, batch, m * k, k * n, m * n}, {Role::m, m, k, 0, n}, {Role::n, n, 0, 1, 1}, {Role::k, k, 1, n, 0}};
  p.a.assign(static_cast<std::size_t>(batch * m * k), T(1));
  p.b.assign(static_cast<std::size_t>(batch * k * n), T(1));
  p.c.assign(static_cast<std::size_t>(batch * m * n), T(0));
  p.tiling = {runtime::contract_kernels<T>(table).rows, runtime::contract_kernels<T>(table).columns, 256, 512, 256, 1};
  return p;
}

}  // namespace einc::testing
