// direct_call.hpp: an executable that is nothing but a few calls of a small kernel, worked out once: a call of it then interprets nothing.
// What remains of a compiled 2 x 2 x 2 is less than what the loops of the driver cost.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "ir/executable.hpp"
#include "kernels/kernel_table.hpp"

namespace einc::runtime {

template <class T>
struct DirectCalls {
  struct Call {
    typename kernels::SmallKernels<T>::Kernel kernel;
    kernels::SmallArguments<T> arguments;
    std::ptrdiff_t a, b, c;  // elements from the first of each array
  };
  std::vector<Call> calls;
  std::uint32_t a = 0, b = 0;  // which operands

  void operator()(const void* of_a, const void* of_b, void* of_c) const {
    for (const Call& call : calls) call.kernel(call.arguments, static_cast<const T*>(of_a) + call.a, static_cast<const T*>(of_b) + call.b, static_cast<T*>(of_c) + call.c);
  }
};

class DirectCall {
 public:
  DirectCall() = default;
  DirectCall(const ir::Executable& executable, const kernels::KernelTable& table);  // small.cpp; nothing when it is more than that

  // Whether there is something to call: then run() does what execute() would, with the caller's scalars 1 and 0, and one thread.
  explicit operator bool() const { return count() != 0; }
  // operand(i) is the first element of operand i, output that of the only output.
  template <class Operand>
  void run(const Operand& operand, void* output) const {
    if (const auto* f32 = std::get_if<DirectCalls<float>>(&calls_)) (*f32)(operand(f32->a), operand(f32->b), output);
    else if (const auto* f64 = std::get_if<DirectCalls<double>>(&calls_)) (*f64)(operand(f64->a), operand(f64->b), output);
  }

 private:
  std::size_t count() const {
    if (const auto* f32 = std::get_if<DirectCalls<float>>(&calls_)) return f32->calls.size();
    return std::get<DirectCalls<double>>(calls_).calls.size();
  }
  std::variant<DirectCalls<float>, DirectCalls<double>> calls_;
};

}  // namespace einc::runtime
