// SPDX-License-Identifier: BSD-3-Clause
#include "cli/fill.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <numeric>
#include <type_traits>

#include "cli/with_element.hpp"

namespace einc::cli {

namespace {

// Spreads every bit of x over the whole word: a bijection by two multiplications.
constexpr std::uint64_t mix(std::uint64_t x) {
  x = (x ^ x >> 32) * 0xd6e8feb86659fd93u;
  x = (x ^ x >> 32) * 0xd6e8feb86659fd93u;
  return x ^ x >> 32;
}

constexpr std::uint64_t golden = 0x9e3779b97f4a7c15u;

template <class Number>
constexpr bool is_complex_number = std::is_same_v<Number, std::complex<float>> || std::is_same_v<Number, std::complex<double>>;

// The numbers of one operand.
struct Source {
  Fill fill;
  std::uint64_t start;
  double root;
  Source(const Filling& filling, std::size_t operand, std::size_t elements)
      : fill(filling.fill), start(mix(filling.seed * golden + operand + 1)), root(std::sqrt(static_cast<double>(elements))) {}

  double operator()(std::uint64_t index) const {
    const std::uint64_t bits = mix(start + index * golden);
    switch (fill) {
      case Fill::integers: return static_cast<double>(static_cast<std::int64_t>((bits >> 32) * 9 >> 32) - 4);
      case Fill::signs: return static_cast<double>(static_cast<std::int64_t>((bits >> 32) * 3 >> 32) - 1);
      case Fill::sparse: return bits >> 60 == 0 ? 1 : 0;
      case Fill::uniform: return static_cast<double>(bits >> 40) / (1 << 23) - 1;
      case Fill::positive: return static_cast<float>((static_cast<double>(bits >> 48) / (1 << 16) + 0.5) / root);  // a float holds it
    }
    return 0;
  }

  // Element `index` as a number of this type.
  template <class Number>
  Number element(std::uint64_t index) const {
    if constexpr (is_complex_number<Number>) {
      using Part = typename Number::value_type;
      return {static_cast<Part>((*this)(2 * index)), static_cast<Part>((*this)(2 * index + 1))};
    } else if constexpr (std::is_same_v<Number, bfloat16> || std::is_same_v<Number, float16>) {
      return Number(static_cast<float>((*this)(index)));
    } else {
      return static_cast<Number>((*this)(index));
    }
  }
};

// The weights of one label: a factor for each of its places in the result, 1 where it has none.
std::vector<double> weights_of(const Labelling& labelling, Label label) {
  std::vector<double> weights(static_cast<std::size_t>(labelling.extents[label]), 1);
  for (std::size_t place = 0; place < labelling.output.size(); ++place)
    if (labelling.output[place] == label)
      for (std::size_t i = 0; i < weights.size(); ++i) weights[i] *= weight(place, i);
  return weights;
}

// An array that takes part in the sum over all labels.
template <class Number>
struct Factor {
  std::vector<Label> labels;  // outermost first, each once
  std::vector<Number> values;
  bool has(Label label) const { return std::find(labels.begin(), labels.end(), label) != labels.end(); }
  std::size_t stride(const std::vector<Extent>& extents, Label label) const {
    std::size_t stride = 1;
    for (std::size_t i = labels.size(); i-- > 0;) {
      if (labels[i] == label) return stride;
      stride *= static_cast<std::size_t>(extents[labels[i]]);
    }
    return 0;
  }
};

std::size_t count(const std::vector<Label>& labels, const std::vector<Extent>& extents) {
  std::size_t product = 1;
  for (const Label label : labels) product *= static_cast<std::size_t>(extents[label]);
  return product;
}

// Calls body(positions) for every position of the labels, the last label fastest.
template <class Body>
void for_each_position(const std::vector<Label>& labels, const std::vector<Extent>& extents, Body&& body) {
  std::vector<std::size_t> positions(labels.size(), 0);
  for (std::size_t left = count(labels, extents); left > 0; --left) {
    body(positions);
    for (std::size_t i = labels.size(); i-- > 0;) {
      if (++positions[i] < static_cast<std::size_t>(extents[labels[i]])) break;
      positions[i] = 0;
    }
  }
}

// One operand, summed over the labels that no other operand has, their weights applied.
template <class Number>
Factor<Number> reduce_operand(const Labelling& labelling, const Filling& filling, std::size_t operand) {
  const std::vector<Label>& term = labelling.operands[operand];
  std::vector<Label> labels;  // each once
  std::vector<std::size_t> strides;
  std::size_t stride = count(term, labelling.extents);
  for (const Label label : term) {
    stride /= std::max<std::size_t>(1, static_cast<std::size_t>(labelling.extents[label]));
    const auto seen = std::find(labels.begin(), labels.end(), label);
    if (seen == labels.end()) labels.push_back(label), strides.push_back(stride);
    else strides[static_cast<std::size_t>(seen - labels.begin())] += stride;  // a diagonal
  }
  Factor<Number> factor;
  std::vector<std::vector<double>> weights;
  for (const Label label : labels) {
    bool alone = true;
    for (std::size_t other = 0; other < labelling.operands.size(); ++other) {
      const auto& terms = labelling.operands[other];
      alone = alone && (other == operand || std::find(terms.begin(), terms.end(), label) == terms.end());
    }
    weights.push_back(alone ? weights_of(labelling, label) : std::vector<double>());
    if (!alone) factor.labels.push_back(label);
  }
  factor.values.assign(count(factor.labels, labelling.extents), 0);
  const Source source(filling, operand, count(term, labelling.extents));
  if (count(labels, labelling.extents) == 0) return factor;
  if (labels.empty()) {
    factor.values[0] = source.element<Number>(0);
    return factor;
  }
  // All labels but the innermost by counting; the innermost as a loop.
  const Label inner = labels.back();
  const std::size_t inner_extent = static_cast<std::size_t>(labelling.extents[inner]), inner_stride = strides.back();
  const std::size_t step = factor.stride(labelling.extents, inner);
  const std::vector<double> inner_weights = weights.back().empty() ? std::vector<double>(inner_extent, 1) : weights.back();
  labels.pop_back();
  std::vector<std::size_t> factor_strides;
  for (const Label label : labels) factor_strides.push_back(factor.stride(labelling.extents, label));
  for_each_position(labels, labelling.extents, [&](const std::vector<std::size_t>& positions) {
    std::size_t from = 0, to = 0;
    double scale = 1;
    for (std::size_t i = 0; i < positions.size(); ++i) {
      from += positions[i] * strides[i];
      to += positions[i] * factor_strides[i];
      if (!weights[i].empty()) scale *= weights[i][positions[i]];
    }
    for (std::size_t i = 0; i < inner_extent; ++i)
      factor.values[to + i * step] += scale * inner_weights[i] * source.element<Number>(from + i * inner_stride);
  });
  return factor;
}

template <class Number>
std::vector<Label> labels_with(const std::vector<Factor<Number>>& factors, Label label) {
  std::vector<Label> all;
  for (const Factor<Number>& factor : factors)
    if (factor.has(label))
      for (const Label other : factor.labels)
        if (other != label && std::find(all.begin(), all.end(), other) == all.end()) all.push_back(other);
  return all;
}

// Multiplies all factors that have the label and sums over it.
template <class Number>
void eliminate(std::vector<Factor<Number>>& factors, const Labelling& labelling, Label label) {
  Factor<Number> result{labels_with(factors, label), {}};
  result.values.assign(count(result.labels, labelling.extents), 0);
  const std::vector<double> weights = weights_of(labelling, label);
  std::vector<Factor<Number>> used;
  std::erase_if(factors, [&](Factor<Number>& factor) {
    const bool has = factor.has(label);
    if (has) used.push_back(std::move(factor));
    return has;
  });
  std::vector<std::vector<std::size_t>> strides;
  std::vector<std::size_t> steps, offsets(used.size());
  for (const Factor<Number>& factor : used) {
    strides.emplace_back();
    for (const Label other : result.labels) strides.back().push_back(factor.stride(labelling.extents, other));
    steps.push_back(factor.stride(labelling.extents, label));
  }
  std::size_t number = 0;
  for_each_position(result.labels, labelling.extents, [&](const std::vector<std::size_t>& positions) {
    for (std::size_t f = 0; f < used.size(); ++f)
      offsets[f] = std::inner_product(positions.begin(), positions.end(), strides[f].begin(), std::size_t{0});
    Number sum = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      Number product = weights[i];
      for (std::size_t f = 0; f < used.size(); ++f) product *= used[f].values[offsets[f] + i * steps[f]];
      sum += product;
    }
    result.values[number++] = sum;
  });
  factors.push_back(std::move(result));
}

template <class Number>
Number sum_over_all(const Labelling& labelling, const Filling& filling) {
  std::vector<Factor<Number>> factors;
  for (std::size_t operand = 0; operand < labelling.operands.size(); ++operand)
    factors.push_back(reduce_operand<Number>(labelling, filling, operand));
  while (true) {
    std::vector<Label> left;
    for (const Factor<Number>& factor : factors) left.insert(left.end(), factor.labels.begin(), factor.labels.end());
    if (left.empty()) break;
    const auto cost = [&](Label label) {  // what is there afterwards beyond what was there before
      auto more = static_cast<double>(count(labels_with(factors, label), labelling.extents));
      for (const Factor<Number>& factor : factors)
        if (factor.has(label)) more -= static_cast<double>(factor.values.size());
      return more;
    };
    std::sort(left.begin(), left.end());
    left.erase(std::unique(left.begin(), left.end()), left.end());
    std::vector<double> costs;
    for (const Label label : left) costs.push_back(cost(label));
    eliminate(factors, labelling, left[static_cast<std::size_t>(std::min_element(costs.begin(), costs.end()) - costs.begin())]);
  }
  Number product = 1;
  for (const Factor<Number>& factor : factors) product *= factor.values[0];
  return product;
}

double real_and_twice_imaginary(double number) { return number; }
double real_and_twice_imaginary(std::complex<double> number) { return number.real() + 2 * number.imag(); }

}  // namespace

double fill_value(const Filling& filling, std::size_t operand, std::uint64_t index, std::size_t elements) {
  return Source(filling, operand, elements)(index);
}

void fill_operand(const Filling& filling, std::size_t operand, void* data, std::size_t elements, DType dtype) {
  const Source source(filling, operand, elements);
  with_element(dtype, [&]<class T>(std::type_identity<T>) {
    for (std::size_t i = 0; i < elements; ++i) static_cast<T*>(data)[i] = source.element<T>(i);
  });
}

double weight(std::size_t place, std::uint64_t index) {
  return static_cast<double>(1 + ((mix(mix(place + 1) + index * golden) >> 32) * 7 >> 32));
}

double expected_checksum(const Labelling& labelling, const Filling& filling, bool complex) {
  return complex ? real_and_twice_imaginary(sum_over_all<std::complex<double>>(labelling, filling)) : sum_over_all<double>(labelling, filling);
}

Checksum checksum_of(std::span<const Extent> extents, const void* elements, DType dtype) {
  std::vector<Label> labels(extents.size());
  std::iota(labels.begin(), labels.end(), Label{0});
  const Labelling places{{}, labels, {extents.begin(), extents.end()}};
  std::vector<std::vector<double>> weights;
  for (const Label label : labels) weights.push_back(weights_of(places, label));
  if (weights.empty()) weights.push_back({1});
  const std::vector<double> inner = weights.back();
  if (!labels.empty()) labels.pop_back();
  Checksum checksum;
  with_element(dtype, [&]<class T>(std::type_identity<T>) {
    using Number = std::conditional_t<is_complex_number<T>, std::complex<double>, double>;
    const T* at = static_cast<const T*>(elements);
    for_each_position(labels, places.extents, [&](const std::vector<std::size_t>& positions) {
      double scale = 1, squares = 0;
      Number sum = 0;
      for (std::size_t i = 0; i < positions.size(); ++i) scale *= weights[i][positions[i]];
      for (std::size_t i = 0; i < inner.size(); ++i) {
        const Number part = scale * inner[i] * static_cast<Number>(at[i]);
        sum += part;
        squares += std::norm(part);
      }
      at += inner.size();
      checksum.sum += real_and_twice_imaginary(sum);
      checksum.norm += squares;
    });
  });
  checksum.norm = std::sqrt(checksum.norm);
  return checksum;
}

double tolerance(double summed, DType dtype, double norm) {
  const bool is_double = dtype == DType::f64 || dtype == DType::c128;
  const double rounding = dtype == DType::bf16 ? 0x1p-8 : dtype == DType::f16 ? 0x1p-11 : 0;  // of results that are halves, once
  return (16 * (is_double ? std::numeric_limits<double>::epsilon() : std::numeric_limits<float>::epsilon()) * std::sqrt(summed + 1) + 4 * rounding) * norm;
}

double tolerance(const Labelling& labelling, const Filling& filling, DType dtype, double norm) {
  if (is_whole(filling.fill)) return 0;
  const bool positive = filling.fill == Fill::positive;
  double summed = positive ? static_cast<double>(labelling.operands.size()) : 1;
  for (Label label = 0; label < labelling.extents.size(); ++label)
    if (std::find(labelling.output.begin(), labelling.output.end(), label) == labelling.output.end()) {
      const auto extent = static_cast<double>(labelling.extents[label]);
      summed = positive ? summed + extent : summed * extent;
    }
  return tolerance(summed, dtype, norm);
}

}  // namespace einc::cli
