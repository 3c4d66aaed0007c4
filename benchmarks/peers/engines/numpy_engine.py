"""numpy: einsum with optimize=True, and matmul; both write where they are told."""

import numpy

from benchmarks.peers.engines.base import (
    Call,
    CannotRun,
    Engine,
    ascii_subscripts,
    attention_of,
    empty_result,
    is_matrix_product,
    refuse_large_scores,
)

SLOW_RATE = 3e8  # positions a second of its loops over integers and halves
SLOW_AT_MOST = 20  # seconds


class Einsum(Engine):
    name = "numpy"
    about = "numpy.einsum(..., optimize=True, out=...); of several operands the order is found before"
    accumulates = True  # its einsum sums in the type of `out`

    def version(self):
        return numpy.__version__

    def set_threads(self, threads):
        """Of its BLAS; where threadpoolctl is missing it keeps what it found in OPENBLAS_NUM_THREADS."""
        super().set_threads(threads)
        try:
            import threadpoolctl
        except ImportError:
            return
        threadpoolctl.threadpool_limits(limits=threads, user_api="blas")

    def prepare(self, case, operands):
        if case.program:
            return attention_by_steps(case, operands)
        if case.dtype == "bf16":
            raise CannotRun("its einsum has no bf16")
        seconds = positions(case) / SLOW_RATE
        if case.dtype not in ("f32", "f64", "c64", "c128") and seconds > SLOW_AT_MOST:
            raise CannotRun(f"its loops over {case.dtype} would take some {seconds:.0f} s a call")
        text, out = ascii_subscripts(case), empty_result(case)
        order = True if len(operands) < 3 else pairs_of(text, operands)
        return Call(lambda: numpy.einsum(text, *operands, out=out, optimize=order))


class Matmul(Einsum):
    name = "numpy-matmul"
    about = "numpy.matmul(a, b, out=...)"
    accumulates = False

    def prepare(self, case, operands):
        if not is_matrix_product(case):
            raise CannotRun("no matrix product as it stands")
        if case.dtype not in ("f32", "f64", "c64", "c128") and positions(case) / SLOW_RATE > SLOW_AT_MOST:
            raise CannotRun(f"its loops over {case.dtype} would take too long")
        first, second = operands
        out, matmul = empty_result(case), numpy.matmul
        return Call(lambda: matmul(first, second, out=out))


def pairs_of(text, operands):
    """The greedy order found once, with intermediates of any size: otherwise numpy falls back to one loop over all labels."""
    return numpy.einsum_path(text, *operands, optimize=("greedy", 1 << 60))[0]


def positions(case):
    count = 1.0
    for extent in case.extents.values():
        count *= extent
    return count


def attention_by_steps(case, operands):
    """Two einsums and a softmax between them, with the scores in memory."""
    causal = attention_of(case)
    refuse_large_scores(case)
    q, k, v = operands
    scale = numpy.asarray(q.shape[-1] ** -0.5, dtype=q.dtype)
    hidden = ~numpy.tri(q.shape[1], k.shape[1], dtype=bool) if causal else None
    out = empty_result(case)

    def run():
        scores = numpy.einsum("bqhc,bkhc->bhqk", q, k, optimize=True) * scale
        if causal:
            scores[..., hidden] = -numpy.inf
        scores -= scores.max(axis=-1, keepdims=True)
        numpy.exp(scores, out=scores)
        scores /= scores.sum(axis=-1, keepdims=True)
        return numpy.einsum("bhqk,bkhc->bqhc", scores, v, out=out, optimize=True)

    return Call(run)
