// flush_denormals.hpp: while this lives, results of this thread too small for a normal number are 0, where the processor can.
// Sums of weights next to nothing are such results, and each costs a processor as much as a hundred others.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace einc::runtime {

class FlushDenormals {
 public:
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;
#ifdef __SSE2__
  FlushDenormals() : before_(__builtin_ia32_stmxcsr()) { __builtin_ia32_ldmxcsr(before_ | flush_to_zero); }
  ~FlushDenormals() { __builtin_ia32_ldmxcsr((__builtin_ia32_stmxcsr() & ~flush_to_zero) | (before_ & flush_to_zero)); }

 private:
  static constexpr unsigned flush_to_zero = 0x8000;  // of the MXCSR register
  unsigned before_;
#else
  FlushDenormals() {}
  ~FlushDenormals() {}
#endif
};

}  // namespace einc::runtime
