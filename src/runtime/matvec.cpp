// matvec.cpp: c[batch, m] = sum over k of a * b, where b does not vary along m; a is read once, in place.
// SPDX-License-Identifier: BSD-3-Clause
#include "runtime/elements.hpp"
#include "runtime/sums.hpp"
#include "runtime/sums_in_order.hpp"

namespace einc::runtime {

template <class T>
void run_matvec(const InstructionContext<T>& context) noexcept {
  if constexpr (is_plain_float<T>) {
    if (const SumsInOrder<T> in_order(context); in_order.fits()) return in_order.run();
  }
  run_sums<T, true>(context);
}

#define EINC_INSTANTIATE(T) template void run_matvec<T>(const InstructionContext<T>&) noexcept;
EINC_FOR_EACH_ELEMENT(EINC_INSTANTIATE)
#undef EINC_INSTANTIATE

}  // namespace einc::runtime
