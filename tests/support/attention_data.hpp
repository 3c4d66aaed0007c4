// attention_data.hpp: arrays for tests of attention, how far two of them are apart, and attention by plain loops.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include <einc/attention.hpp>

namespace einc::testing {

// offset + amplitude * sin(0.7 n + 0.013 n n + phase): full rank, and never twice the same.
template <class T = double>
Array<T> wave(const Shape& shape, double phase, double amplitude = 1, double offset = 0) {
  Array<T> array(shape);
  for (std::size_t at = 0; at < array.size(); ++at) {
    const double n = static_cast<double>(at);
    array[at] = static_cast<T>(offset + amplitude * std::sin(0.7 * n + 0.013 * n * n + phase));
  }
  return array;
}

template <class T = double>
Array<T> array_of(const Shape& shape, const std::vector<double>& values) {
  Array<T> array(shape);
  for (std::size_t n = 0; n < array.size(); ++n) array[n] = static_cast<T>(values.at(n));
  return array;
}

// The largest difference between elements; infinite when shapes differ or one of two elements is no number.
template <class A, class B>
double apart(const A& x, const B& y) {
  if (x.extents() != y.extents()) return infinity;
  double off = 0;
  for (std::size_t n = 0; n < x.size(); ++n) {
    const double a = static_cast<double>(x[n]), b = static_cast<double>(y[n]);
    const double here = a == b ? 0 : std::abs(a - b);
    off = here <= off ? off : here;
    if (here != here) return infinity;
  }
  return off;
}

// Positions of a label copied in another order, or some of them: rows[n] of x becomes row n.
template <class T>
Array<T> picked(const Array<T>& x, std::size_t label, const std::vector<Extent>& rows) {
  Shape shape = x.extents();
  Extent inner = 1, outer = 1;
  for (std::size_t at = 0; at < shape.size(); ++at) (at < label ? outer : inner) *= at == label ? 1 : shape[at];
  const Extent before = shape[label];
  shape[label] = static_cast<Extent>(rows.size());
  Array<T> result(shape);
  T* to = result.data();
  for (Extent o = 0; o < outer; ++o)
    for (const Extent row : rows) to = std::copy_n(x.data() + (o * before + row) * inner, inner, to);
  return result;
}

inline std::vector<Extent> range(Extent begin, Extent end) {
  std::vector<Extent> all;
  for (Extent n = begin; n < end; ++n) all.push_back(n);
  return all;
}

// Compiles a program in f64 and computes its outputs, by name. Inputs are given by name too: C++ does not say in which order
// the arguments of a call are made, so inputs that are written there have no order of their own.
inline std::map<std::string, Array<double>> run_program(const Program& program, const std::map<std::string, const Array<double>*>& arrays, Options options = {}) {
  std::vector<Shape> shapes;
  std::vector<ArrayRef> refs;
  for (const std::string& name : program.inputs()) {
    const Array<double>* array = arrays.at(name);
    shapes.push_back(array->extents());
    refs.push_back({array->data(), DType::f64, array->extents(), array->strides()});
  }
  options.dtype = DType::f64;
  const Compiled compiled = compile(program, shapes, options);
  std::vector<Array<double>> results;
  std::vector<OutputRef> outs;
  results.reserve(compiled.shapes().size());
  for (const Shape& shape : compiled.shapes()) {
    Array<double>& array = results.emplace_back(shape);
    outs.push_back({array.data(), DType::f64, array.extents(), array.strides()});
  }
  compiled.run(refs, outs);
  std::map<std::string, Array<double>> named;
  const std::vector<std::string> names = program.outputs();
  for (std::size_t n = 0; n < names.size(); ++n) named.emplace(names[n], std::move(results[n]));
  return named;
}

// Attention of q [b h q c], k [b g k c], v [b g k v] by loops. The score of batch, head, query and key is changed by `change`;
// rows whose scores are all -inf are zeros.
using ScoreChange = std::function<double(double score, Extent b, Extent h, Extent i, Extent j)>;
inline Array<double> attention_by_loops(const Array<double>& q, const Array<double>& k, const Array<double>& v, const ScoreChange& change, double scale) {
  const Extent batch = q.extents()[0], heads = q.extents()[1], queries = q.extents()[2], width = q.extents()[3];
  const Extent groups = k.extents()[1], keys = k.extents()[2], values = v.extents()[3];
  Array<double> out({batch, heads, queries, values});
  std::fill_n(out.data(), out.size(), 0.0);
  for (Extent b = 0; b < batch; ++b)
    for (Extent h = 0; h < heads; ++h)
      for (Extent i = 0; i < queries; ++i) {
        const Extent g = h / (heads / groups);
        const double* row = q.data() + ((b * heads + h) * queries + i) * width;
        std::vector<double> scores;
        for (Extent j = 0; j < keys; ++j) {
          const double* key = k.data() + ((b * groups + g) * keys + j) * width;
          double score = 0;
          for (Extent c = 0; c < width; ++c) score += row[c] * key[c];
          scores.push_back(change(score * scale, b, h, i, j));
        }
        const double highest = scores.empty() ? -infinity : *std::max_element(scores.begin(), scores.end());
        if (highest == -infinity) continue;
        double sum = 0;
        for (double& score : scores) sum += score = std::exp(score - highest);
        for (Extent j = 0; j < keys; ++j)
          for (Extent n = 0; n < values; ++n)
            out[static_cast<std::size_t>(((b * heads + h) * queries + i) * values + n)] +=
                scores[static_cast<std::size_t>(j)] / sum * v[static_cast<std::size_t>(((b * groups + g) * keys + j) * values + n)];
      }
  return out;
}

}  // namespace einc::testing
