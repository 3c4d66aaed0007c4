# Types of the layers of einc.attention, which names them as its own.
from collections.abc import Mapping, Sequence
from typing import Any, Literal, overload

from typing_extensions import Unpack

from . import Compiled
from .attention import (
    AdditiveResult,
    AttendResult,
    AttentionLayerResult,
    MultiHeadResult,
    PerHeadResult,
    _Array,
    _Arrays,
    _Layer,
    _Options,
)

_Weights = Mapping[str, Any] | Sequence[Any]

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
