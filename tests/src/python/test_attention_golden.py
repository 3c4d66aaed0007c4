"""Known systems of attention with known results, from Python: tests/conformance/attention_ops.hpp says the same in C++."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

import einc
from einc import attention

FILE = json.loads((Path(__file__).parents[2] / "conformance/data/attention_golden.json").read_text())
WEIGHTS = {"weights", "alpha", "scores", "scaled_scores"}


def numbers(data):
    """Nested lists with "inf", "-inf" and "nan" among the numbers."""
    return [numbers(part) for part in data] if isinstance(data, list) else float(data)


def evaluate(spec):
    shape, formula = spec["shape"], spec["f"]
    if formula == "lit":
        return np.array(numbers(spec["data"]), float).reshape(shape)
    n = np.arange(math.prod(shape), dtype=float)
    get = spec.get
    values = {
        "sin": lambda: get("off", 0) + get("amp", 1) * np.sin(get("step", 0.1) * n + get("phase", 0)),
        "sinq": lambda: get("off", 0) + get("amp", 1) * np.sin(get("step", 0.1) * n + get("quad", 0.007) * n * n + get("phase", 0)),
        "iota": lambda: get("start", 0) + get("step", 1) * n,
        "const": lambda: np.full(n.shape, float(get("value", 0))),
        "eye": lambda: np.eye(*shape).ravel(),
    }[formula]()
    return values.reshape(shape)


class Case:
    def __init__(self, json, dtype, stream):
        self.config = {name: value for name, value in json["config"].items() if value is not None}
        self.inputs = {name: evaluate(spec).astype(dtype) for name, spec in json["inputs"].items()}
        self.dtype, self.options, self.weights = dtype, {"stream": stream}, stream != "require"

    def __getitem__(self, name):
        return self.inputs.get(name)

    def all(self, *names):
        return [self[name] for name in names]

    def stretched(self, name, rank=4):
        array = self[name]
        return None if array is None else array.reshape((1,) * (rank - array.ndim) + array.shape)

    def get(self, name, otherwise):
        return self.config.get(name, otherwise)

    def run(self, build, **labels):
        """A program on inputs given by name and labels."""
        p = einc.Program()
        build(p, {name: p.input(name, text) for name, text in labels.items()})
        arrays = [self[name] for name in labels]
        return dict(zip(p.outputs, einc.compile(p, *arrays, **self.options).outputs(*arrays)))

    def scoring(self):
        given = {"scale": self.config.get("scale"), "window": self.config.get("window")}
        given["scale"] = None if given["scale"] is None else float(given["scale"])
        return {
            **given,
            "soft_cap": self.get("softcap", 0),
            "causal": self.get("causal", False),
            "align": self.get("align", "top_left"),
            "dropout": self.get("dropout_p", 0),
        }


def with_weights(result, c, name="weights"):
    """The outputs of a call that gives a named tuple when weights are wanted."""
    return {"out": result.out, name: result.weights} if c.weights else {"out": result}


def mha_000(c):
    combine = c.get("combine", "concat")
    result = attention.PerHeadAttention(*c.all("W_q", "W_k", "W_v", "W_o"), combine=combine, **c.options)(c["X"], weights=c.weights, heads=combine == "concat")
    out = result if isinstance(result, np.ndarray) else result.out
    return {"out": out, "weights": getattr(result, "weights", None), "projected": getattr(result, "projected", None)}


def split_heads_001(c):
    def build(p, x):
        heads = attention.split_heads(x["X"], "e", "hd", c.get("heads", 1))
        p.output("reshaped", heads, "bshd")
        p.output("swapped", einc.program.permute(heads, "bhsd"))
        p.output("merged", attention.combine_heads(einc.program.permute(heads, "bhsd"), "hd", "e"), "bse")

    return c.run(build, X="bse")


def mha_001(c):
    layer = attention.MultiHeadAttention(*c.all("Wq", "Wk", "Wv", "Wo"), heads=c.get("heads", 1), order="input_output", **c.options)
    result = layer(c["X"], c["X"], c["X"], weights=c.weights, heads=True)
    return {"out": result.out, "weights": result.weights, "concat": result.combined}


def self_002(c):
    def build(p, x):
        q = einc.einsum("sd,de->se", x["X"], x["W_q"])
        k, v = (einc.einsum("td,de->te", x["X"], x[w]) for w in ("W_k", "W_v"))
        attended = attention.scaled_dot_product(p, q, k, v, labels=attention.Labels("s", "t", "e"))
        p.output("Q", q), p.output("K", k), p.output("V", v), p.output("out", attended.out, "se")
        if c.weights:
            p.output("scaled_scores", attended.scores, "st"), p.output("weights", attended.weights, "st")

    return c.run(build, X="sd", W_q="de", W_k="de", W_v="de")


def mha_002(c):
    biases = dict(zip(("query_bias", "key_bias", "value_bias", "output_bias"), c.all("b_q", "b_k", "b_v", "b_o")))
    layer = attention.MultiHeadAttention(*c.all("W_q", "W_k", "W_v", "W_o"), heads=c.get("num_heads", 1), hidden=-1e9, **biases, **c.options)
    return with_weights(layer(*c.all("Q", "K", "V"), mask=c.stretched("mask"), weights=c.weights), c)


def attn_003(c, bf16=False):
    gates = {"gating": c["gating_w"], "gating_bias": c["gating_b"]} if c.get("gating", True) else {}
    widths = {"key_width": c.get("key_dim", 0), "value_width": c.get("value_dim", 0)}
    layer = attention.GatedAttention(
        *c.all("query_w", "key_w", "value_w", "output_w", "output_b"), heads=c.get("num_head", 1), round_bf16=bf16, **gates, **widths, **c.options
    )
    return with_weights(layer(*c.all("q_data", "m_data"), c.stretched("mask"), c["nonbatched_bias"], weights=c.weights), c)


def additive_004(c):
    result = attention.AdditiveAttention(*c.all("W_q", "W_k", "w_v"), **c.options)(*c.all("queries", "keys", "values", "valid_lens"), weights=c.weights)
    return {**with_weights(result, c), "scores": getattr(result, "scores", None)}


def mha_004(c):
    layer = attention.MultiHeadAttention(*c.all("W_q", "W_k", "W_v", "W_o"), heads=c.get("num_heads", 1), hidden=-1e6, **c.options)
    return with_weights(layer(*c.all("queries", "keys", "values"), valid_length=c["valid_lens"], weights=c.weights), c)


def attention_layer(c, rows, weights, biases, scaled):
    named = {name: c[bias] for name, bias in zip(("query_bias", "key_bias", "value_bias"), biases)}
    result = attention.AttentionLayer(*c.all(*weights), scaled=scaled, **named, **c.options)(c[{"z": "x"}.get(rows, "X")], weights=c.weights)
    return {rows: result.rows, "global_feature": result.global_, "weights": result.weights}


def encoder_weights(c, p=""):
    return {
        "attention": c.all(p + "W_q", p + "W_k", p + "W_v", p + "W_o"),
        "feed_forward": dict(zip(("w1", "b1", "w2", "b2"), c.all(p + "W1", p + "b1", p + "W2", p + "b2"))),
        "norm1": {"gamma": c[p + "ln1_g"], "beta": c[p + "ln1_b"]},
        "norm2": c.all(p + "ln2_g", p + "ln2_b"),
    }


def decoder_weights(c, p=""):
    cross = dict(zip(("query", "key", "value", "output"), c.all(p + "C_q", p + "C_k", p + "C_v", p + "C_o")))
    return {**encoder_weights(c, p), "cross": cross, "norm3": c.all(p + "ln3_g", p + "ln3_b")}


def decoder_block_004(c):
    block = attention.DecoderBlock(c.get("num_heads", 1), **decoder_weights(c), **c.options)
    x, encoded, lengths = c.all("X", "enc", "enc_valid_lens")
    if c.get("mode", "train") == "train":
        return {"out": block(x, encoded, lengths)}
    past = block.begin(encoded)
    return {"out": np.concatenate([block.step(x[:, t : t + 1], past, lengths) for t in range(x.shape[1])], axis=1)}


def transformer_004(c):
    blocks = range(c.get("num_blks", 1))
    model = attention.Transformer(
        c.get("num_heads", 1),
        source_embedding=c["src_emb"],
        target_embedding=c["tgt_emb"],
        encoder=[encoder_weights(c, f"e{n}_") for n in blocks],
        decoder=[decoder_weights(c, f"d{n}_") for n in blocks],
        output=c["out_w"],
        output_bias=c["out_b"],
        **c.options,
    )
    encoded = model.encode(c["src"].astype(int), c["src_valid_lens"])
    past = model.begin(encoded)
    words = c["tgt"].astype(int)
    stepped = np.concatenate([model.step(words[:, t : t + 1], past, c["src_valid_lens"]) for t in range(words.shape[1])], axis=1)
    logits = model.decode(words, encoded, c["src_valid_lens"])
    assert past.length == words.shape[1] and np.allclose(stepped, logits, atol=1e-4)
    return {"enc": encoded, "logits": logits}


def sdpa_x(c):
    arrays = {name: c.stretched(name) for name in ("mask", "bias", "keep")}
    result = attention.attend(*c.all("q", "k", "v"), slopes=c["alibi"], sink=c["sink"], logsumexp=True, **arrays, **c.scoring(), **c.options)
    return {"out": result.out, "lse": result.logsumexp}


def backward_x(c):
    result = attention.attend_gradients(*c.all("q", "k", "v", "dout"), **c.scoring(), **c.options)
    return {"out": result.out, "dq": result.q, "dk": result.k, "dv": result.v}


def split_kv_x(c):
    cuts = c.config["cuts"]
    count = len(cuts) - 1

    def build(p, x):
        total = None
        for n in range(count):
            part = f"[part{n}]"
            labels = attention.Labels(key=part)
            k, v = (einc.program.slice(x[name], "k", cuts[n], cuts[n + 1], as_=part) for name in "kv")
            here = attention.partial(attention.scores(p, x["q"], k, labels=labels, **c.scoring()), v, labels)
            p.output(f"m{n}", here.highest), p.output(f"l{n}", here.sum), p.output(f"acc{n}", here.weighted, "qv")
            total = here if total is None else attention.merge_partials(total, here)
        p.output("out", attention.finish(total), "qv")
        p.output("lse", attention.logsumexp_of(total))

    outputs = c.run(build, q="qc", k="kc", v="kv")
    return {**outputs, **{name: np.stack([outputs[f"{name}{n}"] for n in range(count)]) for name in ("m", "l", "acc")}}


OPS = {
    "mha_000": mha_000,
    "split_heads_001": split_heads_001,
    "mha_001": mha_001,
    "self_002": self_002,
    "mha_002": mha_002,
    "attn_003": attn_003,
    "attn_003_bf16": lambda c: attn_003(c, bf16=True),
    "stable_softmax_003": lambda c: {"out": attention.stable_softmax(c["logits"], c.get("dtype", "f32"), **c.options)},
    "pool_004": lambda c: with_weights(attention.attention_pooling(c["scores"], c["V"], weights=c.weights, **c.options), c, "alpha"),
    "additive_004": additive_004,
    "sdpa_004": lambda c: with_weights(
        attention.attend(*c.all("queries", "keys", "values"), hidden=-1e6, valid_length=c["valid_lens"], weights=c.weights, **c.options), c
    ),
    "mha_004": mha_004,
    "tanh_004": lambda c: attention_layer(c, "out", ("W_q", "W_k", "W_v"), (), True),
    "attention_layer_004": lambda c: attention_layer(c, "z", ("Q_w", "K_w", "V_w"), ("Q_b", "K_b", "V_b"), False),
    "posenc_004": lambda c: {"out": attention.add_positions(c["X"], **c.options)},
    "addnorm_004": lambda c: {"out": attention.add_norm(*c.all("X", "Y", "gamma", "beta"), **c.options)},
    "ffn_004": lambda c: {"out": attention.feed_forward(*c.all("X", "W1", "b1", "W2", "b2"), **c.options)},
    "encoder_block_004": lambda c: {"out": attention.EncoderBlock(c.get("num_heads", 1), **encoder_weights(c), **c.options)(c["X"], c["valid_lens"])},
    "decoder_block_004": decoder_block_004,
    "transformer_004": transformer_004,
    "sdpa_x": sdpa_x,
    "rope_x": lambda c: {"out": attention.rotary(c["x"], c["pos"], c.get("style", "half"), c.get("base", 10000), **c.options)},
    "varlen_x": lambda c: {"out": attention.attend_packed(*c.all("q", "k", "v"), c["cu_q"].astype(np.int32), c["cu_k"].astype(np.int32), **c.scoring(), **c.options)},
    "paged_x": lambda c: {
        "out": attention.attend_paged(*c.all("q", "k_pages", "v_pages"), c["block_table"].astype(np.int32), c["seqlens"].astype(int), **c.scoring(), **c.options)
    },
    "backward_x": backward_x,
    "split_kv_x": split_kv_x,
}


def tolerance(json, dtype):
    if json["op"] == "attn_003_bf16":
        return {"atol": 0.02, "rtol": 0}
    if json["op"] == "stable_softmax_003" and json["config"].get("dtype") == "bf16":
        return {"atol": 1e-30, "rtol": 1 / 128}
    return {"atol": 1e-12 if dtype == "float64" else max(1e-5, 16 * (json["numpy_f32_max_abs_err"] or 0)), "rtol": 0}


@pytest.mark.parametrize("stream", ["forbid", "allow", "require"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("json", FILE["cases"], ids=lambda json: json["name"])
def test_a_known_system_gives_its_known_numbers(json, dtype, stream):
    case = Case(json, dtype, stream)
    try:
        outputs = OPS[json["op"]](case)
    except einc.Error as fault:
        asks_weights = json["op"] == "stable_softmax_003" or WEIGHTS & json["outputs"].keys()
        assert stream == "require" and fault.code == "cannot_stream" and asks_weights
        return
    for name, expected in json["outputs"].items():
        if name in WEIGHTS and not case.weights:
            continue
        assert outputs[name].dtype == dtype
        wanted = np.array(numbers(expected["data"]), float).reshape(expected["shape"])
        np.testing.assert_allclose(outputs[name], wanted, err_msg=name, **tolerance(json, dtype))
