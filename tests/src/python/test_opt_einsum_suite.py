"""opt_einsum's own tests, as the installed opt_einsum ships them, with einc's calls in the place of its own."""

import importlib
import inspect
import itertools

import einc
import numpy as np
import pytest

opt_einsum = pytest.importorskip("opt_einsum")

INNER = "looks inside the contraction list of opt_einsum's own expressions, which einc's have not"
WORDS = "wants opt_einsum's words in a message"
OTHERS = "of opt_einsum's own code, which no call of einc reaches"

# Every test left out, and why; docs/python.md tells the same.
EXCLUDED = {
    "test_contract.test_printing": "counts the characters of opt_einsum's table",
    "test_contract.test_linear_vs_ssa": OTHERS,
    "test_input.test_hashable_object_input_format": "labels in lists are numbers and Ellipsis in einc, not any hashable object: names go into a text, `[left][bond]`",
    "test_edge_cases.test_contract_expression_checks": WORDS,
    "test_edge_cases.test_can_blas_on_healed_broadcast_dimensions": INNER,
    "test_blas.test_can_blas": OTHERS,
}

# Single cases left out of a test that runs: its name, what it is given, and why.
EXCLUDED_CASES = []


def call_of(function, drop):
    def called(*arguments, **keywords):
        return function(*arguments, **{name: value for name, value in keywords.items() if name not in drop})

    return called


SUBSTITUTES = {
    "contract": call_of(einc.einsum, {"use_blas"}),
    "contract_path": call_of(einc.contract_path, {"use_blas"}),
    "contract_expression": call_of(einc.contract_expression, {"use_blas"}),
}


def module_of(name):
    return pytest.importorskip(f"opt_einsum.tests.{name}", reason="this opt_einsum was installed without its tests")


def cases_of(test):
    """The arguments of every case that pytest would make of a test."""
    sets = []
    for mark in getattr(test, "pytestmark", []):
        if mark.name == "parametrize":
            names, values = mark.args[:2]
            names = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
            if names == ["use_blas"]:  # which has no counterpart: one value is as good as two
                values = values[:1]
            sets.append([dict(zip(names, value if len(names) > 1 else (value,))) for value in values])
    for chosen in itertools.product(*sets):
        yield {name: value for part in chosen for name, value in part.items()}


def theirs_in(name):
    module = importlib.import_module(f"opt_einsum.tests.{name}")
    return {f"{name}.{test}": function for test, function in vars(module).items() if test.startswith("test_") and inspect.isfunction(function) and function.__module__ == module.__name__}


FILES = ["test_contract", "test_input", "test_edge_cases", "test_blas"]
try:
    TESTS = {name: test for file in FILES for name, test in theirs_in(file).items()}
except ImportError:
    TESTS = {}


@pytest.mark.parametrize("name", TESTS)
def test_opt_einsums_own_tests_pass(name, monkeypatch):
    if name in EXCLUDED:
        pytest.skip(EXCLUDED[name])
    module = module_of(name.split(".")[0])
    for call, substitute in SUBSTITUTES.items():
        if hasattr(module, call):
            monkeypatch.setattr(module, call, substitute)
    np.random.seed(0)
    failed, count = [], 0
    for case in cases_of(TESTS[name]):
        case = {argument: SUBSTITUTES.get(getattr(value, "__name__", None), value) if callable(value) else value for argument, value in case.items()}
        if (name, case) in EXCLUDED_CASES:
            continue
        count += 1
        try:
            TESTS[name](**case)
        except (Exception, pytest.fail.Exception) as fault:  # an assertion of theirs, or an error of ours
            failed.append(f"{case}: {type(fault).__name__}: {str(fault)[:300]}")
    assert count and not failed, f"{len(failed)} of {count}:\n" + "\n".join(failed[:10])


def test_the_list_of_excluded_tests_names_tests_that_are():
    assert not TESTS or set(EXCLUDED) <= set(TESTS)


# -------------------------------------------------------------------------------------------------- their equations, our calls


def equations():
    found = list(module_of("test_contract").tests)
    for count, regularity, results in itertools.product((4, 5, 8), (2, 3), (0, 2, 4)):
        found.append(opt_einsum.testing.rand_equation(count, regularity, results, d_min=2, d_max=4, seed=count)[0])
    return found


def test_every_equation_gives_opt_einsums_numbers_and_paths():
    testing = importlib.import_module("opt_einsum.testing")
    for text in equations():
        extents = {label: 2 + ord(label) % 4 for label in text if label.isalpha()}
        operands = testing.build_views(text, extents)
        wanted = opt_einsum.contract(text, *operands)
        np.testing.assert_allclose(einc.einsum(text, *operands), wanted, err_msg=text)
        path, info = einc.contract_path(text, *operands)
        np.testing.assert_allclose(opt_einsum.contract(text, *operands, optimize=path), wanted, err_msg=text)
        theirs = opt_einsum.contract_path(text, *operands)[0]
        np.testing.assert_allclose(einc.einsum(text, *operands, optimize=theirs), wanted, err_msg=text)
        np.testing.assert_allclose(opt_einsum.contract(text, *operands, backend="einc"), wanted, err_msg=text)
        assert info.opt_cost <= info.naive_cost


def test_checks_of_expressions_as_theirs_in_our_words():
    f = einc.contract_expression("ab,bc->ac", (2, 3), (3, 4))
    with pytest.raises(ValueError):
        einc.contract_expression("ab,bc->ac", (2, 3), (3, 4), (42, 42))
    for arrays in ([(2, 3)], [(2, 3)] * 3, [(2, 3, 4), (3, 4)], [(2, 4), (3, 4, 5)]):
        with pytest.raises(ValueError):
            f(*[np.zeros(shape) for shape in arrays])
    with pytest.raises(ValueError):
        f(np.zeros((2, 3)), np.zeros((3, 4)), out=np.zeros((2, 4, 6)))
    with pytest.raises(TypeError):
        f(np.zeros((2, 3)), np.zeros((3, 4)), order="F")
