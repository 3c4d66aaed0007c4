"""Orders that are given, plans that are kept, and what steps took."""

import json

import einc
import numpy as np
import pytest

TEXT = "ij,jk,kl,lm->im"
SHAPES = [(3, 40), (40, 5), (5, 60), (60, 7)]


@pytest.fixture
def arrays(rng):
    return [rng.standard_normal(shape) for shape in SHAPES]


@pytest.mark.parametrize("path", [[(0, 1), (0, 1), (0, 1)], [(2, 3), (0, 2), (0, 1)], [(0, 1, 2), (0, 1)], ((3, 0), (0, 1), [0, 1])], ids=str)
def test_a_path_is_taken(arrays, path):
    compiled = einc.compile(TEXT, *arrays, path=path)
    assert compiled.plan["method"].startswith("given: 4 operands")
    np.testing.assert_allclose(compiled(*arrays), np.linalg.multi_dot(arrays), rtol=1e-10)
    np.testing.assert_allclose(einc.einsum(TEXT, *arrays, path=path), np.linalg.multi_dot(arrays), rtol=1e-10)
    if all(len(step) == 2 for step in path):
        assert compiled.plan["order"] == [tuple(sorted(step)) for step in path]
        assert compiled.plan["flops"] == einc.contract_path(TEXT, *arrays, optimize=list(path))[1].opt_cost  # by parentheses


@pytest.mark.parametrize("path", [[(0, 1)], [(0, 4), (0, 1), (0, 1)], [(0, 0), (0, 1), (0, 1)], [()], [(0, 1)] * 4, [(0,), (0, 1), (0, 1), (0, 1)]], ids=str)
def test_what_is_no_path_is_an_error(path):
    with pytest.raises(einc.Error, match="order") as caught:
        einc.compile(TEXT, *SHAPES, path=path)
    assert caught.value.code == "bad_option" and caught.value.hint


@pytest.mark.parametrize("path", [3, "(0, 1)", [0, 1], [(0, -1)], [("a", "b")], [(2**40, 0)], None], ids=str)
def test_what_is_no_list_of_places_is_a_type_error(path):
    with pytest.raises(TypeError):
        einc.compile(TEXT, *SHAPES, path=path)


def test_a_plan_is_kept(arrays):
    first = einc.compile(TEXT, *SHAPES, dtype="float64", effort="best")
    text = first.plan_json()
    for again in (einc.load_plan(text), einc.load_plan(text, threads=1), einc.compile(TEXT, *SHAPES, dtype="float64", plan=text)):
        assert again.plan["order"] == first.plan["order"] and again.plan["flops"] == first.plan["flops"]
        assert again.plan["method"].startswith("given by a saved plan") and again.dtype == "float64"
        np.testing.assert_allclose(again(*arrays), np.linalg.multi_dot(arrays), rtol=1e-10)
    program = einc.compile(einc.Program.parse('input a "ij"\ninput b "jk"\noutput c = exp(einsum("ij,jk->ik", a, b))\n'), (2, 3), (3, 4))
    assert einc.load_plan(program.plan_json()).text == program.text


def test_a_plan_in_slices_is_kept(arrays):
    first = einc.compile(TEXT, *SHAPES, dtype="float64", slices=12, threads=1)
    again = einc.load_plan(first.plan_json(), threads=1)
    assert again.plan["slices"] == first.plan["slices"] > 1 and again.plan["tasks"] == first.plan["tasks"]
    assert (again(*arrays) == first(*arrays)).all()
    assert json.loads(again.plan_json()) == json.loads(first.plan_json())
    path = [(2, 3), (0, 1), (0, 1)]
    given = einc.compile(TEXT, *SHAPES, dtype="float64", slices=12, path=path)
    assert given.plan["slices"] >= 12 and given.plan["order"] == path
    np.testing.assert_allclose(given(*arrays), np.linalg.multi_dot(arrays), rtol=1e-10)


def test_a_plan_of_something_else_is_an_error():
    text = einc.compile(TEXT, *SHAPES).plan_json()
    broken = {**json.loads(text), "orders": 3}
    for call, field in (
        (lambda: einc.compile("ij,jk->ik", (2, 3), (3, 4), plan=text), "einsum"),
        (lambda: einc.compile(TEXT, *SHAPES[:3], (60, 8), plan=text), "shapes[3]"),
        (lambda: einc.load_plan(json.dumps(broken)), "orders"),
        (lambda: einc.load_plan(text[:100]), "no JSON"),
    ):
        with pytest.raises(einc.Error) as caught:
            call()
        assert caught.value.code == "bad_plan" and field in caught.value.sentence


def test_steps_are_measured(arrays):
    compiled = einc.compile(TEXT, *arrays)
    seconds = compiled.measure_steps(*arrays)
    assert len(seconds) == len(compiled.plan["steps"]) and min(seconds) > 0
    for form in ("text", "json", "dot", "html"):
        assert "measured" in compiled.explain(form, seconds)
    with pytest.raises(einc.Error):
        compiled.explain("text", seconds[:-1])
    with pytest.raises(TypeError):
        compiled.explain("text", ["x"])
