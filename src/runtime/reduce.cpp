// reduce.cpp: c[m] = sum over k of a.
// SPDX-License-Identifier: BSD-3-Clause
#include "runtime/sums.hpp"

namespace einc::runtime {

template <class T>
void run_reduce(const InstructionContext<T>& context) noexcept {
  run_sums<T, false>(context);
}

template void run_reduce<float>(const InstructionContext<float>&) noexcept;
template void run_reduce<double>(const InstructionContext<double>&) noexcept;

}  // namespace einc::runtime
