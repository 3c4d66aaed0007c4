// attention_parts.hpp: the parts of bind_attention, each registered by its own file.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <nanobind/nanobind.h>

namespace einc::python {

namespace nb = nanobind;

void bind_attention_types(nb::module_& attention);     // Labels, Positions, Attended ...
void bind_attention_scores(nb::module_& attention);    // scaled_dot_product and its parts, on Tensors
void bind_attention_blocks(nb::module_& attention);    // what stands around it, on Tensors
void bind_attend(nb::module_& attention);              // attend and its kin, on arrays
void bind_small_calls(nb::module_& attention);         // pooling, norms, positions, on arrays
void bind_dot_product_layers(nb::module_& attention);  // DotProductAttention, KeyValueCache, MultiHeadAttention
void bind_other_layers(nb::module_& attention);        // PerHeadAttention, GatedAttention, AdditiveAttention, AttentionLayer
void bind_transformer(nb::module_& attention);         // EncoderBlock, TransformerEncoder, DecoderBlock, Transformer

}  // namespace einc::python
