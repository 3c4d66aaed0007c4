"""What an engine is: something that turns a case and its operands into a call that can be timed."""

import importlib

import numpy

from benchmarks.peers.engines import CannotRun, Missing


class Call:
    """One case, ready to be called again and again. `run()` leaves the whole result written, row-major, in memory."""

    def __init__(self, run, as_array=numpy.asarray):
        self.run = run
        self.as_array = as_array  # turns what run() returns into a numpy array


class Engine:
    """A library in one of its ways of being called."""

    name = ""
    pinned = True  # its workers are moved to processors of their own, and the main thread to the first
    about = ""  # how the library is called, for reports
    accumulates = False  # whether a case may have sums of another type than its operands

    def __init__(self, threads):
        self.threads = threads

    def version(self):
        raise NotImplementedError

    def set_threads(self, threads):
        """For the calls that are prepared from now on."""
        self.threads = threads

    def prepare(self, case, operands):
        """A Call for dense row-major numpy operands. Raises CannotRun."""
        raise NotImplementedError


def import_or_missing(name):
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise Missing(f"not installed: {error}") from error


def empty_result(case):
    """Memory for a result, every page touched; on a cache line."""
    return touched(case.output_shape, numpy_dtype(case.result_dtype))


def touched(shape, dtype, number=0):
    """Memory whose pages are all there, on a cache line and a few lines further than the array before."""
    line = 64
    size = int(numpy.prod(shape, dtype=numpy.int64)) * dtype.itemsize
    skip = (1 + number % 16) * 17 * line
    whole = numpy.empty(size + skip + 2 * line, dtype=numpy.uint8)
    whole.fill(0xFF)  # NaN, or what no result is
    start = -whole.ctypes.data % line + skip
    return whole[start : start + size].view(dtype).reshape(shape)


def numpy_dtype(dtype):
    """Raises CannotRun for bf16 where ml_dtypes is missing."""
    names = {
        "f32": "float32", "f64": "float64", "f16": "float16", "c64": "complex64", "c128": "complex128", "bool": "bool",
        "i8": "int8", "i16": "int16", "i32": "int32", "i64": "int64", "u8": "uint8", "u16": "uint16", "u32": "uint32", "u64": "uint64",
    }  # fmt: skip
    if dtype == "bf16":
        try:
            import ml_dtypes
        except ImportError as error:
            raise CannotRun("numpy has no bf16 without ml_dtypes") from error
        return numpy.dtype(ml_dtypes.bfloat16)
    return numpy.dtype(names[dtype])


def is_matrix_product(case):
    """Whether the subscripts are what matmul computes: a plain product, or one with the same leading labels everywhere."""
    if len(case.terms) != 2:
        return False
    left, right, output = case.terms[0], case.terms[1], case.output
    if len(left) != len(right) or len(left) != len(output) or len(left) < 2:
        return False
    batch = len(left) - 2
    m, k = left[-2:]
    n = right[-1]
    same = left[:batch] == right[:batch] == output[:batch]
    return same and right[-2] == k and output[-2:] == [m, n] and len({m, n, k, *left[:batch]}) == len(left) + 1


ASCII = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def ascii_subscripts(case):
    """The text in 52 letters, which is what numpy and torch take."""
    labels = list(case.extents)
    if len(labels) > len(ASCII):
        raise CannotRun(f"{len(labels)} labels, and it takes 52 letters")
    names = dict(zip(labels, ASCII))

    def written(term):
        return "".join(names[label] for label in term)

    return ",".join(written(term) for term in case.terms) + "->" + written(case.output)


ATTENTIONS = {"full.einc": False, "causal.einc": True}


def attention_of(case):
    """(is causal) of a program that is whole attention over operands bqhc, bkhc, bkhc. Raises CannotRun for other programs."""
    if case.program_file not in ATTENTIONS:
        raise CannotRun("no such program is known to it")
    return ATTENTIONS[case.program_file]


SCORES_AT_MOST = 1 << 30  # bytes


def refuse_large_scores(case):
    batch, queries, heads, _ = case.shapes[0]
    size = 4 * batch * heads * queries * case.shapes[1][1]
    if size > SCORES_AT_MOST:
        raise CannotRun(f"its scores would take {size / 2**30:.1f} GiB")
