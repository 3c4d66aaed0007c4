"""Results as a folder to be kept: README.md with a summary, a Markdown file for every suite, index.html with plots."""

import os
from pathlib import Path

from benchmarks.peers import page, report


MANUAL = Path(__file__).resolve().parent.parent / "README.md"


def summary(results, folder="docs/benchmarks"):
    """Markdown: machine, versions, and a line for each suite; links as from the folder."""
    manual = os.path.relpath(MANUAL, Path(folder).resolve()).replace(os.sep, "/")
    cases = results["cases"]
    lines = ["# Measured: einc and its peers", ""]
    lines += [f"{line}  " for line in report.head_of(results)]
    lines += ["", f"Made by `python -m benchmarks.peers`; [benchmarks/README.md]({manual}) says how.", ""]
    if not results["complete"]:
        lines += [f"The run ended early: {len(results.get('not_measured', []))} cases were not measured.", ""]
    head = ["suite", "cases", "einc: of the limit", "least", "against the best peer", "least", "behind it in"]
    rows = []
    for suite in report.suites_of(cases):
        chosen = [case for case in cases if case["suite"] == suite]
        own = dict((line[0], line) for line in report.summary_table(chosen)[1]).get("einc")
        behind = [case for case in chosen if is_behind(case)]
        if own:
            rows.append([f"[{suite}]({suite}.md)", own[1], own[2], own[3], own[4], own[5], str(len(behind))])
    lines += [report.markdown(head, rows), ""]
    lines += ["The limit is the slower of arithmetic and memory, measured in the same round. Against the best peer: 2 means twice as fast.", ""]
    lines += engines(results)
    return "\n".join(lines)


def is_behind(case):
    row = case["engines"].get("einc")
    return report.ran(row) and "to_best_peer" in row and row["to_best_peer"]["median"] < 0.97


def engines(results):
    rows = [[name, version, results.get("about", {}).get(name, "")] for name, version in results["versions"].items()]
    lines = [report.markdown(["engine", "version", "how it is called"], rows), ""]
    if results.get("blas"):
        lines += [f"Libraries below them: {'; '.join(results['blas'])}.", ""]
    return lines


def of_suite(suite, results):
    head = [f"# {suite}", ""] + [f"{line}  " for line in report.head_of(results)]
    return "\n".join(head) + "\n\n" + report.of_suite(suite, results["cases"], report.markdown) + "\n"


def write(path, results):
    """results.json is there already: it is written after every case."""
    path = Path(path)
    path.mkdir(parents=True, exist_ok=True)
    for suite in report.suites_of(results["cases"]):
        (path / f"{suite}.md").write_text(of_suite(suite, results), encoding="utf-8")
    (path / "README.md").write_text(summary(results, path), encoding="utf-8")
    page.write(path / "index.html", results)
