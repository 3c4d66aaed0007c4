// kept_contraction.hpp: a contraction of tiles that finds what its last call decided and packed.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <new>
#include <type_traits>

#include "runtime/contraction.hpp"

namespace einc::runtime {

// What one of several calls, one behind the other, leaves for the next: all but where the arrays begin.
template <class T>
struct KeptContraction {
  InstructionContext<T> context;
  Contraction<T> contraction;
  Workspace<T> work;
  explicit KeptContraction(const InstructionContext<T>& first)
      : context(first), contraction(context), work(first.scratch + ir::kept_state_bytes, contraction.tiling, first.instruction.dtype) {
    new (work.kept) Kept<T>{};
  }
  void run(const InstructionContext<T>& now) {
    context.a = now.a, context.b = now.b, context.c = now.c, context.alpha = now.alpha, context.beta = now.beta, context.next_b = now.next_b, context.together = now.together, context.narrow = now.narrow, context.limits = now.limits;
    contraction.first_write = now.beta == T(0) ? TileWrite::store : TileWrite::add;
    work.kept->a = nullptr;  // a may hold other values now
    contraction.run_all(work);
  }

  static KeptContraction& of(const InstructionContext<T>& now) {
    static_assert(sizeof(KeptContraction) <= static_cast<std::size_t>(ir::kept_state_bytes) && std::is_trivially_destructible_v<KeptContraction>);
    auto* const kept = reinterpret_cast<KeptContraction*>(now.scratch);
    return now.finds_kept ? *kept : *new (kept) KeptContraction(now);
  }
};

}  // namespace einc::runtime
