"""Attention as programs of einsums: calls on arrays, blocks on Tensors to build programs from, and layers that hold weights.

    out = einc.attention.attend(q, k, v, causal=True)              # arrays [b h q c], [b g k c], [b g k v]
    layer = einc.attention.MultiHeadAttention(wq, wk, wv, wo, heads=8)
    attended = einc.attention.scaled_dot_product(p, q, k, v)       # Tensors of a program p

Nothing here is built into the compiler. docs/attention.md has the conventions on one page: what happens to scores in which order, masks,
labels and layouts.
"""

from ._einc.attention import *  # noqa: F403
