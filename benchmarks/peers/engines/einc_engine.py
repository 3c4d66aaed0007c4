"""einc: compiled for the shapes, and as a one-shot call."""

from benchmarks.peers.engines.base import Call, CannotRun, Engine, empty_result, import_or_missing


class Compiled(Engine):
    name = "einc"
    about = "compiled once, called with out="
    accumulates = True

    def __init__(self, threads):
        self.einc = import_or_missing("einc")
        self.set_threads(threads)

    def version(self):
        return self.einc.version().removeprefix("einc ")

    def set_threads(self, threads):
        self.threads = threads
        self.einc.set_num_threads(threads)

    def prepare(self, case, operands):
        text = case.subscripts
        if case.program:
            if not hasattr(self.einc, "Program"):
                raise CannotRun("this build has no programs")
            text = self.einc.Program.parse(case.program)
        compiled = self.einc.compile(text, *operands, threads=self.threads, accumulate=case.accumulate or "same")
        out = empty_result(case)
        return Call(lambda: compiled(*operands, out=out))


class OneShot(Compiled):
    name = "einc-call"
    about = "einc.einsum(text, ...), a new result every time"

    def prepare(self, case, operands):
        if case.program:
            raise CannotRun("programs are compiled")
        einsum, text = self.einc.einsum, case.subscripts
        if len(operands) == 1 and len(case.output) == len(case.terms[0]):
            return Call(lambda: einsum(text, *operands).copy())  # a view otherwise
        if case.accumulate:
            return Call(lambda: einsum(text, *operands, accumulate=case.accumulate))
        if len(operands) == 2:
            first, second = operands
            return Call(lambda: einsum(text, first, second))
        return Call(lambda: einsum(text, *operands))
