"""The run: all chosen cases through all chosen engines, within the time there is."""

import itertools
import sys
import time

from benchmarks.peers import machine, planners, report, results
from benchmarks.peers.engines import ENGINES, Missing, chosen_for, load
from benchmarks.peers.limits import Rates
from benchmarks.peers.measure import describe, run_case, timed
from benchmarks.peers.statistics import distribution

from benchmarks.peers import measure, placement as places


class Progress:
    """One line on a terminal that is written over; nothing elsewhere."""

    def __init__(self, stream=sys.stderr):
        self.stream = stream
        self.shown = stream.isatty()

    def show(self, text):
        if self.shown:
            self.stream.write(f"\r\033[K{text[:150]}")
            self.stream.flush()

    def clear(self):
        self.show("")
        if self.shown:
            self.stream.write("\r")


def load_all(names, placement):
    """{name: engine, or why it is missing}. Each is imported with the main thread on all processors."""
    engines = {}
    for name in names:
        placement.everywhere()
        try:
            engines[name] = load(name, placement.threads)
        except Missing as error:
            engines[name] = str(error)
        placement.everywhere()
    return engines


def empty_call():
    """What the loop around a call costs."""
    nothing = lambda: None  # noqa: E731: the calls that are timed are lambdas too
    return distribution([timed(nothing, 10000) for _ in itertools.repeat(None, 21)])["median"]


class Run:
    def __init__(self, cases, options, placement, out=sys.stdout):
        self.cases, self.options, self.placement, self.out = cases, options, placement, out
        self.progress = Progress()
        wanted = {name for case in cases for name in chosen_for(case.suite, options.engines)}
        self.engines = load_all([name for name in ENGINES if name in wanted], placement)
        self.rates = Rates(placement.threads)
        self.began = time.monotonic()
        measure.ROUNDS = options.rounds
        self.results = {
            "complete": False,
            "machine": machine.describe(placement.threads),
            "versions": machine.versions_of(self.engines),
            "blas": machine.blas_of_libraries(),
            "settings": {"seconds": options.seconds, "rounds": options.rounds, "minutes": options.minutes},
            "about": {name: engine.about for name, engine in self.engines.items() if not isinstance(engine, str)},
            "empty_call": empty_call(),
            "cases": [],
        }
        self.kept = results.to_resume(options.json, self.results["versions"], placement.threads) if options.resume else {}

    def seconds_left(self):
        """For this and every later case together; infinite without a limit."""
        return self.options.minutes * 60 - (time.monotonic() - self.began) if self.options.minutes else float("inf")

    def seconds_for(self, number, engines):
        """Of calls, for one engine and one case. Half the time goes to filling, checking and waiting."""
        share = self.seconds_left() / (len(self.cases) - number)
        return max(0.01, min(self.options.seconds, share / 2 / max(1, engines)))

    def one(self, number, case):
        chosen = {name: self.engines[name] for name in chosen_for(case.suite, self.options.engines)}
        seconds = self.seconds_for(number, len(chosen))

        def progress(what):
            self.progress.show(f"[{number + 1}/{len(self.cases)}] {case.id}: {what}")

        threads = min(case.threads or self.placement.threads, self.placement.threads)
        self.set_threads(threads, chosen)
        flops, plans = None, None
        if case.is_network:
            plans = planners.run_planners(case, max(seconds, 0.05) * len(planners.PLANNERS), progress, self.options.engines)
            counts = [row["flops"] for row in plans.values() if row["status"] == "ran"]
            flops = min(counts, default=0.0) * (4 if case.dtype in ("c64", "c128") else 1)
        if case.plan_only:
            row = {**describe(case, flops), "engines": {}}
        else:
            row = run_case(case, chosen, self.placement, self.rates, seconds, progress, flops)
        if plans is not None and (case.plan_only or len(case.shapes) > 3):
            row["plans"] = plans
        row["threads"] = threads
        return row

    def set_threads(self, threads, engines):
        self.rates.threads = threads
        for engine in engines.values():
            if not isinstance(engine, str) and engine.threads != threads:
                engine.set_threads(threads)

    def all(self):
        """Measures every case, prints a table after every suite. Ctrl-C ends it with what there is."""
        self.print("\n".join(report.head_of(self.results)) + "\n")
        interrupted, late = False, []
        try:
            for number, case in enumerate(self.cases):
                if self.seconds_left() <= 0:
                    late.append(case.id)
                    continue
                row = self.kept.get(case.id) or self.one(number, case)
                places.give_memory_back()
                self.results["cases"].append(row)
                self.save()
                last = number + 1 == len(self.cases) or self.cases[number + 1].suite != case.suite
                if last:
                    self.print_suite(case.suite)
        except KeyboardInterrupt:
            interrupted = True
            self.progress.clear()
            if self.results["cases"]:
                self.print_suite(self.results["cases"][-1]["suite"])
        self.results["complete"] = not interrupted and not late
        self.results["not_measured"] = late
        if late:
            self.print(f"out of time: {len(late)} cases not measured: {', '.join(late[:10])}{', ...' if len(late) > 10 else ''}")
        if interrupted:
            self.print(f"interrupted: {len(self.results['cases'])} of {len(self.cases)} cases measured")
        self.save()
        return interrupted

    def save(self):
        if self.options.json:
            results.write(self.options.json, self.results)

    def print_suite(self, suite):
        self.progress.clear()
        self.print(f"== {suite}\n{report.of_suite(suite, self.results['cases'])}\n")

    def print(self, text):
        print(text, file=self.out, flush=True)
