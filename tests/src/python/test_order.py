"""How results lie in memory under the argument `order`: flags and strides as numpy's, over many random calls."""

import einc
import numpy as np
import pytest


def random_look(rng, extents):
    """An array of these extents that lies in memory in some order, with gaps, or backwards."""
    order = rng.permutation(len(extents))
    base = rng.random([extents[place] + int(rng.integers(0, 2)) for place in order])
    a = base[tuple(slice(0, extents[place]) for place in order)].transpose(np.argsort(order))
    for place in range(len(extents)):
        if rng.random() < 0.15:
            a = np.flip(a, place)
    kind = rng.random()
    return a.copy("C") if kind < 0.25 else a.copy("F") if kind < 0.5 else a


def random_call(rng, labels="abcde"):
    extents = {label: int(rng.integers(1, 5)) for label in labels}
    terms = ["".join(rng.choice(list(labels), int(rng.integers(0, 4)), replace=rng.random() < 0.15)) for _ in range(int(rng.integers(1, 4)))]
    known = sorted(set("".join(terms)))
    result = "".join(rng.permutation(known)[: int(rng.integers(0, len(known) + 1))]) if known else ""
    text = ",".join(terms) + (f"->{result}" if rng.random() < 0.8 else "")
    return text, [random_look(rng, [extents[label] for label in term]) for term in terms]


def assert_lies_alike(got, wanted, note):
    """The same flags, and the same strides wherever there is a second position to go to."""
    for flag in ("C_CONTIGUOUS", "F_CONTIGUOUS", "WRITEABLE", "OWNDATA", "ALIGNED"):
        assert got.flags[flag] == wanted.flags[flag], (flag, note)
    assert all(a == b or extent == 1 for a, b, extent in zip(got.strides, wanted.strides, wanted.shape)), (got.strides, wanted.strides, note)


@pytest.mark.parametrize("order", "CFAK")
def test_results_lie_in_memory_as_numpys_do(rng, order):
    for _ in range(2500):
        text, operands = random_call(rng)
        got, wanted = einc.einsum(text, *operands, order=order), np.einsum(text, *operands, order=order)
        note = (text, [(a.shape, a.strides) for a in operands])
        np.testing.assert_allclose(got, wanted, rtol=1e-10, err_msg=str(note))
        if wanted.ndim == 0:
            continue
        if wanted.flags.owndata:
            assert_lies_alike(got, wanted, note)
        elif order == "K":
            assert np.shares_memory(got, operands[0]) or got.size == 0, note
            assert_lies_alike(got, wanted, note)
        elif order != "A":  # numpy gives views without a look at `order`; here it holds for them too
            assert got.flags[f"{order}_CONTIGUOUS"], note


def test_results_of_lists_lie_in_memory_as_numpys_do(rng):
    for _ in range(300):
        text, operands = random_call(rng)
        terms = text.split("->")[0].split(",")
        arguments = [part for a, term in zip(operands, terms) for part in (a, ["abcde".index(label) for label in term])]
        if "->" in text:
            arguments.append(["abcde".index(label) for label in text.split("->")[1]])
        got, wanted = einc.einsum(*arguments), np.einsum(*arguments)
        np.testing.assert_allclose(got, wanted, rtol=1e-10)
        if wanted.ndim:
            assert_lies_alike(got, wanted, (text, [(a.shape, a.strides) for a in operands]))


# Calls that random ones meet once in ten thousand.
RARE = [
    ("K", "be,bdc,a->da", [((4, 2), (16, 8)), ((4, 3, 3), (8, 40, 160)), ((2,), (8,))]),  # numpy's summed labels are in the order of letters
    ("K", "bed,de,bac->cd", [((3, 3, 4), (120, 40, 8)), ((4, 3), (8, 32)), ((3, 3, 2), (72, 24, 8))]),
    ("K", "b...dA,...bcA", [((3, 2, 4, 3), (192, 96, 24, 8)), ((3, 3, 3), (8, 24, 72))]),
    ("A", "Bd,cxd,", [((3, 0), (0, 0)), ((2, 5, 0), (0, 0, 0)), ((), ())]),  # an array without elements is column-major, whatever its strides
    ("A", "axd,x,Bd", [((4, 3, 0), (0, 0, 0)), ((3,), (8,)), ((2, 0), (0, 0))]),
    ("A", "bcc,bee->ebc", [((3, 2, 2), (8, 24, 48)), ((3, 3, 3), (8, 24, 72))]),  # and a diagonal of a column-major one is not
]


@pytest.mark.parametrize("order, text, shapes_and_strides", RARE, ids=[f"{order} {text}" for order, text, _ in RARE])
def test_rare_orders(order, text, shapes_and_strides):
    operands = [np.lib.stride_tricks.as_strided(np.ones(500), shape, strides) for shape, strides in shapes_and_strides]
    assert_lies_alike(einc.einsum(text, *operands, order=order), np.einsum(text, *operands, order=order), text)


def test_an_order_may_be_none_or_small():
    a = np.ones((2, 3))
    for order in (None, "k", "c", "f", "a"):
        assert einc.einsum("ij,jk->ik", a, a.T, order=order).strides == np.einsum("ij,jk->ik", a, a.T, order=order).strides
