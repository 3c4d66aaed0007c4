// make_numbers.hpp: fills the kernels of integers, complex numbers and semirings for one xsimd architecture. Included by the
// flagged files only.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "kernels/convert.hpp"
#include "kernels/kernel_table.hpp"
#include "kernels/make_contract.hpp"
#include "kernels/make_vector.hpp"
#include "kernels/map_arithmetic.hpp"

namespace einc::kernels {

template <class Arch, class T>
constexpr ArithmeticKernels<T> make_numbers() {
  constexpr bool complex = requires(T value) { value.im; };
  constexpr bool semiring = requires(T value) { value.value; };
  ArithmeticKernels<T> kernels{};
  if constexpr (!complex) kernels.contract = make_contract<Arch, T>();
  kernels.vector = make_vector<Arch, T>();
  kernels.map = make_arithmetic_map<Arch, T>();
  if constexpr (!semiring) kernels.convert = make_convert<Arch, T>();
  return kernels;
}

template <class Arch>
constexpr IntegerKernels make_integers() {
  return {make_numbers<Arch, std::uint8_t>(), make_numbers<Arch, std::uint16_t>(), make_numbers<Arch, std::uint32_t>(),
          make_numbers<Arch, std::uint64_t>(), make_numbers<Arch, Boolean>(), {}};  // quads are those of a machine, not of an architecture
}
template <class Arch>
constexpr ComplexKernels make_complex() {
  return {make_numbers<Arch, Complex<float>>(), make_numbers<Arch, Complex<double>>(), make_pairs<Arch, float>(), make_pairs<Arch, double>()};
}
template <class Arch>
constexpr SemiringKernels make_semirings() {
  return {make_numbers<Arch, MaxPlus<float>>(), make_numbers<Arch, MaxPlus<double>>(), make_numbers<Arch, MinPlus<float>>(),
          make_numbers<Arch, MinPlus<double>>(), make_numbers<Arch, LogSumExp<float>>(), make_numbers<Arch, LogSumExp<double>>()};
}

}  // namespace einc::kernels
