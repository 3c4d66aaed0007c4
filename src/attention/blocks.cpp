// blocks.cpp: what stands around attention in a network: projections, heads, norms, the small network after it.
// SPDX-License-Identifier: BSD-3-Clause
#include <einc/attention_blocks.hpp>

#include "attention/labels.hpp"

namespace einc::attention {

Tensor linear(const Tensor& x, const Tensor& weight, const std::optional<Tensor>& bias) {
  using namespace detail;
  const LabelList shared = common(x.labels(), weight.labels());
  const Tensor y = contract(x, weight, united(without(x.labels(), shared), without(weight.labels(), shared)));
  return bias ? y + *bias : y;
}

Tensor split_heads(const Tensor& x, std::string_view features, std::string_view into, Extent heads) {
  const detail::LabelList parts = detail::split_labels(into);
  if (parts.size() != 2)
    throw Error(ErrorCode::bad_program, "split_heads() needs two labels, heads and the features of one", std::string(into));
  return split(x, features, into, {{parts.front(), heads}});
}

Tensor combine_heads(const Tensor& x, std::string_view labels, std::string_view into) { return merge(x, labels, into); }

MultiHead multi_head(Program& program, const Tensor& queries, const Tensor& keys, const Tensor& values, const Projections& with,
                     const Scoring& scoring, const ScoreTensors& tensors, const Labels& labels) {
  const Tensor q = linear(queries, with.query, with.query_bias);  // bqa,ahc->bqhc
  const Tensor k = linear(keys, with.key, with.key_bias);         // bkm,mhc->bkhc
  const Tensor v = linear(values, with.value, with.value_bias);   // bkn,nhv->bkhv
  MultiHead result;
  result.heads = scaled_dot_product(program, q, k, v, scoring, tensors, labels);  // bqhc,bkhc->bhqk and bhqk,bkhv->bhqv
  result.out = linear(result.heads.out, with.output, with.output_bias);            // bhqv,hvo->bqo
  return result;
}

Tensor add_norm(const Tensor& x, const Tensor& y, const Tensor& gamma, const Tensor& beta, double epsilon) {
  return layer_norm(x + y, gamma, beta, epsilon);
}

Tensor layer_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, double epsilon) {
  return einc::layer_norm(x, detail::joined(gamma.labels()), epsilon) * gamma + beta;
}

Tensor feed_forward(const Tensor& x, const Tensor& w1, const Tensor& b1, const Tensor& w2, const Tensor& b2, Activation activation) {
  const Tensor hidden = linear(x, w1, b1);
  return linear(activation == Activation::gelu ? gelu(hidden) : relu(hidden), w2, b2);
}

Tensor encoder_layer(Program& program, const Tensor& x, const EncoderLayer& with, const Scoring& scoring, const ScoreTensors& tensors, const Labels& labels) {
  const auto normed = [&](const Tensor& rows, const EncoderLayer::Norm& norm) { return layer_norm(rows, norm.gamma, norm.beta, with.epsilon); };
  const auto attended = [&](const Tensor& rows) {
    const Tensor keys = rename(rows, labels.query, labels.key);
    return multi_head(program, rows, keys, keys, with.attention, scoring, tensors, labels).out;
  };
  const auto fed = [&](const Tensor& rows) { return feed_forward(rows, with.w1, with.b1, with.w2, with.b2, with.activation); };
  if (with.norm_first) {
    const Tensor y = x + attended(normed(x, with.norm1));
    return y + fed(normed(y, with.norm2));
  }
  const Tensor y = normed(x + attended(x), with.norm1);
  return normed(y + fed(y), with.norm2);
}

Tensor stable_softmax(const Tensor& x, std::string_view labels, DType dtype) {
  if (dtype != DType::f32 && dtype != DType::bf16)
    throw Error(ErrorCode::unsupported_dtype, "a stable softmax is taken of f32 or bf16, not of " + std::string(name_of(dtype)), {}, {}, "softmax() takes any element type");
  return dtype == DType::bf16 ? cast(softmax(cast(x, DType::bf16), labels), DType::bf16) : softmax(x, labels);
}

}  // namespace einc::attention
