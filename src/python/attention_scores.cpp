// attention_scores.cpp: scores, masks and averages on Tensors of a program, and attention in parts.
// SPDX-License-Identifier: BSD-3-Clause
#include <optional>
#include <string>

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>

#include <einc/attention_blocks.hpp>

#include "python/attention_keywords.hpp"
#include "python/attention_parts.hpp"
#include "python/attention_signatures.hpp"
#include "python/called_from.hpp"

namespace einc::python {

using namespace nb::literals;
using namespace einc::attention;

namespace {

// What the keyword arguments of a block say.
struct Settings {
  Keywords keywords;
  Scoring scoring;
  ScoreTensors tensors;
  Labels labels;
  Settings(std::string_view function, const nb::kwargs& given)
      : keywords(function, given), scoring(take_scoring(keywords)), tensors(take_score_tensors(keywords)), labels(take_labels(keywords)) {
    keywords.end();
  }
};

constexpr const char* product_documentation =
    "softmax(scale * q k) v (Vaswani et al., arXiv:1706.03762): an Attended.\n\n"
    "q [.. q c], k [.. k c], v [.. k v] with labels in any order; out has the labels of the scores but k, then those of v. A tensor\n"
    "without a label does not vary along it: keys 'bkgc' serve queries 'bqgrc' of r heads a group, and nothing is repeated.\n\n"
    "What happens to scores, in this order:\n"
    "scale: 1 / sqrt(extent of the features) when None. soft_cap: cap * tanh(score / cap). bias: added. slopes: of ALiBi.\n"
    "function: of the score and the positions of query and key, written with Tensors.\n"
    "causal, window=(left, right), valid_length, mask: hide scores; align tells where query 0 stands, `at` the positions themselves.\n"
    "hidden: what replaces a hidden score. sink: one more score a row. empty_row: 'zero', 'uniform', 'nan'.\n"
    "keep, dropout: weights where keep is not 0, divided by 1 - dropout. labels: a Labels, for other names than q, k, c.\n\n"
    ">>> import einc\n"
    ">>> p = einc.Program()\n"
    ">>> q, k, v = p.input('q', 'bqhc'), p.input('k', 'bkhc'), p.input('v', 'bkhv')\n"
    ">>> attended = einc.attention.scaled_dot_product(p, q, k, v, causal=True)\n"
    ">>> p.output('o', attended.out, 'bqhv')\n"
    ">>> attended.weights.labels\n"
    "['b', 'h', 'q', 'k']\n";

}  // namespace

void bind_attention_scores(nb::module_& module) {
  module.def(
      "positions",
      [](Program& p, std::string_view align, const std::optional<Labels>& labels) {
        return positions(p, take_align(align), labels.value_or(Labels{}));
      },
      "program"_a, "align"_a = "top_left", "labels"_a = nb::none(), FromCaller(),
      nb::sig("def positions(program: Program, align: str = 'top_left', labels: Labels | None = None) -> Positions"),
      "The places of queries and keys. 'top_left': query 0 stands at key 0. 'bottom_right': the last query meets the last key.");
  module.def(
      "causal", [](const Positions& at) { return causal(at); }, "at"_a, FromCaller(), "The mask key <= query. Masks are joined with `&`.");
  module.def(
      "window",
      [](const Positions& at, Extent left, Extent right) {
        return window(at, {left, right});
      },
      "at"_a, "left"_a = 0, "right"_a = 0, FromCaller(), "The mask that lets query i see the keys from i - left to i + right, both included.");
  module.def(
      "valid_length",
      [](Program& p, const Tensor& length, const std::optional<Labels>& labels) { return valid_length(p, length, labels.value_or(Labels{})); },
      "program"_a, "length"_a, "labels"_a = nb::none(), FromCaller(),
      nb::sig("def valid_length(program: Program, length: Tensor, labels: Labels | None = None) -> Tensor"), "The mask iota(k) < length.");
  module.def(
      "soft_cap", [](const Tensor& score, double cap) { return soft_cap(score, cap); }, "score"_a, "cap"_a, FromCaller(),
      "cap * tanh(score / cap) (Gemma Team, arXiv:2408.00118).");
  module.def(
      "alibi", [](const Positions& at, const Tensor& slopes) { return alibi(at, slopes); }, "at"_a, "slopes"_a, FromCaller(),
      "slopes * (key - query) (Press et al., arXiv:2108.12409). alibi_slopes() gives the usual slopes.");

  module.def(
      "adjust",
      [](Program& p, const Tensor& of_pairs, const nb::kwargs& given) {
        const Settings settings("adjust", given);
        return adjust(p, of_pairs, settings.scoring, settings.tensors, settings.labels);
      },
      "program"_a, "scores"_a, "settings"_a, FromCaller(),
      nb::sig("def adjust(program: Program, scores: Tensor, "
              "*, " EINC_SCORING_KEYWORDS ", " EINC_TENSOR_KEYWORDS ") -> Tensor"),
      "All that happens to scores but the scale and what comes after the masks; the arguments are those of scaled_dot_product().");
  module.def(
      "scores",
      [](Program& p, const Tensor& q, const Tensor& k, const nb::kwargs& given) {
        const Settings settings("scores", given);
        return scores(p, q, k, settings.scoring, settings.tensors, settings.labels);
      },
      "program"_a, "q"_a, "k"_a, "settings"_a, FromCaller(),
      nb::sig("def scores(program: Program, q: Tensor, k: Tensor, "
              "*, " EINC_SCORING_KEYWORDS ", " EINC_TENSOR_KEYWORDS ") -> Tensor"),
      "scale * sum over c of q k, then adjust(): [.. q k].");
  module.def(
      "pool",
      [](const Tensor& of_pairs, const Tensor& v, const nb::kwargs& given) {
        const Settings settings("pool", given);
        return pool(of_pairs, v, settings.scoring, settings.tensors, settings.labels);
      },
      "scores"_a, "v"_a, "settings"_a, FromCaller(),
      nb::sig("def pool(scores: Tensor, v: Tensor, "
              "*, " EINC_SCORING_KEYWORDS ", " EINC_TENSOR_KEYWORDS ") -> Attended"),
      "Softmax over k of scores, and the average of v it gives: an Attended. Of the arguments, sink, empty_row, keep and dropout count.");
  module.def(
      "scaled_dot_product",
      [](Program& p, const Tensor& q, const Tensor& k, const Tensor& v, const nb::kwargs& given) {
        const Settings settings("scaled_dot_product", given);
        return scaled_dot_product(p, q, k, v, settings.scoring, settings.tensors, settings.labels);
      },
      "program"_a, "q"_a, "k"_a, "v"_a, "settings"_a, FromCaller(),
      nb::sig("def scaled_dot_product(program: Program, q: Tensor, k: Tensor, v: Tensor, "
              "*, " EINC_SCORING_KEYWORDS ", " EINC_TENSOR_KEYWORDS ") -> Attended"),
      product_documentation);
  module.def(
      "additive_scores", [](const Tensor& q, const Tensor& k, const Tensor& w) { return additive_scores(q, k, w); }, "q"_a, "k"_a, "w"_a,
      FromCaller(), "sum over h of w tanh(q + k) (Bahdanau, Cho, Bengio, arXiv:1409.0473). q [.. q h] and k [.. k h] are projected already; w [h].");
  module.def(
      "gradients",
      [](Program& p, const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& out, const Tensor& logsumexp, const Tensor& out_gradient,
         const nb::kwargs& given) {
        const Settings settings("gradients", given);
        return gradients(p, q, k, v, out, logsumexp, out_gradient, settings.scoring, settings.tensors, settings.labels);
      },
      "program"_a, "q"_a, "k"_a, "v"_a, "out"_a, "logsumexp"_a, "out_gradient"_a, "settings"_a, FromCaller(),
      nb::sig("def gradients(program: Program, q: Tensor, k: Tensor, v: Tensor, out: Tensor, logsumexp: Tensor, out_gradient: "
              "Tensor, "
              "*, " EINC_SCORING_KEYWORDS ", " EINC_TENSOR_KEYWORDS ") -> Gradients"),
      "d loss / d q, k, v from d loss / d out, with out and logsumexp as scaled_dot_product() gave them: weights are computed again\n"
      "(Dao, arXiv:2307.08691). Raises Error (bad_option) when there is a function.");

  module.def(
      "partial",
      [](const Tensor& of_pairs, const Tensor& v, const std::optional<Labels>& labels) { return partial(of_pairs, v, labels.value_or(Labels{})); },
      "scores"_a, "v"_a, "labels"_a = nb::none(), FromCaller(),
      nb::sig("def partial(scores: Tensor, v: Tensor, labels: Labels | None = None) -> Partial"),
      "What is left to know of some of the keys. merge_partials() joins such, finish() gives the average.");
  module.def(
      "merge_partials", [](const Partial& x, const Partial& y) { return merge_partials(x, y); }, "x"_a, "y"_a, FromCaller(),
      "Of two sets of keys; in any order and grouping.");
  module.def(
      "merge_partials", [](const Partial& x, const std::string& parts) { return merge_partials(x, parts); }, "x"_a, "parts"_a, FromCaller(),
      "Over a label of partials.");
  module.def(
      "finish", [](const Partial& x) { return finish(x); }, "x"_a, FromCaller(), "weighted / sum, 0 where no key was seen.");
  module.def(
      "logsumexp_of", [](const Partial& x) { return logsumexp_of(x); }, "x"_a, FromCaller(),
      "The logarithm of the sum of exponentials of all scores seen.");
  module.def(
      "packing",
      [](Program& p, const Tensor& query_starts, const Tensor& key_starts, std::string_view align, const std::optional<Labels>& labels) {
        return packing(p, query_starts, key_starts, take_align(align), labels.value_or(Labels{}));
      },
      "program"_a, "query_starts"_a, "key_starts"_a, "align"_a = "top_left", "labels"_a = nb::none(), FromCaller(),
      nb::sig("def packing(program: Program, query_starts: Tensor, key_starts: Tensor, align: str = 'top_left', labels: Labels | None = None) -> "
              "Packing"),
      "Positions and mask of sequences packed one behind the other, as cu_seqlens tells: sequence n is positions starts[n] to starts[n + 1].");
  module.def(
      "paged",
      [](const Tensor& pages, const Tensor& table, std::string page, std::string slot, std::string entry, std::string key) {
        return paged(pages, table, {std::move(page), std::move(slot), std::move(entry), std::move(key)});
      },
      "pages"_a, "table"_a, nb::kw_only(), "page"_a = "p", "slot"_a = "s", "entry"_a = "t", "key"_a = "k", FromCaller(),
      "Keys or values [.. k ..] out of pages [p s ..] of s slots, page table[b t] for positions t * s onwards (Kwon et al., arXiv:2309.06180).\n\n"
      "Entries that are no page, such as -1, give zeros: hide them with valid_length. page, slot, entry, key: other names of the labels.");
}

}  // namespace einc::python
