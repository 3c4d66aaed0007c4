"""jax on the processor: einsum and dot product attention, each compiled once for the shapes."""

import os

from benchmarks.peers.engines.base import Call, Engine, attention_of, import_or_missing


class Einsum(Engine):
    name = "jax"
    about = "jax.jit(jax.numpy.einsum), waited for; programs by jax.nn.dot_product_attention"
    pinned = False  # its pool hands out work to whoever is free, and the main thread waits

    def __init__(self, threads):
        super().__init__(threads)
        os.environ.setdefault("XLA_FLAGS", f"--xla_cpu_multi_thread_eigen={'true' if threads > 1 else 'false'}")
        self.jax = import_or_missing("jax")
        self.jax.config.update("jax_enable_x64", True)
        self.jax.config.update("jax_platforms", "cpu")

    def version(self):
        return self.jax.__version__

    def prepare(self, case, operands):
        jax = self.jax
        arrays = [jax.device_put(operand) for operand in operands]
        if case.program:
            causal = attention_of(case)

            def compute(q, k, v):
                return jax.nn.dot_product_attention(q, k, v, is_causal=causal)

        else:
            text = case.subscripts

            def compute(*given):
                return jax.numpy.einsum(text, *given)

        compiled = jax.jit(compute).lower(*arrays).compile()
        return Call(lambda: compiled(*arrays).block_until_ready())
