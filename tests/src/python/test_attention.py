"""Attention from Python: types, libraries, score functions, layers that remember, and faults. Known numbers: test_attention_golden.py."""

import gc
import importlib.util
import inspect
import threading
import weakref

import numpy as np
import pytest

import einc
from einc import attention

random = np.random.default_rng(7)


def arrays(*shape, count=3, dtype=np.float64):
    return [random.standard_normal(shape).astype(dtype) for _ in range(count)]


def formula(q, k, v, hidden=None):
    scores = np.einsum("...qc,...kc->...qk", q, k) / np.sqrt(q.shape[-1])
    if hidden is not None:
        scores = np.where(hidden, -np.inf, scores)
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    return np.einsum("...qk,...kv->...qv", weights / weights.sum(-1, keepdims=True), v)


@pytest.mark.parametrize("dtype, tolerance", [("float32", 1e-5), ("float64", 1e-12)])
@pytest.mark.parametrize("shape", [(5, 4), (2, 5, 4), (2, 3, 5, 4)])
def test_attend_is_its_formula_in_the_type_of_its_arrays(shape, dtype, tolerance):
    q, k, v = arrays(*shape, dtype=dtype)
    out = attention.attend(q, k, v)
    assert out.dtype == dtype and out.flags.owndata is False and out.flags.writeable
    np.testing.assert_allclose(out, formula(q, k, v), atol=tolerance)
    np.testing.assert_allclose(attention.attend(q, k, v, causal=True), formula(q, k, v, ~np.tri(5, dtype=bool)), atol=tolerance)


def test_strides_are_free_and_nothing_is_written():
    stored = random.standard_normal((2, 6, 3, 4))  # [b q h c]
    q = stored.transpose(0, 2, 1, 3)[:, :, ::-1]
    before = stored.copy()
    np.testing.assert_allclose(attention.attend(q, q, q), formula(q, q, q), atol=1e-12)
    np.testing.assert_array_equal(stored, before)


def test_masks_and_lengths_may_be_of_any_type():
    q, k, v = arrays(2, 3, 5, 4, dtype=np.float32)
    lengths, mask = np.array([2, 5]), np.tri(5, dtype=bool)
    expected = formula(q, k, v, (np.arange(5) >= lengths[:, None])[:, None, None] | ~mask)
    for of_length, of_mask in [(lengths, mask), ([2, 5], mask.astype(np.int8)), (lengths.astype(float), mask.astype(float)), ((2, 5), mask.tolist())]:
        np.testing.assert_allclose(attention.attend(q, k, v, valid_length=of_length, mask=of_mask), expected, atol=1e-5)


def test_a_window_a_cap_and_slopes_are_keywords():
    q, k, v = arrays(1, 2, 6, 4)
    q_at, k_at = np.mgrid[:6, :6]
    near = formula(q, k, v, (k_at < q_at - 2) | (k_at > q_at + 1))
    np.testing.assert_allclose(attention.attend(q, k, v, window=(2, 1)), near, atol=1e-12)
    slopes = attention.alibi_slopes(2)
    biased = attention.attend(q, k, v, bias=slopes[None, :, None, None] * (k_at - q_at), soft_cap=5)
    np.testing.assert_allclose(attention.attend(q, k, v, slopes=slopes, soft_cap=5), biased, atol=1e-12)
    np.testing.assert_allclose(attention.attend(q, k, v, slopes=list(slopes), soft_cap=5), biased, atol=1e-12)


def test_a_score_function_is_a_lambda():
    q, k, v = arrays(1, 2, 6, 4)
    q_at, k_at = np.mgrid[:6, :6]
    expected = attention.attend(q, k, v, bias=np.where(k_at > q_at, -3.0, 0.0))
    calls = []

    def function(score, query, key):
        calls.append((score.labels, query.labels, key.labels))
        return einc.program.where(key > query, score - 3, score)

    np.testing.assert_allclose(attention.attend(q, k, v, function=function), expected, atol=1e-12)
    np.testing.assert_allclose(attention.attend(q, k, v, function=lambda s, i, j: s - 3 * (j > i)), expected, atol=1e-12)
    assert calls == [(["b", "h", "q", "k"], ["q"], ["k"])]
    layer = attention.DotProductAttention(function=function, stream="require")
    for _ in range(3):
        np.testing.assert_allclose(layer(q, k, v), expected, atol=1e-12)
    assert len(calls) == 2  # a layer compiles once for its shapes
    assert "streamed" in layer.compiled(q, k, v).explain()


def test_a_score_function_may_fail_or_give_something_else():
    q, k, v = arrays(4, 2)
    with pytest.raises(ZeroDivisionError):
        attention.attend(q, k, v, function=lambda score, query, key: 1 // 0)
    with pytest.raises(TypeError, match="a score function gives a Tensor, not a str"):
        attention.attend(q, k, v, function=lambda score, query, key: "high")
    with pytest.raises(TypeError, match="a int cannot be called"):
        attention.attend(q, k, v, function=3)
    with pytest.raises(einc.Error) as fault:
        attention.attend(q, k, v, function=lambda score, query, key: einc.program.softmax(score, "z"))
    assert fault.value.code == "bad_program" and f"`softmax` at test_attention.py:{inspect.currentframe().f_lineno - 1}" in str(fault.value)
    with pytest.raises(ZeroDivisionError):
        attention.attend_gradients(q, k, v, v, function=lambda score, query, key: 1 // 0)


def test_a_score_function_is_differentiated():
    q, k, v, g = [np.random.default_rng(n).standard_normal((1, 2, 5, 3)) for n in range(4)]
    halved = attention.attend_gradients(q, k, v, g, function=lambda score, query, key: score * 0.5)
    scaled = attention.attend_gradients(q, k, v, g, scale=0.5 / 3**0.5)
    for name in ("out", "q", "k", "v"):
        np.testing.assert_allclose(getattr(halved, name), getattr(scaled, name), atol=1e-12)


def test_what_is_wanted_comes_in_a_named_tuple():
    q, k, v = arrays(2, 3, 5, 4)
    out, weights, logsumexp = attention.attend(q, k, v, weights=True, logsumexp=True)
    np.testing.assert_allclose(np.einsum("bhqk,bhkc->bhqc", weights, v), out, atol=1e-12)
    assert logsumexp.shape == (2, 3, 5)
    only = attention.attend(q, k, v, logsumexp=True)
    assert isinstance(only, attention.AttendResult) and only.weights is None


def test_gradients_are_those_of_differences():
    q, k, v = arrays(1, 2, 4, 3)
    gradients = attention.attend_gradients(q, k, v, np.ones((1, 2, 4, 3)), causal=True)
    step = np.zeros_like(k)
    step[0, 1, 2, 0] = 1e-6
    moved = [attention.attend(q, k + sign * step, v, causal=True).sum() for sign in (1, -1)]
    assert gradients.k[0, 1, 2, 0] == pytest.approx((moved[0] - moved[1]) / 2e-6, abs=1e-7)


# ---------------------------------------------------------------------------------------------------------------- libraries


def needs(library):
    return pytest.mark.skipif(importlib.util.find_spec(library) is None, reason=f"{library} is not installed")


@needs("torch")
def test_torch_gets_torch():
    import torch

    q, k, v = (torch.from_numpy(array) for array in arrays(2, 3, 5, 4, dtype=np.float32))
    out = attention.attend(q, k, v, valid_length=torch.tensor([2, 5]), mask=torch.ones(5, 5).tril().bool())
    mask = torch.ones(5, 5).tril().bool() & (torch.arange(5) < torch.tensor([2, 5])[:, None])[:, None, None]
    assert isinstance(out, torch.Tensor)
    torch.testing.assert_close(out, torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=mask))
    w = torch.nn.Linear(4, 4).requires_grad_(False)
    layer = attention.MultiHeadAttention(w.weight, w.weight, w.weight, w.weight, heads=2)
    assert isinstance(layer(q[0], k[0], v[0]), torch.Tensor)
    halves = attention.attend(q.bfloat16(), k.bfloat16(), v.bfloat16(), causal=True)
    assert halves.dtype == torch.bfloat16
    wide = attention.attend(q.bfloat16().float(), k.bfloat16().float(), v.bfloat16().float(), causal=True)
    torch.testing.assert_close(halves.float(), wide, rtol=2**-8, atol=1e-6)
    assert attention.attend(q, k.bfloat16(), v.half()).dtype == torch.float32
    half_layer = attention.MultiHeadAttention(*[w.weight.bfloat16()] * 4, heads=2)
    assert half_layer(q[0].bfloat16(), k[0].bfloat16(), v[0].bfloat16()).dtype == torch.bfloat16
    assert half_layer(q[0], k[0], v[0]).dtype == torch.float32


@needs("jax")
def test_jax_gets_jax():
    import jax

    q, k, v = (jax.numpy.asarray(array) for array in arrays(2, 5, 4, dtype=np.float32))
    out = attention.attend(q, k, v, causal=True)
    assert isinstance(out, jax.Array)
    np.testing.assert_allclose(out, formula(*map(np.asarray, (q, k, v)), ~np.tri(5, dtype=bool)), atol=1e-5)


# ------------------------------------------------------------------------------------------------------------------- layers


def multi_head(dtype=np.float64, **settings):
    return attention.MultiHeadAttention(*arrays(8, 8, count=4, dtype=dtype), heads=2, **settings)


def test_steps_give_the_rows_of_the_whole():
    layer, (x,) = multi_head(), arrays(3, 7, 8, count=1)
    past = attention.KeyValueCache(2)
    stepped = np.concatenate([layer.step(part, past) for part in np.split(x, [1, 4, 5], axis=1)], axis=1)
    np.testing.assert_allclose(stepped, layer(x, x, x, mask=np.tri(7)), atol=1e-12)
    assert past.length == len(past) == 7 and past.capacity == 8
    assert past.keys.shape == past.values.shape == (3, 7, 2, 4)
    kept = past.keys
    past.clear()
    assert past.length == 0 and past.keys.shape == (3, 0, 2, 4) and kept.shape[1] == 7


def test_a_past_belongs_to_one_type_and_one_shape():
    past = attention.KeyValueCache()
    assert past.length == 0 and past.capacity == 64 and past.keys is None
    multi_head().step(np.ones((1, 2, 8)), past)
    with pytest.raises(einc.ElementTypeError, match="the past holds f64, the layer computes in f32"):
        multi_head(np.float32).step(np.ones((1, 2, 8), np.float32), past)
    with pytest.raises(einc.Error, match="batches of a past") as fault:
        multi_head().step(np.ones((2, 2, 8)), past)
    assert fault.value.code == "extent_mismatch"
    with pytest.raises(einc.Error, match="positions do not agree"):
        past.extend(np.ones((1, 2, 2, 4)), np.ones((1, 3, 2, 4)))
    for capacity in (-1, 2**62):
        with pytest.raises(einc.Error, match="capacity"):
            attention.KeyValueCache(capacity)


def test_a_layer_keeps_its_weights_alive_and_sees_them_change():
    w = np.eye(4)
    layer = attention.MultiHeadAttention(w, w.copy(), np.eye(4), np.eye(4))
    x = np.ones((1, 3, 4))
    np.testing.assert_allclose(layer(x, x, x), x)
    identity = np.eye(4)
    layer = attention.MultiHeadAttention(w, w, w, identity)
    identity *= 2
    np.testing.assert_allclose(layer(x, x, x), 2 * x)


def test_initial_weights_are_the_same_for_the_same_seed():
    one, two, other = (attention.GatedAttention.initial(6, 8, 4, heads=2, zero_init=False, seed=seed, dtype="float64") for seed in (3, 3, 4))
    for name in one:
        np.testing.assert_array_equal(one[name], two[name])
    assert not np.array_equal(one["query"], other["query"]) and one["query"].shape == (6, 2, 3) and one["query"].dtype == "float64"
    assert "gating" not in attention.GatedAttention.initial(6, 8, 4, gating=False)
    with pytest.raises(einc.Error):
        attention.GatedAttention.initial(-6, 8, 4)


def test_threads_share_a_layer_and_a_past():
    layer, past, wrong = multi_head(), attention.KeyValueCache(), []

    def work(seed):
        x = np.random.default_rng(seed).standard_normal((1, 1 + seed, 8))
        expected = layer(x, x, x)
        for _ in range(20):
            if not np.array_equal(layer(x, x, x), expected):
                wrong.append(seed)
            layer.step(x[:, :1], past)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    [thread.start() for thread in threads], [thread.join() for thread in threads]
    assert not wrong and past.length == 80


def test_a_score_function_cannot_reach_into_its_own_step():
    past = attention.KeyValueCache()
    layer = multi_head(function=lambda score, query, key: score * past.length)
    with pytest.raises(einc.Error, match="the past is in use"):
        layer.step(np.ones((1, 1, 8)), past)


def encoder_weights(width, hidden, seed):
    random = np.random.default_rng(seed)

    def some(*shape):
        return random.standard_normal(shape) * 0.3

    names = ("query", "key", "value", "output")
    return {
        "attention": {name: some(width, width) for name in names},
        "attention_bias": {name: some(width) for name in names},
        "feed_forward": (some(hidden, width), some(hidden), some(width, hidden), some(width)),
        "norm1": (1 + some(width), some(width)),
        "norm2": (1 + some(width), some(width)),
    }


def test_layers_of_an_encoder_are_blocks_one_behind_the_other():
    layers = [encoder_weights(8, 12, 0), encoder_weights(8, 5, 1)]
    del layers[1]["attention_bias"]
    x, lengths = np.random.default_rng(2).standard_normal((2, 7, 8)), np.array([7, 4])
    y = x
    for layer in layers:
        y = attention.EncoderBlock(2, **layer)(y, lengths)
    encoder = attention.TransformerEncoder(layers, heads=2, hidden=-1e6)
    np.testing.assert_allclose(encoder(x, valid_length=lengths), y, atol=1e-12)
    assert "program" in encoder.compiled(x, valid_length=lengths).explain()
    # A block is one program, written by hand; norms first, and one behind the last layer.
    p = einc.Program()
    weights = {"query": "hce", "key": "hce", "value": "hve", "output": "ehv", "query_bias": "hc", "key_bias": "hc", "value_bias": "hv", "output_bias": "e",
               "w1": "fe", "b1": "f", "w2": "ef", "b2": "e", "gamma1": "e", "beta1": "e", "gamma2": "e", "beta2": "e"}  # fmt: skip
    rows = p.input("x", "bqe")
    inputs = {name: p.input("w_" + name, labels) for name, labels in weights.items()}
    z = attention.encoder_layer(p, rows, activation="gelu", norm_first=True, **inputs)
    p.output("y", attention.layer_norm(z, inputs["gamma1"], inputs["beta1"]), "bqe")
    first = layers[0]
    matrices = [first["attention"][name] for name in ("query", "key", "value")]
    arrays = [*(w.reshape(2, 4, 8) for w in matrices), first["attention"]["output"].reshape(8, 2, 4)]
    biases = [first["attention_bias"][name] for name in ("query", "key", "value", "output")]
    arrays += [*(b.reshape(2, 4) for b in biases[:3]), biases[3], *first["feed_forward"], *first["norm1"], *first["norm2"]]
    expected = einc.compile(p, x, *arrays)(x, *arrays)
    other = attention.TransformerEncoder([first], heads=2, activation="gelu", norm_first=True, norm=first["norm1"])
    np.testing.assert_allclose(other(x), expected, atol=1e-12)


# ------------------------------------------------------------------------------------------------------------------- faults

x32, x64 = np.ones((3, 4), np.float32), np.ones((3, 4))


@pytest.mark.parametrize(
    "call, kind, message",
    [
        (lambda: attention.attend(x32, x64, x64), einc.ElementTypeError, "`k` has elements of f64, `q` of f32"),
        (lambda: multi_head()(*[np.ones((1, 2, 8), np.float32)] * 3), TypeError, "`queries` has elements of f32, the layer of f64"),
        (lambda: attention.attend(x64.astype(int), x64, x64), einc.ElementTypeError, "attention takes f32, f64, bf16 and f16"),
        (lambda: attention.attend(x64, x64, x64, mask=np.ones((3, 3), complex)), einc.ElementTypeError, "`mask` has elements of type complex128"),
        (lambda: attention.attend(x64, x64, x64, mask=object()), TypeError, "`mask` is no array"),
        (lambda: attention.attend("q", x64, x64), einc.ElementTypeError, "`q` has elements of type <U1"),
        (lambda: attention.attend(x64, x64), TypeError, "incompatible function arguments"),
        (lambda: attention.attend(x64, None, x64), TypeError, "incompatible function arguments"),
        (lambda: attention.attend(x64, x64, x64, scael=1), TypeError, r"attend\(\) has no argument `scael`"),
        (lambda: attention.attend(x64, x64, x64, causal="yes"), TypeError, "`causal` is True or False, not 'yes'"),
        (lambda: attention.attend(x64, x64, x64, window=3), TypeError, r"`window` is \(left, right\)"),
        (lambda: attention.attend(x64, x64, x64, broadcast="numpy"), einc.Error, "never stretches"),
        (lambda: attention.scaled_dot_product(einc.Program(), x64, x64, x64), TypeError, "incompatible function arguments"),
        (lambda: attention.EncoderBlock(2, attention=(x64,), feed_forward=(), norm1=(), norm2=()), TypeError, "`attention` is a dict with query, key, value, output"),
        (lambda: attention.TransformerEncoder([{"attention": 1}]), TypeError, r"`layers\[0\]` is a dict with attention, feed_forward, norm1, norm2"),
        (lambda: attention.TransformerEncoder([{**encoder_weights(4, 4, 0), "other": 1}]), TypeError, r"`layers\[0\]` is a dict with"),
        (lambda: attention.TransformerEncoder([encoder_weights(4, 4, 0)], activation="swish"), einc.Error, "offered are relu, gelu"),
        (lambda: attention.Transformer(2, encoder=3), TypeError, "`encoder` is a list of blocks"),
        (lambda: attention.positional_table(4, 4, dtype="int32"), einc.ElementTypeError, "f32 or f64, not in i32"),
        (lambda: attention.DotProductAttention(align="middle"), einc.Error, "offered are top_left, bottom_right"),
    ],
)
def test_wrong_kinds_raise_with_the_text(call, kind, message):
    with pytest.raises(kind, match=message):
        call()


@pytest.mark.parametrize(
    "call, code",
    [
        (lambda: attention.attend(x64, x64[:, :2], x64), "extent_mismatch"),
        (lambda: attention.attend(x64, x64, x64[:2]), "extent_mismatch"),
        (lambda: attention.attend(x64, 1.0, x64), "rank_mismatch"),
        (lambda: attention.attend(np.ones((1, 3, 2, 4)), *[np.ones((1, 2, 2, 4))] * 2), "bad_option"),
        (lambda: attention.attend(*[np.ones((2, 2, 3, 4))] * 3, mask=np.ones((2, 3, 3))), "rank_mismatch"),
        (lambda: attention.attention_pooling(x64, np.ones((4, 2)), weights=True, stream="require"), "cannot_stream"),
        (lambda: attention.attend(*[np.ones((2, 2, 300, 4))] * 3, memory_limit=100), "memory_limit"),
        (lambda: attention.MultiHeadAttention(*[np.ones((6, 6))] * 4, heads=4), "bad_option"),
        (lambda: attention.MultiHeadAttention(np.ones((6, 6)), np.ones((5, 6)), *[np.ones((6, 6))] * 2), "extent_mismatch"),
        (lambda: attention.rotary(np.ones((3, 5)), np.arange(3)), "bad_shape"),
        (lambda: attention.positional_table(2**50, 2**50), "too_large"),
        (lambda: attention.alibi_slopes(-1), "bad_shape"),
        (lambda: attention.stable_softmax(x64, "f16"), "unsupported_dtype"),
    ],
)
def test_arrays_that_do_not_fit_raise_with_a_code(call, code):
    with pytest.raises(einc.Error) as fault:
        call()
    assert fault.value.code == code


def test_blocks_name_the_line_of_python_that_asks_for_them():
    p, other = einc.Program(), einc.Program()
    at = attention.positions(p)
    foreign = attention.Positions(at.query, other.iota("k"))
    with pytest.raises(einc.Error) as fault:
        attention.causal(foreign)
    assert f"test_attention.py:{inspect.currentframe().f_lineno - 1}" in str(fault.value)


GARBAGE = [None, True, -1, 2**70, 1.5, "x", b"x", [], [[1, 2], [3]], {}, object(), np.float32(1), np.zeros((0, 4)), np.ones((2, 3, 4)), np.ones((4, 4), ">f8"), np.ones(3, complex), np.array(["a"])]


def test_garbage_raises_and_nothing_worse():
    choose = np.random.default_rng(11)
    functions = [getattr(attention, name) for name in dir(attention) if not name.startswith("_") and callable(getattr(attention, name))]
    functions += [getattr(einc.program, name) for name in dir(einc.program) if not name.startswith("_") and callable(getattr(einc.program, name))]
    functions += [multi_head(), attention.DotProductAttention(), multi_head().step, attention.KeyValueCache().extend]
    p = einc.Program()
    functions += [getattr(p, name) for name in ("input", "constant", "extent", "iota", "output", "fix", "parse", "__eq__")]
    given_too = [p, p.input("x", "bk"), attention.positions(p), attention.Labels(), einc.Tensor(2), "b", "k", "bk->b", "c"]
    words = ["labels", "at", "x", "mask", "bias", "function", "window", "heads", "scale", "stream", "valid_length", "weights", "dtype", "threads"]
    for _ in range(5000):
        function = functions[choose.integers(len(functions))]
        given = [(GARBAGE + given_too)[n] for n in choose.integers(len(GARBAGE + given_too), size=choose.integers(6))]
        named = {words[n]: GARBAGE[choose.integers(len(GARBAGE))] for n in choose.integers(len(words), size=choose.integers(3))}
        try:
            function(*given, **named)
        except (TypeError, ValueError, MemoryError, OverflowError):
            pass


def test_a_layer_that_its_own_function_sees_is_collected():
    alive = []

    class Names:
        pass

    for make in (lambda f: attention.DotProductAttention(function=f), lambda f: multi_head(function=f)):
        names = Names()
        names.layer = make(lambda score, query, key, names=names: score)
        alive.append(weakref.ref(names))
        del names
    gc.collect()
    assert [names() for names in alive] == [None, None]
