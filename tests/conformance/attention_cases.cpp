// attention_cases.cpp: known systems of attention with known results, in f64 and f32, streamed and not, through the library;
// and faulty calls that must be refused. EINC_ATTENTION_CASES names another file of the same form.
#include <algorithm>
#include <set>

#include "conformance/attention_errors.hpp"
#include "conformance/attention_ops.hpp"

using namespace einc;
using namespace einc::testing;

namespace {

template <class T>
const std::map<std::string, AttentionOutputs<T> (*)(const AttentionCase<T>&)>& ops() {
  static const std::map<std::string, AttentionOutputs<T> (*)(const AttentionCase<T>&)> all = {
      {"mha_000", mha_000<T>},
      {"split_heads_001", split_heads_001<T>},
      {"mha_001", mha_001<T>},
      {"self_002", self_002<T>},
      {"mha_002", mha_002<T>},
      {"attn_003", attn_003<T>},
      {"attn_003_bf16", attn_003_bf16<T>},
      {"stable_softmax_003", stable_softmax_003<T>},
      {"pool_004", pool_004<T>},
      {"additive_004", additive_004<T>},
      {"sdpa_004", sdpa_004<T>},
      {"mha_004", mha_004<T>},
      {"tanh_004", tanh_004<T>},
      {"attention_layer_004", attention_layer_004<T>},
      {"posenc_004", posenc_004<T>},
      {"addnorm_004", addnorm_004<T>},
      {"ffn_004", ffn_004<T>},
      {"encoder_block_004", encoder_block_004<T>},
      {"decoder_block_004", decoder_block_004<T>},
      {"transformer_004", transformer_004<T>},
      {"sdpa_x", sdpa_x<T>},
      {"rope_x", rope_x<T>},
      {"varlen_x", varlen_x<T>},
      {"paged_x", paged_x<T>},
      {"backward_x", backward_x<T>},
      {"split_kv_x", split_kv_x<T>},
  };
  return all;
}

struct Tolerance {
  double absolute = 0, relative = 0;
};
template <class T>
Tolerance tolerance_of(const Json& json) {
  const std::string op = json.at("op");
  if (op == "attn_003_bf16") return {0.02, 0};
  // One unit in the last place of bf16: a result may be rounded to the other neighbour.
  if (op == "stable_softmax_003" && json.at("config").value("dtype", "f32") == "bf16") return {1e-30, 1.0 / 128};
  if (sizeof(T) == 8) return {1e-12, 0};
  const Json& error = json.at("numpy_f32_max_abs_err");
  return {std::max(1e-5, error.is_null() ? 0 : 16 * error.get<double>()), 0};
}

const std::set<std::string> weights_of_ops = {"weights", "alpha", "scores", "scaled_scores"};

bool asks_weights(const Json& json) {
  if (json.at("op") == "stable_softmax_003") return true;
  for (const auto& [name, value] : json.at("outputs").items())
    if (weights_of_ops.count(name) != 0) return true;
  return false;
}

template <class T>
AttentionCase<T> case_of(const Json& json) {
  AttentionCase<T> c;
  c.config = json.at("config");
  for (const auto& [name, spec] : json.at("inputs").items()) c.inputs.emplace(name, array_of<T>(spec.at("shape").template get<Shape>(), evaluate(spec)));
  return c;
}

// Empty when every way of streaming gives the expected numbers; otherwise the first that does not.
template <class T>
std::string check(const Json& json, Tally& tally) {
  const auto op = ops<T>().find(json.at("op").get<std::string>());
  if (op == ops<T>().end()) return " asks for an op nobody knows: " + json.at("op").get<std::string>();
  const Tolerance tolerance = tolerance_of<T>(json);
  AttentionCase<T> c = case_of<T>(json);
  const std::pair<Stream, const char*> streams[] = {{Stream::forbid, "forbid"}, {Stream::allow, "allow"}, {Stream::require, "require"}};
  for (const auto& [stream, stream_name] : streams) {
    c.options.stream = stream;
    c.weights = stream != Stream::require;
    const std::string how = std::string(" [") + (sizeof(T) == 8 ? "f64" : "f32") + ", stream " + stream_name + "] ";
    try {
      const AttentionOutputs<T> got = op->second(c);
      for (const auto& [name, expected] : json.at("outputs").items()) {
        if (!c.weights && weights_of_ops.count(name) != 0) continue;
        const auto found = got.find(name);
        if (found == got.end()) return how + "gives no output " + name;
        const std::string fault = difference(found->second, expected, tolerance.absolute, tolerance.relative);
        if (!fault.empty()) return how + name + " " + fault;
      }
    } catch (const Error& fault) {
      if (stream != Stream::require || fault.code() != ErrorCode::cannot_stream || !asks_weights(json)) return how + "throws " + fault.what();
      tally.skip("streaming where weights are asked for too");
    } catch (const std::exception& fault) {
      return how + "throws " + fault.what();
    }
  }
  return {};
}

}  // namespace

int main() {
  return conformance_main([] {
    Tally tally;
    const Json file = read_file("EINC_ATTENTION_CASES", "attention_golden.json", "attention-golden/1");
    for (const Json& json : file.at("cases")) {
      std::string fault = check<double>(json, tally);
      if (fault.empty()) fault = check<float>(json, tally);
      fault.empty() ? tally.pass() : tally.fail(json.at("name").get<std::string>() + fault);
    }
    if (file.contains("errors"))
      for (const Json& json : file.at("errors")) {
        const std::string fault = check_error(json);
        fault.empty() ? tally.pass() : tally.fail("the error case `" + json.at("what").get<std::string>() + "` of " + json.at("op").get<std::string>() + fault);
      }
    return tally.finish();
  });
}
