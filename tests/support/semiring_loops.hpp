// semiring_loops.hpp: an einsum of any + and * as one plain loop nest over all labels, in the order of the text.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <einc/tensor_view.hpp>

#include "support/reference_einsum.hpp"

namespace einc::testing {

template <class T>
struct LoopResult {
  Shape extents;
  std::vector<T> values;
};

// values = zero, then add(value, multiply(...)) for every position; off the diagonal of a result like `ii` zero stays.
template <class T, class Add, class Multiply>
LoopResult<T> semiring_loops(std::string_view text, const std::vector<TensorView<const T>>& operands, T zero, T one, Add add, Multiply multiply) {
  std::vector<std::size_t> ranks;
  for (const auto& operand : operands) ranks.push_back(operand.rank());
  const ReferenceTerms terms = read_terms(text, ranks);
  std::map<std::string, Extent> extents;
  for (std::size_t i = 0; i < operands.size(); ++i)
    for (std::size_t at = 0; at < terms.operands[i].size(); ++at) {
      Extent& extent = extents.emplace(terms.operands[i][at], 1).first->second;
      if (extent == 1) extent = operands[i].extents()[at];
    }
  LoopResult<T> result;
  for (const std::string& label : terms.output) result.extents.push_back(extents.count(label) > 0 ? extents.at(label) : 1);
  std::size_t size = 1;
  for (const Extent extent : result.extents) size *= static_cast<std::size_t>(extent);
  result.values.assign(size, zero);
  const Strides dense = row_major(result.extents);

  std::map<std::string, Extent> at;
  for (const auto& [label, extent] : extents) {
    if (extent == 0) return result;
    at[label] = 0;
  }
  for (bool more = true; more;) {
    T product = one;
    for (std::size_t i = 0; i < operands.size(); ++i) {
      Stride offset = 0;
      for (std::size_t j = 0; j < terms.operands[i].size(); ++j)
        if (operands[i].extents()[j] != 1) offset += operands[i].strides()[j] * at.at(terms.operands[i][j]);
      product = i == 0 ? operands[i].data()[offset] : multiply(product, operands[i].data()[offset]);
    }
    Stride place = 0;
    for (std::size_t j = 0; j < terms.output.size(); ++j)
      if (at.count(terms.output[j]) > 0) place += dense[j] * at.at(terms.output[j]);
    T& value = result.values[static_cast<std::size_t>(place)];
    value = add(value, product);
    more = false;
    for (auto& [label, position] : at) {
      more = ++position < extents.at(label);
      if (more) break;
      position = 0;
    }
  }
  return result;
}

// log of the sum over j of exp(a[i, j] + b[j, k]) in double, as the largest term plus the logarithm of what is left.
template <class A, class B>
std::vector<double> log_sum_exp_loops(const Array<A>& a, const Array<B>& b) {
  const auto rows = static_cast<std::size_t>(a.extents()[0]), depth = static_cast<std::size_t>(a.extents()[1]), columns = static_cast<std::size_t>(b.extents()[1]);
  std::vector<double> result(rows * columns);
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t k = 0; k < columns; ++k) {
      double largest = -std::numeric_limits<double>::infinity(), sum = 0;
      const auto term = [&](std::size_t j) { return static_cast<double>(a[i * depth + j]) + static_cast<double>(b[j * columns + k]); };
      for (std::size_t j = 0; j < depth; ++j) largest = std::max(largest, term(j));
      for (std::size_t j = 0; j < depth; ++j) sum += std::isinf(largest) ? 0 : std::exp(term(j) - largest);
      result[i * columns + k] = std::isinf(largest) ? largest : largest + std::log(sum);
    }
  return result;
}

}  // namespace einc::testing
