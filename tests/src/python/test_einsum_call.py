"""einsum's arguments, one by one, held against numpy's, and how a call shares the interpreter: its lock, its interrupts."""

import os
import signal
import sys
import threading
import time

import einc
import numpy as np
import pytest

A = np.arange(6.0).reshape(2, 3)
B = np.arange(12.0).reshape(3, 4)
DTYPES = ["bool", "int8", "uint8", "int32", "int64", "uint64", "float16", "float32", "float64", "complex64", "complex128"]
CASTINGS = ["no", "equiv", "safe", "same_kind", "unsafe"]


def outcome(call):
    """What a call gives: its result, or the class of its exception."""
    try:
        return call()
    except Exception as raised:
        return raised


def assert_like_numpy(call, note):
    """call(einsum) with einc's and with numpy's: one result, or one class of exception."""
    with np.errstate(all="ignore"):
        wanted, got = outcome(lambda: call(np.einsum)), outcome(lambda: call(einc.einsum))
    if isinstance(wanted, Exception):
        assert isinstance(got, type(wanted)), (note, wanted, got)
    else:
        assert not isinstance(got, Exception), (note, got)
        assert got.dtype == wanted.dtype and got.shape == wanted.shape, note
        np.testing.assert_allclose(got, wanted, rtol=1e-2, err_msg=str(note))


# -------------------------------------------------------------------------------------------------------------------- out


def test_the_output_is_written_and_returned():
    out = np.full((2, 4), np.nan)
    assert einc.einsum("ij,jk->ik", A, B, out=out) is out
    np.testing.assert_array_equal(out, A @ B)
    assert einc.einsum("ij,jk->ik", A, B, out=None).shape == (2, 4)


def test_an_output_may_have_any_strides():
    room = np.zeros((8, 9))
    for out in (room[:4:2, :4], room[5:3:-1, 8::-2][:, :4], room.T[3:5, 1:5], np.asfortranarray(room[:2, :4])):
        einc.einsum("ij,jk->ik", A, B, out=out)
        np.testing.assert_array_equal(out, A @ B)


def test_an_output_of_rank_0():
    out = np.array(0.0)
    assert einc.einsum("ij->", A, out=out) is out
    assert out == 15


@pytest.mark.parametrize("casting", CASTINGS)
def test_outputs_of_another_type_follow_numpys_rule(casting):
    """numpy computes in the type that operands and output meet in: so does einc."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("warnings.warn", lambda *_, **__: None)
        for own in DTYPES:
            for other in DTYPES:
                a = np.array([[1, 0, 1], [1, 1, 0]], own)

                def call(einsum):
                    out = np.zeros(2, other)
                    assert einsum("ij,ij->i", a, a, out=out, casting=casting) is out
                    return out

                if np.dtype(own).kind == "c" and np.dtype(other).kind != "c" and casting == "unsafe":
                    continue  # numpy warns of the imaginary parts it drops
                assert_like_numpy(call, (own, other, casting))


def test_an_output_that_overlaps_an_operand_is_written_as_if_it_did_not():
    for text, operands in (("ij,jk->ik", 2), ("ij->ji", 1), ("ji,kj->ki", 2)):
        square = np.arange(9.0).reshape(3, 3)
        wanted = np.einsum(text, *[square.copy()] * operands)
        assert einc.einsum(text, *[square] * operands, out=square) is square
        np.testing.assert_array_equal(square, wanted)
    line = np.arange(10.0)
    einc.einsum("i->i", line[:-1], out=line[1:])
    np.testing.assert_array_equal(line, [0, 0, 1, 2, 3, 4, 5, 6, 7, 8])


def test_outputs_that_cannot_be_written():
    locked = np.zeros((2, 4))
    locked.flags.writeable = False
    cases = [
        (locked, ValueError, "bad_output"),
        (np.zeros((4, 2)), einc.Error, "bad_output"),
        (np.zeros((2, 4, 1)), einc.Error, "bad_output"),
        (np.zeros((1, 4)), einc.Error, "bad_output"),
        (np.broadcast_to(0.0, (2, 4)), ValueError, "bad_output"),
        (np.lib.stride_tricks.as_strided(np.zeros(8), (2, 4), (8, 0)), einc.Error, "bad_output"),
        (np.zeros((2, 4), object), TypeError, "unsupported_dtype"),
        (np.zeros((2, 4), "float32"), TypeError, "dtype_mismatch"),
    ]
    for out, kind, code in cases:
        before = out.copy()
        with pytest.raises(kind) as caught:
            einc.einsum("ij,jk->ik", A, B, out=out)
        assert caught.value.code == code
        np.testing.assert_array_equal(out, before)


def test_outputs_of_no_array_library():
    for out in ([[0.0] * 4] * 2, "out", 3, (), bytearray(64)):
        with pytest.raises(TypeError):
            einc.einsum("ij,jk->ik", A, B, out=out)


def test_numpys_output_for_torch_operands():
    torch = pytest.importorskip("torch")
    out = np.zeros((2, 2))
    einc.einsum("ij,kj->ik", torch.tensor(A), torch.tensor(A), out=out)
    np.testing.assert_array_equal(out, A @ A.T)
    with pytest.raises(einc.Error):
        einc.einsum("ij,kj->ik", A, A, out=torch.zeros(2, 2, dtype=torch.float32))


# ---------------------------------------------------------------------------------------------------------- dtype, casting


@pytest.mark.parametrize("casting", CASTINGS)
def test_dtype_and_casting_are_numpys(casting):
    for own in DTYPES:
        for dtype in DTYPES:
            if np.dtype(own).kind == "c" and np.dtype(dtype).kind != "c" and casting == "unsafe":
                continue  # numpy warns of the imaginary parts it drops
            a = np.array([[1, 0, 1], [1, 1, 0]], own)
            assert_like_numpy(lambda einsum: einsum("ij,ij->i", a, a, dtype=dtype, casting=casting), (own, dtype, casting))


def test_dtype_takes_whatever_numpy_takes():
    for dtype in (np.float32, "f4", np.dtype("float32"), float, "<f8", bool, None):
        a = np.array([[True, False]])
        got, wanted = einc.einsum("ij,ij->i", a, a, dtype=dtype), np.einsum("ij,ij->i", a, a, dtype=dtype)
        assert got.dtype == wanted.dtype and got == wanted
    assert einc.einsum("ij,ij->i", a, a, dtype=">f8") == 1.0  # numpy's own numbers are wrong here
    for dtype in ("no such type", 3.5, [], object()):
        with pytest.raises(TypeError):
            einc.einsum("ij->", A, dtype=dtype)
    for dtype in (object, "S3", "datetime64[s]", np.longdouble):
        with pytest.raises(einc.ElementTypeError):
            einc.einsum("ij->", A, dtype=dtype, casting="unsafe")


def test_dtype_and_out_together():
    for dtype in ("float32", "float64", "complex128"):
        for own in ("float32", "float64", "complex128"):

            def call(einsum):
                return einsum("ij->j", A.astype("float32"), dtype=dtype, out=np.zeros(3, own))

            if np.can_cast(dtype, own) and dtype != own:  # numpy refuses: its iterator wants to read the output too
                np.testing.assert_array_equal(call(einc.einsum), A.sum(0))
            else:
                assert_like_numpy(call, (dtype, own))


def test_words_that_casting_and_order_do_not_know():
    for keywords in ({"casting": "blah"}, {"casting": ""}, {"order": "W"}, {"order": ""}):
        with pytest.raises(ValueError):
            einc.einsum("ij->", A, **keywords)
    for keywords in ({"casting": 3}, {"order": 3}, {"casting": []}):
        with pytest.raises((TypeError, ValueError)):
            einc.einsum("ij->", A, **keywords)


# ---------------------------------------------------------------------------------------------------------------- optimize


OPTIMIZE = [True, False, None, "greedy", "optimal", "auto", "dp", ["einsum_path", (0, 1), (0, 1)], ["einsum_path", (0, 1, 2)], [(1, 2), (0, 1)], [(0, 2), (0, 1)], [(0, 1, 2)], ((2, 0), (1, 0)),
            ("greedy", 1000), ("optimal", 5.0), [[1, 2], [0, 1]], [(1,), (0, 2), (0, 1)]]


@pytest.mark.parametrize("optimize", OPTIMIZE, ids=str)
def test_every_form_of_optimize_gives_the_numbers(rng, optimize):
    for text, shapes in (("ij,jk,kl->il", [(2, 3), (3, 4), (4, 5)]), ("ij,jk,kl", [(2, 3), (3, 4), (4, 5)]), ("...i,ij,...j->...", [(2, 3), (3, 4), (2, 4)]), ("a,b,ab->", [(3,), (2,), (3, 2)])):
        operands = [rng.random(shape) for shape in shapes]
        wanted = np.einsum(text, *operands)
        np.testing.assert_allclose(einc.einsum(text, *operands, optimize=optimize), wanted)
        out = np.zeros(wanted.shape)
        assert einc.einsum(text, *operands, optimize=optimize, out=out) is out
        np.testing.assert_allclose(out, wanted)


def test_optimize_of_lists_of_labels(rng):
    a, b, c = rng.random((2, 3)), rng.random((3, 4)), rng.random((4, 5))
    for optimize in OPTIMIZE:
        np.testing.assert_allclose(einc.einsum(a, [7, 1], b, [1, 30], c, [30, 2], [2, 7], optimize=optimize), (a @ b @ c).T)
        np.testing.assert_allclose(einc.einsum(a, [7, 1], b, [1, 30], c, [30, 2], optimize=optimize), (a @ b @ c).T)


def test_what_optimize_refuses():
    for optimize in ("no such planner", "", [(0, 5), (0, 1)], [(-1, 0)], [(0, 0)], [()], ["einsum_path", (0, 9)], [(0, 1)], []):
        with pytest.raises(ValueError):
            einc.einsum("ij,jk,kl->il", A, B, B.T, optimize=optimize)
    for optimize in (3, 2.5, {}, object(), [1, 2], ["einsum_path", 3], [("a", "b")], [None]):
        with pytest.raises(TypeError):
            einc.einsum("ij,jk,kl->il", A, B, B.T, optimize=optimize)


def test_one_operand_is_a_view_whatever_optimize_says():
    for optimize in (None, True, False, "greedy", "optimal"):
        assert np.shares_memory(einc.einsum("ij->ji", A, optimize=optimize), A), optimize


# --------------------------------------------------------------------------------------------------------- texts and lists


def test_texts_may_be_bytes():
    np.testing.assert_array_equal(einc.einsum(b"ij,jk->ik", A, B), A @ B)


def test_lists_of_labels():
    np.testing.assert_array_equal(einc.einsum(A, [0, 1], B, [1, 2], [0, 2]), A @ B)
    np.testing.assert_array_equal(einc.einsum(A, (0, 1), B, (1, 2)), A @ B)
    np.testing.assert_array_equal(einc.einsum(A, [Ellipsis, 1], B, [1, 2], [Ellipsis, 2]), A @ B)
    np.testing.assert_array_equal(einc.einsum(A, [1000000, 7], [7, 1000000]), A.T)
    np.testing.assert_array_equal(einc.einsum(A, np.array([1, 0])), A.T)
    assert einc.einsum(A, [0, 1], []) == 15


def test_what_lists_refuse():
    for arguments in ((A, [0, -1]), (A, [0, 2**40]), (A, [0, 1], [2]), (A, [0]), (A, [0, 1], B, [1, 2], [0, 0])):
        with pytest.raises(ValueError):
            einc.einsum(*arguments)
    for arguments in ((A, ["a", "b"]), (A, [0, None]), (A, [0, 1.5]), (A, 3), (A, None), (A, [[0], 1])):
        with pytest.raises(TypeError):
            einc.einsum(*arguments)


def test_arguments_that_do_not_exist():
    for name in ("bad_arg", "axis", "Out", "subscripts", "operands", "_", "ö"):
        with pytest.raises(TypeError, match=name):
            einc.einsum("ij->", A, **{name: 0})
    with pytest.raises(TypeError):
        einc.compile("ij->", (2, 3), bad_arg=0)
    with pytest.raises(TypeError):
        einc.contract("ij,jk->ik", A, B, bad_arg=0)
    with pytest.raises(TypeError):
        einc.compile("ij->", (2, 3))(A, bad_arg=0)


def test_calls_without_operands():
    for arguments in ((), ("",), ("ij",), (A,), (0,)):
        with pytest.raises((TypeError, ValueError)):
            einc.einsum(*arguments)


# --------------------------------------------------------------------------------------------------- the interpreter's lock


def lattice(width):
    """The text and the shapes of a square of operands, each joined with its neighbours."""
    letters, names = map(chr, range(0x4E00, 0x9FFF)), {}
    terms = []
    for y in range(width):
        for x in range(width):
            edges = [("r", x - 1, y), ("r", x, y), ("d", x, y - 1), ("d", x, y)]
            there = [edge for edge in edges if 0 <= edge[1] and 0 <= edge[2] and (edge[1] < width - 1 if edge[0] == "r" else edge[2] < width - 1)]
            terms.append("".join(names[edge] if edge in names else names.setdefault(edge, next(letters)) for edge in there))
    return ",".join(terms) + "->", [(2,) * len(term) for term in terms]


def endless():
    """Arguments of an einsum that takes minutes, in hardly any memory."""
    return "bij,bjk->ik", np.broadcast_to(1.0, (4000, 1000, 4000)), np.broadcast_to(1.0, (4000, 4000, 1000))


def test_another_thread_runs_during_a_long_einsum():
    text, a, b = endless()
    a, b = a[:2], b[:2]
    einc.einsum(text, a, b)
    counted, over = [0], threading.Event()

    def count():
        while not over.is_set():
            counted[0] += 1
            time.sleep(0.0005)

    counter = threading.Thread(target=count)
    patience = sys.getswitchinterval()
    sys.setswitchinterval(1000)  # the lock changes hands only where somebody gives it away
    try:
        counter.start()
        before = counted[0]
        einc.einsum(text, a, b)
        during = counted[0] - before
    finally:
        sys.setswitchinterval(patience)
        over.set()
        counter.join()
    assert during > 5


def interrupt(call):
    """Sends SIGINT after 0.3 s of the call, which must end with KeyboardInterrupt."""
    timer = threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT))
    usual = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs begin without it
    try:
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            call()
    finally:
        timer.join()
        signal.signal(signal.SIGINT, usual)


@pytest.mark.skipif(os.name != "posix", reason="signals are sent as POSIX has them")
@pytest.mark.parametrize("how", ["out", "fresh", "compiled"])
def test_an_interrupt_ends_a_long_einsum_and_the_next_call_works(how):
    text, a, b = endless()
    out = np.zeros((1000, 1000))
    calls = {
        "out": lambda: einc.einsum(text, a, b, out=out),
        "fresh": lambda: einc.einsum(text, a, b),
        "compiled": lambda: einc.compile(text, a, b)(a, b),
    }
    began = time.monotonic()
    interrupt(calls[how])
    assert time.monotonic() - began < 20
    np.testing.assert_array_equal(einc.einsum("ij,jk->ik", A, B), A @ B)


@pytest.mark.skipif(os.name != "posix", reason="signals are sent as POSIX has them")
@pytest.mark.parametrize("how", ["einsum", "compiled", "program"])
def test_an_interrupt_ends_a_search_and_the_next_call_works(how):
    text, shapes = lattice(16)
    program = einc.Program()
    program.output("y", einc.einsum(text, *[program.input(f"x{i}", term) for i, term in enumerate(text[:-2].split(","))]))
    calls = {
        "einsum": lambda: einc.einsum(text, *[np.ones(shape) for shape in shapes], effort=1000.0),
        "compiled": lambda: einc.compile(text, *shapes, effort=1000),
        "program": lambda: einc.compile(program, *shapes, effort=1000),
    }
    interrupt(calls[how])
    assert einc.compile(text, *shapes, effort=0.01, seed=3, objective="flops").plan["method"].startswith("search: ")


def test_effort_is_a_word_or_a_time():
    text, shapes = lattice(3)
    assert einc.compile(text, *shapes, effort="best").plan["flops"] > 0
    for effort in (0, -1.0, float("nan"), float("inf"), "long"):
        with pytest.raises(einc.Error):
            einc.compile(text, *shapes, effort=effort)
    with pytest.raises(TypeError):
        einc.compile(text, *shapes, effort=[1])


@pytest.mark.skipif(os.name != "posix", reason="signals are sent as POSIX has them")
def test_a_handler_that_raises_nothing_does_not_end_the_call():
    seen = []
    text, a, b = endless()
    a, b = a[:8], b[:8]
    usual = signal.signal(signal.SIGUSR1, lambda *_: seen.append(1))
    timer = threading.Timer(0.05, lambda: os.kill(os.getpid(), signal.SIGUSR1))
    try:
        timer.start()
        assert (einc.einsum(text, a, b) == 32000).all()
    finally:
        timer.join()
        signal.signal(signal.SIGUSR1, usual)
    assert seen


@pytest.mark.parametrize("sums, dtype", [("int32", "int32"), ("i32", "int32"), (np.int32, "int32"), (np.dtype("float64"), "float64"), ("wide", "int64"), ("same", "int8"), (complex, "complex128")])
def test_sums_have_the_type_that_is_asked_for(sums, dtype):
    a = np.full((3, 40), -128, "int8")
    got = einc.einsum("ik,jk->ij", a, a, accumulate=sums)
    assert got.dtype == dtype
    np.testing.assert_array_equal(got, np.full((3, 3), 40 * 128 * 128).astype(dtype))
    compiled = einc.compile("ik,jk->ij", a, a, accumulate=sums)
    assert compiled.dtype == dtype
    np.testing.assert_array_equal(einc.load_plan(compiled.plan_json())(a, a), got)


def test_sums_that_do_not_hold_the_operands_are_refused():
    a = np.ones((3, 3), "int32")
    with pytest.raises(einc.ElementTypeError, match="sums in i16 do not hold the numbers of operands of i32"):
        einc.einsum("ij->i", a, accumulate="int16")
    for sums in ("x", None, object):
        with pytest.raises(TypeError):
            einc.einsum("ij->i", a, accumulate=sums)
