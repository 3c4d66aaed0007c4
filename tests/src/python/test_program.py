"""Programs from Python compute what numpy's formulas say, and faults name the line of Python that wrote them."""

import inspect
import math

import numpy as np
import pytest

import einc
from einc import program as ep


@pytest.fixture
def p():
    return einc.Program()


def here(offset=0):
    """`file:line` of the caller, as messages name it."""
    frame = inspect.currentframe().f_back
    return f"test_program.py:{frame.f_lineno + offset}"


def compute(program, *arrays, **options):
    return einc.compile(program, *arrays, **options)(*arrays)


def at(point, function):
    """What a function of Tensors gives at a point."""
    program = einc.Program()
    program.output("y", function(program.input("x", "")))
    return float(compute(program, np.array(point)))


@pytest.mark.parametrize(
    "function, formula",
    [
        (lambda x: x + 2, lambda x: x + 2),
        (lambda x: 2 + x, lambda x: x + 2),
        (lambda x: x - 2, lambda x: x - 2),
        (lambda x: 2 - x, lambda x: 2 - x),
        (lambda x: x * x * 3, lambda x: 3 * x * x),
        (lambda x: x / 4, lambda x: x / 4),
        (lambda x: 4 / x, lambda x: 4 / x),
        (lambda x: -x, lambda x: -x),
        (lambda x: abs(x) + ep.abs(x), lambda x: 2 * abs(x)),
        (lambda x: (x < 3) + 2 * (x <= 3) + 4 * (x > 3) + 8 * (x >= 3) + 16 * (x == 3) + 32 * (x != 3), lambda x: 26 if x == 3 else 35 if x < 3 else 44),
        (lambda x: (3 < x) + 2 * (3 <= x) + 4 * (3 > x), lambda x: 2 * (x == 3) + 4 * (x < 3) + 3 * (x > 3)),
        (lambda x: (x & 0) + 2 * (x | 0) + 4 * ~x + 8 * (1 & x) + 16 * (0 | x), lambda x: 26),
        (lambda x: ep.exp(x) + ep.log(x * x) + ep.sqrt(x * x) + ep.rsqrt(x * x), lambda x: math.exp(x) + math.log(x * x) + abs(x) + 1 / abs(x)),
        (lambda x: ep.tanh(x) + ep.sigmoid(x) + ep.erf(x), lambda x: math.tanh(x) + 1 / (1 + math.exp(-x)) + math.erf(x)),
        (lambda x: ep.sin(x) + ep.cos(x) + ep.floor(x) + ep.relu(x), lambda x: math.sin(x) + math.cos(x) + math.floor(x) + max(x, 0)),
        (lambda x: ep.gelu(x), lambda x: x * (1 + math.erf(x / math.sqrt(2))) / 2),
        (lambda x: ep.min(x, 1) + ep.minimum(1, x) + 5 * ep.max(x, 1) + ep.maximum(x, x), lambda x: 2 * min(x, 1) + 5 * max(x, 1) + x),
        (lambda x: ep.where(x > 0, 5, math.nan), lambda x: 5 if x > 0 else math.nan),
        (lambda x: ep.cast(x / 3, "f32") + ep.cast(x, "bf16"), lambda x: float(np.float32(x / 3)) + x),
        (lambda x: np.float64(2) * x + np.float32(1.5) - np.int64(3) + True, lambda x: 2 * x - 0.5),
    ],
)
@pytest.mark.parametrize("point", [3.0, -2.5, 0.5])
def test_every_operator_and_function_computes_its_formula(function, formula, point):
    assert at(point, function) == pytest.approx(formula(point), rel=1e-12, nan_ok=True)


def test_attention_is_its_formula(p):
    q, k, v = p.input("q", "bqhc"), p.input("k", "bkhc"), p.input("v", "bkhc")
    s = einc.einsum("bqhc,bkhc->bhqk", q, k) * ep.rsqrt(p.extent("c"))
    s = ep.where(p.iota("k") <= p.iota("q"), s, -ep.infinity)
    p.output("o", einc.einsum("bhqk,bkhc->bqhc", ep.softmax(s, "k"), v))
    p.output("log", ep.logsumexp(s, "k"))
    a, b, c = np.random.default_rng(1).standard_normal((3, 2, 9, 3, 4))
    out, log = einc.compile(p, a, b, c, stream="require").outputs(a, b, c)
    scores = np.where(np.tri(9, dtype=bool), np.einsum("bqhc,bkhc->bhqk", a, b) / 2, -np.inf)
    weights = np.exp(scores) / np.exp(scores).sum(-1, keepdims=True)
    np.testing.assert_allclose(out, np.einsum("bhqk,bkhc->bqhc", weights, c), atol=1e-12)
    np.testing.assert_allclose(log, np.log(np.exp(scores).sum(-1)), atol=1e-12)


def test_reductions_are_numpys(p):
    x = p.input("x", "bqk")
    array = np.random.default_rng(2).standard_normal((2, 3, 4))
    p.output("sum", ep.sum(x, "qk"))
    p.output("mean", ep.mean(x, "k"))
    p.output("max", ep.reduce("max", x, "k"))
    p.output("min", ep.reduce("min", x, "b"))
    p.output("norm", ep.layer_norm(x, "qk", 1e-3))
    outputs = einc.compile(p, array).outputs(array)
    centred = array - array.mean((1, 2), keepdims=True)
    wanted = [array.sum((1, 2)), array.mean(2), array.max(2), array.min(0), centred / np.sqrt(array.var((1, 2), keepdims=True) + 1e-3)]
    for got, expected in zip(outputs, wanted, strict=True):
        np.testing.assert_allclose(got, expected, atol=1e-12)


def test_views_are_numpys(p):
    x, y, table, index = p.input("x", "bse"), p.input("y", "bte"), p.input("table", "vw"), p.input("index", "bs")
    p.output("heads", ep.rearrange("bs(hd)->bhsd", x, h=2))
    p.output("named", ep.split(x, "e", "[head]f", head=3), "bs[head]f")
    p.output("merged", ep.merge(x, "bs", "r"))
    p.output("turned", ep.permute(x, "ebs"))
    p.output("wide", ep.broadcast(ep.rename(ep.sum(x, "se"), "b", "n"), "nb"))
    p.output("last", ep.slice(x, "s", -2, as_="l"))
    p.output("some", ep.slice(x, "s", 0, 4, 3, as_="m"))
    p.output("both", ep.concat([(x, "s"), (y, "t")], "u"))
    p.output("words", ep.gather(table, "v", index))
    a = np.arange(2 * 4 * 6.0).reshape(2, 4, 6)
    b, words, chosen = -a[:, :3], np.arange(10.0).reshape(5, 2), np.array([[0.0, 4, 1, -1], [2, 3, 9, 0]])
    got = dict(zip(p.outputs, einc.compile(p, a, b, words, chosen).outputs(a, b, words, chosen)))
    found = np.where((0 <= chosen) & (chosen < 5), chosen, 0).astype(int)
    wanted = {
        "heads": a.reshape(2, 4, 2, 3).transpose(0, 2, 1, 3),
        "named": a.reshape(2, 4, 3, 2),
        "merged": a.reshape(8, 6),
        "turned": a.transpose(2, 0, 1),
        "wide": np.broadcast_to(a.sum((1, 2))[:, None], (2, 2)),
        "last": a[:, -2:],
        "some": a[:, 0:4:3],
        "both": np.concatenate([a, b], 1),
        "words": np.where(((0 <= chosen) & (chosen < 5))[..., None], words[found], 0),
    }
    assert got.keys() == wanted.keys()
    for name, expected in wanted.items():
        np.testing.assert_array_equal(got[name], expected, name)


@pytest.mark.parametrize("empty, row", [("zero", 0), ("uniform", 0.25), ("nan", math.nan)])
def test_an_empty_row_gives_what_was_asked(p, empty, row):
    p.output("y", ep.softmax(p.input("x", "k"), "k", empty=empty))
    np.testing.assert_array_equal(compute(p, np.full(4, -np.inf)), np.full(4, row))


def test_a_sink_takes_weight_and_gives_none(p):
    x, sink = p.input("x", "k"), p.input("sink", "")
    p.output("y", ep.softmax(x, "k", sink=sink))
    p.output("log", ep.logsumexp(x, "k", sink))
    y, log = einc.compile(p, (3,), (), dtype="float64").outputs(np.zeros(3), np.array(0.0))
    np.testing.assert_allclose(y, 0.25)
    assert log == pytest.approx(math.log(4))
    with pytest.raises(einc.Error, match="with a sink an empty row is zeros") as fault:
        ep.softmax(x, "k", empty="nan", sink=sink)
    assert fault.value.code == "bad_option"


def test_a_program_is_its_text(p):
    x = p.input("x", "b[batch]")
    p.output("y", 2 * x, "[batch]b")
    assert p.inputs == ["x"] and p.outputs == ["y"]
    assert str(p) == p.text == 'input x "b[batch]"\noutput y "[batch]b" = 2 * x\n'
    again = einc.Program.parse(p.text)
    assert again == p and not again != p
    assert again != einc.Program() and p != "another"
    assert repr(p) == "<einc.Program x -> y>"
    assert x.labels == ["b", "[batch]"] and repr(x) == "<einc.Tensor b [batch]>"
    with pytest.raises(TypeError):
        hash(p)


def test_extents_no_input_tells_are_fixed(p):
    p.output("n", p.iota("n") + p.constant(1) + ep.Tensor(0.5))
    p.fix("n", 3)
    np.testing.assert_array_equal(einc.compile(p)(), np.array([1.5, 2.5, 3.5], np.float32))


def test_einsum_takes_tensors_and_numbers_but_no_arrays(p):
    x = p.input("x", "ij")
    assert einc.einsum("ij->ji", x).labels == ["j", "i"]
    assert einc.einsum("bij,->bi", p.input("y", "bij"), 2.0).labels == ["b", "i"]
    with pytest.raises(TypeError, match="an array takes part as an input of the program"):
        einc.einsum("ij,j->i", x, np.ones(3))
    with pytest.raises(TypeError, match="not str"):
        ep.einsum("ij,j->i", x, "x")


def test_arrays_and_words_do_not_meet_tensors(p):
    x = p.input("x", "i")
    for other in (np.ones(3), "a", None, [1.0], object()):
        with pytest.raises(TypeError):
            x + other
        with pytest.raises(TypeError):
            other * x
    assert (x == "a") is False and (x != None) is True  # noqa: E711
    with pytest.raises(TypeError):
        ep.exp("x")
    with pytest.raises(TypeError):
        p.input("y")
    with pytest.raises(TypeError, match="the extent of `h` is a whole number"):
        ep.split(x, "i", "hd", h="many")


def test_truth_of_a_tensor_is_refused_with_a_hint(p):
    x = p.input("x", "i")
    for ask in (bool, lambda x: x and x, lambda x: not x, lambda x: 0 < x < 1, lambda x: x in [x + 1], lambda x: max(x, 1)):
        with pytest.raises(TypeError, match="write `&`, `|` and `~` in the place of"):
            ask(x)
    assert {x: 1}[x] == 1 and x in {x}


def test_faults_name_the_line_of_python(p):
    other = einc.Program()
    x, y = p.input("x", "b"), other.input("y", "b")
    place = here(2)
    with pytest.raises(einc.Error, match="the tensors belong to different programs") as fault:
        x + y
    assert fault.value.code == "bad_program" and f"`+` at {place}: " in str(fault.value)
    place = here(2)
    with pytest.raises(einc.Error) as fault:
        ep.softmax(x, "k")
    assert f"`softmax` at {place}: " in str(fault.value)
    place = here(2)
    with pytest.raises(einc.Error) as fault:
        einc.einsum("bc->b", x)
    assert f"`einsum` at {place}: " in str(fault.value)
    with pytest.raises(einc.Error) as fault:
        p.input("x", "b")
    assert f"`input` at {here(-1)}: " in str(fault.value)


def test_faults_of_extents_name_the_lines_that_contradict(p):
    place = here(1)
    x = p.input("x", "bs")
    p.output("y", ep.split(x, "s", "hd", h=4))
    with pytest.raises(einc.Error, match="cannot be split") as fault:
        einc.compile(p, (2, 6))
    assert f"at {place}" in str(fault.value) and f"`split` at {here(-3)}" in str(fault.value)
    assert fault.value.code == "extent_mismatch" or fault.value.code == "bad_program"


def test_faults_of_texts_have_carets():
    with pytest.raises(einc.Error) as fault:
        einc.Program.parse('input x "bk"\noutput y = sotfmax(x, "k")\n')
    assert fault.value.code == "bad_program" and "^" in str(fault.value) and "softmax" in str(fault.value)


@pytest.mark.parametrize(
    "call, code",
    [
        (lambda x: ep.reduce("median", x, "b"), "bad_option"),
        (lambda x: ep.softmax(x, "b", empty="one"), "bad_option"),
        (lambda x: ep.cast(x, "int8"), "unsupported_dtype"),
        (lambda x: ep.concat([], "u"), "bad_program"),
        (lambda x: ep.exp(ep.Tensor(1)) + einc.einsum("->", ep.Tensor(2)), "bad_program"),
        (lambda x: ep.slice(x, "b", 0, 4, 0, as_="c"), "bad_program"),
        (lambda x: ep.rename(x, "b", "cd"), "rank_mismatch"),
    ],
)
def test_what_contradicts_itself_is_refused(p, call, code):
    with pytest.raises(einc.Error) as fault:
        call(p.input("x", "b"))
    assert fault.value.code == code


@pytest.mark.parametrize("options, code", [({"broadcast": "numpy"}, "bad_option"), ({"semiring": "max_plus"}, "bad_option"), ({"dtype": "int64"}, "unsupported_dtype")])
def test_options_that_programs_have_not_are_refused(p, options, code):
    p.output("y", p.input("x", "b") + 1)
    with pytest.raises(einc.Error) as fault:
        einc.compile(p, (3,), **options)
    assert fault.value.code == code


# ------------------------------------------------------------------------------------------------------------------- halves


def softmax_average():
    program = einc.Program()
    q, k, v = program.input("q", "qc"), program.input("k", "kc"), program.input("v", "kv")
    program.output("o", einc.einsum("qk,kv->qv", ep.softmax(einc.einsum("qc,kc->qk", q, k), "k"), v))
    return program


def test_halves_are_computed_in_f32_and_rounded_once():
    rng = np.random.default_rng(3)
    q, k, v = (rng.standard_normal(shape).astype(np.float16) for shape in [(70, 16), (300, 16), (300, 8)])
    program = softmax_average()
    got = compute(program, q, k, v)
    assert got.dtype == np.float16
    wide = compute(program, q, k, v, accumulate="wide")
    assert wide.dtype == np.float32
    scores = q.astype(float) @ k.astype(float).T
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    np.testing.assert_allclose(wide, weights / weights.sum(-1, keepdims=True) @ v.astype(float), atol=1e-5)
    np.testing.assert_array_equal(got, wide.astype(np.float16))
    assert compute(program, q.astype(np.float32), k, v).dtype == np.float32
    assert compute(program, q, k, v.astype(float)).dtype == np.float64
    flipped = compute(program, q[::-1], np.asfortranarray(k), v)
    np.testing.assert_allclose(flipped.astype(float), got[::-1].astype(float), atol=2e-3)


def test_types_of_shapes_are_given_beside_them():
    program = softmax_average()
    f = einc.compile(program, (4, 8), (9, 8), (9, 2), dtypes=["float32", "float16", "float16"])
    assert f.dtype == "float32"
    assert f(np.ones((4, 8), np.float32), np.ones((9, 8), np.float16), np.ones((9, 2), np.float16)).dtype == np.float32
    assert einc.compile(program, (4, 8), (9, 8), (9, 2), dtype="bfloat16").dtype == "bfloat16"
    with pytest.raises(einc.ElementTypeError, match="input 1, `k`, is i32: programs take f32, f64, bf16 and f16"):
        compute(program, np.ones((4, 8)), np.ones((9, 8), np.int32), np.ones((9, 2)))


def test_bfloat16_of_ml_dtypes_goes_through_programs():
    ml_dtypes = pytest.importorskip("ml_dtypes")
    ones = [np.ones(shape, ml_dtypes.bfloat16) for shape in [(4, 8), (9, 8), (9, 2)]]
    got = compute(softmax_average(), *ones)
    assert got.dtype == ml_dtypes.bfloat16 and (got == 1).all()


def test_gradients_of_halves():
    program = einc.grad(softmax_average(), inputs=["k"])
    rng = np.random.default_rng(4)
    given = [rng.standard_normal(shape).astype(np.float16) for shape in [(7, 16), (30, 16), (30, 8), (7, 8)]]
    wide = compute(program, *[array.astype(float) for array in given])
    got = compute(program, *given)
    assert got.dtype == np.float16
    np.testing.assert_allclose(got.astype(float), wide, atol=2e-3 * np.abs(wide).max())
