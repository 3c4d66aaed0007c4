# Types of einc.attention. What everything means stands in the docstrings.
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, TypedDict, overload

from typing_extensions import Unpack

from . import Compiled
from .program import Program, Tensor

_Array = Any  # of numpy, torch, jax or another library; lists where numbers are converted
_Value = Tensor | float | int
_Weights = Mapping[str, Any] | Sequence[Any]

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

# ---- layers

class DotProductAttention:
    def __init__(self, **settings: Unpack[_Layer]) -> None: ...
    @overload
    def __call__(
        self, q: _Array, k: _Array, v: _Array, *, weights: Literal[False] = False, logsumexp: Literal[False] = False, **arrays: Unpack[_Arrays]
    ) -> _Array: ...
    @overload
    def __call__(
        self, q: _Array, k: _Array, v: _Array, *, weights: bool = False, logsumexp: bool = False, **arrays: Unpack[_Arrays]
    ) -> AttendResult: ...
    def compiled(
        self, q: _Array, k: _Array, v: _Array, *, weights: bool = False, logsumexp: bool = False, **arrays: Unpack[_Arrays]
    ) -> Compiled: ...

class KeyValueCache:
    def __init__(self, capacity: int = 64) -> None: ...
    def extend(self, keys: _Array, values: _Array) -> None: ...
    @property
    def length(self) -> int: ...
    @property
    def capacity(self) -> int: ...
    @property
    def keys(self) -> _Array | None: ...
    @property
    def values(self) -> _Array | None: ...
    def clear(self) -> None: ...
    def __len__(self) -> int: ...

class _MultiHeadSettings(_Layer, total=False):
    query_bias: _Array | None
    key_bias: _Array | None
    value_bias: _Array | None
    output_bias: _Array | None
    heads: int
    key_heads: int
    order: Literal["output_input", "input_output"]

class MultiHeadAttention:
    def __init__(self, query: _Array, key: _Array, value: _Array, output: _Array, **settings: Unpack[_MultiHeadSettings]) -> None: ...
    @overload
    def __call__(
        self, queries: _Array, keys: _Array, values: _Array, *, weights: Literal[False] = False, heads: Literal[False] = False, **arrays: Unpack[_Arrays]
    ) -> _Array: ...
    @overload
    def __call__(
        self, queries: _Array, keys: _Array, values: _Array, *, weights: bool = False, heads: bool = False, **arrays: Unpack[_Arrays]
    ) -> MultiHeadResult: ...
    def step(self, x: _Array, past: KeyValueCache) -> _Array: ...

class PerHeadAttention:
    def __init__(
        self, query: _Array, key: _Array, value: _Array, output: _Array, *, combine: Literal["concat", "sum"] = "concat", **options: Unpack[_Options]
    ) -> None: ...
    @overload
    def __call__(self, x: _Array, *, weights: Literal[False] = False, heads: Literal[False] = False) -> _Array: ...
    @overload
    def __call__(self, x: _Array, *, weights: bool = False, heads: bool = False) -> PerHeadResult: ...

class _GatedSettings(_Options, total=False):
    gating: _Array | None
    gating_bias: _Array | None
    heads: int
    key_width: int
    value_width: int
    hidden: float
    round_bf16: bool

class GatedAttention:
    def __init__(
        self, query: _Array, key: _Array, value: _Array, output: _Array, output_bias: _Array, **settings: Unpack[_GatedSettings]
    ) -> None: ...
    @overload
    def __call__(self, queries: _Array, memory: _Array, mask: _Array, bias: _Array | None = None, *, weights: Literal[False] = False) -> _Array: ...
    @overload
    def __call__(self, queries: _Array, memory: _Array, mask: _Array, bias: _Array | None = None, *, weights: bool) -> AttendResult: ...
    @staticmethod
    def initial(
        queries: int,
        memory: int,
        output: int,
        *,
        heads: int = 1,
        key_width: int = 0,
        value_width: int = 0,
        gating: bool = True,
        zero_init: bool = True,
        seed: int = 0,
        dtype: Any = "float32",
    ) -> dict[str, _Array]: ...

class AdditiveAttention:
    def __init__(self, query: _Array, key: _Array, score: _Array, **options: Unpack[_Options]) -> None: ...
    @overload
    def __call__(
        self, queries: _Array, keys: _Array, values: _Array, valid_length: _Array | None = None, *, weights: Literal[False] = False
    ) -> _Array: ...
    @overload
    def __call__(self, queries: _Array, keys: _Array, values: _Array, valid_length: _Array | None = None, *, weights: bool) -> AdditiveResult: ...

class _AttentionLayerSettings(_Options, total=False):
    query_bias: _Array | None
    key_bias: _Array | None
    value_bias: _Array | None
    scaled: bool

class AttentionLayer:
    def __init__(self, query: _Array, key: _Array, value: _Array, **settings: Unpack[_AttentionLayerSettings]) -> None: ...
    def __call__(self, x: _Array, *, weights: bool = False) -> AttentionLayerResult: ...

class EncoderBlock:
    def __init__(
        self,
        heads: int,
        *,
        attention: _Weights,
        feed_forward: _Weights,
        norm1: _Weights,
        norm2: _Weights,
        attention_bias: _Weights | None = None,
        **options: Unpack[_Options],
    ) -> None: ...
    def __call__(self, x: _Array, valid_length: _Array | None = None) -> _Array: ...

class _EncoderSettings(_Layer, total=False):
    heads: int
    activation: Literal["relu", "gelu"]
    norm_first: bool
    epsilon: float
    norm: _Weights | None

class TransformerEncoder:
    def __init__(self, layers: Sequence[Any], **settings: Unpack[_EncoderSettings]) -> None: ...
    def __call__(self, x: _Array, **arrays: Unpack[_Arrays]) -> _Array: ...
    def compiled(self, x: _Array, **arrays: Unpack[_Arrays]) -> Compiled: ...

class DecoderPast: ...

class DecoderBlock:
    def __init__(
        self,
        heads: int,
        *,
        attention: _Weights,
        cross: _Weights,
        feed_forward: _Weights,
        norm1: _Weights,
        norm2: _Weights,
        norm3: _Weights,
        **options: Unpack[_Options],
    ) -> None: ...
    def __call__(self, x: _Array, encoded: _Array, encoded_length: _Array | None = None) -> _Array: ...
    def begin(self, encoded: _Array) -> DecoderPast: ...
    def step(self, x: _Array, past: DecoderPast, encoded_length: _Array | None = None) -> _Array: ...

class TransformerPast:
    @property
    def length(self) -> int: ...

class Transformer:
    def __init__(
        self,
        heads: int,
        *,
        source_embedding: _Array,
        target_embedding: _Array,
        encoder: Sequence[_Weights],
        decoder: Sequence[_Weights],
        output: _Array,
        output_bias: _Array | None = None,
        **options: Unpack[_Options],
    ) -> None: ...
    def encode(self, source: _Array, source_length: _Array | None = None) -> _Array: ...
    def decode(self, target: _Array, encoded: _Array, source_length: _Array | None = None) -> _Array: ...
    def begin(self, encoded: _Array) -> TransformerPast: ...
    def step(self, target: _Array, past: TransformerPast, source_length: _Array | None = None) -> _Array: ...
