// dot.cpp: c[batch] = sum over k of a * b.
// SPDX-License-Identifier: BSD-3-Clause
#include "runtime/sums.hpp"

namespace einc::runtime {

template <class T>
void run_dot(const InstructionContext<T>& context) noexcept {
  run_sums<T, true>(context);
}

template void run_dot<float>(const InstructionContext<float>&) noexcept;
template void run_dot<double>(const InstructionContext<double>&) noexcept;

}  // namespace einc::runtime
