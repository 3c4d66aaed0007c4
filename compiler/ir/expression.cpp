#include "ir/expression.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <einc/element_types.hpp>
#include <einc/error.hpp>

namespace einc::ir {

double elements(std::span<const Label> term, std::span<const Extent> extents) {
  double count = 1;
  for (Label label : term) count *= static_cast<double>(extents[label]);
  return count;
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
    for (const Region& stream : expression_.streams) verify_stream(stream);
    for (const Slice& slice : expression_.slices) verify_slice(slice);
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
  const Value& argument(const Value& value, std::size_t i) const { return expression_.values[value.arguments[i]]; }
  static bool has(const Term& term, Label label) { return std::find(term.begin(), term.end(), label) != term.end(); }

  void verify_value(std::size_t id) const {
    const Value& value = expression_.values[id];
    verify_labels(value.labels);
    for (ValueId argument : value.arguments) {
      require(argument < id, "a value is used before it is computed");
      const DType dtype = expression_.values[argument].dtype;
      const bool taken_in = expression_.values[argument].op == Op::operand && computed_in(promoted(dtype, value.dtype)) == value.dtype;
      require(dtype == value.dtype || taken_in, "a value mixes dtypes");
    }
    if (value.op != Op::operand) {
      require(value.strides.empty(), "a computed value has strides");
      require(distinct(value.labels), "a computed value repeats a label");
    }
    switch (value.op) {
      case Op::operand:
        require(value.arguments.empty(), "an operand has arguments");
        require(value.labels.size() == value.strides.size(), "an operand has another number of strides than labels");
        return;
      case Op::constant: return require(value.arguments.empty() && value.labels.empty(), "a constant has arguments or labels");
      case Op::iota: return require(value.arguments.empty() && value.labels.size() == 1, "an iota has arguments, or another number of labels than one");
      case Op::contract:
        require(!value.arguments.empty(), "a contraction has no argument");
        for (Label label : value.labels) require(some_argument_has(value, label), "a contraction keeps a label that no argument has");
        return;
      case Op::map: return verify_map(value);
      case Op::reduce:
        require(value.arguments.size() == 1, "a reduction has another number of arguments than one");
        for (Label label : value.labels) require(some_argument_has(value, label), "a reduction keeps a label that its argument lacks");
        return;
      case Op::view: return verify_view(value);
      case Op::concat:
        require(value.arguments.size() == value.parts.size() && !value.parts.empty(), "a concatenation has another number of parts than arguments");
        return;
      case Op::gather:
        require(value.arguments.size() == 2 && value.parts.size() == 1, "a gather has another number of arguments than two");
        return;
    }
  }
  bool some_argument_has(const Value& value, Label label) const {
    return std::any_of(value.arguments.begin(), value.arguments.end(), [&](ValueId id) { return has(expression_.values[id].labels, label); });
  }
  void verify_map(const Value& value) const {
    require(!value.code.empty(), "a map has no code");
    for (std::size_t i = 0; i < value.code.size(); ++i) {
      const ScalarOp& op = value.code[i];
      if (op.function == Function::argument) require(op.in[0] < value.arguments.size(), "a map reads an argument it does not have");
      for (int in = 0; in < input_count(op.function); ++in) require(op.in[static_cast<std::size_t>(in)] < i, "a map uses a result before it is computed");
    }
    for (ValueId id : value.arguments)
      for (Label label : expression_.values[id].labels) require(has(value.labels, label), "a map loses a label of an argument");
  }
  void verify_view(const Value& value) const {
    require(value.arguments.size() == 1, "a view has another number of arguments than one");
    Term rest = argument(value, 0).labels, fresh;  // groups may hand labels to one another
    for (const ViewGroup& group : value.groups) {
      verify_labels(group.from), verify_labels(group.to);
      for (Label label : group.from) {
        require(has(rest, label), "a view reads a label that its argument lacks");
        std::erase(rest, label);
      }
      fresh.insert(fresh.end(), group.to.begin(), group.to.end());
      const bool skips = group.begin != 0 || group.step != 1;
      require(!skips || (group.from.size() == 1 && group.to.size() <= 1), "a view skips in more labels than one");
      if (!skips && group.to.size() + group.from.size() > 0 && !(group.from.size() == 1 && group.to.size() <= 1))
        require(elements(group.from, expression_.extents) == elements(group.to, expression_.extents) || elements(group.to, expression_.extents) == 0, "a view changes the number of elements");
    }
    rest.insert(rest.end(), fresh.begin(), fresh.end());
    std::sort(rest.begin(), rest.end());
    rest.erase(std::unique(rest.begin(), rest.end()), rest.end());
    Term labels = value.labels;
    std::sort(labels.begin(), labels.end());
    require(rest == labels, "a view has other labels than its groups say");
  }
  void verify_stream(const Region& stream) const {
    for (ValueId id : {stream.scores, stream.masked}) require(id < expression_.values.size(), "a stream lacks a value");
    for (ValueId id : {stream.maximum, stream.reference, stream.weights})
      require(stream.online() ? id < expression_.values.size() : id == no_id, "a stream lacks a value");
    require(!stream.sums.empty(), "a stream sums nothing");
    require(!stream.online() || stream.across.empty(), "a stream with a maximum adds to its rows");
    require(has(expression_.values[stream.masked].labels, stream.label), "the scores of a stream do not vary along its label");
    for (ValueId id : stream.sums) verify_sum(stream, id, stream.label);
    for (ValueId id : stream.across) verify_sum(stream, id, stream.row);
  }
  void verify_slice(const Slice& slice) const {
    require(slice.label < expression_.extents.size() && slice.parts > 1, "a slice is of no label, or in one part");
    for (const Output& output : expression_.outputs)
      require(std::count(output.labels.begin(), output.labels.end(), slice.label) == (slice.summed ? 0 : 1), "a sliced label is summed and in an output, or twice in it");
  }
  void verify_sum(const Region& stream, ValueId id, Label over) const {
    const Value& sum = expression_.values[id];
    require(sum.op == Op::contract && !has(sum.labels, over), "a sum of a stream keeps its label");
    for (Label label : expression_.values[stream.masked].labels)
      require(label == over || has(sum.labels, label), "a sum of a stream loses a label of the weights");
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
