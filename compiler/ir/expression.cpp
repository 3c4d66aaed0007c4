#include "ir/expression.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <einc/error.hpp>

#include "ir/label_names.hpp"

namespace einc::ir {

double elements(std::span<const Label> term, std::span<const Extent> extents) {
  double count = 1;
  for (Label label : term) count *= static_cast<double>(extents[label]);
  return count;
}

std::string print(const Expression& expression) {
  LabelNames name;
  std::string text;
  for (std::size_t id = 0; id < expression.values.size(); ++id) {
    const Value& value = expression.values[id];
    if (value.op == Op::operand) {
      text += fmt::format("%{} = operand {} {} [{}] strides [{}]\n", id, value.operand, name_of(value.dtype), name(value.labels),
                          fmt::join(value.strides, ", "));
      continue;
    }
    text += fmt::format("%{} = contract", id);
    for (ValueId argument : value.arguments) {
      const bool known = argument < id;
      text += fmt::format(" %{}[{}]", argument, known ? name(expression.values[argument].labels) : "?");
    }
    text += fmt::format(" -> {} [{}]\n", name_of(value.dtype), name(value.labels));
  }
  for (const Output& output : expression.outputs)
    text += fmt::format("output %{} [{}] strides [{}]\n", output.value, name(output.labels), fmt::join(output.strides, ", "));
  std::vector<std::pair<std::size_t, Label>> order;
  for (const auto& [label, number] : name.numbers()) order.emplace_back(number, label);
  std::sort(order.begin(), order.end());
  text += "extents";
  for (const auto& [number, label] : order)
    text += fmt::format(" {}={}", name(label), label < expression.extents.size() ? expression.extents[label] : -1);
  return text + "\n";
}

namespace {

class Verifier {
 public:
  explicit Verifier(const Expression& expression) : expression_(expression) {}

  void verify() const {
    require(expression_.made_of.size() == expression_.extents.size(), "made_of has another length than extents");
    for (Extent extent : expression_.extents) require(extent >= 0, "an extent is negative");
    for (std::size_t id = 0; id < expression_.values.size(); ++id) verify_value(id);
    require(!expression_.outputs.empty(), "nothing is computed");
    for (const Output& output : expression_.outputs) verify_output(output);
  }

 private:
  void require(bool condition, const char* what) const {
    if (!condition) throw InternalError(fmt::format("expression: {}\n{}", what, print(expression_)));
  }
  void verify_labels(const Term& labels) const {
    for (Label label : labels) require(label < expression_.extents.size(), "a label has no extent");
  }
  static bool distinct(Term labels) {
    std::sort(labels.begin(), labels.end());
    return std::adjacent_find(labels.begin(), labels.end()) == labels.end();
  }
  void verify_value(std::size_t id) const {
    const Value& value = expression_.values[id];
    verify_labels(value.labels);
    if (value.op == Op::operand) {
      require(value.arguments.empty(), "an operand has arguments");
      require(value.labels.size() == value.strides.size(), "an operand has another number of strides than labels");
      return;
    }
    require(!value.arguments.empty(), "a contraction has no argument");
    require(value.strides.empty(), "a contraction has strides");
    require(distinct(value.labels), "a contraction repeats a label");
    Term available;
    for (ValueId argument : value.arguments) {
      require(argument < id, "a value is used before it is computed");
      require(expression_.values[argument].dtype == value.dtype, "a contraction mixes dtypes");
      available.insert(available.end(), expression_.values[argument].labels.begin(), expression_.values[argument].labels.end());
    }
    std::sort(available.begin(), available.end());
    for (Label label : value.labels)
      require(std::binary_search(available.begin(), available.end(), label), "a contraction keeps a label that no argument has");
  }
  void verify_output(const Output& output) const {
    require(output.value < expression_.values.size(), "an output names no value");
    verify_labels(output.labels);
    require(output.labels.size() == output.strides.size(), "an output has another number of strides than labels");
    Term have = expression_.values[output.value].labels, want = output.labels;
    for (Term* term : {&have, &want}) {
      std::sort(term->begin(), term->end());
      term->erase(std::unique(term->begin(), term->end()), term->end());
    }
    require(have == want, "an output has other labels than its value");
  }

  const Expression& expression_;
};

}  // namespace

void verify(const Expression& expression) { Verifier(expression).verify(); }

}  // namespace einc::ir
