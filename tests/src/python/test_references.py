"""Nothing is kept that should go, and nothing goes that is still in use."""

import gc
import sys
import weakref

import einc
import numpy as np
import pytest

CALLS = {
    "fresh": lambda a, b, out: einc.einsum("ij,jk->ik", a, b),
    "view": lambda a, b, out: einc.einsum("ij->ji", a),
    "out": lambda a, b, out: einc.einsum("ij,jk->ik", a, b, out=out),
    "converted": lambda a, b, out: einc.einsum("ij,jk->ik", a, b, dtype="complex128"),
    "path": lambda a, b, out: einc.einsum("ij,jk,k->i", a, b, b[0], optimize=[(0, 1), (0, 1)]),
    "lists": lambda a, b, out: einc.einsum(a, [0, 1], b, [1, 2]),
    "compiled": lambda a, b, out: einc.compile("ij,jk->ik", a, b)(a, b, out=out),
    "contract": lambda a, b, out: einc.contract("ij,jk->ik", a, b, 2, 1, out=out),
    "wrong text": lambda a, b, out: einc.einsum("ij,jk->iz", a, b, out=out),
    "wrong extents": lambda a, b, out: einc.einsum("ij,kj->ik", a, b, out=out),
    "wrong output": lambda a, b, out: einc.einsum("ij,jk->ki", a, b, out=out),
    "wrong option": lambda a, b, out: einc.einsum("ij,jk->ik", a, b, out=out, threads="x"),
    "unaligned": lambda a, b, out: einc.einsum("ij->", a.astype(">f8")),
}


def attempt(call, *arguments):
    try:
        call(*arguments)
    except Exception:
        return


@pytest.mark.parametrize("name", CALLS)
def test_calls_keep_no_reference_to_arrays(name):
    a, b, out = np.ones((2, 3)), np.ones((3, 4)), np.zeros((2, 4))
    attempt(CALLS[name], a, b, out)
    gc.collect()
    before = [sys.getrefcount(array) for array in (a, b, out)]
    for _ in range(50):
        attempt(CALLS[name], a, b, out)
    gc.collect()
    assert [sys.getrefcount(array) for array in (a, b, out)] == before


@pytest.mark.parametrize("name", CALLS)
def test_calls_leave_no_memory_behind(name):
    resource = pytest.importorskip("resource")
    a, b, out = np.ones((200, 30)), np.ones((30, 400)), np.zeros((200, 400))
    for _ in range(10):
        attempt(CALLS[name], a, b, out)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(60):
        attempt(CALLS[name], a, b, out)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 16_000  # KiB; results that stay would be 38,000


def test_results_go_when_nobody_holds_them():
    result = einc.einsum("ij,jk->ik", np.ones((2, 3)), np.ones((3, 4)))
    gone = weakref.ref(result)
    del result
    assert gone() is None


def test_foreign_operands_and_results_go_too():
    torch = pytest.importorskip("torch")
    a = torch.ones(2, 3)
    for _ in range(5):
        einc.einsum("ij,kj->ik", a, a)
    before = sys.getrefcount(a)
    for _ in range(50):
        einc.einsum("ij,kj->ik", a, a)
        attempt(einc.einsum, "ij,jk", a, a)
    assert sys.getrefcount(a) == before
    view = einc.einsum("ij->ji", torch.full((50, 60), 7.0))
    gc.collect()
    assert [torch.zeros(50, 60) for _ in range(20)] and bool((view == 7).all())


def test_texts_made_on_the_fly_do_not_pile_up():
    a = np.ones((2, 3))
    for number in range(3000):
        assert einc.einsum(f"[a{number}]j->j", a).tolist() == [2, 2, 2]
    assert einc.cache_state()["entries"] <= einc.cache_state()["capacity"]


def test_an_array_deleted_by_a_callback_is_still_read():
    class Whole:
        def __index__(self):
            del held[:]
            gc.collect()
            return 0

    held = [np.ones((2, 3))]
    assert einc.einsum(held[0], [Whole(), 1]).sum() == 6


def test_labels_that_change_while_they_are_read():
    class Whole:
        def __index__(self):
            labels.clear()
            return 1

    labels = [0]
    labels += [Whole()]  # last: nothing is read after it
    attempt(einc.einsum, np.ones((2, 3)), labels)
