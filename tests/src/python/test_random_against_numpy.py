"""Random calls, right and wrong ones, held against numpy.einsum: numbers, element types, shapes, and classes of exceptions.

Where einc and numpy differ on purpose:

- einc takes what numpy has no words for: labels outside ASCII, named labels `[i]`, parentheses, tabs. Random texts have none of them.
- Of one operand without a sum numpy gives a view before it looks at `dtype` and `order`; in einc they hold for every call.
- Lists of labels without a result: einc puts the labels in the order of the numbers, numpy in that of the letters they stand for,
  in which 26 comes before 0.
"""

import warnings

import einc
import numpy as np
import pytest

DTYPES = ["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32", "float64", "complex64", "complex128"]
LABELS = "abcdABx"


def numbers(rng, shape, dtype):
    dtype = np.dtype(dtype)
    if dtype.kind == "b":
        return np.asarray(rng.random(shape) < 0.6)
    if dtype.kind in "iu":
        return np.asarray(rng.integers(0 if dtype.kind == "u" else -60, 60, shape)).astype(dtype)
    drawn = np.asarray(rng.uniform(-1, 1, shape))
    return (drawn + 1j * rng.uniform(-1, 1, shape) if dtype.kind == "c" else drawn).astype(dtype)


def draw_term(rng, ellipsis):
    letters = [str(letter) for letter in rng.choice(list(LABELS), int(rng.integers(0, 4)), replace=rng.random() < 0.25)]
    if ellipsis and rng.random() < 0.7:
        letters.insert(int(rng.integers(0, len(letters) + 1)), "...")
    return letters


def draw_result(rng, terms):
    known = sorted({letter for term in terms for letter in term} - {"..."})
    result = [str(letter) for letter in rng.permutation(known)[: int(rng.integers(0, len(known) + 1))]]
    if any("..." in term for term in terms):
        result.insert(int(rng.integers(0, len(result) + 1)), "...")
    return result


def draw(rng):
    """A call that is right: terms, the result or None, operands."""
    ellipsis = rng.random() < 0.35
    terms = [draw_term(rng, ellipsis) for _ in range(int(rng.integers(1, 4)))]
    result = draw_result(rng, terms) if rng.random() < 0.75 else None
    extents = {letter: int(rng.choice([0, 1, 2, 3, 4, 5], p=[0.02, 0.12, 0.26, 0.3, 0.2, 0.1])) for letter in LABELS}
    covered = [int(rng.integers(1, 4)) for _ in range(int(rng.integers(0, 3)))]
    dtype = str(rng.choice(DTYPES))
    operands = []
    for term in terms:
        shape = []
        stretch = rng.random() < 0.15
        for letter in term:
            if letter == "...":
                own = covered[int(rng.integers(0, len(covered) + 1)) :]
                shape += [1 if rng.random() < 0.2 else extent for extent in own]
            else:
                shape.append(1 if stretch and term.count(letter) == 1 and rng.random() < 0.5 else extents[letter])
        operands.append(numbers(rng, shape, dtype if rng.random() < 0.7 else str(rng.choice(DTYPES))))
        if rng.random() < 0.3 and operands[-1].ndim > 1:
            operands[-1] = operands[-1].T.copy().T
    return terms, result, operands


def written(rng, terms, result):
    blank = " " if rng.random() < 0.1 else ""
    text = f",{blank}".join(blank.join(term) for term in terms)
    return text if result is None else f"{text}{blank}->{blank}{''.join(result)}"


def tolerance(dtype, terms, operands):
    if dtype.kind in "biu":
        return 0.0
    count = max([1, *[a.size for a in operands]])
    magnitude = np.prod([float(np.abs(a).max(initial=1)) for a in operands], dtype=float)
    steps = {"e": 2e-3, "f": 1e-6, "F": 1e-6}.get(dtype.char, 1e-13)
    return steps * magnitude * count ** max(1, len(operands) - 1) ** 0.5 * 4


def outcome(call):
    try:
        return call()
    except Exception as raised:
        return raised


def assert_same(call, note, slack):
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        wanted, got = outcome(lambda: call(np.einsum)), outcome(lambda: call(einc.einsum))
    if isinstance(wanted, Exception):
        kinds = (ValueError, TypeError) if isinstance(wanted, RuntimeError) else type(wanted)
        assert isinstance(got, kinds), (note, wanted, got)
        return
    assert not isinstance(got, Exception), (note, got)
    assert got.dtype == wanted.dtype and got.shape == wanted.shape, (note, got, wanted)
    if wanted.dtype.kind in "biu":
        np.testing.assert_array_equal(got, wanted, err_msg=str(note))
        return
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(got.astype("complex128"), wanted.astype("complex128"), rtol=1e-2 if wanted.dtype.char == "e" else 1e-4, atol=slack(wanted.dtype), err_msg=str(note))


@pytest.mark.parametrize("seed", range(6))
def test_right_calls_give_numpys_numbers_types_and_shapes(seed):
    rng = np.random.default_rng(seed)
    for _ in range(500):
        terms, result, operands = draw(rng)
        text = written(rng, terms, result)
        note = (text, [(a.shape, a.dtype.name) for a in operands])
        assert_same(lambda einsum: einsum(text, *operands), note, lambda dtype: tolerance(dtype, terms, operands))


def test_lists_of_labels_give_what_numpys_give():
    rng = np.random.default_rng(77)
    for _ in range(400):
        terms, result, operands = draw(rng)
        if result is None:
            continue
        number = {letter: place for place, letter in enumerate(LABELS)} | {"...": Ellipsis}
        arguments = [part for a, term in zip(operands, terms) for part in (a, [number[letter] for letter in term])] + [[number[letter] for letter in result]]
        note = (terms, result, [(a.shape, a.dtype.name) for a in operands])
        assert_same(lambda einsum: einsum(*arguments), note, lambda dtype: tolerance(dtype, terms, operands))


def spoil(rng, text, operands):
    """The call with one thing wrong, most of the time."""
    kind = int(rng.integers(0, 8))
    at = int(rng.integers(0, len(text) + 1))
    if kind == 0:  # a character that means nothing
        return text[:at] + str(rng.choice(list("0&%_#;-.>"))) + text[at:], operands
    if kind == 1:
        return text[:at] + text[at + 1 :], operands
    if kind == 2:
        return text, operands[:-1]
    if kind == 3:
        return text, [*operands, operands[0]]
    if kind == 4:  # another rank
        return text, [operands[0][..., None], *operands[1:]]
    if kind == 5:  # another extent
        return text, [*operands[:-1], np.concatenate([operands[-1], operands[-1]], 0) if operands[-1].ndim else operands[-1]]
    if kind == 6:
        return text + "->" + str(rng.choice(["", "a", "b"])), operands
    return text[:at] + str(rng.choice(["a", "b", "...", ",", "->", " "])) + text[at:], operands


def test_wrong_calls_raise_the_class_of_numpys_exception():
    rng = np.random.default_rng(5)
    raised = 0
    for _ in range(2500):
        terms, result, operands = draw(rng)
        text, operands = spoil(rng, written(rng, terms, result), operands)
        note = (text, [(a.shape, a.dtype.name) for a in operands])
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            wanted = outcome(lambda: np.einsum(text, *operands))
            got = outcome(lambda: einc.einsum(text, *operands))
        if isinstance(wanted, Exception):
            raised += 1
            assert isinstance(got, ValueError | TypeError), (note, wanted, got)
            assert isinstance(got, type(wanted)) or isinstance(wanted, RuntimeError), (note, wanted, got)
        else:
            assert not isinstance(got, Exception), (note, got, wanted)
            assert got.shape == wanted.shape and got.dtype == wanted.dtype, note
    assert raised > 800


def test_results_without_labels_are_of_numpys_class():
    for dtype in DTYPES:
        for text, a in (("", np.ones((), dtype)), ("->", np.ones((), dtype)), ("...->...", np.ones((), dtype)), ("i->", np.ones(3, dtype)), ("ii", np.ones((2, 2), dtype)), ("i,i", np.ones(3, dtype))):
            operands = [a] * (text.count(",") + 1)
            assert type(einc.einsum(text, *operands)) is type(np.einsum(text, *operands)), (text, dtype)


def test_keywords_that_do_not_fit_raise_the_class_of_numpys_exception():
    rng = np.random.default_rng(6)
    for _ in range(600):
        terms, result, operands = draw(rng)
        if len(operands) == 1:
            continue
        text = written(rng, terms, result)
        keywords = {}
        if rng.random() < 0.7:
            keywords["dtype"] = str(rng.choice([dtype for dtype in DTYPES if dtype != "bool"]))
        if rng.random() < 0.5:
            keywords["casting"] = str(rng.choice(["no", "equiv", "safe", "same_kind"]))
        note = (text, [(a.shape, a.dtype.name) for a in operands], keywords)
        assert_same(lambda einsum: einsum(text, *operands, **keywords), note, lambda dtype: tolerance(dtype, terms, operands))
