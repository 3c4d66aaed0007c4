"""Operands and results: which memory einc takes, that it takes it where it lies, and whose arrays come back."""

import array
import ctypes

import einc
import numpy as np
import pytest

REAL = ["float16", "float32", "float64"]
COMPLEX = ["complex64", "complex128"]
WHOLE = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]
NUMPY_TYPES = REAL + COMPLEX + WHOLE + ["bool"]


def numbers(rng, shape, dtype):
    dtype = np.dtype(dtype)
    if dtype.kind == "b":
        return rng.random(shape) < 0.5
    if dtype.kind in "iu":
        return rng.integers(0 if dtype.kind == "u" else -9, 10, shape).astype(dtype)
    drawn = rng.standard_normal(shape)
    if dtype.kind == "c":
        drawn = drawn + 1j * rng.standard_normal(shape)
    return np.asarray(drawn).astype(dtype)


def address(array):
    return array.__array_interface__["data"][0]


def misaligned(values):
    """The same numbers one byte past an aligned address."""
    room = np.zeros(values.nbytes + 1, np.uint8)
    shifted = room[1:].view(values.dtype).reshape(values.shape)
    shifted[...] = values
    assert not shifted.flags.aligned or values.itemsize == 1
    return shifted


class Foreign:
    """An array that has nothing but DLPack's two methods."""

    def __init__(self, inner, device=None):
        self._inner, self._device = inner, device

    def __dlpack__(self, **keywords):
        return self._inner.__dlpack__(**keywords)

    def __dlpack_device__(self):
        return self._device or self._inner.__dlpack_device__()


# ------------------------------------------------------------------------------------------------------------------ numpy


def looks(rng, dtype):
    base = numbers(rng, (6, 8), dtype)
    half = numbers(rng, (6, 16), dtype)
    locked = base.copy()
    locked.flags.writeable = False
    return {
        "plain": base,
        "transposed": numbers(rng, (8, 6), dtype).T,
        "column-major": np.asfortranarray(base),
        "every other": half[:, ::2],
        "backwards": base[::-1, ::-1],
        "a corner": numbers(rng, (9, 9), dtype)[2:8, 1:],
        "one row repeated": np.broadcast_to(base[0], (6, 8)),
        "read-only": locked,
        "unaligned": misaligned(base),
        "byte-swapped": base.astype(base.dtype.newbyteorder()),
        "a field of records": np.zeros((6, 8), [("first", "u1"), ("value", base.dtype)])["value"],
    }


@pytest.mark.parametrize("dtype", NUMPY_TYPES)
def test_every_look_at_every_type_gives_numpys_numbers(rng, dtype):
    other = numbers(rng, (8, 5), dtype)
    for name, a in looks(rng, dtype).items():
        got = einc.einsum("ij,jk->ik", a, other)
        wanted = np.einsum("ij,jk->ik", a, other)
        assert type(got) is np.ndarray and got.dtype == wanted.dtype, name
        np.testing.assert_allclose(got, wanted, rtol=2e-2 if dtype == "float16" else 1e-4, atol=2e-2 if dtype == "float16" else 1e-5, err_msg=name)
        np.testing.assert_array_equal(einc.einsum("ij->ji", a), a.T, err_msg=name)


def test_operands_are_left_as_they_were(rng):
    for name, a in looks(rng, "float64").items():
        before, flags = a.copy(), str(a.flags)
        einc.einsum("ij,ij,j->i", a, a, np.ones(8))
        np.testing.assert_array_equal(a, before, err_msg=name)
        assert str(a.flags) == flags


@pytest.mark.parametrize("dtype", NUMPY_TYPES)
def test_arrays_of_rank_0_and_numbers(dtype):
    two, three = np.array(2, dtype), np.dtype(dtype).type(3)
    got = einc.einsum(",->", two, three)
    assert got == np.einsum(",->", two, three) and got.dtype == np.dtype(dtype)
    assert isinstance(got, np.generic)
    assert einc.einsum("", two) == two


def test_python_numbers_and_lists_are_arrays_too():
    assert einc.einsum(",", 2, 3.5) == 7.0
    assert einc.einsum("ij->", [[1, 2], [3, 4]]) == 10
    assert einc.einsum("i,i", (1, 2), [3j, 4]) == 8 + 3j


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (0, 0)])
def test_empty_arrays(shape):
    a = np.ones(shape)
    for text in ("ij->ij", "ij->ji", "ij->i", "ij->", "ij,ij->ij", "ij,kj->ik"):
        operands = [a] * (text.split("->")[0].count(",") + 1)
        np.testing.assert_array_equal(einc.einsum(text, *operands), np.einsum(text, *operands), err_msg=text)


def test_a_view_shows_the_operands_memory():
    a = np.arange(12.0).reshape(3, 4)
    turned = einc.einsum("ij->ji", a)
    assert address(turned) == address(a) and turned.strides == a.T.strides
    turned[1, 2] = -5
    assert a[2, 1] == -5
    a[0, 0] = 99
    assert turned[0, 0] == 99
    square = np.zeros((3, 3))
    einc.einsum("ii->i", square)[:] = [1, 2, 3]
    np.testing.assert_array_equal(square, np.diag([1, 2, 3]))


def test_a_view_of_a_read_only_array_is_read_only():
    a = np.zeros((2, 2))
    a.flags.writeable = False
    assert not einc.einsum("ij->ji", a).flags.writeable
    assert not einc.einsum_view("ii->i", a).flags.writeable


def test_a_view_keeps_its_memory_alive():
    view = einc.einsum("ij->ji", np.full((50, 40), 7.0))
    assert [np.full((50, 40), 1.0) for _ in range(50)] and (view == 7).all()


def test_einsum_view_refuses_what_has_no_memory_of_its_own():
    for what in (misaligned(np.ones((2, 2))), np.ones((2, 2)).astype(">f8"), [[1.0, 2.0]]):
        with pytest.raises(einc.Error) as caught:
            einc.einsum_view("ij->ji", what)
        assert caught.value.code == "no_view"


def test_subclasses_of_ndarray_are_read_as_arrays():
    m = np.ma.masked_array([1.0, 2.0], [False, False])
    assert einc.einsum("i,i", m, m) == 5.0


def test_memory_mapped_files(tmp_path):
    np.save(tmp_path / "a.npy", np.arange(6.0).reshape(2, 3))
    a = np.load(tmp_path / "a.npy", mmap_mode="r")
    np.testing.assert_array_equal(einc.einsum("ij->i", a), [3, 12])


# ------------------------------------------------------------------------------------------------------- buffer protocol


def test_buffers_are_read_and_shown_without_a_copy():
    for buffer in (array.array("d", [1, 2, 3]), memoryview(array.array("d", [1, 2, 3])), (ctypes.c_double * 3)(1, 2, 3)):
        shown = einc.einsum("i->i", buffer)
        assert type(shown) is np.ndarray and einc.einsum("i,i", buffer, buffer) == 14
        buffer[0] = 10
        assert shown[0] == 10
        shown[1] = 20
        assert buffer[1] == 20


def test_a_memoryview_may_have_strides_and_several_places():
    flat = memoryview(array.array("i", range(12)))
    assert einc.einsum("i->", flat[::2]) == 30
    table = memoryview(bytes(range(6))).cast("B", (2, 3))
    np.testing.assert_array_equal(einc.einsum("ij->ji", table), [[0, 3], [1, 4], [2, 5]])
    assert not einc.einsum("ij->ji", table).flags.writeable


def test_a_released_memoryview_is_an_exception():
    view = memoryview(array.array("d", [1, 2]))
    view.release()
    with pytest.raises((TypeError, ValueError)):
        einc.einsum("i->", view)


# ----------------------------------------------------------------------------------------------------------------- DLPack


@pytest.mark.parametrize("dtype", [t for t in NUMPY_TYPES])
def test_an_array_that_knows_only_dlpack(rng, dtype):
    a, b = numbers(rng, (3, 4), dtype), numbers(rng, (6, 4), dtype)[::2].T
    got = einc.einsum("ij,jk->ik", Foreign(a), Foreign(b))
    wanted = np.einsum("ij,jk->ik", a, b)
    assert hasattr(got, "__dlpack__")
    np.testing.assert_allclose(np.from_dlpack(got), wanted, rtol=1e-2, atol=1e-2)


def test_a_foreign_array_beside_one_of_numpy():
    a = np.arange(6.0).reshape(2, 3)
    got = np.from_dlpack(einc.einsum("ij,kj->ik", a, Foreign(a)))
    np.testing.assert_array_equal(got, a @ a.T)


@pytest.mark.parametrize("device", [(2, 0), (13, 1), (99, 0)])
def test_memory_of_another_device_is_a_buffer_error(device):
    class Elsewhere(Foreign):
        def __dlpack__(self, **keywords):
            raise BufferError("not for the processor")

    with pytest.raises(BufferError):
        einc.einsum("i->", Elsewhere(np.ones(3), device))


def test_another_device_is_told_by_its_number_even_if_the_array_would_be_handed_over():
    with pytest.raises(BufferError):
        einc.einsum("i->", Foreign(np.ones(3), (2, 0)))


def test_an_array_of_foreign_byte_order_has_no_dlpack_and_says_so():
    with pytest.raises((BufferError, TypeError, ValueError)):
        einc.einsum("i->", Foreign(np.ones(3, ">f8")))


def test_outputs_through_dlpack():
    a, room = np.arange(6.0).reshape(2, 3), np.zeros((2, 2))
    out = Foreign(room)
    assert einc.einsum("ij,kj->ik", a, a, out=out) is out
    np.testing.assert_array_equal(room, a @ a.T)
    room.flags.writeable = False
    with pytest.raises(einc.Error) as caught:
        einc.einsum("ij,kj->ik", a, 2 * a, out=Foreign(room))
    assert caught.value.code == "bad_output"
    np.testing.assert_array_equal(room, a @ a.T)
    with pytest.raises(einc.Error):
        einc.einsum("ij,kj->ik", a, a, out=Foreign(np.zeros((2, 3))))


def test_an_array_whose_module_cannot_be_imported_gets_a_result_all_the_same():
    kind = type("Stranger", (Foreign,), {"__module__": "no_such_package.at_all"})
    got = einc.einsum("ij->j", kind(np.ones((2, 3))))
    np.testing.assert_array_equal(np.from_dlpack(got), [2, 2, 2])


# -------------------------------------------------------------------------------------------------- torch, jax, ml_dtypes


def test_torch_tensors_are_shared_and_come_back():
    torch = pytest.importorskip("torch")
    a = torch.arange(6.0).reshape(2, 3)
    got = einc.einsum("ij,kj->ik", a, a)
    assert isinstance(got, torch.Tensor) and torch.equal(got, a @ a.T)
    turned = einc.einsum("ij->ji", a)
    assert isinstance(turned, torch.Tensor) and turned.data_ptr() == a.data_ptr()
    a[0, 1] = 50
    assert turned[1, 0] == 50
    assert einc.einsum("ij->", a).shape == ()


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "float32", "float64", "complex64", "complex128", "int8", "int16", "int32", "int64", "uint8", "bool"])
def test_every_type_of_torch(dtype):
    torch = pytest.importorskip("torch")
    a = torch.arange(6).reshape(2, 3).to(getattr(torch, dtype))
    got = einc.einsum("ij,kj->ik", a, a)
    assert got.dtype == a.dtype
    wanted = a.to(torch.complex128) @ a.to(torch.complex128).T
    assert torch.equal(got, wanted.real.to(a.dtype) if not a.is_complex() else wanted.to(a.dtype))


def test_looks_at_torch_tensors():
    torch = pytest.importorskip("torch")
    a = torch.arange(24.0).reshape(4, 6)
    for look in (a.T, a[::2, 1::2], a.expand(3, 4, 6)[1], a[0].expand(4, 6), a[2:, :0]):
        got = einc.einsum("ij,ij->j", look, look)
        assert torch.allclose(got, (look * look).sum(0))


def test_a_tensor_that_needs_gradients_is_refused_rather_than_detached():
    torch = pytest.importorskip("torch")
    with pytest.raises(Exception) as caught:
        einc.einsum("i->", torch.ones(3, requires_grad=True))
    assert not isinstance(caught.value, einc.InternalError)


def test_a_torch_output_is_written():
    torch = pytest.importorskip("torch")
    a, out = torch.arange(6.0).reshape(2, 3), torch.zeros(2, 2)
    assert einc.einsum("ij,kj->ik", a, a, out=out) is out
    assert torch.equal(out, a @ a.T)


def test_jax_arrays_come_back():
    jax = pytest.importorskip("jax")
    a = jax.numpy.arange(6.0, dtype="float32").reshape(2, 3)
    got = einc.einsum("ij,kj->ik", a, a)
    assert isinstance(got, jax.Array)
    np.testing.assert_array_equal(np.asarray(got), np.asarray(a @ a.T))
    low = a.astype("bfloat16")
    got = einc.einsum("ij,kj->ik", low, low)
    assert got.dtype == jax.numpy.bfloat16
    np.testing.assert_array_equal(np.asarray(got.astype("float32")), np.asarray(a @ a.T))


def test_a_jax_array_is_no_output():
    jax = pytest.importorskip("jax")
    with pytest.raises(einc.Error) as caught:
        einc.einsum("i->i", np.ones(3, "float32"), out=jax.numpy.zeros(3, "float32"))
    assert caught.value.code == "bad_output"


def test_bfloat16_of_ml_dtypes():
    ml_dtypes = pytest.importorskip("ml_dtypes")
    a = np.arange(6).reshape(2, 3).astype(ml_dtypes.bfloat16)
    got = einc.einsum("ij,kj->ik", a, a)
    assert got.dtype == ml_dtypes.bfloat16
    np.testing.assert_array_equal(got.astype("float32"), [[5, 14], [14, 50]])
    mixed = einc.einsum("ij,kj->ik", a, a.astype("float32"))
    assert mixed.dtype == np.float32
    assert einc.einsum("ij->", a) == 15 and einc.einsum("ij->", a).dtype == ml_dtypes.bfloat16
    assert address(einc.einsum("ij->ji", a)) == address(a)
    assert einc.einsum("ij,kj->ik", a, a, dtype="float32").dtype == np.float32
    assert einc.einsum("i,i", np.ones(3, "float32"), np.ones(3, "float32"), dtype="bf16", casting="same_kind").dtype == ml_dtypes.bfloat16


def test_results_are_the_callers_to_keep():
    a = np.ones((3, 3))
    first = einc.einsum("ij,jk->ik", a, a)
    second = einc.einsum("ij,jk->ik", a, 2 * a)
    assert first.flags.owndata and first.flags.writeable
    assert (first == 3).all() and (second == 6).all() and not np.shares_memory(first, second)
