// make_table.hpp: fills a KernelTable from the templates for one xsimd architecture. Included by the flagged files only.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "kernels/kernel_table.hpp"
#include "kernels/convert.hpp"
#include "kernels/few_rows.hpp"
#include "kernels/make_contract.hpp"
#include "kernels/make_limits.hpp"
#include "kernels/make_map.hpp"
#include "kernels/make_vector.hpp"

namespace einc::kernels {

template <class Arch>
constexpr KernelTable make_table(const char* isa, int vector_bytes, const IntegerKernels* integers, const ComplexKernels* complex,
                                 const SemiringKernels* semirings) {
  return {isa,
          vector_bytes,
          make_contract<Arch, float>(),
          make_contract<Arch, double>(),
          make_vector<Arch, float>(),
          make_vector<Arch, double>(),
          make_limits<Arch, float>(),
          make_limits<Arch, double>(),
          make_map<Arch, float>(),
          make_map<Arch, double>(),
          make_convert<Arch, float>(),
          make_convert<Arch, double>(),
          make_few<Arch, float>(),
          make_few<Arch, double>(),
          make_halves<Arch, BFloat16>(),
          make_halves<Arch, Float16>(),
          integers,
          complex,
          semirings,
          nullptr};  // duos are those of a machine, not of an architecture
}

}  // namespace einc::kernels
