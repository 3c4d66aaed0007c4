"""Ten thousand calls with garbage arguments leave the interpreter alive; garbage.py, beside this file, makes them."""

import ast
import pathlib
import subprocess
import sys

import pytest


def run(*arguments):
    script = pathlib.Path(__file__).with_name("garbage.py")
    flags, numbers = arguments[:-2], arguments[-2:]
    return subprocess.run([sys.executable, *flags, str(script), *map(str, numbers)], capture_output=True, text=True, errors="replace", timeout=300, check=False)


def counts_of(done):
    assert done.returncode == 0, f"exit code {done.returncode}\n{done.stderr[-6000:]}"
    return ast.literal_eval(done.stdout.strip().splitlines()[-1])


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_garbage_raises_exceptions_and_no_more(seed):
    counts = counts_of(run(seed, 2500))
    assert sum(counts.values()) == 2500
    assert counts.get("InternalError", 0) == 0
    assert counts["result"] > 50 and counts["Error"] > 200 and counts["TypeError"] > 200


def test_garbage_under_python_s_development_mode():
    """Which checks memory at both ends of what Python allocates, and the lock that each call should hold."""
    done = run("-X", "dev", "-W", "ignore", 5, 800)
    assert sum(counts_of(done).values()) == 800
