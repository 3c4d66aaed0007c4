// attention.cpp: the submodule attention, all parts together.
// SPDX-License-Identifier: BSD-3-Clause
#include "python/attention_parts.hpp"
#include "python/attention_results.hpp"
#include "python/bindings.hpp"

namespace einc::python {

void bind_attention(nb::module_& module) {
  nb::module_ attention =
      module.def_submodule("attention", "Attention as programs of einsums: blocks on Tensors, calls on arrays, layers with weights.");
  bind_results(attention);
  bind_attention_types(attention);
  // A name that is both a block and a call takes Tensors first: those of a program are never arrays.
  bind_attention_scores(attention);
  bind_attention_blocks(attention);
  bind_attend(attention);
  bind_small_calls(attention);
  bind_dot_product_layers(attention);
  bind_other_layers(attention);
  bind_transformer(attention);
}

}  // namespace einc::python
