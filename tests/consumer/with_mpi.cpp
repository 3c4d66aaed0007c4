// with_mpi.cpp: einc::mpi from an installed package, by one rank.
// SPDX-License-Identifier: BSD-3-Clause
#include <einc/mpi.hpp>

int main() {
  const einc::mpi::Session session;
  const float a[] = {1, 2, 3, 4, 5, 6}, b[] = {1, 0, 0, 1, 1, 1}, expected[] = {4, 5, 10, 11};
  einc::Options options;
  options.slices = 3;
  const einc::Compiled compiled = einc::compile("ij,jk->ik", {{2, 3}, {3, 2}}, options);
  const einc::Shape left{2, 3}, right{3, 2}, whole{2, 2};
  const einc::Strides left_strides{3, 1}, right_strides{2, 1}, whole_strides{2, 1};
  const einc::ArrayRef operands[] = {{a, einc::DType::f32, left, left_strides}, {b, einc::DType::f32, right, right_strides}};
  float product[4];
  const einc::OutputRef out{product, einc::DType::f32, whole, whole_strides};
  einc::mpi::run(MPI_COMM_WORLD, compiled, operands, {&out, 1});
  for (int i = 0; i < 4; ++i)
    if (product[i] != expected[i]) return 1;
}
