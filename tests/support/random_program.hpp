// random_program.hpp: random small programs of einsums, pointwise functions, reductions, softmax, views, slices, concatenations
// and gathers; the same on every machine for one seed. Values stay of moderate size. What jumps (comparisons, floor, indices) is
// applied to exact values alone, so that rounding cannot flip it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <einc/program.hpp>

#include "support/random_einsum.hpp"

namespace einc::testing {

struct RandomProgram {
  Program program;
  std::vector<Shape> shapes;                  // of the inputs
  std::vector<std::vector<double>> operands;  // row-major: multiples of 1/4 from -2 to 2
};

class ProgramGenerator {
 public:
  explicit ProgramGenerator(Random random) : random_(random) {}

  RandomProgram generate() {
    const std::string letters = "abcde";
    for (const char letter : letters) extents_[std::string(1, letter)] = static_cast<Extent>(1 + random_.below(5));
    if (random_.chance(0.04)) extents_["b"] = 0;
    const std::size_t inputs = 1 + random_.below(3);
    for (std::size_t i = 0; i < inputs; ++i) add_input();
    const std::size_t operations = 2 + random_.below(8);
    for (std::size_t i = 0; i < operations; ++i) add_operation();
    const std::size_t outputs = 1 + random_.below(2);
    for (std::size_t i = 0; i < outputs && i < values_.size(); ++i) {
      const Known& known = values_[values_.size() - 1 - i];
      std::vector<std::string> labels = known.tensor.labels();
      random_.shuffle(labels);
      result_.program.output("o" + std::to_string(i), known.tensor, joined(labels));
    }
    return std::move(result_);
  }

 private:
  struct Known {
    Tensor tensor;
    bool exact = false;  // small multiples of 1/4 or 1/16: any way of computing gives the same bits
  };
  static constexpr double most_elements = 4000;

  static std::string joined(const std::vector<std::string>& labels) {
    std::string text;
    for (const std::string& label : labels) text += label;
    return text;
  }
  double elements(const std::vector<std::string>& labels) const {
    double product = 1;
    for (const std::string& label : labels) product *= static_cast<double>(extents_.at(label));
    return product;
  }
  std::string fresh_label(Extent extent) {
    const std::string label = next_label_ < 20 ? std::string(1, static_cast<char>('f' + next_label_)) : "[l" + std::to_string(next_label_) + "]";
    ++next_label_;
    extents_[label] = extent;
    return label;
  }
  const Known& any() { return values_[random_.below(values_.size())]; }
  void keep(Tensor tensor, bool exact) {
    if (elements(tensor.labels()) <= most_elements) values_.push_back({std::move(tensor), exact});
  }

  void add_input() {
    std::vector<std::string> labels;
    for (const auto& [label, extent] : extents_)
      if (label.size() == 1 && label[0] <= 'e' && random_.chance(0.45)) labels.push_back(label);
    random_.shuffle(labels);
    Shape shape;
    for (const std::string& label : labels) shape.push_back(extents_.at(label));
    std::vector<double> numbers(static_cast<std::size_t>(elements(labels)));
    for (double& number : numbers) number = (static_cast<double>(random_.below(17)) - 8) / 4;
    keep(result_.program.input("x" + std::to_string(result_.shapes.size()), joined(labels)), true);
    result_.shapes.push_back(std::move(shape));
    result_.operands.push_back(std::move(numbers));
  }

  Tensor exact_condition() {
    std::vector<Known> exact;
    for (const Known& known : values_)
      if (known.exact) exact.push_back(known);
    const Tensor x = random_.pick(exact).tensor;
    switch (random_.below(5)) {
      case 0: return x < 0.25;
      case 1: return x >= -0.5 && x != 1.0;
      case 2: {
        const std::vector<std::string> labels = x.labels();
        if (labels.size() < 2) return x > 0.0;
        return result_.program.iota(labels[0]) <= result_.program.iota(labels[1]);
      }
      case 3: return !(x == 0.5) || x <= 0.0;
      default: return x > random_.pick(exact).tensor;
    }
  }

  void add_operation() {
    const Known known = any();
    const Tensor& x = known.tensor;
    const std::vector<std::string> labels = x.labels();
    const std::string label = labels.empty() ? "" : labels[random_.below(labels.size())];
    switch (random_.below(labels.empty() ? 5 : 15)) {
      case 0: return add_unary(known);
      case 1: return add_unary(known);
      case 2:
      case 3: return add_binary(known);
      case 4: {
        const Tensor condition = exact_condition();
        return keep(where(condition, x, random_.chance(0.5) ? any().tensor : Tensor(-0.5)), false);
      }
      case 5:
      case 6:
      case 7: return add_einsum();
      case 8: {
        const Reduction kinds[] = {Reduction::sum, Reduction::max, Reduction::min, Reduction::mean};
        return keep(reduce(kinds[random_.below(extents_.at(label) == 0 ? 1 : 4)], x, label), false);
      }
      case 9: {
        Tensor scores = x;
        if (random_.chance(0.5)) scores = where(exact_condition(), scores, -infinity);
        if (!holds(scores.labels(), label) || extents_.at(label) == 0) return;
        if (random_.chance(0.3)) return keep(softmax(scores, label, Tensor(0.5)), false);
        return keep(softmax(scores, label, random_.chance(0.5) ? EmptyRow::zero : EmptyRow::uniform), false);
      }
      case 10: {
        if (extents_.at(label) == 0) return;
        return keep(random_.chance(0.5) ? layer_norm(x, label) : max(logsumexp(x, label), -20.0), false);
      }
      case 11: return add_split(known, label);
      case 12: {
        const Extent extent = extents_.at(label), begin = static_cast<Extent>(random_.below(static_cast<std::size_t>(extent) + 1));
        const Cut cut{random_.chance(0.3) ? begin - extent : begin, random_.chance(0.5) ? extent : std::max<Extent>(extent - 1, 0), static_cast<Extent>(1 + random_.below(2))};
        const Extent first = cut.begin < 0 ? cut.begin + extent : cut.begin;
        return keep(slice(x, label, cut, fresh_label(cut.end > first ? (cut.end - first - 1) / cut.step + 1 : 0)), known.exact);
      }
      case 13: {
        const Tensor other = random_.chance(0.5) ? -x : x + 0.25;
        const std::string renamed = random_.chance(0.5) ? fresh_label(extents_.at(label)) : label;
        const std::string into = fresh_label(2 * extents_.at(label));
        return keep(concat({{x, label}, {rename(other, label, renamed), renamed}}, into), known.exact);
      }
      default: return add_gather(known, label);
    }
  }

  static bool holds(const std::vector<std::string>& labels, const std::string& label) { return std::find(labels.begin(), labels.end(), label) != labels.end(); }

  void add_unary(const Known& known) {
    const Tensor& x = known.tensor;
    switch (random_.below(14)) {
      case 0: return keep(exp(min(x, 2.0)), false);
      case 1: return keep(log(abs(x) + 0.5), false);
      case 2: return keep(sqrt(abs(x) + 0.25), false);
      case 3: return keep(rsqrt(abs(x) + 1.0), false);
      case 4: return keep(tanh(x), false);
      case 5: return keep(sigmoid(x), false);
      case 6: return keep(relu(x), known.exact);
      case 7: return keep(gelu(x), false);
      case 8: return keep(erf(x), false);
      case 9: return keep(sin(x) + cos(x), false);
      case 10: return keep(known.exact ? floor(x) : abs(x), known.exact);
      case 11: return keep(-x, known.exact);
      case 12: return keep(known.exact ? cast(x, DType::bf16) : x * 0.5, false);
      default: return keep(x / 4.0, false);
    }
  }

  void add_binary(const Known& known) {
    const Known other = random_.chance(0.3) && !known.tensor.labels().empty() ? Known{result_.program.iota(known.tensor.labels()[0]), true} : any();
    const Tensor &x = known.tensor, &y = other.tensor;
    std::vector<std::string> labels = x.labels();
    for (const std::string& label : y.labels())
      if (!holds(labels, label)) labels.push_back(label);
    if (elements(labels) > most_elements) return;
    switch (random_.below(5)) {
      case 0: return keep(x + y, false);
      case 1: return keep(x - y, false);
      case 2: return keep(tanh(x) * y, false);
      case 3: return keep(random_.chance(0.5) ? max(x, y) : min(x, y), known.exact && other.exact);
      default: return keep(x / (abs(y) + 1.0), false);
    }
  }

  // Two or three tensors under their own labels, some of them summed; now and then one label renamed, or a diagonal taken.
  void add_einsum() {
    std::vector<Tensor> tensors;
    std::string text;
    std::vector<std::string> all;
    const std::size_t count = 1 + random_.below(3);
    for (std::size_t i = 0; i < count; ++i) {
      const Tensor x = tanh(any().tensor);
      std::vector<std::string> term = x.labels();
      if (!term.empty() && random_.chance(0.3)) {
        std::string& changed = term[random_.below(term.size())];
        std::vector<std::string> fitting;
        for (const auto& [label, extent] : extents_)
          if (extent == extents_.at(changed)) fitting.push_back(label);
        changed = random_.pick(fitting);
      }
      text += (i == 0 ? "" : ",") + joined(term);
      for (const std::string& label : term)
        if (!holds(all, label)) all.push_back(label);
      tensors.push_back(x);
    }
    if (elements(all) > 20000) return;
    std::vector<std::string> kept;
    for (const std::string& label : all)
      if (random_.chance(0.6)) kept.push_back(label);
    random_.shuffle(kept);
    keep(einsum(text + "->" + joined(kept), tensors), false);
  }

  void add_split(const Known& known, const std::string& label) {
    const Extent extent = extents_.at(label);
    if (random_.chance(0.5) || extent == 0) {
      std::vector<std::string> labels = known.tensor.labels();
      random_.shuffle(labels);
      labels.resize(1 + random_.below(labels.size()));
      const std::string into = fresh_label(static_cast<Extent>(elements(labels)));
      return keep(merge(known.tensor, joined(labels), into), known.exact);
    }
    const Extent inner = extent % 2 == 0 ? 2 : extent % 3 == 0 ? 3 : 1;
    const std::string first = fresh_label(extent / inner), second = fresh_label(inner);
    keep(split(known.tensor, label, first + second, {{second, inner}}), known.exact);
  }

  void add_gather(const Known& known, const std::string& label) {
    std::vector<Known> exact;
    for (const Known& other : values_)
      if (other.exact) exact.push_back(other);
    const Tensor index = floor(random_.pick(exact).tensor * 2.0);
    std::vector<std::string> labels = known.tensor.labels();
    labels.erase(std::find(labels.begin(), labels.end(), label));
    for (const std::string& place : index.labels())
      if (!holds(labels, place)) labels.push_back(place);
    if (elements(labels) <= most_elements) keep(gather(known.tensor, label, index), known.exact);
  }

  Random random_;
  std::map<std::string, Extent> extents_;
  std::size_t next_label_ = 0;
  std::vector<Known> values_;
  RandomProgram result_;
};

inline RandomProgram random_program(std::uint64_t seed) { return ProgramGenerator(Random(seed)).generate(); }

}  // namespace einc::testing
