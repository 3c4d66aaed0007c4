// Products of few rows against plain loops: heads beside each other or apart, keys by strides or in pages, halves, results added to.
// SPDX-License-Identifier: BSD-3-Clause
#include <vector>

#include "ir/few_scratch.hpp"
#include "runtime/gather_index.hpp"
#include "support/element_kernels.hpp"

using namespace einc;
using namespace einc::testing;

namespace {

struct Problem {
  bool across;
  Extent heads, rows, keys, features;
  bool apart = false;     // heads lie apart, each with all its keys
  Extent block = 0;       // keys in pages of so many; 0: by their stride
  Extent begin = 0;       // the tile's first key of all
  bool adds = false;
  std::optional<DType> type = {};  // of the keys, and of rows whose features are summed
};

template <class B>
B element_of(double value) {
  if constexpr (requires { B::rounded(0.0f); }) return B::rounded(static_cast<float>(value));
  else return static_cast<B>(value);
}

// Small whole numbers: sums are exact.
template <class T, class B, class A>
int wrong_results(const kernels::KernelTable& table, const Problem& p) {
  const Extent all = p.begin + p.keys, pages = p.block == 0 ? 0 : (all + p.block - 1) / p.block + 2, places = p.block == 0 ? all : pages * p.block;
  const Stride key = p.apart ? p.features : p.heads * p.features, head = p.apart ? places * p.features : p.features;
  const auto number = [](Extent n, std::size_t salt) { return static_cast<double>(small_number<T>(static_cast<std::size_t>(n), salt)); };
  std::vector<B> b(static_cast<std::size_t>(places * p.heads * p.features));
  for (std::size_t i = 0; i < b.size(); ++i) b[i] = element_of<B>(number(static_cast<Extent>(i), 1));
  const Extent length = p.across ? p.features : p.keys, width = p.across ? p.keys : p.features;
  std::vector<A> a(static_cast<std::size_t>(p.heads * p.rows * length));
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = element_of<A>(number(static_cast<Extent>(i), 2));
  std::vector<T> c(static_cast<std::size_t>(p.heads * p.rows * width) + 1), expected;
  for (std::size_t i = 0; i < c.size(); ++i) c[i] = static_cast<T>(number(static_cast<Extent>(i), 3));
  expected = c;

  std::vector<T> index;  // backwards, and one entry in four is no page
  for (Extent t = 0; t < pages; ++t) index.push_back(t % 4 == 2 ? T(-1) : static_cast<T>(pages - 1 - t));
  ir::Paged paged;
  paged.entry = 1, paged.block = p.block, paged.blocks = pages, paged.stride = p.block * key, paged.slot = key;
  const auto place_of = [&](Extent at) -> Extent {
    if (p.block == 0) return at;
    const T page = index[static_cast<std::size_t>(at / p.block)];
    return page < 0 ? -1 : static_cast<Extent>(page) * p.block + at % p.block;
  };
  for (Extent h = 0; h < p.heads; ++h)
    for (Extent r = 0; r < p.rows; ++r)
      for (Extent x = 0; x < width; ++x) {
        double sum = 0;
        for (Extent k = 0; k < length; ++k) {
          const Extent place = place_of(p.begin + (p.across ? x : k));
          if (place < 0) continue;
          const double left = static_cast<double>(static_cast<T>(number((h * p.rows + r) * length + k, 2)));
          sum += left * number(place * key + h * head + (p.across ? k : x), 1);
        }
        T& to = expected[static_cast<std::size_t>((h * p.rows + r) * width + x)];
        to = static_cast<T>(0.5 * sum) + (p.adds ? to : T(0));
      }

  ir::Instruction instruction{};
  instruction.kernel = ir::Kernel::few, instruction.dtype = dtype_of<T>;
  instruction.b.dtype = p.type;
  if (p.across) instruction.a.dtype = p.type;
  const Stride by_key = p.block == 0 ? key : 0;
  instruction.loops = {{ir::Role::batch, p.heads, p.rows * length, head, p.rows * width}, {ir::Role::m, p.rows, length, 0, width}};
  if (p.across) instruction.loops.insert(instruction.loops.end(), {{ir::Role::n, p.keys, 0, by_key, 1}, {ir::Role::k, p.features, 1, 1, 0}});
  else instruction.loops.insert(instruction.loops.end(), {{ir::Role::n, p.features, 0, 1, 1}, {ir::Role::k, p.keys, 1, by_key, 0}});
  const auto* const first = reinterpret_cast<const T*>(b.data() + (p.block == 0 ? p.begin * key : 0));
  std::vector<std::byte> scratch(static_cast<std::size_t>(ir::few_scratch_bytes(instruction)));
  const runtime::InstructionContext<T> context{instruction, table, reinterpret_cast<const T*>(a.data()), first, c.data(), T(0.5), p.adds ? T(1) : T(0), scratch.data(), scratch.size(), 1};
  const runtime::Pages<T> in_pages{paged, index.data(), p.begin, p.block == 0 ? 0 : pages * p.block};
  runtime::run_few(context, p.block == 0 ? nullptr : &in_pages);
  return c != expected;
}

}  // namespace

TEST_CASE("few rows meet every key once, by strides and in pages") {
  for (const kernels::KernelTable* table : runnable_tables())
    for (const bool across : {true, false})
      for (const bool apart : {false, true})
        for (const bool adds : {false, true})
          for (const Extent rows : {1, 4, 7, 18})
            for (const Extent keys : {1, 16, 37, 96})
              for (const Extent block : {0, 8, 16, 48}) {
                Problem p{across, 3, rows, keys, 21, apart, block, 0, adds};
                INFO(table->isa << ", across " << across << ", apart " << apart << ", adds " << adds << ", rows " << rows << ", keys " << keys << ", pages of " << block);
                CHECK(wrong_results<float, float, float>(*table, p) == 0);
                CHECK(wrong_results<double, double, double>(*table, p) == 0);
                if (block > 0) p.begin = 2 * block;
                CHECK(wrong_results<float, float, float>(*table, p) == 0);
              }
}

TEST_CASE("a tile may be a part of a page") {
  for (const kernels::KernelTable* table : runnable_tables())
    for (const bool across : {true, false}) CHECK(wrong_results<double, double, double>(*table, {across, 2, 3, 20, 16, false, 100, 140}) == 0);
}

TEST_CASE("keys and rows of halves are widened on the way") {
  for (const kernels::KernelTable* table : runnable_tables())
    for (const Extent features : {21, 64, 1000}) {
      CHECK(wrong_results<float, kernels::BFloat16, kernels::BFloat16>(*table, {true, 5, 8, 37, features, false, 16, 0, false, DType::bf16}) == 0);
      CHECK(wrong_results<float, kernels::Float16, kernels::Float16>(*table, {true, 3, 2, 37, features, true, 0, 0, true, DType::f16}) == 0);
      CHECK(wrong_results<float, kernels::BFloat16, float>(*table, {false, 3, 2, 37, features, false, 0, 0, true, DType::bf16}) == 0);
      CHECK(wrong_results<float, kernels::Float16, float>(*table, {false, 2, 5, 37, features, true, 16, 0, false, DType::f16}) == 0);
    }
}
