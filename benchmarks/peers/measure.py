"""One case through all engines, in turns: limits, engine after engine, limits, engine after engine."""

import gc
import itertools
import time

import numpy

from benchmarks.peers import fill
from benchmarks.peers.engines.base import CannotRun, numpy_dtype, touched
from benchmarks.peers.engines import is_einc
from benchmarks.peers.limits import bound_of
from benchmarks.peers.statistics import distribution

ROUNDS = 5
SAMPLE = 50e-6  # seconds of calls in one sample at least
WARM_UP = 0.01
LONGEST_CHECK = 60.0  # seconds of one call after which an engine is not called again


class Turn:
    """An engine at work on one case."""

    def __init__(self, name, engine, call):
        self.name, self.engine, self.call = name, engine, call
        self.first_call = 0.0
        self.samples, self.medians = [], []
        self.facts = {}


def describe(case, flops):
    read, written = case.bytes
    return {
        "id": case.id,
        "suite": case.suite,
        "name": case.name,
        "text": case.text,
        "shapes": case.shapes,
        "dtype": case.dtype,
        "result_dtype": case.result_dtype,
        "small": case.small,
        "flops": flops,
        "bytes": read + written,
        "bytes_read": read,
        "bytes_written": written,
    }


def make_operands(case):
    dtype = numpy_dtype(case.dtype)
    operands = []
    for number, shape in enumerate(case.shapes):
        operand = touched(shape, dtype, number)
        fill.fill_into(operand, case.fill, case.seed, number)
        operands.append(operand)
    return operands


def largest_difference(result, reference):
    """Against the largest element of the reference."""
    a, b = result.reshape(-1), reference.reshape(-1)
    wide = numpy.complex128 if numpy.iscomplexobj(a) or numpy.iscomplexobj(b) else numpy.float64
    most, scale = 0.0, 0.0
    for first in range(0, a.size, fill.CHUNK):
        x, y = a[first : first + fill.CHUNK].astype(wide), b[first : first + fill.CHUNK].astype(wide)
        most = max(most, float(numpy.abs(x - y).max(initial=0)))
        scale = max(scale, float(numpy.abs(y).max(initial=0)))
    return most / scale if scale > 0 else most


def first_line(error):
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0][:160]


def check(case, turn, expected, reference):
    """Calls once, and holds the result against the case's checksum and the first right result. Returns the result as an array."""
    started = time.perf_counter()
    value = turn.call.run()
    turn.first_call = time.perf_counter() - started
    result = turn.call.as_array(value)
    total, norm = fill.checksum_of(result)
    right = tuple(result.shape) == tuple(case.output_shape)
    if expected is not None:
        right = right and abs(total - expected) <= fill.tolerance(case, norm)
    turn.facts = {"status": "ran", "right": bool(right), "checksum": total}
    if reference is not None and right:
        turn.facts["difference"] = largest_difference(result, reference)
    return result if right else None


def timed(run, calls):
    repeat = itertools.repeat(None, calls)
    started = time.perf_counter_ns()
    for _ in repeat:
        run()
    return (time.perf_counter_ns() - started) / calls * 1e-9


def warm_up(run):
    """Calls until threads are awake; the least time of a call."""
    least, end = float("inf"), time.perf_counter() + WARM_UP
    for count in itertools.count():
        least = min(least, timed(run, 1))
        if count >= 1 and time.perf_counter() > end:
            return least


def take_turn(turn, placement, budget):
    """Some samples of one engine, with the rest of the process asleep."""
    placement.wait_until_quiet()
    if turn.engine.pinned:
        placement.on_first()
    try:
        if turn.first_call < budget:
            least = warm_up(turn.call.run)
            calls = max(1, min(100000, int(SAMPLE / max(least, 1e-9))))
        else:
            calls = 1
        samples, end = [], time.perf_counter() + budget
        while not samples or time.perf_counter() < end:
            samples.append(timed(turn.call.run, calls))
    finally:
        placement.everywhere()
    turn.samples += samples
    turn.medians.append(distribution(samples)["median"])


def rounds_of(turn, seconds):
    """How many rounds an engine takes part in: fewer when one call is long."""
    if turn.first_call * ROUNDS <= 3 * seconds:
        return ROUNDS
    return max(1, int(3 * seconds / turn.first_call))


class CaseRun:
    def __init__(self, case, engines, placement, rates, seconds, progress):
        self.case, self.engines, self.placement, self.rates = case, engines, placement, rates
        self.seconds, self.progress = seconds, progress
        self.rows, self.turns = {}, []

    def prepare(self):
        """Every engine ready and checked, or a row that says why not."""
        operands = make_operands(self.case)
        reference, flops = None, self.case.flops
        for name, engine in self.engines.items():
            if isinstance(engine, str):
                self.rows[name] = {"status": "missing", "why": engine}
                continue
            self.progress(f"{name}: checking")
            self.placement.everywhere()
            try:
                if self.case.accumulate and not engine.accumulates:
                    raise CannotRun(f"it sums {self.case.dtype} in {self.case.dtype}")
                turn = Turn(name, engine, engine.prepare(self.case, operands))
                result = check(self.case, turn, self.case.checksum, reference)
            except CannotRun as error:
                self.rows[name] = {"status": "cannot", "why": str(error)}
                continue
            except Exception as error:  # whatever a library throws is its answer
                self.rows[name] = {"status": "cannot", "why": f"{type(error).__name__}: {first_line(error)}"}
                continue
            self.placement.place_new_threads(engine.pinned)
            if reference is None and result is not None:
                reference = numpy.array(result)
            self.rows[name] = turn.facts
            self.turns.append(turn)
        return flops

    def measure(self, flops):
        """Fills the rows. Returns what limits the case, or {}."""
        read, written = self.case.bytes
        by_flops, limits, shares, peer_ratios = None, [], {}, {}
        for number in range(ROUNDS):
            self.progress(f"round {number + 1} of {ROUNDS}: limits")
            self.placement.everywhere()
            self.placement.wait_until_quiet()
            measured = self.rates.measure(self.case, arithmetic_only=by_flops is True)
            self.placement.place_new_threads(True)
            bound = 0.0
            if measured is not None:
                if by_flops is None:
                    bound, by_flops = bound_of(flops, read, written, self.case.limit_dtype, measured)
                elif by_flops:
                    bound = bound_of(flops, 0, 0, self.case.limit_dtype, measured)[0]
                else:
                    bound = bound_of(0, read, written, self.case.limit_dtype, measured)[0]
                if bound > 0:
                    limits.append((flops if by_flops else read + written) / bound)
            now = {}
            start = number % max(1, len(self.turns))
            for turn in self.turns[start:] + self.turns[:start]:  # nobody is always the first
                if number >= rounds_of(turn, self.seconds) or turn.first_call > LONGEST_CHECK:
                    continue
                self.progress(f"round {number + 1} of {ROUNDS}: {turn.name}")
                take_turn(turn, self.placement, self.seconds / ROUNDS)
                now[turn.name] = turn.medians[-1]
                if bound > 0:
                    shares.setdefault(turn.name, []).append(bound / now[turn.name])
            peers = [time_ for name, time_ in now.items() if not is_einc(name) and self.rows[name]["right"]]
            if peers:
                for name, time_ in now.items():
                    peer_ratios.setdefault(name, []).append(min(peers) / time_)
        for turn in self.turns:
            row = self.rows[turn.name]
            row["seconds"] = distribution(turn.samples or [turn.first_call])
            row["samples"] = len(turn.samples) or 1
            median = row["seconds"]["median"]
            row["rate"] = (flops if by_flops or by_flops is None and flops else read + written) / median
            if turn.name in shares:
                row["share"] = distribution(shares[turn.name])
            if turn.name in peer_ratios:
                row["to_best_peer"] = distribution(peer_ratios[turn.name])
        if by_flops is None:
            return {}
        return {"bound": "flops" if by_flops else "bytes", "limit": distribution(limits)["median"] if limits else 0.0}


def run_case(case, engines, placement, rates, seconds, progress, flops=None):
    """A row for every engine: {"id", ..., "engines": {name: {...}}}. Engines that are missing are given as the reason."""
    run = CaseRun(case, engines, placement, rates, seconds, progress)
    collecting = gc.isenabled()
    gc.disable()
    try:
        counted = run.prepare()
        flops = counted if flops is None else flops
        limit = run.measure(flops)
    finally:
        placement.everywhere()
        if collecting:
            gc.enable()
    return {**describe(case, flops), **limit, "engines": run.rows}
