// reference_einsum.hpp: einsum as one plain loop nest over all labels: what einc's results are held against.
// Reads the text by itself, so that a fault of einc's parser cannot hide on both sides. Expects a good text.
#pragma once

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstddef>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <einc/tensor_view.hpp>

#include "support/fill.hpp"

namespace einc::testing {

using LabelNames = std::vector<std::string>;

// The tokens of a term: "..." or a label; `[name]` and a UTF-8 character are one label each.
inline LabelNames read_labels(std::string_view term) {
  LabelNames labels;
  for (std::size_t i = 0; i < term.size();) {
    std::size_t length = 1;
    if (term.substr(i, 3) == "...") length = 3;
    if (term[i] == '[') length = term.find(']', i) - i + 1;
    while (i + length < term.size() && (static_cast<unsigned char>(term[i + length]) & 0xC0U) == 0x80U) ++length;
    if (std::string_view(" \t\n\r\v\f").find(term[i]) == std::string_view::npos) labels.emplace_back(term.substr(i, length));
    i += length;
  }
  return labels;
}

// The labels of every operand and of the result; what an ellipsis covers has become "...1", "...0", counted from the right.
struct ReferenceTerms {
  std::vector<LabelNames> operands;
  LabelNames output;
};

inline LabelNames name_ellipsis(const LabelNames& labels, std::size_t covered) {
  LabelNames named;
  for (const std::string& label : labels) {
    if (label != "...") named.push_back(label);
    for (std::size_t i = label == "..." ? covered : 0; i-- > 0;) named.push_back("..." + std::to_string(i));
  }
  return named;
}

inline ReferenceTerms read_terms(std::string_view text, const std::vector<std::size_t>& ranks) {
  const std::size_t arrow = text.find("->");
  std::string_view left = text.substr(0, arrow);
  std::vector<LabelNames> written;
  for (;;) {
    const std::size_t comma = left.find(',');
    written.push_back(read_labels(left.substr(0, comma)));
    if (comma == std::string_view::npos) break;
    left.remove_prefix(comma + 1);
  }
  ReferenceTerms terms;
  std::map<std::string, int> uses;
  std::size_t widest = 0;
  for (std::size_t i = 0; i < written.size(); ++i) {
    const bool open = std::count(written[i].begin(), written[i].end(), "...") > 0;
    const std::size_t covered = open ? ranks[i] + 1 - written[i].size() : 0;
    widest = std::max(widest, covered);
    for (const std::string& label : written[i]) ++uses[label];
    terms.operands.push_back(name_ellipsis(written[i], covered));
  }
  LabelNames output;
  if (arrow != std::string_view::npos) {
    output = read_labels(text.substr(arrow + 2));
  } else {
    if (uses.count("...") > 0) output.push_back("...");
    for (const auto& [label, count] : uses)
      if (label != "..." && count == 1) output.push_back(label);
  }
  terms.output = name_ellipsis(output, widest);
  return terms;
}

// A result with, for every element, the sum of the magnitudes that were added up: the scale of its rounding error.
template <class T>
struct Reference {
  Shape extents;
  std::vector<Held<T>> values;
  std::vector<double> magnitudes;
};

// What a sum is kept in: a wider type for floats, 64 bits that wrap around for integers, a count for truths.
template <class T>
struct WiderOf {
  using type = std::conditional_t<std::is_same_v<T, double>, long double, std::conditional_t<std::is_integral_v<T>, std::uint64_t, double>>;
};
template <class R>
struct WiderOf<std::complex<R>> {
  using type = std::complex<long double>;
};

// One loop nest over every label; an extent of 1 stretches to the label's extent. Sums are kept in a wider type.
template <class T>
Reference<T> reference_einsum(std::string_view text, const std::vector<TensorView<const T>>& operands) {
  using Wide = typename WiderOf<T>::type;
  std::vector<std::size_t> ranks;
  for (const auto& operand : operands) ranks.push_back(operand.rank());
  const ReferenceTerms terms = read_terms(text, ranks);

  // Every label: its extent and its stride in each operand and, last, in the result.
  std::map<std::string, std::size_t> number;
  std::vector<Extent> extents;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    for (std::size_t at = 0; at < terms.operands[i].size(); ++at) {
      const auto [place, is_new] = number.emplace(terms.operands[i][at], extents.size());
      if (is_new) extents.push_back(1);
      Extent& extent = extents[place->second];
      if (extent == 1) extent = operands[i].extents()[at];
    }
  }
  const std::size_t result = operands.size();
  std::vector<std::vector<Stride>> strides(extents.size(), std::vector<Stride>(operands.size() + 1, 0));
  for (std::size_t i = 0; i < operands.size(); ++i)
    for (std::size_t at = 0; at < terms.operands[i].size(); ++at)
      if (operands[i].extents()[at] != 1) strides[number.at(terms.operands[i][at])][i] += operands[i].strides()[at];

  Reference<T> reference;
  for (const std::string& label : terms.output) reference.extents.push_back(number.count(label) ? extents[number.at(label)] : 1);
  const Strides dense = row_major(reference.extents);
  for (std::size_t at = 0; at < terms.output.size(); ++at)
    if (number.count(terms.output[at])) strides[number.at(terms.output[at])][result] += dense[at];
  std::size_t size = 1;
  for (const Extent extent : reference.extents) size *= static_cast<std::size_t>(extent);
  std::vector<Wide> sums(size, Wide{});
  reference.magnitudes.assign(size, 0);

  std::vector<Extent> at(extents.size(), 0);
  std::vector<Stride> offset(operands.size() + 1, 0);
  const bool empty = std::count(extents.begin(), extents.end(), 0) > 0;
  for (bool more = !empty; more;) {
    Wide product = 1;
    for (std::size_t i = 0; i < operands.size(); ++i) product *= static_cast<Wide>(operands[i].data()[offset[i]]);
    sums[static_cast<std::size_t>(offset[result])] += product;
    if constexpr (!std::is_integral_v<Wide>) reference.magnitudes[static_cast<std::size_t>(offset[result])] += static_cast<double>(std::abs(product));
    more = false;
    for (std::size_t label = extents.size(); label-- > 0 && !more;) {
      more = ++at[label] < extents[label];
      const Stride steps = more ? 1 : 1 - extents[label];
      if (!more) at[label] = 0;
      for (std::size_t i = 0; i < offset.size(); ++i) offset[i] += steps * strides[label][i];
    }
  }
  for (const Wide& sum : sums) {
    if constexpr (std::is_same_v<T, bool>) reference.values.push_back(sum != 0);
    else reference.values.push_back(static_cast<T>(sum));
  }
  return reference;
}

// How far a result may be from the reference, as a share of the magnitudes added up; integers and truths not at all.
template <class T>
inline constexpr double tolerance = std::is_integral_v<T> ? 0 : std::is_same_v<T, float> || std::is_same_v<T, std::complex<float>> ? 1e-5 : 1e-12;

// The flat index of the first element that is further off than allowed, or -1.
template <class T>
std::ptrdiff_t first_difference(const Reference<T>& expected, const T* got) {
  for (std::size_t i = 0; i < expected.values.size(); ++i) {
    if constexpr (std::is_integral_v<T>) {
      if (got[i] != static_cast<T>(expected.values[i])) return static_cast<std::ptrdiff_t>(i);
    } else {
      const double off = static_cast<double>(std::abs(got[i] - expected.values[i]));
      const double allowed = tolerance<T> * expected.magnitudes[i] + std::numeric_limits<float>::min();
      if (!(off <= allowed)) return static_cast<std::ptrdiff_t>(i);
    }
  }
  return -1;
}

}  // namespace einc::testing
