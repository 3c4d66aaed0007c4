"""Who finds an order of contraction for a network, how fast, and how good: einc and the searches of opt_einsum and cotengra.

All orders are counted the same way, from their pairs: 2 flops for every position of a sum of products, 1 where nothing is summed.
"""

import math
import time

from benchmarks.peers.cases import BYTES, product
from benchmarks.peers.statistics import distribution


def count_order(case, path):
    """(flops, elements of the largest intermediate) of pairs as opt_einsum and numpy write them."""
    terms = [tuple(term) for term in case.terms]
    flops, largest = 0.0, 0
    for step in path:
        chosen = [terms[position] for position in sorted(step)]
        terms = [term for position, term in enumerate(terms) if position not in set(step)]
        rest = set(case.output).union(*terms) if terms else set(case.output)
        together = list(dict.fromkeys(label for term in chosen for label in term))
        kept = tuple(label for label in together if label in rest)
        positions = product(case.extents[label] for label in together)
        flops += float(positions) * (2 if len(kept) < len(together) else 1)
        if terms:
            largest = max(largest, product(case.extents[label] for label in kept))
        terms.append(kept)
    return flops, largest


def einc_planner(effort):
    def make():
        import einc

        def plan(case):
            shapes = [tuple(shape) for shape in case.shapes]
            dtype = {"f32": "float32", "f64": "float64", "c64": "complex64", "c128": "complex128"}[case.dtype]
            compiled = einc.compile(case.subscripts, *shapes, dtype=dtype, effort=effort)
            facts = compiled.plan
            if facts.get("order"):
                return count_order(case, facts["order"]), facts["method"]
            return (facts["flops"], facts["largest_intermediate_bytes"] / BYTES[case.dtype]), facts["method"]

        return plan

    return make


def opt_einsum_planner(optimize):
    def make():
        import opt_einsum

        def plan(case):
            shapes = [tuple(shape) for shape in case.shapes]
            path, _ = opt_einsum.contract_path(case.subscripts, *shapes, shapes=True, optimize=optimize)
            return count_order(case, path), optimize

        return plan

    return make


def cotengra_planner(method):
    def make():
        import cotengra

        def plan(case):
            inputs = [tuple(term) for term in case.terms]
            sizes = dict(case.extents)
            if method == "greedy":
                optimizer = "greedy"
                path = cotengra.array_contract_path(inputs, tuple(case.output), size_dict=sizes, optimize=optimizer)
            else:
                optimizer = cotengra.RandomGreedyOptimizer(max_repeats=128, seed=0, parallel=False)
                path = cotengra.array_contract_path(inputs, tuple(case.output), size_dict=sizes, optimize=optimizer)
            return count_order(case, path), method

        return plan

    return make


# einc's times are those of everything up to something that can be called; the others' those of the order alone.
PLANNERS = {
    "einc": einc_planner("fast"),
    "einc-best": einc_planner("best"),
    "opt_einsum-auto": opt_einsum_planner("auto"),
    "opt_einsum-random128": opt_einsum_planner("random-greedy-128"),
    "cotengra-greedy": cotengra_planner("greedy"),
    "cotengra-random128": cotengra_planner("random-greedy-128"),
}


def run_planner(make, case, seconds):
    try:
        plan = make()
        samples, end = [], time.perf_counter() + seconds
        while not samples or time.perf_counter() + samples[-1] < end:
            started = time.perf_counter()
            (flops, largest), method = plan(case)
            samples.append(time.perf_counter() - started)
    except ImportError as error:
        return {"status": "missing", "why": f"not installed: {error}"}
    except Exception as error:  # whatever a library throws is its answer
        text = str(error).strip().splitlines() or [""]
        return {"status": "cannot", "why": f"{type(error).__name__}: {text[0][:160]}"}
    return {
        "status": "ran",
        "seconds": distribution(samples),
        "flops": flops,
        "log10_flops": math.log10(max(1.0, flops)),
        "largest_elements": largest,
        "method": method,
    }


def run_planners(case, seconds, progress, chosen=None):
    rows = {}
    for name, make in PLANNERS.items():
        if chosen and not any(name.startswith(engine) for engine in chosen):
            continue
        progress(f"planner {name}")
        rows[name] = run_planner(make, case, seconds / len(PLANNERS))
    return rows
