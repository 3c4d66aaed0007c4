// map_combine.hpp: the addition of a custom semiring on runs of numbers: x = add(x, y), by the kernels of maps.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>

#include "ir/executable.hpp"
#include "runtime/typed_kernels.hpp"

namespace einc::runtime {

template <class T>
class Combine {
 public:
  Combine(const kernels::MapKernels<T>& kernels, const ir::ScalarCode& code) : kernels_(kernels), code_(code) {}

  // x[i] = code(x[i], y[i]); y may be one number for all.
  void operator()(T* x, const T* y, bool y_run, Extent length) const {
    for (Extent begin = 0; begin < length; begin += piece)
      run(x + begin, y_run ? y + begin : y, y_run, std::min(piece, length - begin));
  }
  // All of a run brought down to one number: the upper half onto the lower half until one is left.
  T whole(const T* x, Extent length) const {
    T held[most];
    std::copy_n(x, length, held);
    for (; length > 1; length = (length + 1) / 2) (*this)(held, held + (length + 1) / 2, true, length / 2);
    return held[0];
  }

 private:
  static constexpr Extent piece = 64, most = 512;
  struct Side {
    const T* data;
    bool run;
  };

  void run(T* x, const T* y, bool y_run, Extent length) const {
    using ir::Function;
    T pool[ir::most_combine_operations][piece];
    Side values[ir::most_combine_operations];
    for (std::size_t i = 0; i < code_.size(); ++i) {
      const ir::ScalarOp& op = code_[i];
      T* const place = pool[i];
      if (op.function == Function::argument) {
        values[i] = op.in[0] == 0 ? Side{x, true} : Side{y, y_run};
        continue;
      }
      if (op.function == Function::constant) {
        place[0] = static_cast<T>(op.value);
        values[i] = {place, false};
        continue;
      }
      const int inputs = ir::input_count(op.function);
      const Side in[3] = {values[op.in[0]], inputs > 1 ? values[op.in[1]] : Side{}, inputs > 2 ? values[op.in[2]] : Side{}};
      const bool any = in[0].run || (inputs > 1 && in[1].run) || (inputs > 2 && in[2].run);
      const auto count = static_cast<std::ptrdiff_t>(any ? length : 1);
      if (inputs == 1) {
        kernels_.unary[static_cast<int>(op.function) - static_cast<int>(Function::negative)](in[0].data, place, count);
      } else if (inputs == 2) {
        const auto& forms = kernels_.binary[static_cast<int>(op.function) - static_cast<int>(Function::add)];
        (in[0].run == in[1].run ? forms.runs : in[0].run ? forms.number_right : forms.number_left)(in[0].data, in[1].data, place, count);
      } else {
        kernels_.select(in[0].data, in[1].data, in[2].data, {in[0].run || !any, in[1].run || !any, in[2].run || !any}, place, count);
      }
      values[i] = {place, any};
    }
    const Side result = values[code_.size() - 1];
    if (result.data == x) return;
    if (result.run) std::copy_n(result.data, length, x);
    else std::fill_n(x, length, *result.data);
  }

  const kernels::MapKernels<T>& kernels_;
  const ir::ScalarCode& code_;
};

}  // namespace einc::runtime
