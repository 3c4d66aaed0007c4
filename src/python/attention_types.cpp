// attention_types.cpp: the values that blocks of attention take and give: labels, positions, and what follows from scores.
// SPDX-License-Identifier: BSD-3-Clause
#include <string>

#include <fmt/format.h>
#include <nanobind/stl/string.h>

#include <einc/attention_blocks.hpp>

#include "python/attention_parts.hpp"

namespace einc::python {

using namespace nb::literals;
using namespace einc::attention;

void bind_attention_types(nb::module_& module) {
  nb::class_<Labels>(module, "Labels",
                     "The labels that tell queries from keys: of their positions, and of the features that both have. All other labels\n"
                     "(batch, heads) are shared by whoever has them.\n\n"
                     ">>> import einc\n"
                     ">>> einc.attention.Labels(key='t')\n"
                     "<einc.attention.Labels query q, key t, features c>\n")
      .def(
          "__init__",
          [](Labels* self, std::string query, std::string key, std::string features) {
            new (self) Labels{std::move(query), std::move(key), std::move(features)};
          },
          "query"_a = "q", "key"_a = "k", "features"_a = "c")
      .def_ro("query", &Labels::query, "Of the positions of queries.")
      .def_ro("key", &Labels::key, "Of the positions of keys.")
      .def_ro("features", &Labels::features, "Of queries and keys, summed over in the scores.")
      .def("__repr__", [](const Labels& labels) {
        return fmt::format("<einc.attention.Labels query {}, key {}, features {}>", labels.query, labels.key, labels.features);
      });
  nb::class_<Positions>(module, "Positions", "The places of queries and keys as numbers, along q and along k.")
      .def(
          "__init__",
          [](Positions* self, const Tensor& query, const Tensor& key) {
            new (self) Positions{query, key};
          },
          "query"_a, "key"_a)
      .def_ro("query", &Positions::query, "Along q.")
      .def_ro("key", &Positions::key, "Along k.");
  nb::class_<Attended>(module, "Attended", "Scores and what follows from them. What no output asks for is not computed.")
      .def_ro("out", &Attended::out, "The sum over keys of weights * values.")
      .def_ro("weights", &Attended::weights, "Softmax over keys, before dropout.")
      .def_ro("scores", &Attended::scores, "As they enter the softmax.")
      .def_ro("logsumexp", &Attended::logsumexp, "Of the scores, sink included; -inf for an empty row.");
  nb::class_<Gradients>(module, "Gradients", "What gradients() gives.")
      .def_ro("q", &Gradients::q, "Of the loss by q.")
      .def_ro("k", &Gradients::k, "Of the loss by k.")
      .def_ro("v", &Gradients::v, "Of the loss by v.");
  nb::class_<Partial>(module, "Partial", "What is left to know of the keys seen so far (Milakov, Gimelshein, arXiv:1805.02867).")
      .def(
          "__init__",
          [](Partial* self, const Tensor& highest, const Tensor& sum, const Tensor& weighted) {
            new (self) Partial{highest, sum, weighted};
          },
          "highest"_a, "sum"_a, "weighted"_a)
      .def_ro("highest", &Partial::highest, "The largest score.")
      .def_ro("sum", &Partial::sum, "The sum of exp(score - highest).")
      .def_ro("weighted", &Partial::weighted, "The values weighted with exp(score - highest), added up.");
  nb::class_<Packing>(module, "Packing", "Sequences packed one behind the other.")
      .def_ro("at", &Packing::at, "Positions, counted from the start of each sequence.")
      .def_ro("same_sequence", &Packing::same_sequence, "The mask that lets queries see keys of their own sequence.");
  nb::class_<MultiHead>(module, "MultiHead", "What multi_head() gives.")
      .def_ro("out", &MultiHead::out, "After the output projection.")
      .def_ro("heads", &MultiHead::heads, "Each head before the output projection: an Attended.");
}

}  // namespace einc::python
