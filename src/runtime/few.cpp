// few.cpp: c[batch, m, n] (+)= sum_k a[batch, m, k] * b[batch, n, k] for few rows m, inside a stream: some keys after the others, all
// batches that lie beside each other in them together. Keys are positions along the streamed loop; what has neighbours in b are features.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cstdlib>
#include <type_traits>

#include "runtime/gather_index.hpp"
#include "runtime/instruction_context.hpp"
#include "runtime/loop_nest.hpp"
#include "runtime/typed_kernels.hpp"

namespace einc::runtime {
namespace {

// Keys of one call of the kernel, and those that are asked for meanwhile.
struct Keys {
  Extent begin, count;  // in the tile
  Stride at, ahead;     // in b; at may be nowhere
};

constexpr Stride nowhere = Pages<float>::nowhere;

template <class T, class B>
class FewRows {
 public:
  FewRows(const InstructionContext<T>& context, const Pages<T>* pages, const kernels::FewKernels<T, B>& kernels)
      : context_(context), pages_(pages), b_(reinterpret_cast<const B*>(context.b)) {
    Extent rows = 1;
    a_rows_[0] = c_rows_[0] = 0;
    Loop columns, sums;
    for (const ir::Loop& given : context.instruction.loops) {
      const Loop loop{given.extent, given.a, given.b, given.c};
      if (given.role == ir::Role::batch) batch_.push(loop);
      if (given.role == ir::Role::n) columns = loop;
      if (given.role == ir::Role::k) sums = loop;
      if (given.role != ir::Role::m) continue;
      for (Extent row = rows * given.extent; row-- > 0;) {
        a_rows_[row] = a_rows_[row / given.extent] + row % given.extent * given.a;
        c_rows_[row] = c_rows_[row / given.extent] + row % given.extent * given.c;
      }
      rows *= given.extent;
    }
    across_ = sums.b == 1 && sums.a == 1;
    keys_ = across_ ? columns : sums;
    features_ = across_ ? sums.extent : columns.extent;
    step_ = pages != nullptr ? pages->paged.slot : keys_.b;
    kernel_ = across_ ? kernels.across : kernels.down;
    batch_.sort([](const Loop& x, const Loop& y) { return std::abs(x.b) > std::abs(y.b); });
    block_ = {static_cast<int>(rows), 0, features_, nullptr, a_rows_, keys_.a, nullptr, step_, nullptr, nullptr, c_rows_, keys_.c, context.alpha, context.beta != T(0)};
  }

  void run() {
    if (context_.instruction.a.dtype) widen_all();
    if (!across_ && context_.beta == T(0)) clear();
    // Batches beside each other in a key are read together; those that lie apart one behind the other.
    const bool inside = batch_.count > 0 && std::abs(batch_.loops[0].b) < std::abs(step_);
    if (inside) for_keys([&](const Keys& keys) { for_batches([&](const Offset& offset, Extent number) { call(keys, offset, number); }); });
    else for_batches([&](const Offset& offset, Extent number) { for_keys([&](const Keys& keys) { call(keys, offset, number); }); });
  }

 private:
  template <class Body>
  void for_batches(Body&& body) const {
    Extent number = 0;
    walk(batch_, {}, 0, batch_.iterations(), [&](const Offset& offset, const Extent*) { body(offset, number++); });
  }

  template <class Body>
  void for_keys(Body&& body) const {
    constexpr Extent most = kernels::few_keys;
    if (pages_ == nullptr) {
      for (Extent key = 0; key < keys_.extent; key += most) body(Keys{key, std::min(most, keys_.extent - key), key * step_, (key + most) * step_});
      return;
    }
    const Extent block = pages_->paged.block;
    Stride next = pages_->at(pages_->begin);
    for (Extent key = 0; key < keys_.extent;) {
      const Extent first = key, end = std::min(keys_.extent, key + block - (pages_->begin + key) % block);
      const Stride here = next;
      next = pages_->at(pages_->begin + end);
      for (; key < end; key += most) {
        const Stride at = here == nowhere ? nowhere : here + (key - first) * step_;
        body(Keys{key, std::min(most, end - key), at, key + most < end ? at + most * step_ : next == nowhere ? at : next});
      }
      key = end;
    }
  }

  void call(const Keys& keys, const Offset& offset, Extent number) {
    T* const c = context_.c + offset.c + keys.begin * keys_.c;
    if (keys.at == nowhere) return nothing(keys, c);
    block_.a = context_.a + offset.a + keys.begin * keys_.a;
    if (context_.instruction.a.dtype) block_.a = widened(offset, number);
    block_.keys = keys.count;
    block_.b = b_ + keys.at + offset.b;
    block_.ahead = b_ + keys.ahead + offset.b;
    block_.c = c;
    kernel_(block_);
  }

  // Products with nothing.
  void nothing(const Keys& keys, T* c) const {
    if (!across_ || block_.adds) return;
    for (int row = 0; row < block_.rows; ++row)
      for (Extent key = 0; key < keys.count; ++key) c[c_rows_[row] + key * keys_.c] = T(0);
  }

  void clear() const {
    for_batches([&](const Offset& offset, Extent) {
      for (int row = 0; row < block_.rows; ++row) std::fill_n(context_.c + offset.c + c_rows_[row], features_, T(0));
    });
  }

  // Rows of halves, of all batches where there is room for them; else of one, again and again.
  void widen_all() {
    all_widened_ = batch_.iterations() * block_.rows * features_ <= room;
    for (int row = 0; row < block_.rows; ++row) held_rows_[row] = row * features_;
    block_.a_rows = held_rows_;
    if (all_widened_) for_batches([&](const Offset& offset, Extent number) { widen(offset, held_ + number * block_.rows * features_); });
  }
  const T* widened(const Offset& offset, Extent number) {
    if (all_widened_) return held_ + number * block_.rows * features_;
    widen(offset, held_);
    return held_;
  }
  void widen(const Offset& offset, T* to) const {
    const DType half = *context_.instruction.a.dtype;
    const auto* const a = reinterpret_cast<const std::byte*>(context_.a);
    for (int row = 0; row < block_.rows; ++row)
      convert_kernels<T>(context_.table).from[static_cast<std::size_t>(half)](a + (offset.a + a_rows_[row]) * static_cast<Stride>(bytes_of(half)), 1, to + row * features_, features_);
  }

  static constexpr Extent room = ir::most_few_rows * ir::most_few_features;
  const InstructionContext<T>& context_;
  const Pages<T>* pages_;
  const B* b_;
  LoopNest batch_;
  Loop keys_;
  Extent features_ = 0;
  Stride step_ = 0;      // from key to key in b
  bool across_ = false;  // the features are summed
  bool all_widened_ = false;
  std::ptrdiff_t a_rows_[ir::most_few_rows], c_rows_[ir::most_few_rows], held_rows_[ir::most_few_rows];
  typename kernels::FewKernels<T, B>::Few kernel_;
  kernels::FewBlock<T, B> block_;
  alignas(64) T held_[std::is_same_v<T, float> ? room : 1];  // rows of halves are of floats
};

}  // namespace

template <class T>
void run_few(const InstructionContext<T>& context, const Pages<T>* pages) noexcept {
  if constexpr (std::is_same_v<T, float>) {
    if (context.instruction.b.dtype == DType::bf16) return FewRows<T, kernels::BFloat16>(context, pages, context.table.bf16.few).run();
    if (context.instruction.b.dtype == DType::f16) return FewRows<T, kernels::Float16>(context, pages, context.table.f16.few).run();
  }
  FewRows<T, T>(context, pages, few_kernels<T>(context.table)).run();
}

template void run_few<float>(const InstructionContext<float>&, const Pages<float>*) noexcept;
template void run_few<double>(const InstructionContext<double>&, const Pages<double>*) noexcept;

}  // namespace einc::runtime
