// SPDX-License-Identifier: BSD-3-Clause
#include "api/kernel_tables.hpp"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <string_view>
#include <vector>

#include <einc/error.hpp>
#include <fmt/format.h>

namespace einc::api {

namespace {

#if defined(__x86_64__)
// The kernels of AVX-512 with tiles of bytes through VNNI, of sums of 8 bits and of 32.
const kernels::KernelTable& vnni_table() {
  static const kernels::IntegerKernels integers = [] {
    kernels::IntegerKernels made = kernels::avx512_integers;
    auto& contract = made.u8.contract;
    contract.rows = kernels::ByteTiles::rows;
    for (auto& row : contract.adjacent) std::fill(std::begin(row), std::end(row), nullptr);
    for (int row = 0; row < kernels::ByteTiles::rows; ++row) std::copy_n(kernels::avx512vnni_tiles.adjacent[row], contract.most_vectors, contract.adjacent[row]);
    made.quads = kernels::avx512vnni_quads;
    return made;
  }();
  static const kernels::KernelTable table = [] {
    kernels::KernelTable made = kernels::avx512_table;
    made.isa = "avx512vnni";
    made.integers = &integers;
    return made;
  }();
  return table;
}

// The same with duos of bf16.
const kernels::KernelTable& bf16_table() {
  static const kernels::KernelTable table = [] {
    kernels::KernelTable made = vnni_table();
    made.isa = "avx512bf16";
    made.duos = &kernels::avx512bf16_duos;
    return made;
  }();
  return table;
}

// Whether the processor converts half-width floats; Clang 16 has no name for it in __builtin_cpu_supports.
bool has_f16c() {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  return __get_cpuid(1, &eax, &ebx, &ecx, &edx) != 0 && (ecx & bit_F16C) != 0;
}
#endif

std::vector<const kernels::KernelTable*> detect() {
  std::vector<const kernels::KernelTable*> tables{&kernels::baseline_table};
#if defined(__x86_64__)
  // These ask the operating system too, whether it keeps the wide registers.
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && has_f16c();
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512cd") &&
                      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                      __builtin_cpu_supports("avx512vl");
  if (avx2) tables.push_back(&kernels::avx2_table);
  if (avx512) tables.push_back(&kernels::avx512_table);
  const bool vnni = avx512 && __builtin_cpu_supports("avx512vnni");
  if (vnni) tables.push_back(&vnni_table());
  if (vnni && __builtin_cpu_supports("avx512bf16")) tables.push_back(&bf16_table());
#elif defined(__aarch64__)
  tables.push_back(&kernels::neon_table);
#endif
  return tables;
}

std::string names() {
  std::string list;
  for (const kernels::KernelTable* table : runnable_tables()) list += fmt::format("{}`{}`", list.empty() ? "" : ", ", table->isa);
  return list;
}

}  // namespace

std::span<const kernels::KernelTable* const> runnable_tables() {
  static const std::vector<const kernels::KernelTable*> tables = detect();
  return tables;
}

const kernels::KernelTable& choose_table(const std::string& isa) {
  const char* variable = isa.empty() ? std::getenv("EINC_ISA") : nullptr;
  const std::string_view wanted = variable != nullptr ? std::string_view(variable) : std::string_view(isa);
  if (wanted.empty()) return *runnable_tables().back();
  for (const kernels::KernelTable* table : runnable_tables())
    if (wanted == table->isa) return *table;
  throw Error(ErrorCode::bad_option,
              fmt::format("this machine cannot run the kernels of `{}`{}", wanted, variable != nullptr ? ", which EINC_ISA asks for" : ""), {}, {},
              fmt::format("it can run {}", names()));
}

}  // namespace einc::api
