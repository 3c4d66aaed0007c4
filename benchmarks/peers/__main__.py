"""python -m benchmarks.peers: the case files through einc and its peers, side by side in one process."""

import argparse
import sys
from pathlib import Path

from benchmarks.peers import cases as case_files
from benchmarks.peers.engines import ENGINES
from benchmarks.peers.placement import Placement


def arguments(given=None):
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.peers",
        description="Runs the cases of `einc bench` through einc and other libraries in one process, in turns, and compares them.",
        epilog="Ctrl-C ends a run with what it has measured; with --resume the next run goes on from there.",
    )
    parser.add_argument("cases", nargs="*", metavar="CASE", help="suites or cases, `*` and `?` allowed, or case files; default: the suite main")
    parser.add_argument("--suite", action="append", default=[], metavar="NAME", help="a suite; may be repeated; `*`: all but tccg-huge")
    parser.add_argument("--engines", type=lambda text: text.split(","), default=[], metavar="A,B", help=f"of {', '.join(ENGINES)}; default: all")
    parser.add_argument("--threads", type=int, default=0, metavar="N", help="default: all processors this process may use")
    parser.add_argument("--seconds", type=float, default=1.0, metavar="S", help="of calls, for one engine and one case; default 1")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="turns of every engine in a case; default 5")
    parser.add_argument("--minutes", type=float, default=0, metavar="M", help="for everything: less time a case, and an end after that")
    parser.add_argument("--small", action="store_true", help="only cases marked as small")
    parser.add_argument("--at-most", type=int, default=0, metavar="N", help="so many cases a suite, spread over it")
    parser.add_argument("--list", action="store_true", help="name the cases and measure nothing")
    parser.add_argument("--json", default="", metavar="FILE", help="write all figures, after every case")
    parser.add_argument("--html", default="", metavar="FILE", help="write a page with plots, complete in itself")
    parser.add_argument("--folder", default="", metavar="FOLDER", help="write all of it: results.json, a Markdown file a suite, index.html")
    parser.add_argument("--resume", action="store_true", help="keep the cases that the file of --json has already")
    parser.add_argument("--report-only", action="store_true", help="measure nothing: write page and tables anew from the file of --json")
    options = parser.parse_args(given)
    for name in options.engines:
        if name not in ENGINES:
            parser.error(f"there is no engine `{name}`; there are {', '.join(ENGINES)}")
    if options.folder and not options.json:
        options.json = str(Path(options.folder) / "results.json")
    if (options.resume or options.report_only) and not options.json:
        parser.error("--resume and --report-only need --json or --folder")
    if options.rounds < 1 or options.seconds < 0:
        parser.error("at least one round, and no time below 0")
    return options


def choose(options):
    everything = "*" in options.suite or "*" in options.cases
    names = [*options.cases, *options.suite] or ["main"]
    chosen = case_files.select(names, small=options.small)
    if everything:
        chosen = [case for case in chosen if case.suite != "tccg-huge" or "tccg-huge" in names]
    if options.at_most > 0:
        chosen = thin(chosen, options.at_most)
    return chosen


def thin(chosen, at_most):
    """So many cases of every suite, evenly spread."""
    result = []
    for suite in dict.fromkeys(case.suite for case in chosen):
        of_suite = [case for case in chosen if case.suite == suite]
        step = max(1.0, len(of_suite) / at_most)
        result += [of_suite[int(number * step)] for number in range(min(at_most, len(of_suite)))]
    return result


def write_reports(options, results):
    if options.html:
        from benchmarks.peers import page

        page.write(options.html, results)
    if options.folder:
        from benchmarks.peers import folder

        folder.write(options.folder, results)


def main(given=None):
    options = arguments(given)
    try:
        chosen = choose(options)
    except case_files.BadCase as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    if options.list:
        for case in chosen:
            print(f"{case.id}  {case.dtype}  {case.text if len(case.text) < 60 else str(len(case.shapes)) + ' operands'}")
        return 0
    if options.report_only:
        from benchmarks.peers import results

        write_reports(options, results.read(options.json))
        return 0
    placement = Placement(options.threads)
    placement.prepare_process()  # before any library is imported that starts threads
    from benchmarks.peers.run import Run

    run = Run(chosen, options, placement)
    interrupted = run.all()
    write_reports(options, run.results)
    if interrupted:
        return 130
    from benchmarks.peers.report import wrong_results

    return 1 if any(name.startswith("einc") for _, name in wrong_results(run.results["cases"])) else 0


if __name__ == "__main__":
    sys.exit(main())
