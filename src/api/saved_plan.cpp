// SPDX-License-Identifier: BSD-3-Clause
#include "api/saved_plan.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include <einc/cpu.hpp>
#include <einc/program.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "api/compiled_state.hpp"
#include "api/describe.hpp"

namespace einc::api {
namespace {

using Json = nlohmann::ordered_json;

constexpr Objective objectives[] = {Objective::seconds, Objective::flops, Objective::size, Objective::write};
constexpr Algebra algebras[] = {Algebra::plus_times, Algebra::max_plus, Algebra::min_plus, Algebra::or_and, Algebra::log_sum_exp, Algebra::count, Algebra::custom};

[[noreturn]] void refuse(std::string sentence, std::string hint = {}) { throw Error(ErrorCode::bad_plan, std::move(sentence), {}, {}, std::move(hint)); }

// One field of the plan, and how to call it in a message.
class Field {
 public:
  Field(const Json& value, std::string name) : value_(value), name_(std::move(name)) {}

  const Json& value() const { return value_; }
  bool has(const char* key) const { return value_.is_object() && value_.contains(key); }
  Field operator[](const char* key) const {
    const std::string name = name_.empty() ? key : fmt::format("{}.{}", name_, key);
    if (!has(key)) refuse(fmt::format("the plan has no field `{}`", name), made_by);
    return {value_.at(key), name};
  }
  std::vector<Field> list() const {
    if (!value_.is_array()) wrong("a list");
    std::vector<Field> fields;
    for (std::size_t i = 0; i < value_.size(); ++i) fields.emplace_back(value_[i], fmt::format("{}[{}]", name_, i));
    return fields;
  }
  std::string text() const {
    if (!value_.is_string()) wrong("a text");
    return value_.get<std::string>();
  }
  bool truth() const {
    if (!value_.is_boolean()) wrong("true or false");
    return value_.get<bool>();
  }
  double number() const {
    if (value_ == "inf" || value_ == "-inf") return value_ == "inf" ? infinity : -infinity;
    if (!value_.is_number()) wrong("a number");
    return value_.get<double>();
  }
  template <class T>
  T count() const {
    const bool fits = value_.is_number_unsigned() && value_.get<std::uint64_t>() <= static_cast<std::uint64_t>(std::numeric_limits<T>::max());
    if (!fits) wrong("a whole number, 0 or more");
    return value_.get<T>();
  }
  // One of some values by its name.
  template <class T, class Values, class Name>
  T word(const Values& values, const Name& name) const {
    const std::string given = text();
    for (const T value : values)
      if (name(value) == given) return value;
    refuse(fmt::format("`{}` of the plan is `{}`, which this release does not know", name_, shortened(given)), made_by);
  }
  [[noreturn]] void wrong(std::string_view wanted) const {
    refuse(fmt::format("`{}` of the plan is {}, not {}", name_, shortened(value_.dump(-1, ' ', false, Json::error_handler_t::replace)), wanted), made_by);
  }
  static std::string shortened(const std::string& text) { return text.size() <= 60 ? text : text.substr(0, 57) + "..."; }

  static constexpr double infinity = std::numeric_limits<double>::infinity();
  static constexpr const char* made_by = "plans are written by `einc plan` and `Compiled::plan_json()`; docs/saved_plans.md has the form";

 private:
  const Json& value_;
  std::string name_;
};

std::string_view name_of_accumulate(Accumulate value) { return value == Accumulate::same ? "same" : value == Accumulate::wide ? "wide" : name_of(value.dtype); }
std::string_view name_of_broadcast(Broadcast value) { return value == Broadcast::numpy ? "numpy" : "strict"; }
std::string_view name_of_stream(Stream value) { return value == Stream::allow ? "allow" : value == Stream::require ? "require" : "forbid"; }

std::string_view name_of_objective(Objective value) {
  return value == Objective::seconds ? "seconds" : value == Objective::flops ? "flops" : value == Objective::size ? "size" : "write";
}

// JSON has no infinity.
Json number(double value) {
  if (value == Field::infinity || value == -Field::infinity) return value > 0 ? "inf" : "-inf";
  return value;
}

Json write_options(const Options& options, const compiler::Compilation& compilation) {
  Json json{{"conjugate", compilation.conjugated}, {"accumulate", name_of_accumulate(options.accumulate)}};
  const Semiring& semiring = options.semiring;
  json["semiring"] = {{"algebra", name_of(semiring.algebra)}};
  if (semiring.algebra == Algebra::custom)
    json["semiring"].update({{"name", semiring.name}, {"add", semiring.add}, {"multiply", semiring.multiply}, {"zero", number(semiring.zero)}, {"one", number(semiring.one)}});
  json["broadcast"] = name_of_broadcast(options.broadcast);
  json["sum_ellipsis"] = options.sum_ellipsis;
  json["stream"] = name_of_stream(options.stream);
  return json;
}

void write_slices(Json& json, const Options& options, const compiler::Compilation& compilation) {
  json["slices"] = Json::array();
  for (const slicing::GivenSlice& slice : slicing::name_cuts(compilation.expression, compilation.names)) json["slices"].push_back({{"labels", slice.labels}, {"parts", slice.parts}});
  const ir::Slicing& slicing = compilation.executable.slicing;
  json["slices_per_task"] = slicing.has_partials() ? slicing.slices_per_task : 0;
  json["slices_asked_for"] = options.slices;
  json["most_shared"] = number(compilation.most_shared);
  json["slicing_overhead"] = number(compilation.slicing_overhead);
}

DType read_dtype(const Field& field) {
  std::vector<DType> all;
  for (std::size_t i = 0; i < dtype_count; ++i) all.push_back(static_cast<DType>(i));
  return field.word<DType>(all, [](DType dtype) { return std::string(name_of(dtype)); });
}

Semiring read_semiring(const Field& field) {
  Semiring semiring;
  semiring.algebra = field["algebra"].word<Algebra>(algebras, [](Algebra algebra) { return std::string(name_of(algebra)); });
  if (semiring.algebra != Algebra::custom) return semiring;
  return semiring::custom(field["name"].text(), field["add"].text(), field["multiply"].text(), field["zero"].number(), field["one"].number());
}

Options read_options(const Field& plan, std::size_t operands) {
  const Field field = plan["options"];
  Options options;
  for (const Field& dtype : plan["dtypes"].list()) options.dtypes.push_back(read_dtype(dtype));
  if (options.dtypes.size() != operands) refuse(fmt::format("`dtypes` of the plan has {} entries, and `shapes` {}", options.dtypes.size(), operands), Field::made_by);
  if (!options.dtypes.empty()) options.dtype = options.dtypes[0];
  for (const Field& conjugated : field["conjugate"].list()) options.conjugate.push_back(conjugated.truth());
  if (options.conjugate.size() != operands) refuse(fmt::format("`options.conjugate` of the plan has {} entries, and `shapes` {}", options.conjugate.size(), operands), Field::made_by);
  std::vector<Accumulate> sums{Accumulate::same, Accumulate::wide};
  for (std::size_t i = 0; i < dtype_count; ++i) sums.emplace_back(static_cast<DType>(i));
  options.accumulate = field["accumulate"].word<Accumulate>(sums, name_of_accumulate);
  options.semiring = read_semiring(field["semiring"]);
  options.broadcast = field["broadcast"].word<Broadcast>(std::initializer_list<Broadcast>{Broadcast::strict, Broadcast::numpy}, name_of_broadcast);
  options.sum_ellipsis = field["sum_ellipsis"].truth();
  options.stream = field["stream"].word<Stream>(std::initializer_list<Stream>{Stream::allow, Stream::require, Stream::forbid}, name_of_stream);
  return options;
}

// Of version 1: none.
slicing::GivenSlices read_slices(const Field& plan, int made) {
  slicing::GivenSlices given;
  for (const Field& slice : plan["slices"].list()) {
    if (made == 1) refuse("`slices` of the plan cuts labels into parts, which plans of version 1 do not", Field::made_by);
    slicing::GivenSlice& each = given.cuts.emplace_back();
    for (const Field& label : slice["labels"].list()) each.labels.push_back(label.text());
    each.parts = slice["parts"].count<Extent>();
  }
  if (made == 1) return given;
  given.slices_per_task = plan["slices_per_task"].count<Extent>();
  given.asked_for = plan["slices_asked_for"].count<std::int64_t>();
  given.most_shared = plan["most_shared"].number();
  given.overhead = plan["slicing_overhead"].number();
  return given;
}

ir::ContractionOrder read_order(const Field& field) {
  ir::ContractionOrder order;
  order.arguments = 1;
  for (const Field& step : field.list()) {
    std::vector<std::uint32_t>& places = order.places.emplace_back();
    for (const Field& place : step.list()) places.push_back(place.count<std::uint32_t>());
    if (places.size() < 2) step.wrong("a list of two places or more");
    order.arguments += static_cast<std::uint32_t>(places.size() - 1);
  }
  return order;
}

Json parse(std::string_view text) {
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    refuse(fmt::format("the plan is no JSON: it breaks at byte {} of {}", error.byte, text.size()), Field::made_by);
  }
}

std::string without_blanks(std::string_view text) {
  std::string result(text);
  std::erase_if(result, [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; });
  return result;
}

}  // namespace

std::string write_plan(const detail::CompiledState& state) {
  const compiler::Compilation& compilation = state.compilation();
  const PlanSummary& summary = state.summary;
  const std::string& method = state.saved ? state.saved->method : summary.method;
  std::vector<std::string_view> dtypes;
  for (DType dtype : compilation.operand_dtypes) dtypes.push_back(name_of(dtype));
  Json orders = Json::array();
  for (const ir::ContractionOrder& order : compilation.plan.orders)
    if (order.arguments > 2) orders.push_back(order.places);
  Json json{{"einc_plan", plan_version}, {"release", version()}, {compilation.is_program ? "program" : "einsum", compilation.text}};
  json["shapes"] = compilation.operand_shapes;
  json["dtypes"] = dtypes;
  json["options"] = write_options(state.options, compilation);
  json["method"] = method;
  json["objective"] = name_of_objective(compilation.objective);
  json["orders"] = std::move(orders);
  write_slices(json, state.options, compilation);
  json["memory_limit"] = state.options.memory_limit;
  json["predicted"] = {{"flops", summary.flops}, {"seconds", summary.seconds}, {"run_bytes", summary.run_bytes}, {"threads", summary.threads}, {"isa", summary.isa}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

SavedPlan read_plan(std::string_view text) {
  const Json json = parse(text);
  const Field plan(json, "");
  if (!plan.has("einc_plan")) refuse("this is no saved plan: it has no field `einc_plan`", Field::made_by);
  const int made = plan["einc_plan"].count<int>();
  if (made < oldest_plan_version || made > plan_version)
    refuse(fmt::format("`einc_plan` of the plan is {}, and this release reads {} and {}", made, oldest_plan_version, plan_version),
           made > plan_version ? "it was written by a later release of einc" : Field::made_by);
  SavedPlan saved;
  saved.is_program = plan.has("program");
  saved.text = plan[saved.is_program ? "program" : "einsum"].text();
  for (const Field& shape : plan["shapes"].list()) {
    saved.shapes.emplace_back();
    for (const Field& extent : shape.list()) saved.shapes.back().push_back(extent.count<Extent>());
  }
  saved.options = read_options(plan, saved.shapes.size());
  saved.method = plan["method"].text();
  for (const Field& order : plan["orders"].list()) saved.kept.orders.push_back(read_order(order));
  if (made > 1) saved.kept.objective = plan["objective"].word<Objective>(objectives, name_of_objective);
  if (made > 1) saved.memory_limit = plan["memory_limit"].count<std::int64_t>();
  saved.kept.slices = read_slices(plan, made);
  return saved;
}

Options with_plan(Options options, const SavedPlan* plan) {
  if (plan == nullptr) return options;
  if (options.slices == 0) options.slices = plan->kept.slices.asked_for;
  if (options.memory_limit == 0) options.memory_limit = plan->memory_limit;
  return options;
}

void check_fits(const SavedPlan& plan, std::string_view text, bool is_program, std::span<const bind::Layout> operands) {
  const auto kind = [](bool program) { return program ? "a program" : "an einsum"; };
  if (plan.is_program != is_program) refuse(fmt::format("the plan is of {}, the call of {}", kind(plan.is_program), kind(is_program)));
  if (is_program ? plan.text != text : without_blanks(plan.text) != without_blanks(text)) {
    if (is_program) refuse("`program` of the plan is another program than the call's", "a plan is of one program, as its text is printed, and of one set of shapes");
    refuse(fmt::format("`einsum` of the plan is `{}`, the call has `{}`", Field::shortened(plan.text), Field::shortened(std::string(text))));
  }
  if (plan.shapes.size() != operands.size()) refuse(fmt::format("`shapes` of the plan has {} entries, the call {} operands", plan.shapes.size(), operands.size()));
  for (std::size_t i = 0; i < operands.size(); ++i)
    if (!std::equal(plan.shapes[i].begin(), plan.shapes[i].end(), operands[i].extents.begin(), operands[i].extents.end()))
      refuse(fmt::format("`shapes[{}]` of the plan is {}, operand {} has shape {}", i, detail::shown(plan.shapes[i]), i, detail::shown(operands[i].extents)),
             "a plan is for the shapes it was made for: make one for these");
}

}  // namespace einc::api

namespace einc {

std::string Compiled::plan_json() const { return api::write_plan(*state_); }

Compiled load_plan(std::string_view plan, const Options& options) {
  const api::SavedPlan saved = api::read_plan(plan);
  Options all = options;
  all.plan = plan;
  all.dtype = saved.options.dtype, all.dtypes = saved.options.dtypes, all.conjugate = saved.options.conjugate;
  all.accumulate = saved.options.accumulate, all.semiring = saved.options.semiring;
  all.broadcast = saved.options.broadcast, all.sum_ellipsis = saved.options.sum_ellipsis, all.stream = saved.options.stream;
  return saved.is_program ? compile(Program::parse(saved.text), saved.shapes, all) : compile(saved.text, saved.shapes, all);
}

}  // namespace einc
