// dot.cpp: c[batch] = sum over k of a * b.
// SPDX-License-Identifier: BSD-3-Clause
#include "runtime/elements.hpp"
#include "runtime/sums.hpp"

namespace einc::runtime {

template <class T>
void run_dot(const InstructionContext<T>& context) noexcept {
  run_sums<T, true>(context);
}

#define EINC_INSTANTIATE(T) template void run_dot<T>(const InstructionContext<T>&) noexcept;
EINC_FOR_EACH_ELEMENT(EINC_INSTANTIATE)
#undef EINC_INSTANTIATE

}  // namespace einc::runtime
