"""Gradients of programs are those of torch and of finite differences."""

import numpy as np
import pytest

import einc
from einc import program as ep

try:
    import torch
except ImportError:
    torch = None

needs_torch = pytest.mark.skipif(torch is None, reason="torch is not installed")


def arrays(*shapes, seed=0):
    random = np.random.default_rng(seed)
    return [random.standard_normal(shape) for shape in shapes]


def gradients(program, output, inputs, *given, **options):
    """The gradients as arrays; `given` ends with that of the output."""
    return einc.compile(einc.grad(program, output, inputs), *given, **options).outputs(*given)


def attention(causal=False, cap=None):
    p = einc.Program()
    q, k, v = p.input("q", "bhqc"), p.input("k", "bhkc"), p.input("v", "bhkc")
    s = einc.einsum("bhqc,bhkc->bhqk", q, k) * ep.rsqrt(p.extent("c"))
    if cap:
        s = ep.tanh(s / cap) * cap
    if causal:
        s = ep.where(p.iota("k") <= p.iota("q"), s, -ep.infinity)
    p.output("o", einc.einsum("bhqk,bhkc->bhqc", ep.softmax(s, "k"), v))
    return p


def torch_gradients(function, *given):
    tensors = [torch.tensor(array, requires_grad=True) for array in given[:-1]]
    return [x.numpy() for x in torch.autograd.grad(function(*tensors), tensors, torch.tensor(given[-1]))]


@needs_torch
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("length", [3, 70, 300])
@pytest.mark.parametrize("stream", ["forbid", "require"])
def test_attention_has_the_gradients_of_torch(causal, length, stream):
    given = arrays(*[(2, 3, length, 8)] * 4)
    want = torch_gradients(lambda q, k, v: torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=causal), *given)
    for got, wanted in zip(gradients(attention(causal), "o", ["q", "k", "v"], *given, stream=stream), want):
        np.testing.assert_allclose(got, wanted, rtol=1e-9, atol=1e-11)


@needs_torch
def test_capped_scores_have_the_gradients_of_torch():
    given = arrays(*[(2, 3, 20, 8)] * 4)

    def function(q, k, v):
        return torch.softmax(torch.tanh(q @ k.mT / 8**0.5 / 1.5) * 1.5, -1) @ v

    for got, wanted in zip(gradients(attention(cap=1.5), "o", ["q", "k", "v"], *given), torch_gradients(function, *given)):
        np.testing.assert_allclose(got, wanted, rtol=1e-9, atol=1e-11)


@needs_torch
def test_layers_have_the_gradients_of_torch():
    p = einc.Program()
    x, w, b = p.input("x", "ni"), p.input("w", "ij"), p.input("b", "j")
    p.output("y", ep.layer_norm(ep.gelu(einc.einsum("ni,ij->nj", x, w) + b), "j"))
    given = arrays((5, 4), (4, 6), (6,), (5, 6))

    def function(x, w, b):
        return torch.nn.functional.layer_norm(torch.nn.functional.gelu(x @ w + b), (6,))

    for got, wanted in zip(gradients(p, "y", ["x", "w", "b"], *given), torch_gradients(function, *given)):
        np.testing.assert_allclose(got, wanted, rtol=1e-9, atol=1e-11)


def test_an_einsum_has_a_gradient():
    a, b, g = arrays((2, 3), (3, 4), (2, 4))
    ga, gb = einc.compile(einc.grad("ij,jk->ik"), a, b, g).outputs(a, b, g)
    np.testing.assert_allclose(ga, g @ b.T)
    np.testing.assert_allclose(gb, a.T @ g)


def test_a_number_needs_no_gradient_from_outside():
    p = einc.Program()
    x = p.input("x", "i")
    p.output("loss", ep.sum(x * x * x, "i"))
    first = einc.grad(p)
    assert first.inputs == ["x"]
    (array,) = arrays((4,))
    np.testing.assert_allclose(einc.compile(first, array)(array), 3 * array**2)
    second = einc.grad(first)
    assert second.inputs == ["x", "x_gradient_gradient"]
    np.testing.assert_allclose(einc.compile(second, array, array)(array, array), 6 * array * array)


def test_outputs_may_be_kept():
    p = einc.Program()
    x = p.input("x", "i")
    p.output("y", ep.exp(x))
    g = einc.grad(p, "y", ["x"], keep_outputs=True)
    assert g.outputs == ["y", "x_gradient"]


def test_unknown_names_are_refused():
    p = attention()
    with pytest.raises(einc.Error, match="no output `z`") as caught:
        einc.grad(p, "z")
    assert "test_gradients.py:" in str(caught.value)
    with pytest.raises(einc.Error, match="no input `w`"):
        einc.grad(p, "o", ["w"])
    with pytest.raises(einc.Error, match="no input is named"):
        einc.grad(p, "o", [])
    with pytest.raises(TypeError):
        einc.grad(3)
