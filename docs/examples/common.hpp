// common.hpp: the little arithmetic around the einsums of these examples, and how they check themselves.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include <einc/xtensor.hpp>

namespace examples {

// An array of the given shape filled with offset + amplitude * sin(0.1 n + phase), n counting its elements.
inline xt::xarray<double> wave(const std::vector<std::size_t>& shape, double phase, double amplitude, double offset = 0) {
  xt::xarray<double> array = xt::xarray<double>::from_shape({shape.begin(), shape.end()});
  for (std::size_t n = 0; n < array.size(); ++n) array.data()[n] = offset + amplitude * std::sin(0.1 * static_cast<double>(n) + phase);
  return array;
}

// exp(s - max) / sum(exp(s - max)) along the last label.
inline xt::xarray<double> softmax(xt::xarray<double> scores) {
  const std::size_t length = scores.shape().back();
  for (double* row = scores.data(); row < scores.data() + scores.size(); row += length) {
    const double highest = *std::max_element(row, row + length);
    double sum = 0;
    for (std::size_t i = 0; i < length; ++i) sum += row[i] = std::exp(row[i] - highest);
    for (std::size_t i = 0; i < length; ++i) row[i] /= sum;
  }
  return scores;
}

inline xt::xarray<double> sigmoid(xt::xarray<double> array) {
  for (double& x : array) x = 1 / (1 + std::exp(-x));
  return array;
}

// Prints how far an array is from known numbers, and tells whether that is near enough.
template <class A>
bool report(const A& got, const std::vector<double>& expected, double tolerance) {
  double off = got.size() == expected.size() ? 0 : HUGE_VAL;
  for (std::size_t n = 0; n < expected.size() && off < HUGE_VAL; ++n) {
    const double here = std::abs(got.data()[n] - expected[n]);
    off = here <= off ? off : here;  // a NaN counts as far off
    if (here != here) off = HUGE_VAL;
  }
  std::printf("  largest difference from the known numbers: %.1e, %s\n", off, off <= tolerance ? "right" : "WRONG");
  return off <= tolerance;
}

}  // namespace examples
