# Types of einc.attention. What everything means stands in the docstrings.
from collections.abc import Callable
from typing import Any, Literal, NamedTuple, TypedDict, overload

from typing_extensions import Unpack

from ._attention_layers import (
    AdditiveAttention as AdditiveAttention,
    AttentionLayer as AttentionLayer,
    DecoderBlock as DecoderBlock,
    DecoderPast as DecoderPast,
    DotProductAttention as DotProductAttention,
    EncoderBlock as EncoderBlock,
    GatedAttention as GatedAttention,
    KeyValueCache as KeyValueCache,
    MultiHeadAttention as MultiHeadAttention,
    PerHeadAttention as PerHeadAttention,
    Transformer as Transformer,
    TransformerEncoder as TransformerEncoder,
    TransformerPast as TransformerPast,
)
from .program import Program, Tensor

_Array = Any  # of numpy, torch, jax or another library; lists where numbers are converted
_Value = Tensor | float | int

class _Options(TypedDict, total=False):
    planner: Literal["automatic", "exact", "greedy", "left_to_right"]
    effort: Literal["fast", "balanced", "best"] | float  # seconds
    seed: int
    objective: Literal["seconds", "flops", "size", "write"]
    stream: Literal["allow", "require", "forbid"]
    threads: int
    isa: str
    memory_limit: int
    forbid_fallback: bool

class _Scoring(TypedDict, total=False):
    scale: float | None
    soft_cap: float
    function: Callable[[Tensor, Tensor, Tensor], _Value] | None
    causal: bool
    align: Literal["top_left", "bottom_right"]
    window: tuple[int, int] | None
    hidden: float
    empty_row: Literal["zero", "uniform", "nan"]
    dropout: float

class _Tensors(TypedDict, total=False):
    bias: _Value | None
    slopes: _Value | None
    mask: _Value | None
    valid_length: _Value | None
    sink: _Value | None
    keep: _Value | None
    at: Positions | None
    labels: Labels | None

class _Arrays(TypedDict, total=False):
    mask: _Array | None
    bias: _Array | None
    keep: _Array | None
    valid_length: _Array | None
    slopes: _Array | None
    sink: _Array | None

class _Block(_Scoring, _Tensors): ...
class _Layer(_Scoring, _Options): ...
class _Call(_Scoring, _Arrays, _Options): ...

class _Projections(_Block, total=False):
    query_bias: _Value | None
    key_bias: _Value | None
    value_bias: _Value | None
    output_bias: _Value | None

# ---- results

class AttendResult(NamedTuple):
    out: _Array
    weights: _Array | None
    logsumexp: _Array | None

class AttendGradients(NamedTuple):
    out: _Array
    q: _Array
    k: _Array
    v: _Array

class MultiHeadResult(NamedTuple):
    out: _Array
    weights: _Array | None
    combined: _Array | None

class PerHeadResult(NamedTuple):
    out: _Array
    weights: _Array | None
    projected: _Array | None

class AdditiveResult(NamedTuple):
    out: _Array
    weights: _Array
    scores: _Array

class AttentionLayerResult(NamedTuple):
    rows: _Array
    global_: _Array
    weights: _Array | None

# ---- blocks: on Tensors of a program

class Labels:
    query: str
    key: str
    features: str
    def __init__(self, query: str = "q", key: str = "k", features: str = "c") -> None: ...

class Positions:
    query: Tensor
    key: Tensor
    def __init__(self, query: _Value, key: _Value) -> None: ...

class Attended:
    out: Tensor
    weights: Tensor
    scores: Tensor
    logsumexp: Tensor

class Gradients:
    q: Tensor
    k: Tensor
    v: Tensor

class Partial:
    highest: Tensor
    sum: Tensor
    weighted: Tensor
    def __init__(self, highest: Tensor, sum: Tensor, weighted: Tensor) -> None: ...

class Packing:
    at: Positions
    same_sequence: Tensor

class MultiHead:
    out: Tensor
    heads: Attended

def positions(program: Program, align: Literal["top_left", "bottom_right"] = "top_left", labels: Labels | None = None) -> Positions: ...
def causal(at: Positions) -> Tensor: ...
def window(at: Positions, left: int = 0, right: int = 0) -> Tensor: ...
def valid_length(program: Program, length: _Value, labels: Labels | None = None) -> Tensor: ...
def soft_cap(score: Tensor, cap: float) -> Tensor: ...
def alibi(at: Positions, slopes: _Value) -> Tensor: ...
def adjust(program: Program, scores: Tensor, **settings: Unpack[_Block]) -> Tensor: ...
def scores(program: Program, q: Tensor, k: Tensor, **settings: Unpack[_Block]) -> Tensor: ...
def pool(scores: Tensor, v: Tensor, **settings: Unpack[_Block]) -> Attended: ...
def scaled_dot_product(program: Program, q: Tensor, k: Tensor, v: Tensor, **settings: Unpack[_Block]) -> Attended: ...
def additive_scores(q: Tensor, k: Tensor, w: Tensor) -> Tensor: ...
def gradients(
    program: Program, q: Tensor, k: Tensor, v: Tensor, out: Tensor, logsumexp: Tensor, out_gradient: Tensor, **settings: Unpack[_Block]
) -> Gradients: ...
def partial(scores: Tensor, v: Tensor, labels: Labels | None = None) -> Partial: ...
@overload
def merge_partials(x: Partial, y: Partial) -> Partial: ...
@overload
def merge_partials(x: Partial, parts: str) -> Partial: ...
def finish(x: Partial) -> Tensor: ...
def logsumexp_of(x: Partial) -> Tensor: ...
def packing(
    program: Program,
    query_starts: Tensor,
    key_starts: Tensor,
    align: Literal["top_left", "bottom_right"] = "top_left",
    labels: Labels | None = None,
) -> Packing: ...
def paged(pages: Tensor, table: Tensor, *, page: str = "p", slot: str = "s", entry: str = "t", key: str = "k") -> Tensor: ...
def linear(x: Tensor, weight: Tensor, bias: _Value | None = None) -> Tensor: ...
def split_heads(x: Tensor, features: str, into: str, heads: int) -> Tensor: ...
def combine_heads(x: Tensor, labels: str, into: str) -> Tensor: ...
def multi_head(
    program: Program,
    queries: Tensor,
    keys: Tensor,
    values: Tensor,
    *,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    output: Tensor,
    **settings: Unpack[_Projections],
) -> MultiHead: ...
def rotate(
    program: Program,
    x: Tensor,
    cosine: Tensor,
    sine: Tensor,
    pairing: Literal["half", "interleaved"] = "half",
    features: str = "c",
    pair: str = "[pair]",
) -> Tensor: ...
def layer_norm(x: Tensor, gamma: Tensor, beta: Tensor, epsilon: float = 1e-5) -> Tensor: ...
def encoder_layer(
    program: Program,
    x: Tensor,
    *,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    output: Tensor,
    w1: Tensor,
    b1: Tensor,
    w2: Tensor,
    b2: Tensor,
    gamma1: Tensor,
    beta1: Tensor,
    gamma2: Tensor,
    beta2: Tensor,
    activation: Literal["relu", "gelu"] = "relu",
    norm_first: bool = False,
    epsilon: float = 1e-5,
    **settings: Unpack[_Projections],
) -> Tensor: ...
def positional_encoding(program: Program, position: str = "q", features: str = "e") -> Tensor: ...

# ---- blocks and calls of one name

@overload
def add_norm(x: Tensor, y: Tensor, gamma: Tensor, beta: Tensor, epsilon: float = 1e-5) -> Tensor: ...
@overload
def add_norm(x: _Array, y: _Array, gamma: _Array, beta: _Array, **options: Unpack[_Options]) -> _Array: ...
@overload
def feed_forward(x: Tensor, w1: Tensor, b1: Tensor, w2: Tensor, b2: Tensor, activation: Literal["relu", "gelu"] = "relu") -> Tensor: ...
@overload
def feed_forward(x: _Array, w1: _Array, b1: _Array, w2: _Array, b2: _Array, **options: Unpack[_Options]) -> _Array: ...
@overload
def rotary(
    program: Program, x: Tensor, position: Tensor, pairing: Literal["half", "interleaved"] = "half", base: float = 10000, features: str = "c"
) -> Tensor: ...
@overload
def rotary(
    x: _Array, position: _Array, pairing: Literal["half", "interleaved"] = "half", base: float = 10000, **options: Unpack[_Options]
) -> _Array: ...
@overload
def stable_softmax(x: Tensor, labels: str, dtype: Any) -> Tensor: ...
@overload
def stable_softmax(logits: _Array, dtype: Literal["f32", "bf16"], **options: Unpack[_Options]) -> _Array: ...

# ---- calls on arrays

@overload
def attend(
    q: _Array, k: _Array, v: _Array, *, weights: Literal[False] = False, logsumexp: Literal[False] = False, **settings: Unpack[_Call]
) -> _Array: ...
@overload
def attend(q: _Array, k: _Array, v: _Array, *, weights: bool = False, logsumexp: bool = False, **settings: Unpack[_Call]) -> AttendResult: ...
def attend_gradients(q: _Array, k: _Array, v: _Array, out_gradient: _Array, **settings: Unpack[_Call]) -> AttendGradients: ...
def attend_packed(q: _Array, k: _Array, v: _Array, query_starts: _Array, key_starts: _Array, **settings: Unpack[_Layer]) -> _Array: ...
def attend_paged(q: _Array, key_pages: _Array, value_pages: _Array, table: _Array, lengths: _Array, **settings: Unpack[_Layer]) -> _Array: ...
@overload
def attention_pooling(scores: _Array, v: _Array, *, weights: Literal[False] = False, **options: Unpack[_Options]) -> _Array: ...
@overload
def attention_pooling(scores: _Array, v: _Array, *, weights: bool, **options: Unpack[_Options]) -> AttendResult: ...
def rotary_tables(position: _Array, width: int, base: float = 10000, *, dtype: Any = "float64") -> tuple[_Array, _Array]: ...
def positional_table(length: int, width: int, *, dtype: Any = "float64") -> _Array: ...
def add_positions(x: _Array, **options: Unpack[_Options]) -> _Array: ...
def alibi_slopes(heads: int, *, dtype: Any = "float64") -> _Array: ...
