// SPDX-License-Identifier: BSD-3-Clause
#include "cli/fill.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace einc::cli {

namespace {

// Spreads every bit of x over the whole word: a bijection by two multiplications.
constexpr std::uint64_t mix(std::uint64_t x) {
  x = (x ^ x >> 32) * 0xd6e8feb86659fd93u;
  x = (x ^ x >> 32) * 0xd6e8feb86659fd93u;
  return x ^ x >> 32;
}

constexpr std::uint64_t golden = 0x9e3779b97f4a7c15u;

// The numbers of one operand.
struct Source {
  Fill fill;
  std::uint64_t start;
  Source(const Filling& filling, std::size_t operand) : fill(filling.fill), start(mix(filling.seed * golden + operand + 1)) {}
  double operator()(std::uint64_t index) const {
    const std::uint64_t bits = mix(start + index * golden);
    if (fill == Fill::integers) return static_cast<double>(static_cast<std::int64_t>((bits >> 32) * 9 >> 32) - 4);
    return static_cast<double>(bits >> 40) / (1 << 23) - 1;
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

// An array of doubles that takes part in the sum over all labels.
struct Factor {
  std::vector<Label> labels;  // outermost first, each once
  std::vector<double> values;
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
Factor reduce_operand(const Labelling& labelling, const Filling& filling, std::size_t operand) {
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
  Factor factor;
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
  const Source source(filling, operand);
  if (count(labels, labelling.extents) == 0) return factor;
  if (labels.empty()) {
    factor.values[0] = source(0);
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
      factor.values[to + i * step] += scale * inner_weights[i] * source(from + i * inner_stride);
  });
  return factor;
}

std::vector<Label> labels_with(const std::vector<Factor>& factors, Label label) {
  std::vector<Label> all;
  for (const Factor& factor : factors)
    if (factor.has(label))
      for (const Label other : factor.labels)
        if (other != label && std::find(all.begin(), all.end(), other) == all.end()) all.push_back(other);
  return all;
}

// Multiplies all factors that have the label and sums over it.
void eliminate(std::vector<Factor>& factors, const Labelling& labelling, Label label) {
  Factor result{labels_with(factors, label), {}};
  result.values.assign(count(result.labels, labelling.extents), 0);
  const std::vector<double> weights = weights_of(labelling, label);
  std::vector<Label> labels = result.labels;
  labels.push_back(label);
  std::vector<Factor> used;
  std::erase_if(factors, [&](Factor& factor) {
    const bool has = factor.has(label);
    if (has) used.push_back(std::move(factor));
    return has;
  });
  std::vector<std::vector<std::size_t>> strides;
  for (const Factor& factor : used) {
    strides.emplace_back();
    for (const Label other : labels) strides.back().push_back(factor.stride(labelling.extents, other));
  }
  std::size_t number = 0;
  const std::size_t extent = weights.size();
  for_each_position(labels, labelling.extents, [&](const std::vector<std::size_t>& positions) {
    double product = weights[positions.back()];
    for (std::size_t f = 0; f < used.size(); ++f)
      product *= used[f].values[std::inner_product(positions.begin(), positions.end(), strides[f].begin(), std::size_t{0})];
    result.values[number++ / extent] += product;
  });
  factors.push_back(std::move(result));
}

}  // namespace

double fill_value(const Filling& filling, std::size_t operand, std::uint64_t index) { return Source(filling, operand)(index); }

template <class T>
void fill_operand(const Filling& filling, std::size_t operand, std::span<T> elements) {
  const Source source(filling, operand);
  for (std::size_t i = 0; i < elements.size(); ++i) elements[i] = static_cast<T>(source(i));
}
template void fill_operand(const Filling&, std::size_t, std::span<float>);
template void fill_operand(const Filling&, std::size_t, std::span<double>);

double weight(std::size_t place, std::uint64_t index) {
  return static_cast<double>(1 + ((mix(mix(place + 1) + index * golden) >> 32) * 7 >> 32));
}

double expected_checksum(const Labelling& labelling, const Filling& filling) {
  std::vector<Factor> factors;
  for (std::size_t operand = 0; operand < labelling.operands.size(); ++operand)
    factors.push_back(reduce_operand(labelling, filling, operand));
  while (true) {
    std::vector<Label> left;
    for (const Factor& factor : factors) left.insert(left.end(), factor.labels.begin(), factor.labels.end());
    if (left.empty()) break;
    const auto cost = [&](Label label) { return count(labels_with(factors, label), labelling.extents); };
    std::sort(left.begin(), left.end());
    eliminate(factors, labelling, *std::min_element(left.begin(), left.end(), [&](Label x, Label y) { return cost(x) < cost(y); }));
  }
  double product = 1;
  for (const Factor& factor : factors) product *= factor.values[0];
  return product;
}

template <class T>
Checksum checksum_of(std::span<const Extent> extents, const T* elements) {
  std::vector<Label> labels(extents.size());
  std::iota(labels.begin(), labels.end(), Label{0});
  const Labelling places{{}, labels, {extents.begin(), extents.end()}};
  std::vector<std::vector<double>> weights;
  for (const Label label : labels) weights.push_back(weights_of(places, label));
  if (weights.empty()) weights.push_back({1});
  const std::vector<double> inner = weights.back();
  if (!labels.empty()) labels.pop_back();
  Checksum checksum;
  for_each_position(labels, places.extents, [&](const std::vector<std::size_t>& positions) {
    double scale = 1, sum = 0, squares = 0;
    for (std::size_t i = 0; i < positions.size(); ++i) scale *= weights[i][positions[i]];
    for (std::size_t i = 0; i < inner.size(); ++i) {
      const double part = scale * inner[i] * static_cast<double>(elements[i]);
      sum += part;
      squares += part * part;
    }
    elements += inner.size();
    checksum.sum += sum;
    checksum.norm += squares;
  });
  checksum.norm = std::sqrt(checksum.norm);
  return checksum;
}
template Checksum checksum_of(std::span<const Extent>, const float*);
template Checksum checksum_of(std::span<const Extent>, const double*);

double tolerance(double summed, DType dtype, double norm) {
  const double epsilon = dtype == DType::f32 ? std::numeric_limits<float>::epsilon() : std::numeric_limits<double>::epsilon();
  return 16 * epsilon * std::sqrt(summed + 1) * norm;
}

double tolerance(const Labelling& labelling, const Filling& filling, DType dtype, double norm) {
  if (filling.fill == Fill::integers) return 0;
  double summed = 1;
  for (Label label = 0; label < labelling.extents.size(); ++label)
    if (std::find(labelling.output.begin(), labelling.output.end(), label) == labelling.output.end())
      summed *= static_cast<double>(labelling.extents[label]);
  return tolerance(summed, dtype, norm);
}

}  // namespace einc::cli
