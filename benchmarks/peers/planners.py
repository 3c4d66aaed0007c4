"""Who finds an order of contraction for a network, how fast, and how good: einc and the searches of opt_einsum and cotengra.

    python -m benchmarks.peers.planners [CASE ...] --json FILE     einc in one second beside cotengra's best search in 20

All orders are counted the same way, from their pairs: 2 flops for every position of a sum of products, 1 where nothing is summed.
"""

import argparse
import json
import math
import time
from pathlib import Path

from benchmarks.peers.cases import BYTES, product, select
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


def einc_planner(effort, objective="seconds"):
    def make():
        import einc

        def plan(case):
            shapes = [tuple(shape) for shape in case.shapes]
            dtype = {"f32": "float32", "f64": "float64", "c64": "complex64", "c128": "complex128"}[case.dtype]
            compiled = einc.compile(case.subscripts, *shapes, dtype=dtype, effort=effort, objective=objective)
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


def cotengra_search(seconds, reconfigured):
    """The hyper-optimiser with every method and accelerator that is installed (kahypar, optuna, cotengrust), plain or with subtrees reordered."""

    def make():
        import cotengra

        def plan(case):
            methods = ["greedy", "kahypar"] if reconfigured else ["greedy", "kahypar", "labels"]
            settings = {"reconf_opts": {}} if reconfigured else {}
            optimizer = cotengra.HyperOptimizer(methods=methods, minimize="flops", max_time=seconds, max_repeats=10**6, parallel=False, **settings)
            path = cotengra.array_contract_path([tuple(term) for term in case.terms], tuple(case.output), size_dict=dict(case.extents), optimize=optimizer)
            return count_order(case, path), f"{len(optimizer.scores)} trees"

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


# All for the fewest flops, once each: of minutes for one case, and so in no run of all engines.
SEARCHES = {
    "einc 1 s": einc_planner(1.0, "flops"),
    "cotengra 20 s": cotengra_search(20, False),
    "cotengra 20 s, subtrees reordered": cotengra_search(20, True),
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


def searches_table(cases, rows):
    """A line for each case: flops as powers of ten, and how many times einc's the best of the others' are."""
    head = ["case", "operands", *SEARCHES, "best of the others / einc"]
    lines = []
    for case in cases:
        found = rows.get(case.name, {})
        flops = [found.get(name, {}).get("flops") for name in SEARCHES]
        line = [case.name, str(len(case.shapes))]
        line += [f"{math.log10(max(1.0, count)):.3f} in {found[name]['seconds']['median']:.2f} s" if count else "-" for name, count in zip(SEARCHES, flops)]
        others = [count for count in flops[1:] if count]
        lines.append([*line, f"{min(others) / flops[0]:.3f}" if others and flops[0] else "-"])
    return head, lines


def main(given=None):
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers.planners", description="Orders for the fewest flops: einc in a second beside cotengra in 20.")
    parser.add_argument("cases", nargs="*", metavar="CASE", help="cases, `*` and `?` allowed; default: the suite networks")
    parser.add_argument("--only", default="", metavar="NAME", help=f"searches whose name begins so, of {', '.join(SEARCHES)}")
    parser.add_argument("--json", default="", metavar="FILE", help="figures are kept there, and those it has are not searched for again")
    options = parser.parse_args(given)
    file = Path(options.json) if options.json else None
    rows = json.loads(file.read_text()) if file and file.exists() else {}
    cases = [case for case in select(options.cases or ["networks"]) if case.is_network]
    for case in cases:
        for name, make in SEARCHES.items():
            if not name.startswith(options.only) or name in rows.get(case.name, {}):
                continue
            rows.setdefault(case.name, {})[name] = run_planner(make, case, 0)
            if file:
                file.write_text(json.dumps(rows, indent=1))
    from benchmarks.peers.report import markdown  # which knows the planners above

    print(markdown(*searches_table(cases, rows)))


if __name__ == "__main__":
    main()
