// attention_errors.hpp: faulty calls of the library, made from the few words with which the attention file describes them.
#pragma once

#include <cctype>
#include <cstdio>

#include "conformance/attention_ops.hpp"

namespace einc::testing {

// The number behind a word, as in "heads 4 with embed 6".
inline Extent number_after(const std::string& text, const std::string& word, Extent otherwise) {
  std::size_t at = text.find(word);
  if (at == std::string::npos) return otherwise;
  at += word.size();
  while (at < text.size() && text[at] == ' ') ++at;
  return at < text.size() && std::isdigit(static_cast<unsigned char>(text[at])) != 0 ? std::stoll(text.substr(at)) : otherwise;
}

inline bool says(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

struct FaultyCall {
  const Json& json;
  const std::string what = json.at("what");
  AttentionCase<double> c = {json.at("config"), {}};

  void put(const std::string& name, const Shape& shape) {
    std::vector<double> values(count_of(shape));
    for (std::size_t n = 0; n < values.size(); ++n) values[n] = std::sin(0.1 * static_cast<double>(n));
    c.inputs.insert_or_assign(name, array_of<double>(shape, values));
  }
  void put_all(const std::vector<std::string>& names, const Shape& shape) {
    for (const std::string& name : names) put(name, shape);
  }

  // The ops in the file: each makes a sound call, spoilt at one place.
  void mha_000_() {
    put("X", {3, 4}), put("W_q", {2, 4, 3}), put("W_k", {2, 4, 2}), put("W_v", {2, 4, 3}), put("W_o", {2, 3, 4});
    mha_000(c);
  }
  void mha_001_() {
    const Extent heads = c.get("heads", Extent(4)), width = number_after(what, "embed", heads + 1);
    put("X", {1, 4, width}), put_all({"Wq", "Wk", "Wv", "Wo"}, {width, width});
    mha_001(c);
  }
  void mha_002_() {
    const Extent heads = c.get("num_heads", Extent(2)), width = number_after(what, "d_model", 4 * heads);
    const Extent batch = says(what, "mask") ? 3 : 2, values = says(what, "length") ? 5 : 4;
    put("Q", {batch, 3, width}), put("K", {batch, 4, width}), put("V", {batch, values, width});
    put_all({"W_q", "W_k", "W_v", "W_o"}, {width, width}), put_all({"b_q", "b_k", "b_v", "b_o"}, {width});
    const MultiHeadAttention<double> layer({.heads = heads}, {c["W_q"], c["W_k"], c["W_v"], c["W_o"], c["b_q"], c["b_k"], c["b_v"], c["b_o"]});
    if (says(what, "mask")) put("mask", {batch, 3, 4});
    layer(c["Q"], c["K"], c["V"], {.mask = c["mask"]});
  }
  void attn_003_() {
    const Extent heads = c.get("num_head", Extent(2)), key = c.get("key_dim", 2 * heads) / heads, value = c.get("value_dim", 2 * heads) / heads;
    put("q_data", {2, 3, 6}), put("m_data", {2, 4, 5}), put("mask", {2, 1, 1, 4});
    put("query_w", {6, heads, key}), put("key_w", {5, heads, key}), put("value_w", {5, heads, value});
    put("gating_w", {6, heads, value}), put("gating_b", {heads, value}), put("output_w", {heads, value, 7}), put("output_b", {7});
    if (says(what, "mask")) put("mask", {2, 3, 4});
    const GatedSettings settings{.heads = heads, .key_width = c.get("key_dim", Extent(0)), .value_width = c.get("value_dim", Extent(0))};
    const GatedAttention<double> layer(settings, {c["query_w"], c["key_w"], c["value_w"], c["gating_w"], c["gating_b"], c["output_w"], c["output_b"]});
    layer(c["q_data"], c["m_data"], c["mask"]);
  }
  void stable_softmax_003_() {
    put("logits", {2, 3});
    stable_softmax<double>(c["logits"], c.get("dtype", std::string("f16")));
  }
  void sdpa_004_() {
    const bool lengths = says(what, "length") || says(what, "K and V");
    put("queries", {2, 3, 4}), put("keys", {2, 5, lengths ? 4 : 3}), put("values", {2, lengths ? 6 : 5, 2});
    sdpa_004(c);
  }
  void mha_004_() {
    const Extent heads = c.get("num_heads", Extent(4)), width = number_after(what, "num_hiddens", heads + 1);
    put("queries", {2, 3, width}), put("keys", {2, 4, width}), put("values", {2, 4, width}), put_all({"W_q", "W_k", "W_v", "W_o"}, {width, width});
    mha_004(c);
  }
  void posenc_004_() {
    put("X", {1, 4, number_after(what, "odd d", 5) | 1});
    posenc_004(c);
  }
  void sdpa_x_() {
    const bool lengths = says(what, "length"), width = says(what, "dim") || says(what, "width");
    put("q", {1, 3, 2, 4}), put("k", {1, lengths || width ? 3 : 2, 5, width ? 3 : 4}), put("v", {1, lengths || width ? 3 : 2, lengths ? 6 : 5, 4});
    sdpa_x(c);
  }
  void rope_x_() {
    put("x", {1, 2, 3, 5}), put("pos", {3});
    rope_x(c);
  }
};

// Empty when the call described is refused with an Error.
inline std::string check_error(const Json& json) {
  const std::map<std::string, void (FaultyCall::*)()> calls = {
      {"mha_000", &FaultyCall::mha_000_},   {"mha_001", &FaultyCall::mha_001_},   {"mha_002", &FaultyCall::mha_002_},
      {"attn_003", &FaultyCall::attn_003_}, {"sdpa_004", &FaultyCall::sdpa_004_}, {"stable_softmax_003", &FaultyCall::stable_softmax_003_},
      {"mha_004", &FaultyCall::mha_004_},   {"sdpa_x", &FaultyCall::sdpa_x_},     {"posenc_004", &FaultyCall::posenc_004_},
      {"rope_x", &FaultyCall::rope_x_},
  };
  const auto call = calls.find(json.at("op"));
  if (call == calls.end()) return ": nobody knows how to make such a call";
  FaultyCall faulty{json};
  try {
    (faulty.*call->second)();
  } catch (const Error& error) {
    if (std::getenv("EINC_SHOW_ERRORS") != nullptr) std::printf("%s\n\n", error.what());
    return {};
  } catch (const std::exception& fault) {
    return std::string(" throws what is no Error: ") + fault.what();
  }
  return " is not refused";
}

}  // namespace einc::testing
