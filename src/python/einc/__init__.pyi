"""Types of what einc offers. An array is numpy's, or any object with DLPack's methods or the buffer protocol; results are numpy's or of
the library of the first operand that is not numpy's, which no type can say."""

from collections.abc import Collection, Iterable, Sequence
from types import EllipsisType
from typing import Any, Literal, Protocol, SupportsFloat, SupportsIndex, TypedDict, overload, type_check_only

from . import attention as attention
from . import program as program
from .program import Program as Program
from .program import Tensor as Tensor

from numpy.typing import ArrayLike, DTypeLike
from typing_extensions import Buffer, TypeAlias, Unpack

from . import attention as attention
from . import program as program
from .program import Program as Program
from .program import Tensor as Tensor

__version__: str
__all__: list[str]

# ------------------------------------------------------------------------------------------------------------- arguments

@type_check_only
class _Dlpack(Protocol):
    def __dlpack__(self, *, stream: Any = ...) -> Any: ...
    def __dlpack_device__(self) -> tuple[int, int]: ...

_Array: TypeAlias = _Dlpack | Buffer | ArrayLike
_Text: TypeAlias = str | bytes
_Labels: TypeAlias = Sequence[SupportsIndex | EllipsisType]
_Shape: TypeAlias = Sequence[SupportsIndex]
_Order: TypeAlias = Literal["C", "F", "A", "K"]
_Casting: TypeAlias = Literal["no", "equiv", "safe", "same_kind", "unsafe"]
_Step: TypeAlias = Sequence[SupportsIndex]
_Optimize: TypeAlias = bool | str | Sequence[_Step] | Sequence[str | _Step] | tuple[str, float] | None

@type_check_only
class _Semiring(TypedDict):
    name: str
    add: str
    multiply: str
    zero: float
    one: float

@type_check_only
class _Options(TypedDict, total=False):
    broadcast: Literal["strict", "numpy"]
    sum_ellipsis: bool
    planner: Literal["automatic", "exact", "greedy", "left_to_right"]
    effort: Literal["fast", "balanced", "best"] | float  # seconds
    seed: int
    objective: Literal["seconds", "flops", "size", "write"]
    path: Sequence[Sequence[int]]
    plan: str
    stream: Literal["allow", "require", "forbid"]
    threads: int
    isa: str
    memory_limit: int
    slices: int
    accumulate: Literal["same", "wide"] | DTypeLike | str  # the type of sums and result
    semiring: Literal["plus_times", "max_plus", "min_plus", "log_sum_exp", "or_and", "count"] | _Semiring
    conjugate: Sequence[bool]
    forbid_fallback: bool

@type_check_only
class _CompileOptions(_Options, total=False):
    constants: Collection[int | str] | None  # names are those of a program's inputs

# ------------------------------------------------------------------------------------------------------------------ calls

@overload
def einsum(subscripts: _Text, tensor: Tensor, /, *tensors: Tensor | float) -> Tensor: ...
@overload
def einsum(
    subscripts: _Text,
    /,
    *operands: _Array,
    out: _Array | None = None,
    dtype: DTypeLike | str | None = None,
    order: _Order | None = "K",
    casting: _Casting = "safe",
    optimize: _Optimize = None,
    **options: Unpack[_Options],
) -> Any: ...
@overload
def einsum(
    operand: _Array,
    labels: _Labels,
    /,
    *operands_and_labels: _Array | _Labels,
    out: _Array | None = None,
    dtype: DTypeLike | str | None = None,
    order: _Order | None = "K",
    casting: _Casting = "safe",
    optimize: _Optimize = None,
    **options: Unpack[_Options],
) -> Any: ...
def einsum_view(subscripts: str, array: _Array) -> Any: ...
def contract(
    subscripts: _Text,
    a: _Array,
    b: _Array,
    alpha: SupportsFloat = 1,
    beta: SupportsFloat = 0,
    conja: bool = False,
    conjb: bool = False,
    out: _Array | None = None,
    **options: Unpack[_Options],
) -> Any: ...
def compile(
    subscripts: _Text | Program,
    /,
    *operands: _Shape | _Array,
    dtype: DTypeLike | str | None = None,
    dtypes: Iterable[DTypeLike | str] = ...,
    **options: Unpack[_CompileOptions],
) -> Compiled: ...
def grad(program: Program | str, output: str | None = None, inputs: list[str] | None = None, *, keep_outputs: bool = False) -> Program: ...
def load_plan(plan: str, /, **options: Unpack[_CompileOptions]) -> Compiled: ...
def tensordot(a: _Array, b: _Array, axes: SupportsIndex | tuple[_Shape | SupportsIndex, _Shape | SupportsIndex] = 2) -> Any: ...
def transpose(a: _Array, axes: _Shape | None = None) -> Any: ...

class Compiled:
    def __call__(self, *arrays: _Array, out: _Array | None = None) -> Any: ...
    def outputs(self, *arrays: _Array) -> list[Any]: ...
    def explain(self, format: Literal["text", "json", "dot", "html"] = "text", measured: Sequence[float] | None = None) -> str: ...
    def measure_steps(self, *arrays: _Array) -> list[float]: ...
    def with_constants(self, *arrays: _Array) -> Compiled: ...
    def plan_json(self) -> str: ...
    def _repr_html_(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def plan(self) -> dict[str, Any]: ...
    @property
    def shape(self) -> tuple[int, ...]: ...
    @property
    def shapes(self) -> list[tuple[int, ...]]: ...
    @property
    def dtype(self) -> str: ...

# ------------------------------------------------------------------------------------------------------------------ paths

class PathInfo(str):
    plan: Compiled
    path: list[tuple[int, ...]]
    eq: str
    opt_cost: float
    naive_cost: float
    speedup: float
    largest_intermediate: int
    def __new__(cls, plan: Compiled, path: list[tuple[int, ...]]) -> PathInfo: ...
    def _repr_html_(self) -> str: ...

class ContractExpression:
    subscripts: str
    path: list[tuple[int, ...]]
    info: PathInfo
    def __call__(self, *arrays: _Array, out: _Array | None = None) -> Any: ...

def einsum_path(subscripts: _Text | _Array, *operands: _Array | _Labels, optimize: _Optimize = None, **options: Unpack[_Options]) -> tuple[list[Any], PathInfo]: ...
def contract_path(
    subscripts: _Text | _Array | _Shape,
    *operands: _Array | _Shape | _Labels,
    optimize: _Optimize = None,
    shapes: bool = False,
    **options: Unpack[_Options],
) -> tuple[list[tuple[int, ...]], PathInfo]: ...
def contract_expression(
    subscripts: _Text | _Shape,
    *shapes: _Shape | _Array | _Labels,
    constants: Collection[int] | None = None,
    optimize: _Optimize = None,
    **options: Unpack[_Options],
) -> ContractExpression: ...

# ----------------------------------------------------------------------------------------------------------------- errors

class Error(ValueError):
    code: str
    sentence: str
    text: str
    hint: str
    marks: Sequence[tuple[int, int, str]]

class ElementTypeError(Error, TypeError): ...
class PathError(Error, RuntimeError): ...

class MemoryLimitError(Error, MemoryError): ...
class InternalError(RuntimeError): ...

# ---------------------------------------------------------------------------------------------------------------- machine

class Cpu:
    @property
    def name(self) -> str: ...
    @property
    def isas(self) -> list[str]: ...
    @property
    def l1_bytes(self) -> int: ...
    @property
    def l2_bytes(self) -> int: ...
    @property
    def l3_bytes(self) -> int: ...
    @property
    def processors(self) -> int: ...

class Limits:
    @property
    def f32_flops(self) -> float: ...
    @property
    def f64_flops(self) -> float: ...
    @property
    def read_bytes(self) -> float: ...
    @property
    def copy_bytes(self) -> float: ...
    @property
    def bf16_flops(self) -> float: ...

def this_cpu() -> Cpu: ...
def measure_limits(isa: str = "", threads: int = 1, buffer_bytes: int = 268435456, seconds: float = 0.2) -> Limits: ...
def num_threads() -> int: ...
def set_num_threads(threads: int) -> None: ...
def cache_state() -> dict[str, int]: ...
def clear_cache() -> None: ...
def version() -> str: ...
