// with_xtensor.cpp: einc from an installed package, on xtensor arrays.
// SPDX-License-Identifier: BSD-3-Clause
#include <einc/einsum.hpp>
#include <einc/xtensor.hpp>

int main() {
  const xt::xarray<double> a{{1, 2, 3}, {4, 5, 6}}, b{{1, 0}, {0, 1}, {1, 1}};
  const xt::xarray<double> product = einc::einsum("ij,jk->ik", a, b);
  const xt::xtensor<double, 2> checked = einc::einsum<"ij,jk">(a, b);
  const xt::xarray<double> expected{{4, 5}, {10, 11}};
  return product == expected && checked == expected ? 0 : 1;
}
