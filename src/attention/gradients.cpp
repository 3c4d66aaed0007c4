// gradients.cpp: the gradients of scaled dot product attention, each an einsum of the weights, which are computed again.
// SPDX-License-Identifier: BSD-3-Clause
#include <einc/attention_blocks.hpp>

#include "attention/labels.hpp"
#include "attention/scores.hpp"

namespace einc::attention {

Gradients gradients(Program& program, const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& out, const Tensor& logsumexp,
                    const Tensor& out_gradient, const Scoring& scoring, const ScoreTensors& with, const Labels& labels) {
  using namespace detail;
  if (scoring.function)
    throw Error(ErrorCode::bad_option, "gradients() cannot differentiate a score function", {}, {},
                "write the program of its gradient with the functions of <einc/program.hpp>");
  const Tensor s = scores(program, q, k, scoring, with, labels);
  // A row that saw nothing has the logarithm -inf: its weights are zeros.
  const Tensor p = where(logsumexp == -infinity, 0.0, exp(s - logsumexp));
  const bool drops = with.keep.has_value();
  const Tensor kept = drops ? *with.keep * (1 / (1 - scoring.dropout)) : Tensor(1);
  const Tensor dropped = drops ? p * kept : p;

  const Tensor dv = contract(dropped, out_gradient, v.labels());                     // bhqk,bqhv->bkhv
  const Tensor dw = contract(out_gradient, v, s.labels());                           // bqhv,bkhv->bhqk
  const Tensor dp = drops ? dw * kept : dw;
  // sum over k of p * dp, without a second pass over the keys.
  const LabelList value_labels = without(v.labels(), s.labels());
  const Tensor row = contract(out, out_gradient, without(out.labels(), value_labels));
  Tensor ds = p * (dp - row);
  const Tensor scale = scoring.scale ? program.constant(*scoring.scale) : rsqrt(program.extent(labels.features));
  if (scoring.soft_cap != 0) {
    const Tensor inside = tanh(contract(q, k, common(s.labels(), united(q.labels(), k.labels()))) * scale / scoring.soft_cap);
    ds = ds * (1.0 - inside * inside);
  }
  // Where a score was replaced by a finite number, q and k have no say in it, though its weight may not be 0.
  if (const auto mask = seen(program, scoring, with, labels); mask && scoring.hidden != -infinity) ds = where(*mask, ds, 0.0);
  return {contract(ds, k, q.labels()) * scale, contract(ds, q, k.labels()) * scale, dv};
}

}  // namespace einc::attention
