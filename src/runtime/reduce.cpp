// reduce.cpp: c[m] = sum over k of a.
// SPDX-License-Identifier: BSD-3-Clause
#include "runtime/elements.hpp"
#include "runtime/sums.hpp"

namespace einc::runtime {

template <class T>
void run_reduce(const InstructionContext<T>& context) noexcept {
  run_sums<T, false>(context);
}

#define EINC_INSTANTIATE(T) template void run_reduce<T>(const InstructionContext<T>&) noexcept;
EINC_FOR_EACH_ELEMENT(EINC_INSTANTIATE)
#undef EINC_INSTANTIATE

}  // namespace einc::runtime
