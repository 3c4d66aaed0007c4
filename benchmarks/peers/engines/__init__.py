"""The libraries that are compared. One file each; this one says which there are."""

import importlib


class Missing(Exception):
    """The library is not installed, or not usable here."""


class CannotRun(Exception):
    """The library has no way to compute this case; the text says why."""


# name: (module, class). In this order they are shown.
ENGINES = {
    "einc": ("einc_engine", "Compiled"),
    "einc-call": ("einc_engine", "OneShot"),
    "numpy": ("numpy_engine", "Einsum"),
    "numpy-matmul": ("numpy_engine", "Matmul"),
    "torch": ("torch_engine", "Einsum"),
    "torch-matmul": ("torch_engine", "Matmul"),
    "jax": ("jax_engine", "Einsum"),
    "opt_einsum": ("opt_einsum_engine", "Expression"),
    "opt_einsum-call": ("opt_einsum_engine", "OneShot"),
    "opt_einsum-torch": ("opt_einsum_engine", "TorchExpression"),
    "pytblis": ("pytblis_engine", "Einsum"),
    "onnxruntime": ("onnxruntime_engine", "Model"),
}

# Other ways of calling a library that is there already: only where the cost of a call is what is measured, or by name.
OTHER_WAYS = ("einc-call", "opt_einsum-call")
SUITES_OF_CALLS = ("overhead", "small")


def is_einc(name):
    return name.startswith("einc")


def chosen_for(suite, names):
    """The engines for a suite: those named, else all that make sense."""
    if names:
        return list(names)
    return [name for name in ENGINES if name not in OTHER_WAYS or suite in SUITES_OF_CALLS]


def load(name, threads):
    """An engine, ready. Raises Missing with the reason."""
    module, kind = ENGINES[name]
    try:
        return getattr(importlib.import_module(f"benchmarks.peers.engines.{module}"), kind)(threads)
    except Missing:
        raise
    except Exception as error:  # a broken installation must not end the run
        raise Missing(f"{type(error).__name__}: {error}") from error
