// shortest_paths.cpp: the roads between five towns as a matrix; einsum with "shorter" for + and "plus" for * finds the way.
//
// c[i, k] = the smallest of a[i, j] + b[j, k]: with a = b = roads, the shortest ways over at most two roads. Squaring once
// more gives four roads, as many as a way between five towns can need.
#include <cstdio>
#include <limits>

#include <einc/einsum.hpp>

int main() {
  constexpr int towns = 5;
  constexpr float none = std::numeric_limits<float>::infinity();
  const float roads[towns][towns] = {
      {0, 4, none, none, 20}, {4, 0, 3, none, none}, {none, 3, 0, 5, none}, {none, none, 5, 0, 2}, {20, none, none, 2, 0}};
  const einc::TensorView<const float> one_road(&roads[0][0], {towns, towns});

  const auto two_roads = einc::einsum<"ij,jk->ik">(einc::semiring::min_plus, one_road, one_road);
  const auto four_roads = einc::einsum<"ij,jk->ik">(einc::semiring::min_plus, two_roads, two_roads);

  // How many ways of exactly two roads lead from one town to another: the same matrix, asked for counts.
  bool joined[towns][towns];
  for (int i = 0; i < towns; ++i)
    for (int j = 0; j < towns; ++j) joined[i][j] = i != j && roads[i][j] != none;
  const einc::TensorView<const bool> is_joined(&joined[0][0], {towns, towns});
  const auto ways = einc::einsum<"ij,jk->ik">(einc::semiring::count, is_joined, is_joined);

  std::printf("from the first town to the last: %g by road, %g by the shortest way\n", static_cast<double>(roads[0][towns - 1]),
              static_cast<double>(four_roads[towns - 1]));
  std::printf("ways of two roads from the first town to the third: %lld\n", static_cast<long long>(ways[2]));
  const bool right = four_roads[towns - 1] == 14 && ways[2] == 1;
  return right ? 0 : 1;
}
