"""einsum, compiled.

    import einc
    scores = einc.einsum("bqhc,bkhc->bhqk", q, k)               # as numpy.einsum: arrays of numpy, torch, jax
    f = einc.compile("bqhc,bkhc->bhqk", q.shape, k.shape)       # planned once, called many times
    print(f.explain())                                          # the plan, and why

einsum() follows numpy's rules. Programs of einsums with functions and softmax between them are einc.Program, attention made of such
programs is einc.attention. Everything raises einc.Error, with the text and carets under the fault.
"""

from . import attention, program
from ._einc import (
    Compiled,
    Cpu,
    ElementTypeError,
    Error,
    InternalError,
    Limits,
    MemoryLimitError,
    Program,
    Tensor,
    cache_state,
    clear_cache,
    compile,
    contract,
    einsum,
    einsum_view,
    grad,
    load_plan,
    measure_limits,
    num_threads,
    set_num_threads,
    this_cpu,
    version,
)
from . import attention, program
from ._faults import PathError
from ._paths import ContractExpression, PathInfo, contract_expression, contract_path, einsum_path
from ._pairs import tensordot, transpose

__version__ = version().split()[1]

__all__ = [
    "Compiled",
    "ContractExpression",
    "Cpu",
    "ElementTypeError",
    "Error",
    "InternalError",
    "Limits",
    "MemoryLimitError",
    "PathError",
    "PathInfo",
    "Program",
    "Tensor",
    "attention",
    "cache_state",
    "clear_cache",
    "compile",
    "contract",
    "contract_expression",
    "contract_path",
    "einsum",
    "einsum_path",
    "einsum_view",
    "grad",
    "load_plan",
    "measure_limits",
    "num_threads",
    "program",
    "set_num_threads",
    "tensordot",
    "this_cpu",
    "transpose",
    "version",
]
