"""pytblis: einsum on TBLIS, which contracts without transposed copies."""

from importlib import metadata

from benchmarks.peers.engines.base import Call, CannotRun, Engine, ascii_subscripts, empty_result, import_or_missing
from benchmarks.peers.engines.numpy_engine import pairs_of


class Einsum(Engine):
    name = "pytblis"
    about = "pytblis.einsum(..., out=...)"

    def __init__(self, threads):
        self.pytblis = import_or_missing("pytblis")
        self.set_threads(threads)

    def set_threads(self, threads):
        self.threads = threads
        self.pytblis.set_num_threads(threads)

    def version(self):
        return metadata.version("pytblis")

    def prepare(self, case, operands):
        if case.program:
            raise CannotRun("it knows einsums only")
        if case.dtype not in ("f32", "f64", "c64", "c128"):
            raise CannotRun(f"it has no {case.dtype}")
        if len(operands) == 1:
            raise CannotRun("it contracts two operands or more")
        text, out, einsum = ascii_subscripts(case), empty_result(case), self.pytblis.einsum
        if len(operands) == 2:
            return Call(lambda: einsum(text, *operands, out=out))
        order = pairs_of(text, operands)
        return Call(lambda: einsum(text, *operands, out=out, optimize=order))
