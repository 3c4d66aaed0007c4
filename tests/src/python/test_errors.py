"""Exceptions: their classes, what they carry, and that they outlive a trip to another process."""

import copy
import pickle

import einc
import numpy as np
import pytest

A = np.arange(6.0).reshape(2, 3)
STRONG = np.broadcast_to(1.0, (300, 300))

# The kind of fault, a call that has it, and the message as the library itself words it; None where it depends on the machine.
REACHABLE = [
    ("bad_character", lambda: einc.einsum("i2->i", A), None),
    ("bad_arrow", lambda: einc.einsum("ij-i", A), None),
    ("bad_arrow", lambda: einc.einsum("ij->i->j", A), None),
    ("bad_ellipsis", lambda: einc.einsum("i..", A), None),
    ("bad_name", lambda: einc.einsum("[ij", A), None),
    ("comma_in_output", lambda: einc.einsum("ij->i,j", A), None),
    ("unknown_output_label", lambda: einc.einsum("ij->ik", A), None),
    ("implicit_output_with_names", lambda: einc.einsum("[row][column]", A), None),
    ("bad_label", lambda: einc.einsum(A, [0, -1]), None),
    ("bad_grouping", lambda: einc.einsum("(ij,jk->ik", A, A.T), None),
    ("operand_count", lambda: einc.einsum("ij,jk->ik", A), None),
    ("rank_mismatch", lambda: einc.einsum("ijk->k", A), None),
    (
        "extent_mismatch",
        lambda: einc.einsum("ij,jk->ik", np.ones((64, 128)), np.ones((127, 32))),
        "label `j` has two extents, 128 and 127\n  ij,jk->ik\n   ^ 128 in operand 0, shape [64, 128]\n     ^ 127 in operand 1, shape [127, 32]",
    ),
    ("ellipsis_dropped", lambda: einc.einsum("...j->j", A), None),
    ("repeated_output_label", lambda: einc.einsum("i->ii", np.ones(3)), None),
    ("bad_shape", lambda: einc.compile("ij->i", (2, -1)), None),
    ("too_large", lambda: einc.compile("i,j->ij", (2**40,), (2**40,)), None),
    ("dtype_mismatch", lambda: einc.einsum("ij->", A, dtype="int8"), None),
    ("unsupported_dtype", lambda: einc.einsum("i->", np.array(["a"])), None),
    ("no_view", lambda: einc.einsum_view("ij->i", A), None),
    ("bad_output", lambda: einc.einsum("ij->i", A, out=np.zeros(3)), None),
    ("overlap", lambda: einc.contract("ij,kj->ik", A[:, :2], A[:, 1:], beta=1, out=A[:, :2]), None),
    ("bad_option", lambda: einc.einsum("ij,kj->ik", A, A, threads=-1), None),
    ("bad_option", lambda: einc.einsum("ij->", A, planner="x"), None),
    ("bad_plan", lambda: einc.load_plan("{}"), None),
    ("memory_limit", lambda: einc.einsum("ij,jk,kl->il", STRONG, STRONG, STRONG, memory_limit=1), None),
]

CLASSES = {"dtype_mismatch": einc.ElementTypeError, "unsupported_dtype": einc.ElementTypeError, "memory_limit": einc.MemoryLimitError}

# Kinds that no call of Python's reaches. null_data: no library hands over elements without an address. no_scalar: einsum_scalar is C++'s
# alone. bad_file: nothing is read from files. cancelled: an interrupt comes as KeyboardInterrupt.
# bad_program, cannot_stream: of programs, which have tests of their own.
UNREACHABLE = {"null_data", "no_scalar", "bad_file", "cancelled", "bad_program", "cannot_stream"}


def raised(call):
    with pytest.raises(einc.Error) as caught:
        call()
    return caught.value


def test_classes_are_what_python_expects():
    assert issubclass(einc.Error, ValueError)
    assert issubclass(einc.ElementTypeError, einc.Error) and issubclass(einc.ElementTypeError, TypeError)
    assert issubclass(einc.MemoryLimitError, einc.Error) and issubclass(einc.MemoryLimitError, MemoryError)
    assert issubclass(einc.InternalError, RuntimeError) and not issubclass(einc.InternalError, einc.Error)
    for name in ("Error", "ElementTypeError", "MemoryLimitError", "InternalError"):
        assert getattr(einc, name).__module__ == "einc" and getattr(einc, name).__doc__


@pytest.mark.parametrize("code, call, message", REACHABLE, ids=[f"{place}-{case[0]}" for place, case in enumerate(REACHABLE)])
def test_every_kind_of_fault(code, call, message):
    error = raised(call)
    assert error.code == code
    assert type(error) is CLASSES.get(code, einc.Error)
    assert message is None or str(error) == message
    assert error.sentence and str(error).startswith(error.sentence) and not error.sentence.endswith(".")
    assert error.sentence[0] == error.sentence[0].lower()
    assert (error.hint == "") == ("\nhint: " not in str(error))
    assert error.args == (str(error),)


@pytest.mark.parametrize("code, call, message", REACHABLE, ids=[f"{place}-{case[0]}" for place, case in enumerate(REACHABLE)])
def test_carets_stand_under_the_marks(code, call, message):
    error = raised(call)
    if not error.text or not error.marks:
        return
    lines = str(error).splitlines()
    at = lines.index("  " + error.text)
    below = lines[at + 1 : at + 1 + len(error.marks)]
    columns = {line.index("^") - 2 for line in below if "^" in line}
    for begin, end, note in error.marks:
        assert 0 <= begin <= end <= len(error.text.encode())
        assert note in str(error)
        assert begin in columns


def test_every_kind_is_reached_or_known_not_to_be():
    assert not {case[0] for case in REACHABLE} & UNREACHABLE


def test_marks_count_bytes_and_carets_stand_under_characters():
    error = raised(lambda: einc.einsum("λμ,μk->λk", np.ones((2, 3)), np.ones((4, 5))))
    assert error.marks[0][:2] == (2, 4)
    lines = str(error).splitlines()
    assert lines[2].index("^") - 2 == 1


@pytest.mark.parametrize("code, call, message", REACHABLE, ids=[f"{place}-{case[0]}" for place, case in enumerate(REACHABLE)])
def test_errors_can_be_pickled_and_copied(code, call, message):
    error = raised(call)
    for again in (*(pickle.loads(pickle.dumps(error, protocol)) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)), copy.copy(error), copy.deepcopy(error)):
        assert type(again) is type(error) and str(again) == str(error)
        for name in ("code", "sentence", "text", "hint", "marks"):
            assert getattr(again, name) == getattr(error, name)


def test_errors_of_python_code_have_the_attributes_too():
    for call in (lambda: einc.transpose(A, (0, 0)), lambda: einc.einsum("ij,jk,kl", A, A.T, A, optimize="no planner"), lambda: einc.einsum("ij,jk,kl", A, A.T, A, optimize=[(0, 7)])):
        error = raised(call)
        assert error.code == "bad_option" and list(error.marks) == [] and error.text == "" and error.hint == ""
        assert error.sentence == str(error)
        assert pickle.loads(pickle.dumps(error)).code == "bad_option"


def test_an_error_of_the_memory_limit_names_both_numbers():
    error = raised(lambda: einc.einsum("ij,jk,kl->il", STRONG, STRONG, STRONG, memory_limit=101))
    assert "101" in str(error) and "bytes" in str(error)
    with pytest.raises(MemoryError):
        raise error


def test_what_numpy_cannot_allocate_is_a_memory_error_or_too_large():
    with pytest.raises((MemoryError, einc.Error)):
        einc.einsum("i,j->ij", np.broadcast_to(1.0, (2**29,)), np.broadcast_to(1.0, (2**29,)))


def test_exceptions_of_the_caller_pass_through():
    class Angry:
        def __array__(self, dtype=None, copy=None):
            raise LookupError("mine")

    class AngryIndex:
        def __index__(self):
            raise LookupError("mine")

    class AngryPackage:
        def __dlpack__(self, **keywords):
            raise LookupError("mine")

        def __dlpack_device__(self):
            return (1, 0)

    for arguments in (("i->", Angry()), (A, [0, AngryIndex()]), ("i->", AngryPackage())):
        with pytest.raises(LookupError, match="mine"):
            einc.einsum(*arguments)


def test_a_failed_call_leaves_no_exception_behind():
    for _ in range(3):
        raised(lambda: einc.einsum("ij,jk", A, A))
        assert einc.einsum("ij->", A) == 15


def test_surrogates_are_a_unicode_error():
    with pytest.raises(UnicodeError):
        einc.einsum("\ud800", A)
    with pytest.raises(ValueError):
        einc.einsum(b"\xff", np.ones(3))
