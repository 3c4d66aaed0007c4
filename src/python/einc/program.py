"""Programs of einsums: symbolic tensors with labels, functions, reductions and softmax between them, compiled together.

    from einc.program import Program, rsqrt, softmax, where
    p = Program()
    q, k, v = p.input("q", "bqhc"), p.input("k", "bkhc"), p.input("v", "bkhc")
    s = einc.einsum("bqhc,bkhc->bhqk", q, k) * rsqrt(p.extent("c"))
    p.output("o", einc.einsum("bhqk,bkhc->bqhc", softmax(s, "k"), v))
    f = einc.compile(p, q_array, k_array, v_array)

Some names here are those of Python's builtins (abs, min, max, sum, slice): import the others by name, or the module.
"""

from ._einc import Program, Tensor
from ._einc.program import *  # noqa: F403
