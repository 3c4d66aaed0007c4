// matvec.cpp: c[batch, m] = sum over k of a * b, where b does not vary along m; a is read once, in place.
// SPDX-License-Identifier: BSD-3-Clause
#include "runtime/sums.hpp"

namespace einc::runtime {

template <class T>
void run_matvec(const InstructionContext<T>& context) noexcept {
  run_sums<T, true>(context);
}

template void run_matvec<float>(const InstructionContext<float>&) noexcept;
template void run_matvec<double>(const InstructionContext<double>&) noexcept;

}  // namespace einc::runtime
