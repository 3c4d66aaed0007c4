"""Measurements as tables: aligned for a terminal, with bars for Markdown."""

from benchmarks.peers.engines import ENGINES, is_einc
from benchmarks.peers.planners import PLANNERS
from benchmarks.peers.statistics import geometric_mean, spread


IN_WORDS = ("version", "how it is called")  # columns that are no numbers


def show_seconds(seconds):
    for factor, unit in ((1e9, "ns"), (1e6, "us"), (1e3, "ms")):
        if seconds * factor < 999.5:
            return f"{three_digits(seconds * factor)} {unit}"
    return f"{three_digits(seconds)} s"


def three_digits(value):
    return f"{value:.{3 if value < 0.9995 else 2 if value < 9.995 else 1 if value < 99.95 else 0}f}"


def show_rate(rate, by_flops):
    return f"{three_digits(rate / 1e9)} {'GFLOP/s' if by_flops else 'GB/s'}"


def ran(row):
    return row is not None and row.get("status") == "ran" and "seconds" in row


def suites_of(cases):
    return list(dict.fromkeys(case["suite"] for case in cases))


def engines_of(cases):
    """Those that ran at least once, in the order of the list of engines."""
    found = {name for case in cases for name, row in case.get("engines", {}).items() if ran(row)}
    return [name for name in ENGINES if name in found] + sorted(found - set(ENGINES))


def best_peer(case):
    """(name, row) of the fastest engine that is not einc and whose result is right."""
    rows = {name: row for name, row in case.get("engines", {}).items() if ran(row) and row["right"] and not is_einc(name)}
    return min(rows.items(), key=lambda item: item[1]["seconds"]["median"]) if rows else (None, None)


def cell(row):
    if not ran(row):
        return "-"
    text = show_seconds(row["seconds"]["median"])
    return text if row["right"] else f"{text} WRONG"


def percent(row, key):
    return f"{100 * row[key]['median']:.0f} %" if ran(row) and key in row else "-"


def times_table(cases):
    """A line for each case: what einc takes, how near that is to the limit and to the best peer, and everybody's time."""
    engines = engines_of(cases)
    head = ["case", "type", "limit", "einc's share", "spread", "best peer", "einc against it"] + engines
    lines = []
    for case in cases:
        if not any(ran(row) for row in case.get("engines", {}).values()):
            continue
        own = case["engines"].get("einc")
        name, _ = best_peer(case)
        limit = show_rate(case["limit"], case["bound"] == "flops") if case.get("limit") else "unknown"
        ratio = f"{own['to_best_peer']['median']:.2f}" if ran(own) and "to_best_peer" in own else "-"
        edges = f"±{100 * spread(own['seconds']):.0f} %" if ran(own) else "-"
        line = [case["name"], case["dtype"], limit, percent(own, "share"), edges, name or "-", ratio]
        lines.append(line + [cell(case["engines"].get(engine)) for engine in engines])
    return head, lines


def plans_table(cases):
    """A line for each network: flops as a power of ten and time of every planner."""
    chosen = [case for case in cases if case.get("plans")]
    planners = [name for name in PLANNERS if any(case["plans"].get(name, {}).get("status") == "ran" for case in chosen)]
    head = ["case", "operands"] + planners
    lines = []
    for case in chosen:
        line = [case["name"], str(len(case["shapes"]))]
        for name in planners:
            row = case["plans"].get(name, {})
            line.append(f"10^{row['log10_flops']:.2f} in {show_seconds(row['seconds']['median'])}" if row.get("status") == "ran" else "-")
        lines.append(line)
    return head, lines


def summary_table(cases):
    """A line for each engine: of its cases the geometric means of share and of time against the best peer."""
    head = ["engine", "cases", "of the limit", "least", "speed against the best peer", "least", "fastest in", "wrong"]
    lines = []
    for name in engines_of(cases):
        rows = [case["engines"][name] for case in cases if ran(case.get("engines", {}).get(name))]
        right = [row for row in rows if row["right"]]
        shares = [row["share"]["median"] for row in right if "share" in row]
        ratios = [row["to_best_peer"]["median"] for row in right if "to_best_peer" in row]
        fastest = sum(1 for case in cases if fastest_of(case) == name)
        lines.append([
            name,
            str(len(rows)),
            f"{100 * geometric_mean(shares):.1f} %" if shares else "-",
            f"{100 * min(shares):.0f} %" if shares else "-",
            f"{geometric_mean(ratios):.2f}" if ratios else "-",
            f"{min(ratios):.2f}" if ratios else "-",
            str(fastest),
            str(len(rows) - len(right)),
        ])  # fmt: skip
    return head, lines


def fastest_of(case):
    rows = {name: row["seconds"]["median"] for name, row in case.get("engines", {}).items() if ran(row) and row["right"]}
    return min(rows, key=rows.get) if rows else None


def absences(cases):
    """Who did not run what, and why: [(engine, reason, [cases])]."""
    found = {}
    for case in cases:
        rows = {**case.get("engines", {}), **{f"planner {name}": row for name, row in case.get("plans", {}).items()}}
        for name, row in rows.items():
            if row.get("status") in ("missing", "cannot"):
                found.setdefault((name, row["why"]), []).append(case["name"])
    return [(name, why, names) for (name, why), names in sorted(found.items())]


def wrong_results(cases):
    return [(case["id"], name) for case in cases for name, row in case.get("engines", {}).items() if ran(row) and not row["right"]]


def aligned(head, lines):
    widths = [max(len(line[place]) for line in [head, *lines]) for place in range(len(head))]

    def written(line):
        cells = [text.ljust(width) if place == 0 else text.rjust(width) for place, (text, width) in enumerate(zip(line, widths))]
        return "  ".join(cells).rstrip()

    return "\n".join(written(line) for line in [head, *lines])


def markdown(head, lines):
    rows = [head, ["---" if place == 0 or name in IN_WORDS else "---:" for place, name in enumerate(head)], *lines]
    return "\n".join("| " + " | ".join(text.replace("|", "\\|") for text in row) + " |" for row in rows)


def of_suite(suite, cases, style=aligned):
    """All tables of one suite, with what is missing."""
    chosen = [case for case in cases if case["suite"] == suite]
    parts = []
    for head, lines in (times_table(chosen), plans_table(chosen), summary_table(chosen)):
        if lines:
            parts.append(style(head, lines))
    for name, why, names in absences(chosen):
        whose = "all cases" if len(names) == len(chosen) else f"{len(names)} cases" if len(names) > 3 else ", ".join(names)
        parts.append(f"{'- ' if style is markdown else ''}{name}: {why} ({whose})")
    for name, engine in wrong_results(chosen):
        parts.append(f"{'- ' if style is markdown else ''}WRONG: {engine} in {name}")
    joined = "\n\n".join(part for part in parts if "\n" in part)
    notes = "\n".join(part for part in parts if "\n" not in part)
    return joined + ("\n\n" + notes if notes else "")


def head_of(results):
    """Machine, versions and date in a few lines."""
    machine, settings = results["machine"], results["settings"]
    lines = [
        f"{machine['processor']}, {machine['threads']} of {machine['processors']} processors, {machine['system']}, Python {machine['python']}",
        f"{machine['date']}; {settings['seconds']} s of calls an engine and case at most, {settings['rounds']} rounds",
        "; ".join(f"{name} {version}" for name, version in results["versions"].items()),
    ]
    if machine["other_load"] > 0.3:
        lines.append(f"Other programs kept {machine['other_load']} processors busy when this began: the figures show it.")
    if results.get("empty_call"):
        lines.append(f"A call of nothing takes {show_seconds(results['empty_call'])} here.")
    return lines
