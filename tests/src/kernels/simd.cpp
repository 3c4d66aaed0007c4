// The operations of simd.hpp, for the architecture this test is compiled for; the flagged ones are covered through the tables.
// SPDX-License-Identifier: BSD-3-Clause
#include "kernels/simd.hpp"

#include "support/catch.hpp"

namespace {

template <class T>
void check_operations() {
  using Ops = einc::kernels::simd::Ops<xsimd::default_arch, T>;
  constexpr int width = Ops::width;
  T from[2 * width * width], to[2 * width * width];
  for (int i = 0; i < 2 * width * width; ++i) from[i] = static_cast<T>(i + 1);

  typename Ops::Vector rows[width];
  for (int i = 0; i < width; ++i) rows[i] = Ops::load(from + i * width);
  Ops::transpose(rows);
  for (int i = 0; i < width; ++i) Ops::store(to + i * width, rows[i]);
  int wrong = 0;
  for (int i = 0; i < width; ++i)
    for (int j = 0; j < width; ++j) wrong += to[i * width + j] != from[j * width + i];
  CHECK(wrong == 0);

  for (int count = 0; count <= width; ++count) {
    for (T& value : to) value = T(-1);
    Ops::store(to, Ops::load_first(from, count));
    for (int i = 0; i < width; ++i) CHECK(to[i] == (i < count ? from[i] : T(0)));
    for (T& value : to) value = T(-1);
    Ops::store_first(to, Ops::load(from), count);
    for (int i = 0; i < width; ++i) CHECK(to[i] == (i < count ? from[i] : T(-1)));
  }

  for (int first = 0; first <= width; ++first)
    for (int last = first; last <= width; ++last) {
      for (T& value : to) value = T(-1);
      Ops::store(to, Ops::load_between(from, first, last));
      for (int i = 0; i < width; ++i) CHECK(to[i] == (i >= first && i < last ? from[i] : T(0)));
      for (T& value : to) value = T(-1);
      Ops::store_between(to, Ops::load(from), first, last);
      for (int i = 0; i < 2 * width; ++i) CHECK(to[i] == (i >= first && i < last ? from[i] : T(-1)));
    }
  for (T& value : to) value = T(-1);
  Ops::store_halves(to + width, to, Ops::load(from));
  for (int i = 0; i < width / 2; ++i) CHECK((to[width + i] == from[i] && to[i] == from[width / 2 + i] && to[width / 2 + i] == T(-1)));

  CHECK(Ops::sum(Ops::load(from)) == T(width * (width + 1) / 2));
  CHECK(Ops::highest(Ops::load(from)) == T(width));
  CHECK(Ops::lowest(Ops::load(from)) == T(1));
  Ops::store(to, Ops::reverse(Ops::load(from)));
  CHECK(to[0] == T(width));
  CHECK(to[width - 1] == T(1));
}

}  // namespace

TEST_CASE("vectors load, store, transpose and fold as their lanes would one by one") {
  check_operations<float>();
  check_operations<double>();
}
