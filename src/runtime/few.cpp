// few.cpp: c[batch, m, n] (+)= sum_k a[batch, m, k] * b[batch, n, k] for few rows m, inside a stream: some keys after the others, all
// batches that lie beside each other in them together. Keys are positions along the streamed loop; what has neighbours in b are features.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cstdlib>
#include <type_traits>

#include "ir/few_scratch.hpp"
#include "runtime/gather_index.hpp"
#include "runtime/instruction_context.hpp"
#include "runtime/loop_nest.hpp"
#include "runtime/typed_kernels.hpp"

namespace einc::runtime {
namespace {

// Keys of one call of the kernel.
struct Keys {
  Extent begin, count;  // in the tile
  Stride at;            // in b; may be nowhere
};

constexpr Stride nowhere = Pages<float>::nowhere;

template <class T, class B>
class FewRows {
 public:
  FewRows(const InstructionContext<T>& context, const Pages<T>* pages, const kernels::FewKernels<T, B>& kernels)
      : context_(context), pages_(pages), kernels_(kernels), b_(reinterpret_cast<const B*>(context.b)), arranged_(reinterpret_cast<T*>(context.scratch)) {
    Extent rows = 1;
    a_rows_[0] = c_rows_[0] = 0;
    Loop columns, sums;
    LoopNest batch;
    for (const ir::Loop& given : context.instruction.loops) {
      const Loop loop{given.extent, given.a, given.b, given.c};
      if (given.role == ir::Role::batch) batch.push(loop);
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
    place_batches(batch);
    one_ = ir::few_arranged(rows, features_);
    block_ = {.rows = static_cast<int>(rows), .batches = inner_.extent, .keys = 0, .features = features_, .a = nullptr, .a_rows = a_rows_, .a_key = keys_.a,
              .a_batch = across_ ? one_ : inner_.a, .b = nullptr, .b_key = step_, .b_batch = inner_.b, .next = nullptr, .ahead = 0, .c = nullptr, .c_rows = c_rows_,
              .c_key = keys_.c, .c_batch = inner_.c, .alpha = context.alpha, .adds = context.beta != T(0)};
  }

  void run() {
    if (across_) arrange();
    else if (context_.beta == T(0)) clear();
    const auto kernel = across_ ? kernels_.across : kernels_.down;
    Extent number = 0;  // of the kernel's batches, as they were arranged
    walk(apart_, {}, 0, apart_.iterations(), [&](const Offset& outer, const Extent*) {
      for_keys([&](const Keys& keys, Stride next, Stride ahead) {
        Extent inner = number;
        walk(beside_, {}, 0, beside_.iterations(), [&](const Offset& offset, const Extent*) {
          block_.keys = keys.count;
          block_.c = context_.c + outer.c + offset.c + keys.begin * keys_.c;
          if (keys.at == nowhere) return nothing();
          const Stride here = outer.b + offset.b;
          block_.a = across_ ? arranged_ + inner++ * inner_.extent * one_ : context_.a + outer.a + offset.a + keys.begin * keys_.a;
          block_.b = b_ + keys.at + here, block_.next = b_ + next + here, block_.ahead = ahead - keys.at;
          kernel(block_);
        });
      });
      number += beside_.iterations();
    });
  }

 private:
  // Batches that lie beside each other in a key are read together, those of the innermost loop by one call; those that lie apart one behind the other.
  void place_batches(LoopNest& batch) {
    batch.sort([](const Loop& x, const Loop& y) { return std::abs(x.b) > std::abs(y.b); });
    for (int i = 0; i < batch.count; ++i) {
      const Loop& loop = batch.loops[i];
      if (i + 1 == batch.count && std::abs(loop.b) < std::abs(step_)) inner_ = loop;
      else (std::abs(loop.b) < std::abs(step_) ? beside_ : apart_).push(loop);
    }
  }

  // With where the next keys are, and those that there is time to wait for: of one batch alone the ones behind. One or two rows go through memory in order, and ask
  // for what follows there unless keys are in pages.
  template <class Body>
  void for_keys(Body&& body) const {
    Keys here = keys_at(0), next = keys_at(here.count);
    while (here.begin < keys_.extent) {
      const Keys behind = keys_at(next.begin + next.count);
      const Stride near = next.at == nowhere ? here.at : next.at, far = behind.at == nowhere ? near : behind.at;
      const bool in_order = pages_ == nullptr && block_.rows <= kernels::most_rows_in_order;
      body(here, near, in_order ? here.at + kernels::few_ahead<B>(inner_.extent) : inner_.extent > 1 ? near : far);
      here = next, next = behind;
    }
  }

  // The keys from one of the tile on: also of the next tiles, as far as it is known where these lie.
  Keys keys_at(Extent key) const {
    const Extent most = kernels::few_keys_of<B>(block_.rows);
    const Extent end = key < keys_.extent ? keys_.extent : key + most;
    if (pages_ == nullptr) return {key, std::min(most, end - key), key * step_};
    const Extent block = pages_->paged.block, left = block - (pages_->begin + key) % block;
    return {key, std::min({most, end - key, left}), pages_->at(pages_->begin + key)};
  }

  // Products with nothing.
  void nothing() const {
    if (!across_ || block_.adds) return;
    for (Extent batch = 0; batch < block_.batches; ++batch)
      for (int row = 0; row < block_.rows; ++row)
        for (Extent key = 0; key < block_.keys; ++key) block_.c[batch * block_.c_batch + c_rows_[row] + key * keys_.c] = T(0);
  }

  template <class Body>
  void for_batches(Body&& body) const {
    walk(apart_, {}, 0, apart_.iterations(), [&](const Offset& outer, const Extent*) {
      walk(beside_, {}, 0, beside_.iterations(), [&](const Offset& offset, const Extent*) {
        for (Extent batch = 0; batch < inner_.extent; ++batch) body(outer.a + offset.a + batch * inner_.a, outer.c + offset.c + batch * inner_.c);
      });
    });
  }

  void clear() const {
    for_batches([&](Stride, Stride c) {
      for (int row = 0; row < block_.rows; ++row) std::fill_n(context_.c + c + c_rows_[row], features_, T(0));
    });
  }

  // Rows as the kernel reads them, of all batches; halves become floats.
  void arrange() const {
    T* to = arranged_;
    for_batches([&](Stride a, Stride) {
      std::fill_n(to, one_, T(0));
      for (int row = 0; row < block_.rows; ++row) kernels_.arrange(row, block_.rows, features_, row_at(a + a_rows_[row]), to);
      to += one_;
    });
  }
  const T* row_at(Stride offset) const {
    if (!context_.instruction.a.dtype) return context_.a + offset;
    const DType half = *context_.instruction.a.dtype;
    T* const floats = arranged_ + apart_.iterations() * beside_.iterations() * inner_.extent * one_;
    const auto* const from = reinterpret_cast<const std::byte*>(context_.a) + offset * static_cast<Stride>(bytes_of(half));
    convert_kernels<T>(context_.table).from[static_cast<std::size_t>(half)](from, 1, floats, features_);
    return floats;
  }

  const InstructionContext<T>& context_;
  const Pages<T>* pages_;
  const kernels::FewKernels<T, B>& kernels_;
  const B* b_;
  T* arranged_;              // rows of all batches; behind them room for a row
  LoopNest apart_, beside_;  // batches
  Loop inner_{1, 0, 0, 0};   // the kernel's own
  Loop keys_;
  Extent features_ = 0;
  Extent one_ = 0;       // elements of the arranged rows of a batch
  Stride step_ = 0;      // from key to key in b
  bool across_ = false;  // the features are summed
  std::ptrdiff_t a_rows_[ir::most_few_rows], c_rows_[ir::most_few_rows];
  kernels::FewBlock<T, B> block_;
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
