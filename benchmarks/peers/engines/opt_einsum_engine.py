"""opt_einsum: an expression made once, on numpy or on torch, and the one-shot call. What comes back as a view is made contiguous."""

import numpy

from benchmarks.peers.engines.base import Call, CannotRun, Engine, empty_result, import_or_missing
from benchmarks.peers.engines.torch_engine import to_numpy, to_torch


class Expression(Engine):
    name = "opt_einsum"
    about = "contract_expression(...)(..., out=...) on numpy"

    def __init__(self, threads):
        super().__init__(threads)
        self.opt_einsum = import_or_missing("opt_einsum")

    def version(self):
        return self.opt_einsum.__version__

    def refuse(self, case):
        if case.program:
            raise CannotRun("it knows einsums only")
        if case.dtype == "bf16":
            raise CannotRun("numpy's einsum has no bf16")

    def prepare(self, case, operands):
        self.refuse(case)
        expression = self.opt_einsum.contract_expression(case.subscripts, *case.shapes)
        if not case.output:  # with out= its last step fails for a scalar
            return Call(lambda: numpy.asarray(expression(*operands, backend="numpy")))
        out = empty_result(case)
        return Call(lambda: expression(*operands, out=out, backend="numpy"))


class OneShot(Expression):
    name = "opt_einsum-call"
    about = "contract(text, ...), a new result every time"

    def prepare(self, case, operands):
        self.refuse(case)
        contract, text = self.opt_einsum.contract, case.subscripts
        dense = numpy.ascontiguousarray if case.output else numpy.asarray  # the first makes a scalar a vector
        return Call(lambda: dense(contract(text, *operands)))


class TorchExpression(Expression):
    name = "opt_einsum-torch"
    about = "contract_expression(...)(...).contiguous() on torch"

    def __init__(self, threads):
        super().__init__(threads)
        self.torch = import_or_missing("torch")
        self.torch.set_grad_enabled(False)

    def prepare(self, case, operands):
        if case.program:
            raise CannotRun("it knows einsums only")
        tensors = [to_torch(self.torch, operand) for operand in operands]
        expression = self.opt_einsum.contract_expression(case.subscripts, *case.shapes)
        return Call(
            lambda: expression(*tensors, backend="torch").contiguous(),
            lambda tensor: to_numpy(self.torch, tensor),
        )
