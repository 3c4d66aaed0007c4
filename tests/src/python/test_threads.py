"""Many threads call einc at once."""

import threading
from concurrent.futures import ThreadPoolExecutor

import einc
import numpy as np
import pytest

THREADS = 8


def in_threads(work):
    """work(number) in eight threads that begin together; exceptions come back."""
    begin = threading.Barrier(THREADS)

    def one(number):
        begin.wait()
        return work(number)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(one, range(THREADS)))


CALLS = [("ij,jk->ik", [(7, 9), (9, 5)]), ("ij,jk,kl->il", [(6, 7), (7, 8), (8, 3)]), ("bij,bjk->bik", [(4, 8, 6), (4, 6, 5)]), ("ij->j", [(30, 40)]), ("ij->ji", [(5, 6)]), ("ii->", [(9, 9)]), ("i,j->ij", [(12,), (11,)])]


def test_one_shot_calls_give_the_right_results():
    def work(number):
        rng = np.random.default_rng(number)
        for _ in range(150):
            text, shapes = CALLS[int(rng.integers(len(CALLS)))]
            operands = [rng.random(shape) for shape in shapes]
            np.testing.assert_allclose(einc.einsum(text, *operands), np.einsum(text, *operands))

    in_threads(work)


def test_large_calls_at_once_give_the_right_results():
    a = np.arange(300 * 400, dtype="float64").reshape(300, 400) % 7
    wanted = a @ a.T

    def work(number):
        for _ in range(4):
            np.testing.assert_array_equal(einc.einsum("ij,kj->ik", a, a), wanted)

    in_threads(work)


def test_one_compiled_expression_serves_all_threads():
    f = einc.compile("ij,jk,kl->il", (40, 50), (50, 60), (60, 30), dtype="float64")

    def work(number):
        a, b, c = np.full((40, 50), number + 1.0), np.ones((50, 60)), np.ones((60, 30))
        out = np.zeros((40, 30))
        for _ in range(40):
            assert (f(a, b, c) == 3000 * (number + 1)).all()
            f(a, b, c, out=out)
            assert (out == 3000 * (number + 1)).all()

    in_threads(work)


def test_the_cache_may_be_cleared_under_running_calls():
    def work(number):
        rng = np.random.default_rng(number)
        for turn in range(100):
            if number == 0:
                einc.clear_cache()
                assert einc.cache_state()["entries"] >= 0
            a = rng.random((3 + turn % 5, 4))
            np.testing.assert_allclose(einc.einsum("ij,kj->ik", a, a), a @ a.T)

    in_threads(work)


def test_new_texts_in_every_thread():
    def work(number):
        for turn in range(60):
            text = f"[a{number}_{turn}]j,jk->[a{number}_{turn}]k"
            assert (einc.einsum(text, np.ones((2, 3)), np.ones((3, 2))) == 3).all()

    in_threads(work)


def test_errors_in_one_thread_do_not_reach_others():
    def work(number):
        for _ in range(60):
            if number % 2:
                with pytest.raises(einc.Error):
                    einc.einsum("ij,jk", np.ones((2, 3)), np.ones((4, 5)))
            else:
                assert einc.einsum("ij->", np.ones((2, 3))) == 6

    in_threads(work)


def test_the_number_of_threads_is_an_option_and_a_setting():
    usual = einc.num_threads()
    a = np.random.default_rng(1).random((200, 300))
    try:
        results = []
        for count in (1, 2, 3):
            einc.set_num_threads(count)
            assert einc.num_threads() == count
            results.append(einc.einsum("ij,kj->ik", a, a))
            results.append(einc.einsum("ij,kj->ik", a, a, threads=count))
        assert all((result == results[0]).all() for result in results)
    finally:
        einc.set_num_threads(0)
    assert einc.num_threads() == usual
