// with_memory.cpp: einc from an installed package, on raw memory, without any other library.
// SPDX-License-Identifier: BSD-3-Clause
#include <cstdio>

#include <einc/einsum.hpp>

int main() {
  const float a[] = {1, 2, 3, 4, 5, 6}, b[] = {1, 0, 0, 1, 1, 1};
  const einc::TensorView<const float> lhs(a, {2, 3}), rhs(b, {3, 2});
  const einc::Array<float> product = einc::einsum("ij,jk->ik", lhs, rhs);
  const float expected[] = {4, 5, 10, 11};
  for (int i = 0; i < 4; ++i)
    if (product.data()[i] != expected[i]) return 1;
  std::puts(einc::explain("ij,jk->ik", {{2, 3}, {3, 2}}).c_str());
}
