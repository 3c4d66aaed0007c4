// program_calls.cpp: the functions and operators of einc/program.hpp: each hands its tensors and its place to the builder.
// SPDX-License-Identifier: BSD-3-Clause
#include <array>

#include "ir/program_access.hpp"
#include "parse/program_builder.hpp"

namespace einc {
namespace {

using ir::Function, ir::NodeId;
using parse::ProgramBuilder;
using SharedProgram = std::shared_ptr<ir::Program>;

// The innermost of this thread; programs that several threads write at once are no concern of one another.
thread_local const WrittenAt* written_at = nullptr;

ir::Origin origin_of(const std::source_location& where) {
  const std::string_view path = written_at != nullptr ? std::string_view(ProgramAccess::file(*written_at)) : where.file_name();
  const std::size_t folder = path.find_last_of("/\\");
  return {std::string(folder == std::string_view::npos ? path : path.substr(folder + 1)),
          written_at != nullptr ? ProgramAccess::line(*written_at) : where.line(), {}};
}

// The program all tensors of one operation belong to.
SharedProgram common_program(std::string_view operation, const ir::Origin& origin, std::span<const Tensor> tensors) {
  SharedProgram program;
  for (const Tensor& tensor : tensors) {
    const SharedProgram& own = ProgramAccess::program(tensor);
    if (ProgramAccess::is_number(tensor)) continue;
    if (!own) throw ir::fault({}, ErrorCode::bad_program, operation, origin, "a tensor is empty: no operation has given it a value");
    if (program && program != own) throw ir::fault({}, ErrorCode::bad_program, operation, origin, "the tensors belong to different programs");
    program = own;
  }
  if (!program)
    throw ir::fault({}, ErrorCode::bad_program, operation, origin, "a number alone belongs to no program", "`Program::constant` makes a tensor of a number");
  return program;
}

// One operation of C++: its tensors as nodes of one program, numbers among them as constants.
class Call {
 public:
  Call(std::string_view operation, const std::source_location& where, std::span<const Tensor> tensors)
      : program_(common_program(operation, origin_of(where), tensors)), build_(*program_, operation, origin_of(where)) {
    for (const Tensor& tensor : tensors)
      nodes_.push_back(ProgramAccess::is_number(tensor) ? build_.constant(ProgramAccess::number(tensor)) : ProgramAccess::node(tensor));
  }
  Call(std::string_view operation, const std::source_location& where, std::initializer_list<Tensor> tensors)
      : Call(operation, where, std::span<const Tensor>(tensors.begin(), tensors.size())) {}

  ProgramBuilder& build() { return build_; }
  std::span<const NodeId> nodes() const { return nodes_; }
  NodeId node(std::size_t i) const { return nodes_[i]; }
  Tensor result(NodeId node) const { return ProgramAccess::tensor(program_, node); }

 private:
  SharedProgram program_;
  ProgramBuilder build_;
  std::vector<NodeId> nodes_;
};

// A pointwise function; of numbers alone the result is a number.
template <class... Given>
Tensor pointwise(std::string_view operation, Function function, const Given&... given) {
  const std::array<Tensor, sizeof...(Given)> tensors{given.tensor...};
  std::array<double, 3> numbers{};
  bool all = true;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    all = all && ProgramAccess::is_number(tensors[i]);
    numbers[i] = ProgramAccess::number(tensors[i]);
  }
  if (all) return Tensor(ir::apply(function, numbers[0], numbers[1], numbers[2]));
  const std::array<std::source_location, sizeof...(Given)> places{given.where...};
  Call call(operation, places[0], tensors);
  return call.result(call.build().map(function, call.nodes()));
}

// x > y is y < x, with the labels of x first.
Tensor greater(std::string_view operation, Function function, const Located& x, const Located& y) {
  if (ProgramAccess::is_number(x.tensor) && ProgramAccess::is_number(y.tensor)) return pointwise(operation, function, y, x);
  Call call(operation, x.where, {x.tensor, y.tensor});
  return call.result(call.build().greater(function, call.node(0), call.node(1)));
}

}  // namespace

WrittenAt::WrittenAt(std::string file, std::uint32_t line) : file_(std::move(file)), line_(line), outer_(written_at) { written_at = this; }
WrittenAt::~WrittenAt() { written_at = outer_; }

std::vector<std::string> Tensor::labels() const {
  if (is_number_) return {};
  if (!program_) throw ir::fault({}, ErrorCode::bad_program, "labels", {}, "a tensor is empty: no operation has given it a value");
  return program_->nodes[node_].labels;
}

Tensor operator+(const Located& x, const Located& y) { return pointwise("+", Function::add, x, y); }
Tensor operator-(const Located& x, const Located& y) { return pointwise("-", Function::subtract, x, y); }
Tensor operator*(const Located& x, const Located& y) { return pointwise("*", Function::multiply, x, y); }
Tensor operator/(const Located& x, const Located& y) { return pointwise("/", Function::divide, x, y); }
Tensor operator<(const Located& x, const Located& y) { return pointwise("<", Function::less, x, y); }
Tensor operator<=(const Located& x, const Located& y) { return pointwise("<=", Function::less_equal, x, y); }
Tensor operator>(const Located& x, const Located& y) { return greater(">", Function::less, x, y); }
Tensor operator>=(const Located& x, const Located& y) { return greater(">=", Function::less_equal, x, y); }
Tensor operator==(const Located& x, const Located& y) { return pointwise("==", Function::equal, x, y); }
Tensor operator!=(const Located& x, const Located& y) { return pointwise("!=", Function::not_equal, x, y); }
Tensor operator&&(const Located& x, const Located& y) { return pointwise("&&", Function::logical_and, x, y); }
Tensor operator||(const Located& x, const Located& y) { return pointwise("||", Function::logical_or, x, y); }
Tensor operator-(const Located& x) { return pointwise("-", Function::negative, x); }
Tensor operator!(const Located& x) { return pointwise("!", Function::logical_not, x); }

Tensor exp(const Located& x) { return pointwise("exp", Function::exp, x); }
Tensor log(const Located& x) { return pointwise("log", Function::log, x); }
Tensor sqrt(const Located& x) { return pointwise("sqrt", Function::sqrt, x); }
Tensor rsqrt(const Located& x) { return pointwise("rsqrt", Function::rsqrt, x); }
Tensor tanh(const Located& x) { return pointwise("tanh", Function::tanh, x); }
Tensor sigmoid(const Located& x) { return pointwise("sigmoid", Function::sigmoid, x); }
Tensor relu(const Located& x) { return pointwise("relu", Function::relu, x); }
Tensor gelu(const Located& x) { return pointwise("gelu", Function::gelu, x); }
Tensor erf(const Located& x) { return pointwise("erf", Function::erf, x); }
Tensor sin(const Located& x) { return pointwise("sin", Function::sin, x); }
Tensor cos(const Located& x) { return pointwise("cos", Function::cos, x); }
Tensor floor(const Located& x) { return pointwise("floor", Function::floor, x); }
Tensor abs(const Located& x) { return pointwise("abs", Function::absolute, x); }
Tensor min(const Located& x, const Located& y) { return pointwise("min", Function::minimum, x, y); }
Tensor max(const Located& x, const Located& y) { return pointwise("max", Function::maximum, x, y); }
Tensor where(const Located& condition, const Located& then, const Located& otherwise) {
  return pointwise("where", Function::select, condition, then, otherwise);
}

Tensor einsum(const LocatedText& text, std::span<const Tensor> tensors) {
  Call call("einsum", text.where, tensors);
  return call.result(call.build().einsum(text.text, call.nodes()));
}

Tensor reduce(Reduction kind, const Located& x, std::string_view labels) {
  const std::string_view names[] = {"sum", "max", "min", "mean"};
  Call call(names[static_cast<std::size_t>(kind)], x.where, {x.tensor});
  return call.result(call.build().reduce(kind, call.node(0), labels));
}

Tensor softmax(const Located& x, std::string_view labels, EmptyRow empty) {
  Call call("softmax", x.where, {x.tensor});
  return call.result(call.build().softmax(call.node(0), labels, empty, {}));
}
Tensor softmax(const Located& x, std::string_view labels, const Tensor& sink) {
  Call call("softmax", x.where, {x.tensor, sink});
  return call.result(call.build().softmax(call.node(0), labels, EmptyRow::zero, call.node(1)));
}
Tensor logsumexp(const Located& x, std::string_view labels) {
  Call call("logsumexp", x.where, {x.tensor});
  return call.result(call.build().logsumexp(call.node(0), labels, {}));
}
Tensor logsumexp(const Located& x, std::string_view labels, const Tensor& sink) {
  Call call("logsumexp", x.where, {x.tensor, sink});
  return call.result(call.build().logsumexp(call.node(0), labels, call.node(1)));
}
Tensor layer_norm(const Located& x, std::string_view labels, double epsilon) {
  Call call("layer_norm", x.where, {x.tensor});
  return call.result(call.build().layer_norm(call.node(0), labels, epsilon));
}

Tensor rearrange(const LocatedText& text, const Tensor& x, const LabelExtents& extents) {
  Call call("rearrange", text.where, {x});
  return call.result(call.build().rearrange(text.text, call.node(0), extents));
}
Tensor split(const Located& x, std::string_view label, std::string_view into, const LabelExtents& extents) {
  Call call("split", x.where, {x.tensor});
  return call.result(call.build().split(call.node(0), label, into, extents));
}
Tensor merge(const Located& x, std::string_view labels, std::string_view into) {
  Call call("merge", x.where, {x.tensor});
  return call.result(call.build().merge(call.node(0), labels, into));
}
Tensor permute(const Located& x, std::string_view labels) {
  Call call("permute", x.where, {x.tensor});
  return call.result(call.build().permute(call.node(0), labels));
}
Tensor broadcast(const Located& x, std::string_view labels) {
  Call call("broadcast", x.where, {x.tensor});
  return call.result(call.build().broadcast(call.node(0), labels));
}
Tensor rename(const Located& x, std::string_view from, std::string_view to) {
  Call call("rename", x.where, {x.tensor});
  return call.result(call.build().rename(call.node(0), from, to));
}
Tensor cast(const Located& x, DType dtype) {
  Call call("cast", x.where, {x.tensor});
  return call.result(call.build().cast(call.node(0), dtype));
}
Tensor slice(const Located& x, std::string_view label, const Cut& cut, std::string_view as) {
  Call call("slice", x.where, {x.tensor});
  return call.result(call.build().slice(call.node(0), label, cut, as));
}
Tensor concat(std::span<const Part> parts, const LocatedText& into) {
  std::vector<Tensor> tensors;
  for (const Part& part : parts) tensors.push_back(part.tensor);
  if (parts.empty()) throw ir::fault({}, ErrorCode::bad_program, "concat", origin_of(into.where), "there is nothing to join");
  Call call("concat", into.where, tensors);
  std::vector<ProgramBuilder::Piece> pieces;
  for (std::size_t i = 0; i < parts.size(); ++i) pieces.push_back({call.node(i), parts[i].label});
  return call.result(call.build().concat(pieces, into.text));
}
Tensor gather(const Located& table, std::string_view label, const Tensor& index) {
  Call call("gather", table.where, {table.tensor, index});
  return call.result(call.build().gather(call.node(0), label, call.node(1)));
}

Program::Program() : program_(std::make_shared<ir::Program>()) {}

Tensor Program::input(const LocatedText& name, std::string_view labels) {
  return ProgramAccess::tensor(program_, ProgramBuilder(*program_, "input", origin_of(name.where)).input(name.text, labels));
}
Tensor Program::constant(double number, std::source_location where) {
  return ProgramAccess::tensor(program_, ProgramBuilder(*program_, "constant", origin_of(where)).constant(number));
}
Tensor Program::extent(const LocatedText& label) {
  return ProgramAccess::tensor(program_, ProgramBuilder(*program_, "extent", origin_of(label.where)).extent(label.text));
}
Tensor Program::iota(const LocatedText& label) {
  return ProgramAccess::tensor(program_, ProgramBuilder(*program_, "iota", origin_of(label.where)).iota(label.text));
}

namespace {

void add_output(const SharedProgram& program, const LocatedText& name, const Tensor& x, const std::string_view* labels) {
  const ir::Origin origin = origin_of(name.where);
  ProgramBuilder build(*program, "output", origin);
  if (ProgramAccess::is_number(x)) return build.output(name.text, build.constant(ProgramAccess::number(x)), labels);
  if (common_program("output", origin, {&x, 1}) != program) build.fail("the tensor belongs to another program");
  build.output(name.text, ProgramAccess::node(x), labels);
}

}  // namespace

void Program::output(const LocatedText& name, const Tensor& x) { add_output(program_, name, x, nullptr); }
void Program::output(const LocatedText& name, const Tensor& x, std::string_view labels) { add_output(program_, name, x, &labels); }
void Program::fix(const LocatedText& label, Extent extent) {
  ProgramBuilder(*program_, "fix", origin_of(label.where)).fix(label.text, extent);
}

std::vector<std::string> Program::inputs() const {
  std::vector<std::string> names;
  for (const NodeId id : program_->inputs) names.push_back(program_->nodes[id].name);
  return names;
}
std::vector<std::string> Program::outputs() const {
  std::vector<std::string> names;
  for (const ir::NamedOutput& output : program_->outputs) names.push_back(output.name);
  return names;
}

}  // namespace einc
