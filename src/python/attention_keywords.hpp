// attention_keywords.hpp: keyword arguments as the settings, tensors and arrays that take part in scores.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include <einc/attention_arrays.hpp>

#include "python/keywords.hpp"
#include "python/named_arrays.hpp"

namespace einc::python {

// A callable of Python as a score function. Called while a program is compiled, on a thread that may have given the interpreter's lock
// away; copied and dropped on such ones too. Copies share one reference.
class PythonScore {
 public:
  explicit PythonScore(nb::handle function);
  Tensor operator()(Tensor score, Tensor query_position, Tensor key_position) const;

  // For the collector of cycles: a function often sees, among its globals, the layer that it belongs to.
  struct Reference {
    PyObject* object = nullptr;
    ~Reference();
  };
  const std::shared_ptr<Reference>& reference() const { return held_; }

 private:
  std::shared_ptr<Reference> held_;
};

// What a layer owns of its score function; null when it has none.
std::shared_ptr<PythonScore::Reference> reference_of(const attention::Scoring& scoring);

// Slots of a class of Python whose Layer has such a `function`: it takes part in the collection of cycles.
template <class Layer>
const PyType_Slot* collected() {
  static PyType_Slot slots[] = {{Py_tp_traverse, reinterpret_cast<void*>(+[](PyObject* self, visitproc visit, void* arg) -> int {
                                   Py_VISIT(Py_TYPE(self));
                                   if (!nb::inst_ready(self)) return 0;
                                   if (const auto& function = nb::inst_ptr<Layer>(self)->function) Py_VISIT(function->object);
                                   return 0;
                                 })},
                                {Py_tp_clear, reinterpret_cast<void*>(+[](PyObject* self) -> int {
                                   if (!nb::inst_ready(self)) return 0;
                                   if (const auto& function = nb::inst_ptr<Layer>(self)->function) Py_CLEAR(function->object);
                                   return 0;
                                 })},
                                {0, nullptr}};
  return slots;
}

// scale, soft_cap, function, causal, align, window, hidden, empty_row, dropout.
attention::Scoring take_scoring(Keywords& keywords);

// bias, slopes, mask, valid_length, sink, keep as Tensors or numbers, at as Positions.
attention::ScoreTensors take_score_tensors(Keywords& keywords);

// The same as arrays; and, by their names, from the arrays of the call.
void add_score_arguments(Arguments& arguments, Keywords& keywords);
template <class T>
attention::ScoreArrays<T> score_arrays(const NamedArrays& arrays) {
  return {.mask = arrays.get<T>("mask"),
          .bias = arrays.get<T>("bias"),
          .keep = arrays.get<T>("keep"),
          .valid_length = arrays.get<T>("valid_length"),
          .slopes = arrays.get<T>("slopes"),
          .sink = arrays.get<T>("sink")};
}

attention::Labels take_labels(Keywords& keywords);  // labels=Labels(...)

attention::Align take_align(std::string_view word);      // "top_left", "bottom_right". Throws Error (bad_option)
attention::Pairing take_pairing(std::string_view word);  // "half", "interleaved"
attention::Activation take_activation(std::string_view word);  // "relu", "gelu"

// What Python's None and Tensors are for a parameter that may be left out.
std::optional<Tensor> take_optional_tensor(const char* name, nb::handle value);
Tensor take_tensor(const char* name, nb::handle value);

}  // namespace einc::python
