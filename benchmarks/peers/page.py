"""Results as one static page: plots as SVG in the page itself, tables below; nothing is loaded from elsewhere."""

import html
from pathlib import Path

from benchmarks.peers import plots, report

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #222; background: #fff; max-width: 1180px; margin: 2em auto; padding: 0 1em; }
h1 { font-size: 1.6em; } h2 { margin-top: 2.2em; border-bottom: 1px solid #ddd; }
svg { max-width: 100%; height: auto; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: 12px; font-variant-numeric: tabular-nums; white-space: nowrap; }
th, td { padding: 2px 8px; text-align: right; border-bottom: 1px solid #eee; }
th:first-child, td:first-child { text-align: left; }
th { background: #f6f6f6; }
.wrong { color: #b00020; font-weight: bold; }
summary { cursor: pointer; }
.note { color: #555; font-size: 13px; }
"""


def table(head, lines):
    def row(cells, tag):
        return "<tr>" + "".join(f"<{tag}{wrong(text)}>{html.escape(text)}</{tag}>" for text in cells) + "</tr>"

    body = "\n".join(row(line, "td") for line in lines)
    return f'<div class="scroll"><table><thead>{row(head, "th")}</thead><tbody>\n{body}\n</tbody></table></div>'


def wrong(text):
    return ' class="wrong"' if text.endswith("WRONG") else ""


def picture(figure, salt):
    return f'<div class="scroll">{plots.as_svg(figure, salt)}</div>' if figure is not None else ""


def notes(cases):
    lines = []
    for name, why, names in report.absences(cases):
        whose = "all cases" if len(names) == len(cases) else f"{len(names)} cases" if len(names) > 3 else ", ".join(names)
        lines.append(f"<li>{html.escape(name)}: {html.escape(why)} ({html.escape(whose)})</li>")
    return f'<ul class="note">{"".join(lines)}</ul>' if lines else ""


def of_suite(suite, cases):
    chosen = [case for case in cases if case["suite"] == suite]
    parts = [f'<h2 id="{html.escape(suite)}">{html.escape(suite)}</h2>']
    parts.append(picture(plots.suite(chosen), f"suite-{suite}"))
    parts.append(picture(plots.networks(chosen), f"networks-{suite}"))
    head, lines = report.summary_table(chosen)
    parts.append(table(head, lines) if lines else "")
    for title, (head, lines) in (("All times", report.times_table(chosen)), ("All orders", report.plans_table(chosen))):
        if lines:
            parts.append(f"<details><summary>{title}</summary>{table(head, lines)}</details>")
    parts.append(notes(chosen))
    return "\n".join(part for part in parts if part)


def engines_list(results):
    rows = [[name, version, results.get("about", {}).get(name, "")] for name, version in results["versions"].items()]
    return table(["engine", "version", "how it is called"], rows)


def render(results):
    cases = results["cases"]
    parts = ["<h1>einc and its peers</h1>", "<p>" + "<br>".join(html.escape(line) for line in report.head_of(results)) + "</p>"]
    if not results["complete"]:
        late = results.get("not_measured", [])
        parts.append(f'<p class="wrong">This run ended early{f": {len(late)} cases were not measured" if late else ""}.</p>')
    links = " · ".join(f'<a href="#{html.escape(suite)}">{html.escape(suite)}</a>' for suite in report.suites_of(cases))
    parts.append(f"<p>{links}</p>")
    if any(case["flops"] > 0 and report.ran(case["engines"].get("einc")) for case in cases):
        parts.append(picture(plots.roofline(cases), "roofline"))
    parts.append(picture(plots.suites(cases), "suites"))
    parts.append(
        '<p class="note">In one process, in turns, with the same operands. Results are dense and row-major, in memory that was touched before. '
        "The limit is the slower of arithmetic and memory, both measured in the same round. Bars and points are medians; "
        "thin lines reach from the 10th to the 90th of a hundred of the rounds.</p>"
    )
    parts.append(engines_list(results))
    if results.get("blas"):
        parts.append(f'<p class="note">Libraries below them: {html.escape("; ".join(results["blas"]))}.</p>')
    parts += [of_suite(suite, cases) for suite in report.suites_of(cases)]
    body = "\n".join(part for part in parts if part)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>einc and its peers</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head>\n<body>\n{body}\n</body></html>\n'
    )


def write(path, results):
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(render(results), encoding="utf-8")
