// attention_ops.hpp: how each system of the attention file is asked of the library: one function an `op`, found by its name.
#pragma once

#include <functional>
#include <iterator>

#include "conformance/attention_case.hpp"

namespace einc::testing {

using namespace attention;

// Runs a program on inputs of the case, given by name and labels.
template <class T>
AttentionOutputs<T> run_program(const AttentionCase<T>& c, const std::vector<std::pair<std::string, std::string>>& inputs,
                                const std::function<void(Program&, std::map<std::string, Tensor>&)>& build) {
  Program program;
  std::map<std::string, Tensor> tensors;
  std::vector<Shape> shapes;
  std::vector<ArrayRef> refs;
  for (const auto& [name, labels] : inputs) {
    const Array<T>& array = c.inputs.at(name);
    tensors.emplace(name, program.input(name, labels));
    shapes.push_back(array.extents());
    refs.push_back({array.data(), dtype_of<T>, array.extents(), array.strides()});
  }
  build(program, tensors);
  Options options = c.options;
  options.dtype = dtype_of<T>;
  const Compiled compiled = compile(program, shapes, options);
  AttentionOutputs<T> outputs;
  std::vector<OutputRef> outs;
  std::vector<Array<T>> arrays;
  arrays.reserve(compiled.shapes().size());
  for (const Shape& shape : compiled.shapes()) {
    Array<T>& array = arrays.emplace_back(shape);
    outs.push_back({array.data(), dtype_of<T>, array.extents(), array.strides()});
  }
  compiled.run(refs, outs);
  const std::vector<std::string> names = program.outputs();
  for (std::size_t n = 0; n < names.size(); ++n) outputs.emplace(names[n], std::move(arrays[n]));
  return outputs;
}

// The part of a configuration that says what happens to scores.
template <class T>
Scoring scoring_of(const AttentionCase<T>& c) {
  Scoring scoring;
  if (c.config.contains("scale") && !c.config.at("scale").is_null()) scoring.scale = number_of(c.config.at("scale"));
  scoring.soft_cap = c.get("softcap", 0.0);
  scoring.causal = c.get("causal", false);
  scoring.align = c.get("align", std::string("top_left")) == "bottom_right" ? Align::bottom_right : Align::top_left;
  if (c.config.contains("window") && !c.config.at("window").is_null())
    scoring.window = Window{c.config.at("window").at(0).template get<Extent>(), c.config.at("window").at(1).template get<Extent>()};
  scoring.dropout = c.get("dropout_p", 0.0);
  return scoring;
}

template <class T>
AttentionOutputs<T> mha_000(const AttentionCase<T>& c) {
  const bool sum = c.get("combine", std::string("concat")) == "sum";
  const PerHeadAttention<T> layer({c["W_q"], c["W_k"], c["W_v"], c["W_o"]}, sum ? Combine::sum : Combine::concat, c.options);
  auto result = layer.compute(c["X"], {.weights = c.weights, .heads = !sum});
  AttentionOutputs<T> outputs;
  outputs.emplace("out", std::move(result.out));
  if (c.weights) outputs.emplace("weights", std::move(result.weights));
  if (!sum) outputs.emplace("projected", std::move(result.projected));
  return outputs;
}

template <class T>
AttentionOutputs<T> split_heads_001(const AttentionCase<T>& c) {
  return run_program<T>(c, {{"X", "bse"}}, [&](Program& p, auto& in) {
    const Tensor heads = split_heads(in["X"], "e", "hd", c.get("heads", Extent(1)));
    p.output("reshaped", heads, "bshd");
    p.output("swapped", permute(heads, "bhsd"));
    p.output("merged", combine_heads(permute(heads, "bhsd"), "hd", "e"), "bse");
  });
}

template <class T>
AttentionOutputs<T> heads_result(MultiHeadResult<T> result, const AttentionCase<T>& c, const char* combined) {
  AttentionOutputs<T> outputs;
  outputs.emplace("out", std::move(result.out));
  if (c.weights) outputs.emplace("weights", std::move(result.weights));
  if (combined != nullptr) outputs.emplace(combined, std::move(result.combined));
  return outputs;
}

template <class T>
AttentionOutputs<T> mha_001(const AttentionCase<T>& c) {
  const MultiHeadAttention<T> layer({.heads = c.get("heads", Extent(1)), .order = WeightOrder::input_output}, {c["Wq"], c["Wk"], c["Wv"], c["Wo"]}, c.options);
  return heads_result(layer.compute(c["X"], c["X"], c["X"], {}, {.weights = c.weights, .heads = true}), c, "concat");
}

template <class T>
AttentionOutputs<T> self_002(const AttentionCase<T>& c) {
  return run_program<T>(c, {{"X", "sd"}, {"W_q", "de"}, {"W_k", "de"}, {"W_v", "de"}}, [&](Program& p, auto& in) {
    const Tensor q = einsum("sd,de->se", in["X"], in["W_q"]), k = einsum("td,de->te", in["X"], in["W_k"]), v = einsum("td,de->te", in["X"], in["W_v"]);
    const Attended attended = scaled_dot_product(p, q, k, v, {}, {}, {.query = "s", .key = "t", .features = "e"});
    p.output("Q", q), p.output("K", k), p.output("V", v), p.output("out", attended.out, "se");
    if (c.weights) p.output("scaled_scores", attended.scores, "st"), p.output("weights", attended.weights, "st");
  });
}

template <class T>
AttentionOutputs<T> mha_002(const AttentionCase<T>& c) {
  const MultiHeadAttention<T> layer({.heads = c.get("num_heads", Extent(1)), .scoring = {.hidden = -1e9}},
                                    {c["W_q"], c["W_k"], c["W_v"], c["W_o"], c["b_q"], c["b_k"], c["b_v"], c["b_o"]}, c.options);
  return heads_result(layer.compute(c["Q"], c["K"], c["V"], {.mask = c.stretched("mask", 4)}, {.weights = c.weights}), c, nullptr);
}

template <class T>
AttentionOutputs<T> with_weights(AttendResult<T> result, const AttentionCase<T>& c, const char* weights = "weights") {
  AttentionOutputs<T> outputs;
  outputs.emplace("out", std::move(result.out));
  if (c.weights) outputs.emplace(weights, std::move(result.weights));
  if (result.logsumexp.rank() > 1) outputs.emplace("lse", std::move(result.logsumexp));
  return outputs;
}

template <class T>
AttentionOutputs<T> gated(const AttentionCase<T>& c, bool bf16) {
  const GatedSettings settings{.heads = c.get("num_head", Extent(1)),
                               .key_width = c.get("key_dim", Extent(0)),
                               .value_width = c.get("value_dim", Extent(0)),
                               .gating = c.get("gating", true),
                               .round_bf16 = bf16};
  const GatedAttention<T> layer(settings, {c["query_w"], c["key_w"], c["value_w"], c["gating_w"], c["gating_b"], c["output_w"], c["output_b"]}, c.options);
  return with_weights(layer.compute(c["q_data"], c["m_data"], c.stretched("mask", 4), c["nonbatched_bias"], {.weights = c.weights}), c);
}
template <class T>
AttentionOutputs<T> attn_003(const AttentionCase<T>& c) { return gated(c, false); }
template <class T>
AttentionOutputs<T> attn_003_bf16(const AttentionCase<T>& c) { return gated(c, true); }

template <class T>
AttentionOutputs<T> one(Array<T> out) {
  AttentionOutputs<T> outputs;
  outputs.emplace("out", std::move(out));
  return outputs;
}

template <class T>
AttentionOutputs<T> stable_softmax_003(const AttentionCase<T>& c) { return one(stable_softmax<T>(c["logits"], c.get("dtype", std::string("f32")), c.options)); }

template <class T>
AttentionOutputs<T> pool_004(const AttentionCase<T>& c) {
  return with_weights(attention_pooling<T>(c["scores"], c["V"], {.weights = c.weights}, c.options), c, "alpha");
}

template <class T>
AttentionOutputs<T> additive_004(const AttentionCase<T>& c) {
  const AdditiveAttention<T> layer({c["W_q"], c["W_k"], c["w_v"]}, c.options);
  auto result = layer.compute(c["queries"], c["keys"], c["values"], c["valid_lens"], {.weights = c.weights});
  AttentionOutputs<T> outputs = one(std::move(result.out));
  if (c.weights) outputs.emplace("weights", std::move(result.weights)), outputs.emplace("scores", std::move(result.scores));
  return outputs;
}

template <class T>
AttentionOutputs<T> sdpa_004(const AttentionCase<T>& c) {
  return with_weights(
      attend_all<T>(c["queries"], c["keys"], c["values"], {.hidden = -1e6}, {.valid_length = c["valid_lens"]}, {.weights = c.weights}, c.options), c);
}

template <class T>
AttentionOutputs<T> mha_004(const AttentionCase<T>& c) {
  const MultiHeadAttention<T> layer({.heads = c.get("num_heads", Extent(1)), .scoring = {.hidden = -1e6}}, {c["W_q"], c["W_k"], c["W_v"], c["W_o"]}, c.options);
  return heads_result(layer.compute(c["queries"], c["keys"], c["values"], {.valid_length = c["valid_lens"]}, {.weights = c.weights}), c, nullptr);
}

template <class T>
AttentionOutputs<T> layer_result(AttentionLayerResult<T> result, const AttentionCase<T>& c, const char* rows) {
  AttentionOutputs<T> outputs;
  outputs.emplace(rows, std::move(result.rows));
  outputs.emplace("global_feature", std::move(result.global));
  if (c.weights) outputs.emplace("weights", std::move(result.weights));
  return outputs;
}
template <class T>
AttentionOutputs<T> tanh_004(const AttentionCase<T>& c) {
  const AttentionLayer<T> layer({c["W_q"], c["W_k"], c["W_v"]}, true, c.options);
  return layer_result(layer(c["X"], {.weights = c.weights}), c, "out");
}
template <class T>
AttentionOutputs<T> attention_layer_004(const AttentionCase<T>& c) {
  const AttentionLayer<T> layer({c["Q_w"], c["K_w"], c["V_w"], c["Q_b"], c["K_b"], c["V_b"]}, false, c.options);
  return layer_result(layer(c["x"], {.weights = c.weights}), c, "z");
}

template <class T>
AttentionOutputs<T> posenc_004(const AttentionCase<T>& c) { return one(add_positions<T>(c["X"], c.options)); }
template <class T>
AttentionOutputs<T> addnorm_004(const AttentionCase<T>& c) { return one(add_norm<T>(c["X"], c["Y"], c["gamma"], c["beta"], c.options)); }
template <class T>
AttentionOutputs<T> ffn_004(const AttentionCase<T>& c) { return one(feed_forward<T>(c["X"], c["W1"], c["b1"], c["W2"], c["b2"], c.options)); }

template <class T>
EncoderBlockWeights<T> encoder_weights(const AttentionCase<T>& c, const std::string& p) {
  return {{c[p + "W_q"], c[p + "W_k"], c[p + "W_v"], c[p + "W_o"]},
          {c[p + "W1"], c[p + "b1"], c[p + "W2"], c[p + "b2"]},
          {c[p + "ln1_g"], c[p + "ln1_b"]},
          {c[p + "ln2_g"], c[p + "ln2_b"]}};
}
template <class T>
DecoderBlockWeights<T> decoder_weights(const AttentionCase<T>& c, const std::string& p) {
  return {{c[p + "W_q"], c[p + "W_k"], c[p + "W_v"], c[p + "W_o"]}, {c[p + "C_q"], c[p + "C_k"], c[p + "C_v"], c[p + "C_o"]},
          {c[p + "W1"], c[p + "b1"], c[p + "W2"], c[p + "b2"]},     {c[p + "ln1_g"], c[p + "ln1_b"]},
          {c[p + "ln2_g"], c[p + "ln2_b"]},                         {c[p + "ln3_g"], c[p + "ln3_b"]}};
}

template <class T>
AttentionOutputs<T> encoder_block_004(const AttentionCase<T>& c) {
  return one(EncoderBlock<T>(c.get("num_heads", Extent(1)), encoder_weights(c, ""), c.options)(c["X"], c["valid_lens"]));
}

template <class T>
AttentionOutputs<T> decoder_block_004(const AttentionCase<T>& c) {
  const DecoderBlock<T> block(c.get("num_heads", Extent(1)), decoder_weights(c, ""), c.options);
  if (c.get("mode", std::string("train")) == "train") return one(block(c["X"], c["enc"], c["enc_valid_lens"]));
  const Array<T>& x = c.inputs.at("X");
  const Extent batch = x.extents()[0], length = x.extents()[1], width = x.extents()[2];
  Array<T> all(x.extents());
  auto past = block.begin(c["enc"]);
  for (Extent t = 0; t < length; ++t) {
    const TensorView<const T> token(x.data() + t * width, {batch, 1, width}, x.strides());
    const Array<T> out = block.step(token, past, c["enc_valid_lens"]);
    for (Extent b = 0; b < batch; ++b)
      for (Extent e = 0; e < width; ++e)
        all[static_cast<std::size_t>((b * length + t) * width + e)] = out[static_cast<std::size_t>(b * width + e)];
  }
  return one(std::move(all));
}

template <class T>
AttentionOutputs<T> transformer_004(const AttentionCase<T>& c) {
  TransformerWeights<T> weights{c["src_emb"], c["tgt_emb"], {}, {}, c["out_w"], c["out_b"]};
  for (Extent n = 0; n < c.get("num_blks", Extent(1)); ++n) {
    weights.encoder.push_back(encoder_weights(c, "e" + std::to_string(n) + "_"));
    weights.decoder.push_back(decoder_weights(c, "d" + std::to_string(n) + "_"));
  }
  const Transformer<T> transformer(c.get("num_heads", Extent(1)), std::move(weights), c.options);
  AttentionOutputs<T> outputs;
  Array<T> encoded = transformer.encode(c["src"], c["src_valid_lens"]);
  outputs.emplace("logits", transformer.decode(c["tgt"], encoded, c["src_valid_lens"]));
  outputs.emplace("enc", std::move(encoded));
  return outputs;
}

template <class T>
AttentionOutputs<T> sdpa_x(const AttentionCase<T>& c) {
  const ScoreArrays<T> with{.mask = c.stretched("mask", 4),
                            .bias = c.stretched("bias", 4),
                            .keep = c.stretched("keep", 4),
                            .slopes = c["alibi"],
                            .sink = c["sink"]};
  const Wanted wanted{.weights = c.weights && c.config.contains("weights"), .logsumexp = true};
  auto result = attend_all<T>(c["q"], c["k"], c["v"], scoring_of(c), with, wanted, c.options);
  AttentionOutputs<T> outputs = one(std::move(result.out));
  outputs.emplace("lse", std::move(result.logsumexp));
  return outputs;
}

template <class T>
AttentionOutputs<T> rope_x(const AttentionCase<T>& c) {
  const Pairing pairing = c.get("style", std::string("half")) == "half" ? Pairing::half : Pairing::interleaved;
  return one(rotary<T>(c["x"], c["pos"], pairing, c.get("base", 10000.0), c.options));
}

template <class T>
AttentionOutputs<T> varlen_x(const AttentionCase<T>& c) {
  return one(attend_packed<T>(c["q"], c["k"], c["v"], c["cu_q"], c["cu_k"], scoring_of(c), c.options));
}

template <class T>
AttentionOutputs<T> paged_x(const AttentionCase<T>& c) {
  return one(attend_paged<T>(c["q"], c["k_pages"], c["v_pages"], c["block_table"], c["seqlens"], scoring_of(c), c.options));
}

template <class T>
AttentionOutputs<T> backward_x(const AttentionCase<T>& c) {
  auto result = attend_gradients<T>(c["q"], c["k"], c["v"], c["dout"], scoring_of(c), {}, c.options);
  AttentionOutputs<T> outputs = one(std::move(result.out));
  outputs.emplace("dq", std::move(result.q)), outputs.emplace("dk", std::move(result.k)), outputs.emplace("dv", std::move(result.v));
  return outputs;
}

// Copies arrays of one shape into one array, one behind the other.
template <class T>
Array<T> stacked(AttentionOutputs<T>& outputs, const std::string& name, std::size_t count) {
  Shape shape = outputs.at(name + "0").extents();
  shape.insert(shape.begin(), static_cast<Extent>(count));
  Array<T> all(shape);
  T* to = all.data();
  for (std::size_t n = 0; n < count; ++n) {
    const Array<T>& part = outputs.at(name + std::to_string(n));
    to = std::copy(part.data(), part.data() + part.size(), to);
  }
  return all;
}

template <class T>
AttentionOutputs<T> split_kv_x(const AttentionCase<T>& c) {
  const auto cuts = c.config.at("cuts").template get<std::vector<Extent>>();
  const std::size_t count = cuts.size() - 1;
  AttentionOutputs<T> outputs = run_program<T>(c, {{"q", "qc"}, {"k", "kc"}, {"v", "kv"}}, [&](Program& p, auto& in) {
    Partial all;
    for (std::size_t n = 0; n < count; ++n) {
      const std::string number = std::to_string(n), part = "[part" + number + "]";
      const Labels labels{.key = part};
      const Cut cut{cuts[n], cuts[n + 1]};
      const Tensor s = scores(p, in["q"], slice(in["k"], "k", cut, part), scoring_of(c), {}, labels);
      const Partial here = partial(s, slice(in["v"], "k", cut, part), labels);
      p.output("m" + number, here.highest), p.output("l" + number, here.sum), p.output("acc" + number, here.weighted, "qv");
      all = n == 0 ? here : merge_partials(all, here);
    }
    p.output("out", finish(all), "qv");
    p.output("lse", logsumexp_of(all));
  });
  for (const char* name : {"m", "l", "acc"}) outputs.emplace(name, stacked(outputs, name, count));
  return outputs;
}

}  // namespace einc::testing
