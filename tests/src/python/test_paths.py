"""Orders of contraction as other libraries write them, expressions, and einc as a backend of opt_einsum."""

import itertools
import pickle

import einc
import numpy as np
import pytest

CHAIN = "ij,jk,kl,lm->im"
SHAPES = [(4, 30), (30, 5), (5, 40), (40, 3)]


@pytest.fixture
def chain(rng):
    return [rng.random(shape) for shape in SHAPES]


def network(rng, count, labels, open_labels):
    """A text in which every label stands in two operands, or in one and the result; shapes."""
    names = "abcdefghijklmnopqrstuvwxyz"[:labels]
    extents = {name: int(rng.integers(2, 6)) for name in names}
    terms = [""] * count
    for place, name in enumerate(names):
        first = place % count
        terms[first] += name
        if place >= open_labels:
            terms[int(rng.choice([other for other in range(count) if other != first]))] += name
    return ",".join(terms) + "->" + names[:open_labels], [tuple(extents[name] for name in term) for term in terms]


# ------------------------------------------------------------------------------------------------------------------ forms


def test_einsum_path_has_numpys_form(chain):
    path, info = einc.einsum_path(CHAIN, *chain)
    assert path[0] == "einsum_path" and len(path) == 4
    assert all(isinstance(step, tuple) and all(isinstance(place, int) for place in step) for step in path[1:])
    assert isinstance(info, str) and "einsum" in info and CHAIN in info
    np.testing.assert_allclose(np.einsum(CHAIN, *chain, optimize=path), np.linalg.multi_dot(chain))


def test_contract_path_has_opt_einsums_form(chain):
    path, info = einc.contract_path(CHAIN, *chain)
    assert path == einc.einsum_path(CHAIN, *chain)[0][1:]
    assert info.path == path and info.eq == CHAIN
    assert isinstance(info.plan, einc.Compiled) and info.plan.text == CHAIN
    assert info.speedup == info.naive_cost / info.opt_cost
    assert "<table" in info._repr_html_()


def test_shapes_may_stand_for_arrays():
    arrays = [np.zeros(shape) for shape in SHAPES]
    path, info = einc.contract_path(CHAIN, *SHAPES, shapes=True, dtype="float64")
    again, same = einc.contract_path(CHAIN, *arrays)
    assert path == again and info.opt_cost == same.opt_cost and info.largest_intermediate == same.largest_intermediate


def test_lists_are_arrays_unless_they_are_said_to_be_shapes():
    assert einc.contract_path("i", [1, 2, 3])[1].plan.shape == (3,)
    assert einc.contract_path("ijk", [1, 2, 3], shapes=True)[1].plan.shape == (1, 2, 3)
    assert einc.contract_path([[1, 2], [3, 4]], [0, 1], [1, 0])[1].plan.shape == (2, 2)


def test_lists_of_labels_have_paths_too(chain):
    lists = [part for number, a in enumerate(chain) for part in (a, [number, number + 1])]
    assert einc.contract_path(*lists, [0, 4])[0] == einc.contract_path(CHAIN, *chain)[0]
    assert einc.einsum_path(*lists)[0] == einc.einsum_path("ij,jk,kl,lm", *chain)[0]
    assert einc.contract_path(b"ij,jk->ik", *chain[:2])[0] == [(0, 1)]


def test_one_and_two_operands_have_a_step():
    assert einc.contract_path("ij,jk", (2, 3), (3, 2), shapes=True)[0] == [(0, 1)]
    path = einc.contract_path("ij->i", (2, 3), shapes=True)[0]
    assert einc.einsum("ij->i", np.ones((2, 3)), optimize=path).tolist() == [3, 3]


@pytest.mark.parametrize("optimize", ["greedy", "optimal", "auto", "auto-hq", "dp", "dynamic-programming", "branch-1", "branch-2", "branch-all", "random-greedy", "eager", True, False, None])
def test_planners_of_other_libraries_have_a_counterpart(chain, optimize):
    path, info = einc.contract_path(CHAIN, *chain, optimize=optimize)
    assert len(path) == 3 and info.opt_cost > 0
    np.testing.assert_allclose(einc.einsum(CHAIN, *chain, optimize=optimize), np.linalg.multi_dot(chain))


def test_paths_make_the_round_trip(rng):
    for _ in range(60):
        count = int(rng.integers(2, 7))
        text, shapes = network(rng, count, int(rng.integers(count, 10)), int(rng.integers(0, 3)))
        operands = [rng.random(shape) for shape in shapes]
        wanted = np.einsum(text, *operands, optimize=True)
        for path in (einc.einsum_path(text, *operands)[0], einc.contract_path(text, *operands)[0], np.einsum_path(text, *operands)[0]):
            np.testing.assert_allclose(einc.einsum(text, *operands, optimize=path), wanted)
        path = einc.contract_path(text, *operands)[0]
        again, info = einc.contract_path(text, *operands, optimize=path)
        assert again == path
        assert info.opt_cost == pytest.approx(einc.contract_path(text, *operands)[1].opt_cost)


def test_every_order_of_three_operands_is_taken_as_it_is_given(rng):
    a, b, c = rng.random((2, 30)), rng.random((30, 3)), rng.random((3, 40))
    costs = {(0, 1): 2 * 2 * 30 * 3 + 2 * 2 * 3 * 40, (1, 2): 2 * 30 * 3 * 40 + 2 * 2 * 30 * 40}
    for pair, cost in costs.items():
        path, info = einc.contract_path("ij,jk,kl->il", a, b, c, optimize=[pair, (0, 1)])
        assert path == [pair, (0, 1)] and info.opt_cost == cost
    for pair in itertools.permutations(range(3), 2):
        np.testing.assert_allclose(einc.einsum("ij,jk,kl->il", a, b, c, optimize=[pair, (0, 1)]), a @ b @ c)


def test_faults_of_paths():
    operands = [np.ones((2, 2))] * 3
    for optimize in ([(0, 3), (0, 1)], [(0, 0), (0, 1)], [(0, 1)], [(0, 1), (0, 1), (0, 1)], "nobody", [()]):
        with pytest.raises(einc.Error):
            einc.contract_path("ij,jk,kl", *operands, optimize=optimize)
    with pytest.raises(einc.Error):
        einc.contract_path("ij,(jk,kl)", *operands, optimize=[(0, 1), (0, 1)])
    with pytest.raises(einc.Error):
        einc.contract_path("ij")
    with pytest.raises(einc.Error):
        einc.contract_path("ij,jk", (2, 3), (4, 5), shapes=True)
    with pytest.raises(TypeError):
        einc.contract_path("ij,jk,kl", *operands, optimize=[("a", "b")])


# ---------------------------------------------------------------------------------------------------------------- figures


def test_figures_are_counted_as_opt_einsum_counts_them(rng):
    """Where every label stands twice: otherwise einc sums a label that only one operand has before it multiplies, and counts that."""
    opt_einsum = pytest.importorskip("opt_einsum")
    for _ in range(80):
        count = int(rng.integers(2, 7))
        text, shapes = network(rng, count, int(rng.integers(count + 1, 11)), int(rng.integers(1, 3)))
        path, info = einc.contract_path(text, *shapes, shapes=True, dtype="float64")
        _, theirs = opt_einsum.contract_path(text, *shapes, shapes=True, optimize=path)
        assert info.opt_cost == int(theirs.opt_cost), text
        assert info.naive_cost == int(theirs.naive_cost), text
        assert info.largest_intermediate == int(theirs.largest_intermediate), text


def test_the_exact_planner_finds_less_work_than_the_greedy_one(rng):
    # What planners compare is no part of a plan's description, and near to the number of operations: of all networks together.
    totals = {"optimal": 0.0, "greedy": 0.0}
    for _ in range(20):
        text, shapes = network(rng, 6, 11, 2)
        for name in totals:
            totals[name] += einc.contract_path(text, *shapes, shapes=True, optimize=name)[1].plan.plan["flops"]
    assert totals["optimal"] < 0.95 * totals["greedy"]


@pytest.mark.parametrize("dtype", ["bool", "bfloat16", "float16", "float32", "complex128", "int8"])
def test_the_largest_intermediate_is_counted_in_elements(dtype):
    pytest.importorskip("ml_dtypes")
    info = einc.contract_path("ij,jk,kl->il", (3, 20), (20, 7), (7, 2), shapes=True, optimize=[(0, 1), (0, 1)], dtype=dtype)[1]
    assert info.largest_intermediate == 21


# ------------------------------------------------------------------------------------------------------------ expressions


def test_an_expression_is_planned_once_and_called_often(chain):
    f = einc.contract_expression(CHAIN, *SHAPES)
    wanted = np.linalg.multi_dot(chain)
    for _ in range(3):
        np.testing.assert_allclose(f(*chain), wanted)
    out = np.zeros((4, 3))
    assert f(*chain, out=out) is out
    np.testing.assert_allclose(out, wanted)
    np.testing.assert_allclose(f(*[a.astype("complex64") for a in chain]), wanted, rtol=1e-5)
    assert CHAIN in repr(f) and len(f.path) == 3 and f.info.opt_cost > 0


def test_constants_are_given_once(chain):
    f = einc.contract_expression(CHAIN, SHAPES[0], chain[1], SHAPES[2], chain[3], constants=[1, 3])
    np.testing.assert_allclose(f(chain[0], chain[2]), np.linalg.multi_dot(chain))
    g = einc.contract_expression(",ij->ij", 2.5, (2, 2), constants=[0])
    np.testing.assert_allclose(g(np.ones((2, 2))), 2.5)
    h = einc.contract_expression("ij,jk->ik", [[1.0, 2.0]], (2, 2), constants={0})
    np.testing.assert_allclose(h(np.eye(2)), [[1, 2]])


def test_what_constants_make_is_made_once(chain, rng):
    whole = einc.contract_expression(CHAIN, *SHAPES)
    f = einc.contract_expression(CHAIN, SHAPES[0], SHAPES[1], chain[2], chain[3], constants=[3, 2])
    assert f.info.plan.plan["beforehand_steps"] == 1 and f.info.plan.plan["constants"] == [2, 3]
    np.testing.assert_allclose(f(chain[0], chain[1]), np.linalg.multi_dot(chain))
    wanted = whole(chain[0].astype("float32"), *chain[1:])
    got = f(chain[0].astype("float32"), chain[1])
    np.testing.assert_allclose(got, wanted)
    assert got.dtype == wanted.dtype and type(got) is type(wanted)
    out = np.zeros((4, 3))
    assert f(chain[0], chain[1], out=out) is out
    np.testing.assert_allclose(out, np.linalg.multi_dot(chain))
    for optimize in ("greedy", [(0, 1), (0, 2), (0, 1)], [(2, 3), (0, 2), (0, 1)]):
        for constants in ([1, 2], [0, 3], [3]):
            operands = [array if number in constants else array.shape for number, array in enumerate(chain)]
            g = einc.contract_expression(CHAIN, *operands, constants=constants, optimize=optimize)
            np.testing.assert_allclose(g(*[array for number, array in enumerate(chain) if number not in constants]), np.linalg.multi_dot(chain))


def test_constants_as_opt_einsum_has_them(rng):
    opt_einsum = pytest.importorskip("opt_einsum")
    for _ in range(20):
        text, shapes = network(rng, 5, 8, 1)
        arrays = [rng.random(shape) for shape in shapes]
        constants = [number for number in range(5) if rng.random() < 0.6]
        operands = [array if number in constants else array.shape for number, array in enumerate(arrays)]
        rest = [array for number, array in enumerate(arrays) if number not in constants]
        theirs = opt_einsum.contract_expression(text, *operands, constants=constants)
        ours = einc.contract_expression(text, *operands, constants=constants)
        np.testing.assert_allclose(ours(*rest), theirs(*rest))


def test_compile_with_constants(chain):
    f = einc.compile(CHAIN, chain[0], chain[1], SHAPES[2], chain[3], constants=[0, 1])
    np.testing.assert_allclose(f(chain[2], chain[3]), np.linalg.multi_dot(chain))
    assert "computed once, not in every call" in f.explain()
    other = f.with_constants(2 * chain[0], chain[1])
    np.testing.assert_allclose(other(chain[2], chain[3]), 2 * np.linalg.multi_dot(chain))
    np.testing.assert_allclose(f(chain[2], chain[3]), np.linalg.multi_dot(chain))
    mine = chain[0].copy()
    copied = einc.compile(CHAIN, mine, *SHAPES[1:], constants=[0])
    mine[:] = np.nan
    np.testing.assert_allclose(copied(*chain[1:]), np.linalg.multi_dot(chain))
    everything = einc.compile(CHAIN, *chain, constants=[3, 1, 2, 0])
    np.testing.assert_allclose(everything(), np.linalg.multi_dot(chain))
    loaded = einc.load_plan(f.plan_json(), constants=[0, 1])
    np.testing.assert_allclose(loaded.with_constants(chain[0], chain[1])(chain[2], chain[3]), np.linalg.multi_dot(chain))


def test_constants_of_a_program_by_name(rng):
    p = einc.Program.parse("input x \"i\"\ninput w \"ij\"\noutput y = einsum(\"i,ij->j\", x, exp(w))\n")
    x, w = rng.random(3), rng.random((3, 4))
    for constants in (["w"], [1], {"w"}):
        f = einc.compile(p, x, w, constants=constants)
        assert f.plan["beforehand_steps"] == 1
        np.testing.assert_allclose(f(x), x @ np.exp(w))
    with pytest.raises(einc.Error, match="names `v`, which is no input"):
        einc.compile(p, x, w, constants=["v"])


def test_faults_of_constants(chain):
    for call, words in (
        (lambda: einc.compile(CHAIN, *SHAPES, constants=[1]), "given by its shape"),
        (lambda: einc.compile(CHAIN, *chain, constants=[4]), "names operand 4"),
        (lambda: einc.compile(CHAIN, *chain, constants=[1, 1]), "twice"),
        (lambda: einc.compile(CHAIN, *chain, constants=[1])(*chain), "leave out the constants"),
        (lambda: einc.compile(CHAIN, *SHAPES).with_constants(chain[0]), "without constants"),
        (lambda: einc.compile(CHAIN, *chain, constants=[1]).with_constants(chain[2]), "operand 1 has shape"),
        (lambda: einc.einsum(CHAIN, *chain, constants=[1]), "a call of its own"),
    ):
        with pytest.raises(einc.Error, match=words):
            call()
    for constants in ("x", 3, [-1], [None], [1.5]):
        with pytest.raises((TypeError, einc.Error)):
            einc.compile(CHAIN, *chain, constants=constants)


def test_expressions_of_lists_of_labels(rng):
    x, y, z = rng.random((2, 3)), rng.random((3, 4)), rng.random((4, 5))
    f = einc.contract_expression((2, 3), [0, 1], (3, 4), [1, 2], (4, 5), [2, 3], [3, 0])
    np.testing.assert_allclose(f(x, y, z), (x @ y @ z).T)
    g = einc.contract_expression((2, 3), [0, 1], y, [1, 2], (4, 5), [2, 3], constants=[1])
    np.testing.assert_allclose(g(x, z), x @ y @ z)


def test_faults_of_expressions():
    f = einc.contract_expression("ij,jk->ik", (2, 3), (3, 4))
    for arrays in ((), (np.ones((2, 3)),), [np.ones((2, 3))] * 3, (np.ones((2, 3)), np.ones((4, 4))), (np.ones(2), np.ones((3, 4)))):
        with pytest.raises(einc.Error):
            f(*arrays)
    with pytest.raises(TypeError):
        f(np.ones((2, 3)), np.ones((3, 4)), order="F")
    with pytest.raises(einc.Error):
        einc.contract_expression("ij,jk->ik", (2, 3), (3, 4), constants=[2])
    with pytest.raises(einc.Error):
        einc.contract_expression("ij,jk->ik", (2, 3), (5, 4))
    with pytest.raises(TypeError):
        einc.contract_expression("ij,jk->ik", (2, 3), (3, 4), no_such=1)


# ------------------------------------------------------------------------------------------------------- a backend of others


def test_einc_is_a_backend_of_opt_einsum(rng):
    opt_einsum = pytest.importorskip("opt_einsum")
    for _ in range(40):
        count = int(rng.integers(1, 6))
        text, shapes = network(rng, max(count, 2), 8, int(rng.integers(0, 3)))
        operands = [rng.random(shape) for shape in shapes]
        np.testing.assert_allclose(opt_einsum.contract(text, *operands, backend="einc"), opt_einsum.contract(text, *operands))
    for text, shapes in (("ij->ji", [(2, 3)]), ("ii", [(3, 3)]), ("ab,ab,c->c", [(2, 3), (2, 3), (4,)]), ("ea,fb,abcd,gc,hd->efgh", [(2, 3), (2, 3), (3, 3, 3, 3), (2, 3), (2, 3)])):
        operands = [rng.random(shape) for shape in shapes]
        np.testing.assert_allclose(opt_einsum.contract(text, *operands, backend="einc"), np.einsum(text, *operands))


def test_tensordot_is_numpys(rng):
    for _ in range(300):
        rank_a, rank_b = int(rng.integers(0, 5)), int(rng.integers(0, 5))
        shape_a, shape_b = rng.integers(1, 4, rank_a), rng.integers(1, 4, rank_b)
        if rng.random() < 0.5:
            axes = int(rng.integers(0, min(rank_a, rank_b) + 1))
            shape_b[:axes] = shape_a[rank_a - axes :]
        else:
            count = int(rng.integers(0, min(rank_a, rank_b) + 1))
            of_a, of_b = rng.permutation(rank_a)[:count], rng.permutation(rank_b)[:count]
            shape_b[of_b] = shape_a[of_a]
            axes = ([int(place) - (rank_a if rng.random() < 0.3 else 0) for place in of_a], [int(place) for place in of_b])
        a, b = rng.random(shape_a), rng.random(shape_b)
        got, wanted = einc.tensordot(a, b, axes), np.tensordot(a, b, axes)
        assert got.shape == wanted.shape, (shape_a, shape_b, axes)
        np.testing.assert_allclose(got, wanted)
    np.testing.assert_allclose(einc.tensordot([[1, 2]], [3, 4], 1), [11])
    np.testing.assert_allclose(einc.tensordot(np.ones((2, 3)), np.ones((4, 3)), (1, 1)), np.full((2, 4), 3))


def test_transpose_is_numpys(rng):
    for _ in range(200):
        rank = int(rng.integers(0, 6))
        a = rng.random(rng.integers(1, 4, rank))
        order = None if rng.random() < 0.3 else [int(place) - (rank if rng.random() < 0.3 else 0) for place in rng.permutation(rank)]
        got, wanted = einc.transpose(a, order), np.transpose(a, order)
        assert got.shape == wanted.shape
        np.testing.assert_array_equal(got, wanted)
        assert rank == 0 or np.shares_memory(got, a)


def test_what_tensordot_and_transpose_refuse():
    a, b = np.ones((2, 3)), np.ones((3, 4))
    for axes in (3, -1, ([0], [0]), ([1], [0, 1]), ([5], [0]), ([1, 1], [0, 0]), ([1],)):
        with pytest.raises(einc.Error):
            einc.tensordot(a, b, axes)
    with pytest.raises(einc.Error):
        einc.tensordot(np.ones((2, 1)), b, 1)
    for axes in ((0,), (0, 0), (0, 2), (0, 1, 2), 0):
        with pytest.raises(einc.Error):
            einc.transpose(a, axes)


def test_the_error_of_a_path_can_be_pickled():
    with pytest.raises(RuntimeError) as caught:
        einc.einsum("i,i,i", *[np.ones(2)] * 3, optimize=[(0, 1)])
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
