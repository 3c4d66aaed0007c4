// attention_keywords.cpp: keyword arguments as the settings, tensors and arrays that take part in scores.
// SPDX-License-Identifier: BSD-3-Clause
#include "python/attention_keywords.hpp"

#include <memory>
#include <utility>

#include <fmt/format.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>

#include "python/program_parts.hpp"

namespace einc::python {
namespace {

std::string type_of(nb::handle value) { return nb::cast<std::string>(nb::str(nb::object(value.type().attr("__name__")))); }

}  // namespace

PythonScore::Reference::~Reference() {
  if (object == nullptr) return;
  const nb::gil_scoped_acquire locked;
  Py_DECREF(object);
}

PythonScore::PythonScore(nb::handle function) : held_(std::make_shared<Reference>()) {
  if (!PyCallable_Check(function.ptr()))
    throw nb::type_error(fmt::format("`function` is called with a score and two positions; a {} cannot be called", type_of(function)).c_str());
  held_->object = nb::borrow(function).release().ptr();
}

Tensor PythonScore::operator()(Tensor score, Tensor query_position, Tensor key_position) const {
  const nb::gil_scoped_acquire locked;
  const nb::object function = nb::borrow(held_->object);
  if (!function.is_valid()) throw nb::type_error("the score function of this layer is gone");
  const nb::object given = function(nb::cast(std::move(score)), nb::cast(std::move(query_position)), nb::cast(std::move(key_position)));
  Tensor result;
  if (!nb::try_cast<Tensor>(given, result)) throw nb::type_error(fmt::format("a score function gives a Tensor, not a {}", type_of(given)).c_str());
  return result;
}

std::shared_ptr<PythonScore::Reference> reference_of(const attention::Scoring& scoring) {
  const auto* function = scoring.function.target<PythonScore>();
  return function == nullptr ? nullptr : function->reference();
}

attention::Align take_align(std::string_view word) {
  if (word == "top_left") return attention::Align::top_left;
  if (word == "bottom_right") return attention::Align::bottom_right;
  throw Error(ErrorCode::bad_option, fmt::format("`{}` is no way to align queries with keys", word), {}, {}, "offered are top_left, bottom_right");
}

attention::Pairing take_pairing(std::string_view word) {
  if (word == "half") return attention::Pairing::half;
  if (word == "interleaved") return attention::Pairing::interleaved;
  throw Error(ErrorCode::bad_option, fmt::format("`{}` is no way to pair features", word), {}, {}, "offered are half, interleaved");
}

attention::Activation take_activation(std::string_view word) {
  if (word == "relu") return attention::Activation::relu;
  if (word == "gelu") return attention::Activation::gelu;
  throw Error(ErrorCode::bad_option, fmt::format("`{}` is no activation", word), {}, {}, "offered are relu, gelu");
}

attention::Scoring take_scoring(Keywords& keywords) {
  attention::Scoring scoring;
  if (keywords.take("scale").is_valid()) scoring.scale = keywords.number("scale", 0);
  scoring.soft_cap = keywords.number("soft_cap", 0);
  if (const nb::handle function = keywords.take("function"); function.is_valid()) scoring.function = PythonScore(function);
  scoring.causal = keywords.flag("causal", false);
  scoring.align = take_align(keywords.word("align", "top_left"));
  if (const nb::handle window = keywords.take("window"); window.is_valid()) {
    std::pair<Extent, Extent> width;
    if (!nb::try_cast<std::pair<Extent, Extent>>(window, width))
      throw nb::type_error(fmt::format("`window` is (left, right), two whole numbers, not {}", nb::cast<std::string>(nb::repr(window))).c_str());
    scoring.window = attention::Window{width.first, width.second};
  }
  scoring.hidden = keywords.number("hidden", -infinity);
  scoring.empty_row = take_empty_row(keywords.word("empty_row", "zero"));
  scoring.dropout = keywords.number("dropout", 0);
  return scoring;
}

Tensor take_tensor(const char* name, nb::handle value) {
  Tensor tensor;
  if (!nb::try_cast<Tensor>(value, tensor))
    throw nb::type_error(
        fmt::format("`{}` is a Tensor here, not a {}: an array takes part as an input of the program", name, type_of(value)).c_str());
  return tensor;
}

std::optional<Tensor> take_optional_tensor(const char* name, nb::handle value) {
  if (!value.is_valid() || value.is_none()) return std::nullopt;
  return take_tensor(name, value);
}

attention::ScoreTensors take_score_tensors(Keywords& keywords) {
  const auto tensor = [&](const char* name) { return take_optional_tensor(name, keywords.take(name)); };
  attention::ScoreTensors tensors;
  tensors.bias = tensor("bias"), tensors.slopes = tensor("slopes"), tensors.mask = tensor("mask");
  tensors.valid_length = tensor("valid_length"), tensors.sink = tensor("sink"), tensors.keep = tensor("keep");
  if (const nb::handle at = keywords.take("at"); at.is_valid()) {
    attention::Positions positions;
    if (!nb::try_cast<attention::Positions>(at, positions)) throw nb::type_error(fmt::format("`at` is a Positions, not a {}", type_of(at)).c_str());
    tensors.at = positions;
  }
  return tensors;
}

attention::Labels take_labels(Keywords& keywords) {
  const nb::handle labels = keywords.take("labels");
  if (!labels.is_valid()) return {};
  attention::Labels taken;
  if (!nb::try_cast<attention::Labels>(labels, taken)) throw nb::type_error(fmt::format("`labels` is a Labels, not a {}", type_of(labels)).c_str());
  return taken;
}

void add_score_arguments(Arguments& arguments, Keywords& keywords) {
  for (const char* name : {"mask", "keep", "valid_length"}) arguments.push_back({name, keywords.take(name), Role::counts});
  for (const char* name : {"bias", "slopes", "sink"}) arguments.push_back({name, keywords.take(name)});
}

}  // namespace einc::python
