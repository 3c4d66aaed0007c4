// attention_case.hpp: a case of the attention file in memory: inputs worked out by their formulas, outputs compared.
#pragma once

#include <cmath>
#include <limits>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <einc/attention.hpp>

#include "conformance/conformance_file.hpp"

namespace einc::testing {

using attention::Given;

inline double number_of(const Json& json) {
  if (json.is_boolean()) return json.get<bool>() ? 1 : 0;
  if (!json.is_string()) return json.get<double>();
  const std::string text = json;
  if (text == "inf") return infinity;
  if (text == "-inf") return -infinity;
  return std::numeric_limits<double>::quiet_NaN();
}

inline void flatten(const Json& json, std::vector<double>& values) {
  if (!json.is_array()) return values.push_back(number_of(json));
  for (const Json& element : json) flatten(element, values);
}

inline std::size_t count_of(const Shape& shape) {
  std::size_t count = 1;
  for (const Extent extent : shape) count *= static_cast<std::size_t>(extent);
  return count;
}

// The values of an input, n counting them row by row.
inline std::vector<double> evaluate(const Json& spec) {
  const Shape shape = spec.at("shape").get<Shape>();
  const std::string formula = spec.at("f");
  std::vector<double> values;
  if (formula == "lit") {
    flatten(spec.at("data"), values);
  } else {
    const auto get = [&](const char* name, double otherwise) { return spec.contains(name) ? number_of(spec.at(name)) : otherwise; };
    for (std::size_t at = 0; at < count_of(shape); ++at) {
      const double n = static_cast<double>(at), phase = get("phase", 0), amp = get("amp", 1), off = get("off", 0);
      if (formula == "sin")
        values.push_back(off + amp * std::sin(get("step", 0.1) * n + phase));
      else if (formula == "sinq")
        values.push_back(off + amp * std::sin(get("step", 0.1) * n + get("quad", 0.007) * n * n + phase));
      else if (formula == "iota")
        values.push_back(get("start", 0) + get("step", 1) * n);
      else if (formula == "const")
        values.push_back(get("value", 0));
      else if (formula == "eye")
        values.push_back(at / static_cast<std::size_t>(shape.back()) == at % static_cast<std::size_t>(shape.back()) ? 1 : 0);
      else
        throw std::runtime_error("an input has the unknown formula " + formula);
    }
  }
  if (values.size() != count_of(shape)) throw std::runtime_error("an input has other numbers of values than its shape");
  return values;
}

template <class T>
Array<T> array_of(const Shape& shape, const std::vector<double>& values) {
  Array<T> array(shape);
  for (std::size_t n = 0; n < values.size(); ++n) array[n] = static_cast<T>(values[n]);
  return array;
}

// One case and how it is to be computed.
template <class T>
struct AttentionCase {
  Json config;
  std::map<std::string, Array<T>> inputs;
  Options options = {};
  bool weights = true;  // whether weights and scores are asked for

  Given<T> operator[](const std::string& name) const {
    const auto found = inputs.find(name);
    return found == inputs.end() ? Given<T>() : Given<T>(found->second);
  }
  // An array that numpy would stretch: extents of 1 in front until it has the rank.
  Given<T> stretched(const std::string& name, std::size_t rank) const {
    const auto found = inputs.find(name);
    if (found == inputs.end()) return {};
    Shape shape = found->second.extents();
    if (shape.size() < rank) shape.insert(shape.begin(), rank - shape.size(), 1);
    return TensorView<const T>(found->second.data(), shape);
  }
  Extent extent(const std::string& name, std::size_t at) const { return inputs.at(name).extents().at(at); }
  template <class V>
  V get(const char* name, V otherwise) const {
    return config.contains(name) && !config.at(name).is_null() ? config.at(name).get<V>() : otherwise;
  }
};

template <class T>
using AttentionOutputs = std::map<std::string, Array<T>>;

// What is different between an output and its expectation; empty when nothing is.
template <class T>
std::string difference(const Array<T>& got, const Json& expected, double tolerance, double relative) {
  if (got.extents() != expected.at("shape").get<Shape>()) return "has another shape";
  std::vector<double> values;
  flatten(expected.at("data"), values);
  if (values.size() != got.size()) return "has another number of elements";
  for (std::size_t n = 0; n < values.size(); ++n) {
    const double x = static_cast<double>(got[n]), y = values[n];
    const bool same = std::isfinite(y) ? std::abs(x - y) <= tolerance + relative * std::abs(y) : std::isnan(y) ? std::isnan(x) : x == y;
    if (!same) {
      char text[120];
      std::snprintf(text, sizeof text, "element %zu is %.17g, expected %.17g, off by %.2g", n, x, y, std::abs(x - y));
      return text;
    }
  }
  return {};
}

}  // namespace einc::testing
