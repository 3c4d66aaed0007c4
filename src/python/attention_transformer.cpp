// attention_transformer.cpp: the layers EncoderBlock, TransformerEncoder, DecoderBlock and Transformer.
// SPDX-License-Identifier: BSD-3-Clause
#include <initializer_list>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nanobind/stl/string.h>

#include "python/attention_layers.hpp"
#include "python/attention_parts.hpp"
#include "python/attention_signatures.hpp"
#include "python/called_from.hpp"
#include "python/keywords.hpp"

namespace einc::python {

using namespace nb::literals;
using namespace einc::attention;

namespace {

using Names = std::initializer_list<const char*>;
constexpr Names of_attention = {"query", "key", "value", "output"}, of_feed_forward = {"w1", "b1", "w2", "b2"}, of_norm = {"gamma", "beta"};
constexpr Names of_encoder = {"attention", "feed_forward", "norm1", "norm2"}, beside_encoder = {"attention_bias"},
                of_decoder = {"attention", "cross", "feed_forward", "norm1", "norm2", "norm3"};

// Weights in groups: a group is a dict with the names of its parts, or a tuple or list of them in order.
struct Groups {
  Arguments arguments;
  std::vector<nb::object> held;

  // Those that may be left out come last, and are no objects then.
  std::vector<nb::object> parts(const std::string& name, nb::handle group, Names names, Names optional = {}) const {
    const auto fault = [&] {
      return nb::type_error(fmt::format("`{}` is a dict with {}, or these in a tuple", name, fmt::join(names, ", ")).c_str());
    };
    if (!group.is_valid()) throw fault();
    std::vector<nb::object> found;
    if (PyDict_Check(group.ptr())) {
      for (const char* part : names) {
        const nb::handle value = PyDict_GetItemString(group.ptr(), part);
        if (!value.is_valid()) throw fault();
        found.push_back(nb::borrow(value));
      }
      auto known = static_cast<Py_ssize_t>(names.size());
      for (const char* part : optional) {
        const nb::handle value = PyDict_GetItemString(group.ptr(), part);
        known += value.is_valid();
        found.push_back(nb::borrow(value));
      }
      if (PyDict_Size(group.ptr()) != known) throw fault();
      return found;
    }
    if (!PyTuple_Check(group.ptr()) && !PyList_Check(group.ptr())) throw fault();
    for (nb::handle value : group) found.push_back(nb::borrow(value));
    if (found.size() < names.size() || found.size() > names.size() + optional.size()) throw fault();
    found.resize(names.size() + optional.size());
    return found;
  }
  void add(const std::string& name, nb::handle group, Names names) {
    std::size_t next = 0;
    const std::vector<nb::object> found = parts(name, group, names);
    for (const char* part : names) {
      arguments.push_back({name + "." + part, found[next]});
      held.push_back(found[next++]);
    }
  }
  void add_block(const std::string& prefix, const std::vector<nb::object>& found, Names names, Names optional = {}) {
    std::size_t next = 0;
    for (const std::string name : names)
      add(prefix + name, found[next++], name.starts_with("norm") ? of_norm : name == "feed_forward" ? of_feed_forward : of_attention);
    for (const std::string name : optional)
      if (const nb::object& group = found[next++]; group.is_valid() && !group.is_none()) add(prefix + name, group, of_attention);
  }
  void add_block(Keywords& keywords, Names names, Names optional = {}) {
    std::vector<nb::object> found;
    for (const Names& all : {names, optional})
      for (const char* name : all) found.push_back(nb::borrow(keywords.take(name)));
    add_block("", found, names, optional);
  }
  // A list of blocks, each a dict or a tuple; how many there are.
  std::size_t add_blocks(const std::string& name, nb::handle blocks, Names names, Names optional = {}) {
    if (!blocks.is_valid() || (!PyTuple_Check(blocks.ptr()) && !PyList_Check(blocks.ptr())))
      throw nb::type_error(fmt::format("`{}` is a list of blocks, each a dict with {}", name, fmt::join(names, ", ")).c_str());
    std::size_t count = 0;
    for (nb::handle block : blocks) {
      const std::string own = fmt::format("{}[{}]", name, count++);
      add_block(own + ".", parts(own, block, names, optional), names, optional);
    }
    return count;
  }
};

template <class T>
struct Read {
  const NamedArrays& arrays;
  std::string prefix;

  Given<T> get(const std::string& name) const { return arrays.get<T>(prefix + name); }
  AttentionWeights<T> attention(const std::string& name) const {
    return {get(name + ".query"), get(name + ".key"), get(name + ".value"), get(name + ".output")};
  }
  FeedForwardWeights<T> feed_forward() const {
    return {get("feed_forward.w1"), get("feed_forward.b1"), get("feed_forward.w2"), get("feed_forward.b2")};
  }
  NormWeights<T> norm(const std::string& name) const { return {get(name + ".gamma"), get(name + ".beta")}; }
  EncoderBlockWeights<T> encoder() const {
    return {attention("attention"), feed_forward(), norm("norm1"), norm("norm2"),
            {get("attention_bias.query"), get("attention_bias.key"), get("attention_bias.value"), get("attention_bias.output")}};
  }
  DecoderBlockWeights<T> decoder() const {
    return {attention("attention"), attention("cross"), feed_forward(), norm("norm1"), norm("norm2"), norm("norm3")};
  }
};

// --------------------------------------------------------------------------------------------------------------- blocks

void make_encoder(Held<EncoderBlock>* self, Extent heads, const nb::kwargs& given) {
  Keywords keywords("EncoderBlock", given);
  Groups groups;
  groups.add_block(keywords, of_encoder, beside_encoder);
  const Options options = keywords.options();
  make_layer(self, groups.arguments, [&]<class T>(const NamedArrays& arrays) {
    return EncoderBlock<T>(heads, Read<T>{arrays, ""}.encoder(), options);
  });
}

nb::object call_encoder(const Held<EncoderBlock>& self, nb::handle x, nb::handle valid_length) {
  const NamedArrays arrays({{"x", x}, {"valid_length", valid_length, Role::counts}}, self.dtype());
  return with_element(self.dtype(), [&]<class T>() {
    return handed_over(released([&] { return self.of<T>()(arrays.get<T>("x"), arrays.get<T>("valid_length")); }), arrays.results());
  });
}

void make_encoders(Held<TransformerEncoder>* self, nb::handle layers, const nb::kwargs& given) {
  Keywords keywords("TransformerEncoder", given);
  Groups groups;
  const std::size_t count = groups.add_blocks("layers", layers, of_encoder, beside_encoder);
  if (const nb::handle norm = keywords.take("norm"); norm.is_valid()) groups.add("norm", norm, of_norm);
  const EncoderSettings settings{.heads = keywords.whole("heads", 1),
                                 .activation = take_activation(keywords.word("activation", "relu")),
                                 .norm_first = keywords.flag("norm_first", false),
                                 .epsilon = keywords.number("epsilon", 1e-5),
                                 .scoring = take_scoring(keywords)};
  const Options options = keywords.options();
  make_layer(self, groups.arguments, [&]<class T>(const NamedArrays& arrays) {
    std::vector<EncoderBlockWeights<T>> weights;
    for (std::size_t n = 0; n < count; ++n) weights.push_back(Read<T>{arrays, fmt::format("layers[{}].", n)}.encoder());
    return TransformerEncoder<T>(settings, std::move(weights), Read<T>{arrays, ""}.norm("norm"), options);
  });
  self->function = reference_of(settings.scoring);
}

NamedArrays arrays_of_encoders(const Held<TransformerEncoder>& self, const char* function, nb::handle x, const nb::kwargs& given) {
  Keywords keywords(function, given);
  Arguments arguments = {{"x", x}};
  add_score_arguments(arguments, keywords);
  keywords.end();
  return NamedArrays(arguments, self.dtype());
}

nb::object call_encoders(const Held<TransformerEncoder>& self, nb::handle x, const nb::kwargs& given) {
  const NamedArrays arrays = arrays_of_encoders(self, "TransformerEncoder", x, given);
  return with_element(self.dtype(), [&]<class T>() {
    return handed_over(released([&] { return self.of<T>()(arrays.get<T>("x"), score_arrays<T>(arrays)); }), arrays.results());
  });
}

Compiled compiled_encoders(const Held<TransformerEncoder>& self, nb::handle x, const nb::kwargs& given) {
  const NamedArrays arrays = arrays_of_encoders(self, "compiled", x, given);
  return with_element(self.dtype(), [&]<class T>() { return self.of<T>().compiled(arrays.get<T>("x"), score_arrays<T>(arrays)); });
}

template <class T>
using PastOfDecoder = typename DecoderBlock<T>::Past;
template <class T>
using PastOfTransformer = typename Transformer<T>::Past;
using HeldDecoderPast = Remembered<PastOfDecoder>;
using HeldTransformerPast = Remembered<PastOfTransformer>;

void make_decoder(Held<DecoderBlock>* self, Extent heads, const nb::kwargs& given) {
  Keywords keywords("DecoderBlock", given);
  Groups groups;
  groups.add_block(keywords, of_decoder);
  const Options options = keywords.options();
  make_layer(self, groups.arguments, [&]<class T>(const NamedArrays& arrays) {
    return DecoderBlock<T>(heads, Read<T>{arrays, ""}.decoder(), options);
  });
}

nb::object call_decoder(const Held<DecoderBlock>& self, nb::handle x, nb::handle encoded, nb::handle encoded_length) {
  const NamedArrays arrays({{"x", x}, {"encoded", encoded}, {"encoded_length", encoded_length, Role::counts}}, self.dtype());
  return with_element(self.dtype(), [&]<class T>() {
    return handed_over(released([&] { return self.of<T>()(arrays.get<T>("x"), arrays.get<T>("encoded"), arrays.get<T>("encoded_length")); }),
                       arrays.results());
  });
}

// begin(encoded) of a decoder or a transformer.
template <class HeldPast, template <class> class Layer>
nb::object begin(const Held<Layer>& self, nb::handle encoded) {
  const NamedArrays arrays({{"encoded", encoded}}, self.dtype());
  nb::object made = nb::inst_alloc(nb::type<HeldPast>());
  auto* past = new (nb::inst_ptr<HeldPast>(made)) HeldPast;
  nb::inst_mark_ready(made);
  with_element(self.dtype(), [&]<class T>() {
    alone_with(*past, [&] { past->template of<T>([&] { return self.template of<T>().begin(arrays.get<T>("encoded")); }); });
  });
  return made;
}

nb::object step_decoder(const Held<DecoderBlock>& self, nb::handle x, HeldDecoderPast& past, nb::handle encoded_length) {
  const NamedArrays arrays({{"x", x}, {"encoded_length", encoded_length, Role::counts}}, self.dtype());
  return with_element(self.dtype(), [&]<class T>() {
    return handed_over(alone_with(past, [&] { return self.of<T>().step(arrays.get<T>("x"), past.of<T>(), arrays.get<T>("encoded_length")); }),
                       arrays.results());
  });
}

// ---------------------------------------------------------------------------------------------------------- transformer

void make_transformer(Held<Transformer>* self, Extent heads, const nb::kwargs& given) {
  Keywords keywords("Transformer", given);
  Groups groups;
  for (const char* name : {"source_embedding", "target_embedding", "output", "output_bias"}) groups.arguments.push_back({name, keywords.take(name)});
  const std::size_t encoders = groups.add_blocks("encoder", keywords.take("encoder"), of_encoder, beside_encoder),
                    decoders = groups.add_blocks("decoder", keywords.take("decoder"), of_decoder);
  const Options options = keywords.options();
  make_layer(self, groups.arguments, [&]<class T>(const NamedArrays& arrays) {
    TransformerWeights<T> weights{arrays.get<T>("source_embedding"), arrays.get<T>("target_embedding"), {}, {},
                                  arrays.get<T>("output"),           arrays.get<T>("output_bias")};
    for (std::size_t n = 0; n < encoders; ++n) weights.encoder.push_back(Read<T>{arrays, fmt::format("encoder[{}].", n)}.encoder());
    for (std::size_t n = 0; n < decoders; ++n) weights.decoder.push_back(Read<T>{arrays, fmt::format("decoder[{}].", n)}.decoder());
    return Transformer<T>(heads, std::move(weights), options);
  });
}

nb::object encode(const Held<Transformer>& self, nb::handle source, nb::handle source_length) {
  const NamedArrays arrays({{"source", source, Role::counts}, {"source_length", source_length, Role::counts}}, self.dtype());
  return with_element(self.dtype(), [&]<class T>() {
    return handed_over(released([&] { return self.of<T>().encode(arrays.get<T>("source"), arrays.get<T>("source_length")); }), arrays.results());
  });
}

nb::object decode(const Held<Transformer>& self, nb::handle target, nb::handle encoded, nb::handle source_length) {
  const NamedArrays arrays({{"target", target, Role::counts}, {"encoded", encoded}, {"source_length", source_length, Role::counts}}, self.dtype());
  return with_element(self.dtype(), [&]<class T>() {
    return handed_over(
        released([&] { return self.of<T>().decode(arrays.get<T>("target"), arrays.get<T>("encoded"), arrays.get<T>("source_length")); }),
        arrays.results());
  });
}

nb::object step_transformer(const Held<Transformer>& self, nb::handle target, HeldTransformerPast& past, nb::handle source_length) {
  const NamedArrays arrays({{"target", target, Role::counts}, {"source_length", source_length, Role::counts}}, self.dtype());
  return with_element(self.dtype(), [&]<class T>() {
    return handed_over(alone_with(past, [&] { return self.of<T>().step(arrays.get<T>("target"), past.of<T>(), arrays.get<T>("source_length")); }),
                       arrays.results());
  });
}

Extent length_of(HeldTransformerPast& past) {
  return with_element(past.dtype(), [&]<class T>() { return alone_with(past, [&] { return past.of<T>().length; }); });
}

constexpr const char* encoders_documentation =
    "Layers of an encoder, one behind the other, compiled as one program: with the same weights what torch.nn.TransformerEncoder gives.\n\n"
    "layers: a list of dicts with the arguments of EncoderBlock. activation: 'relu' or 'gelu'. norm_first: norms before attention and\n"
    "network (Xiong et al., arXiv:2002.04745), not behind the sums. norm: (gamma, beta) of a norm behind the last layer. Settings of the\n"
    "scores and options are those of attend(). Raises Error when heads do not divide the rows of a matrix, or matrices do not fit together.\n\n"
    ">>> import einc, numpy as np\n"
    ">>> e = np.eye(4); one, zero = np.ones(4), np.zeros(4)\n"
    ">>> layer = dict(attention=(e, e, e, e), feed_forward=(e, zero, e, zero), norm1=(one, zero), norm2=(one, zero))\n"
    ">>> encoder = einc.attention.TransformerEncoder([layer, layer], heads=2, activation='gelu')\n"
    ">>> encoder(np.random.rand(1, 3, 4), valid_length=np.array([2])).shape\n"
    "(1, 3, 4)\n";

constexpr const char* encoder_documentation =
    "y = add_norm(x, attention(x, x, x)); add_norm(y, feed_forward(y)) (arXiv:1706.03762; https://d2l.ai, chapter 11).\n\n"
    "attention: a dict with query, key, value, output, each [e e] (y = x W^T), without biases. feed_forward: w1 [f e], b1 [f], w2 [e f],\n"
    "b2 [e]. norm1, norm2: gamma, beta [e]. attention_bias: query, key, value, output [e], where there are biases. Tuples in this order do\n"
    "as well. Lengths hide scores by -1e6.\n\n"
    ">>> import einc, numpy as np\n"
    ">>> e = np.eye(4); one, zero = np.ones(4), np.zeros(4)\n"
    ">>> block = einc.attention.EncoderBlock(2, attention=(e, e, e, e), feed_forward=(e, zero, e, zero), norm1=(one, zero), norm2=(one, zero))\n"
    ">>> block(np.random.rand(1, 3, 4)).shape\n"
    "(1, 3, 4)\n";

}  // namespace

void bind_transformer(nb::module_& module) {
  nb::class_<Held<EncoderBlock>>(module, "EncoderBlock", encoder_documentation)
      .def("__init__", &make_encoder, "heads"_a, "weights"_a,
           nb::sig(
               "def __init__(self, heads: int, *, attention: object, feed_forward: object, norm1: object, norm2: object, attention_bias: object = None, "
               "**options: object) -> None"))
      .def("__call__", &call_encoder, "x"_a, "valid_length"_a = nb::none(), FromCaller(),
           nb::sig("def __call__(self, x: object, valid_length: object = None) -> object"), "x [b q e], valid_length None, [b] or [b q] -> [b q e].");
  nb::class_<Held<TransformerEncoder>>(module, "TransformerEncoder", nb::type_slots(collected<Held<TransformerEncoder>>()), encoders_documentation)
      .def("__init__", &make_encoders, "layers"_a, "settings"_a,
           nb::sig("def __init__(self, layers: Sequence[object], *, heads: int = 1, activation: str = 'relu', norm_first: bool = False, "
                   "epsilon: float = 1e-05, norm: object = None, " EINC_SCORING_KEYWORDS ", **options: object) -> None"))
      .def("__call__", &call_encoders, "x"_a, "arrays"_a, FromCaller(), nb::sig("def __call__(self, x: object, *, " EINC_ARRAY_KEYWORDS ") -> object"),
           "x [b q e] -> [b q e]. The arrays are those of attend().")
      .def("compiled", &compiled_encoders, "x"_a, "arrays"_a, FromCaller(),
           nb::sig("def compiled(self, x: object, *, " EINC_ARRAY_KEYWORDS ") -> Compiled"),
           "What a call on these arrays runs: print(layer.compiled(x).explain()).");
  nb::class_<HeldDecoderPast>(module, "DecoderPast", "What DecoderBlock.begin() gives and step() extends.");
  nb::class_<Held<DecoderBlock>>(
      module, "DecoderBlock",
      "y = add_norm(x, attention(x, x, x)) where no position sees what comes after it; z = add_norm(y, cross(y, encoded, encoded));\n"
      "add_norm(z, feed_forward(z)). The weights are as those of EncoderBlock.")
      .def("__init__", &make_decoder, "heads"_a, "weights"_a,
           nb::sig("def __init__(self, heads: int, *, attention: object, cross: object, feed_forward: object, norm1: object, norm2: object, norm3: "
                   "object, **options: object) -> None"))
      .def("__call__", &call_decoder, "x"_a, "encoded"_a, "encoded_length"_a = nb::none(), FromCaller(),
           nb::sig("def __call__(self, x: object, encoded: object, encoded_length: object = None) -> object"),
           "All positions at once: x [b q e], encoded [b s e], encoded_length None, [b] or [b q].")
      .def("begin", &begin<HeldDecoderPast, DecoderBlock>, "encoded"_a, FromCaller(), nb::sig("def begin(self, encoded: object) -> DecoderPast"),
           "A past without positions.")
      .def("step", &step_decoder, "x"_a, "past"_a, "encoded_length"_a = nb::none(), FromCaller(),
           nb::sig("def step(self, x: object, past: DecoderPast, encoded_length: object = None) -> object"),
           "A few positions after those the past has seen: gives the rows that a call would, computing only these. encoded_length None or [b].");
  nb::class_<HeldTransformerPast>(module, "TransformerPast", "What Transformer.begin() gives and step() extends.")
      .def_prop_ro("length", &length_of, "How many words it has seen.");
  nb::class_<Held<Transformer>>(
      module, "Transformer",
      "An encoder-decoder (arXiv:1706.03762): words, embedded times sqrt(e) with positions added, through the encoder; and through the\n"
      "decoder to one logit a word.\n\n"
      "source_embedding, target_embedding [v e], each of its own number of words; encoder, decoder: lists of the weights of blocks, as dicts\n"
      "with the arguments of EncoderBlock and DecoderBlock; output [w e], output_bias [w]. Words are whole numbers of any type.")
      .def("__init__", &make_transformer, "heads"_a, "weights"_a,
           nb::sig("def __init__(self, heads: int, *, source_embedding: object, target_embedding: object, encoder: Sequence[object], decoder: "
                   "Sequence[object], output: object, "
                   "output_bias: object = None, **options: object) -> None"))
      .def("encode", &encode, "source"_a, "source_length"_a = nb::none(), FromCaller(),
           nb::sig("def encode(self, source: object, source_length: object = None) -> object"), "[b s], [b] -> [b s e].")
      .def("decode", &decode, "target"_a, "encoded"_a, "source_length"_a = nb::none(), FromCaller(),
           nb::sig("def decode(self, target: object, encoded: object, source_length: object = None) -> object"), "[b q], [b s e], [b] -> [b q w].")
      .def("begin", &begin<HeldTransformerPast, Transformer>, "encoded"_a, FromCaller(),
           nb::sig("def begin(self, encoded: object) -> TransformerPast"), "A past without words.")
      .def("step", &step_transformer, "target"_a, "past"_a, "source_length"_a = nb::none(), FromCaller(),
           nb::sig("def step(self, target: object, past: TransformerPast, source_length: object = None) -> object"),
           "Word after word: logits [b n w] of the words given, after those given before.");
}

}  // namespace einc::python
