"""Pictures of results, drawn by matplotlib: a roofline of all cases, bars of all suites, and each suite case by case."""

import io

from benchmarks.peers.engines import is_einc
from benchmarks.peers.report import best_peer, engines_of, ran, suites_of
from benchmarks.peers.statistics import geometric_mean

COLORS = {
    "einc": "#1f4e9c",
    "einc-call": "#6f9bd8",
    "numpy": "#d1812c",
    "numpy-matmul": "#e8b777",
    "torch": "#c8402f",
    "torch-matmul": "#e58f84",
    "jax": "#3a8f5c",
    "opt_einsum": "#7b5ea7",
    "opt_einsum-call": "#b6a3d3",
    "opt_einsum-torch": "#9c4f96",
    "pytblis": "#5b5b5b",
    "onnxruntime": "#b59b00",
}
MARKERS = {"numpy": "o", "torch": "s", "jax": "^", "opt_einsum": "D", "pytblis": "v", "onnxruntime": "P", "einc": "o"}
GREY = "#888888"
BEHIND, AHEAD = "#b0413e", "#2f7d4f"
WIDTH = 11.0  # inches
WITHOUT_LIMITS = ("overhead", "small", "networks")  # suites in which calls and orders count, not shares of a limit
MOST_RATIO = 30  # how many times faster or slower is shown
MOST_SHARE = 115  # % of a limit that are shown: more is a limit that was measured beside other load


def pyplot():
    import matplotlib

    matplotlib.use("svg")
    import matplotlib.pyplot as plot

    plot.rcParams.update({
        "svg.fonttype": "none",
        "font.family": "sans-serif",
        "font.sans-serif": ["DejaVu Sans", "Helvetica", "Arial", "sans-serif"],
        "font.size": 9,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "axes.axisbelow": True,
        "grid.color": "#e4e4e4",
        "legend.frameon": False,
    })  # fmt: skip
    return plot


def color_of(name):
    return COLORS.get(name, GREY)


def marker_of(name):
    return MARKERS.get(name.partition("-")[0], "o")


def as_svg(figure, salt):
    """Text as text, and names that differ from picture to picture of one page."""
    import matplotlib

    matplotlib.rcParams["svg.hashsalt"] = salt
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", bbox_inches="tight", metadata={"Date": None})
    pyplot().close(figure)
    text = buffer.getvalue()
    return text[text.index("<svg") :]


def roofline(cases):
    """Rate against flops a byte: einc filled, the best peer hollow, joined by a line; roofs as measured."""
    plot = pyplot()
    shown = [case for case in cases if case["flops"] > 0 and ran(case["engines"].get("einc"))]
    figure, axes = plot.subplots(figsize=(WIDTH, 6.2))
    palette = plot.get_cmap("tab20").colors
    for number, suite in enumerate(suites_of(shown)):
        color = palette[number % len(palette)]
        xs, ys = [], []
        for case in shown:
            if case["suite"] != suite:
                continue
            x = case["flops"] / case["bytes"]
            y = case["flops"] / case["engines"]["einc"]["seconds"]["median"] / 1e9
            _, peer = best_peer(case)
            if peer:
                other = case["flops"] / peer["seconds"]["median"] / 1e9
                axes.plot([x, x], [y, other], color=color, linewidth=0.6, alpha=0.6, zorder=2)
                axes.scatter([x], [other], s=16, facecolors="white", edgecolors=[color], linewidths=0.9, zorder=3)
            xs.append(x)
            ys.append(y)
        axes.scatter(xs, ys, s=26, color=[color], label=suite, zorder=4)
    axes.set_xscale("log")
    axes.set_yscale("log")
    draw_roofs(axes, cases)
    plain_ticks(axes.xaxis)
    plain_ticks(axes.yaxis)
    axes.set_xlabel("flops a byte of operands and result")
    axes.set_ylabel("Gflop/s")
    axes.set_title("All cases with arithmetic: einc (filled) and its best peer (hollow) below the measured limits", loc="left", fontsize=10)
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=8)
    return figure


def plain_ticks(of_axis):
    """0.1, 1, 10 in the place of powers; 2 and 5 between them where there is room."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    low, high = sorted(of_axis.get_view_interval())
    if low <= 0:
        return
    narrow = high / low < 300
    of_axis.set_major_locator(LogLocator(base=10, subs=(1, 2, 5) if narrow else (1,), numticks=20))
    of_axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    of_axis.set_minor_formatter(NullFormatter())


def draw_roofs(axes, cases):
    peaks = {}
    for case in cases:
        if case.get("bound") == "flops" and case.get("limit") and case["threads"] == max(c["threads"] for c in cases):
            peaks.setdefault("f64" if case["dtype"] in ("f64", "c128") else "f32", []).append(case["limit"] / 1e9)
    slow = [case for case in cases if case.get("bound") == "bytes" and case.get("limit")]
    low, high = axes.get_xlim()
    right = high
    for name, values in sorted(peaks.items()):
        peak = sorted(values)[len(values) // 2]
        axes.axhline(peak, color="#444444", linewidth=1.0, linestyle="--", zorder=1)
        axes.annotate(f"multiply-adds, {name}: {peak:.0f} Gflop/s", (right, peak), xytext=(-2, 3), textcoords="offset points", ha="right", fontsize=8)
    if slow:
        largest = max(slow, key=lambda case: case["bytes"])
        rate = largest["limit"] / 1e9
        xs = [low, max([max(values) for values in peaks.values()], default=100.0) / rate]
        axes.plot(xs, [x * rate for x in xs], color="#444444", linewidth=1.0, linestyle=":", zorder=1)
        axes.annotate(
            f"memory: {rate:.0f} GB/s", (xs[1] / 6, xs[1] / 6 * rate), xytext=(4, -10), textcoords="offset points", fontsize=8, rotation=0
        )
    axes.set_xlim(low, high)


def suites(cases):
    """The geometric mean share of the limit, for every suite and engine."""
    plot = pyplot()
    table = {}
    for suite in suites_of(cases):
        if suite in WITHOUT_LIMITS:
            continue
        for name in engines_of(cases):
            rows = [case["engines"].get(name) for case in cases if case["suite"] == suite]
            shares = [row["share"]["median"] for row in rows if ran(row) and row["right"] and "share" in row]
            if 2 * len(shares) >= max(1, sum(1 for row in rows if row)):  # of a few cases a mean would mislead
                table.setdefault(suite, {})[name] = (geometric_mean(shares), len(shares))
    if not table:
        return None
    names = [name for name in engines_of(cases) if any(name in row for row in table.values())]
    figure, axes = plot.subplots(figsize=(WIDTH, 0.6 + 0.13 * sum(len(row) + 1.5 for row in table.values())))
    place, ticks = 0.0, []
    labelled = set()
    for suite, row in table.items():
        first = place
        for name in names:
            if name not in row:
                continue
            share, count = row[name]
            axes.barh(place, min(102, 100 * share), height=0.9, color=color_of(name), label=None if name in labelled else name)
            labelled.add(name)
            axes.text(min(102, 100 * share) + 0.6, place, f"{100 * share:.0f}", va="center", fontsize=6.5, color="#333333")
            place += 1
        ticks.append(((first + place - 1) / 2, suite))
        place += 1.5
    axes.set_yticks([at for at, _ in ticks], [suite for _, suite in ticks])
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", visible=False)
    axes.invert_yaxis()
    axes.margins(y=0.01)
    axes.set_xlim(0, 106)
    axes.set_xlabel("% of the measured limit, geometric mean over the cases of an engine that ran half of them or more")
    handles, labels = axes.get_legend_handles_labels()
    order = sorted(range(len(labels)), key=lambda at: names.index(labels[at]))
    axes.legend([handles[at] for at in order], [labels[at] for at in order], loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=8)
    return figure


def suite(cases):
    """One suite: on the left every engine's share of the limit, or its time where limits say nothing; on the right einc against the best."""
    plot = pyplot()
    shown = [case for case in cases if any(ran(row) for row in case["engines"].values())]
    if not shown:
        return None
    by_share = sum(1 for case in shown if any("share" in row for row in case["engines"].values())) * 2 > len(shown)
    by_share = by_share and shown[0]["suite"] not in WITHOUT_LIMITS
    names = engines_of(shown)
    height = 1.1 + 0.21 * len(shown)
    figure, (left, right) = plot.subplots(1, 2, figsize=(WIDTH, height), sharey=True, gridspec_kw={"width_ratios": [2.2, 1], "wspace": 0.06})
    for name in names:
        xs, ys = [], []
        for at, case in enumerate(shown):
            row = case["engines"].get(name)
            if not ran(row) or not row["right"]:
                continue
            if by_share and "share" not in row:
                continue
            xs.append(min(MOST_SHARE, 100 * row["share"]["median"]) if by_share else row["seconds"]["median"] * 1e6)
            ys.append(at)
        if name == "einc":
            left.barh(ys, xs, height=0.72, color=color_of(name), alpha=0.85, label=name, zorder=2)
        else:
            left.scatter(xs, ys, s=22, marker=marker_of(name), color=color_of(name), edgecolors="white", linewidths=0.4, label=name, zorder=3)
    left.set_yticks(range(len(shown)), [f"{case['name']}" for case in shown])
    left.set_ylim(len(shown) - 0.4, -0.6)
    left.tick_params(axis="y", length=0, labelsize=8)
    left.grid(axis="y", visible=False)
    if by_share:
        left.set_xlim(0, max(100, left.get_xlim()[1]))
        left.axvline(100, color="#222222", linewidth=0.8)
        left.set_xlabel("% of the measured limit")
    else:
        left.set_xscale("log")
        left.set_xlabel("microseconds a call")
        plain_ticks(left.xaxis)
    draw_ratios(right, shown)
    left.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncol=min(6, len(names)), fontsize=7.5, handletextpad=0.3, columnspacing=1.0)
    return figure


def draw_ratios(axes, shown):
    """einc's speed against the fastest peer, with the 10th to the 90th of a hundred of the rounds."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter

    extremes = [1.0]
    shown_part = lambda value: min(MOST_RATIO, max(1 / MOST_RATIO, value))  # noqa: E731
    for at, case in enumerate(shown):
        row = case["engines"].get("einc")
        if not ran(row) or "to_best_peer" not in row:
            continue
        ratio = row["to_best_peer"]
        value = ratio["median"]
        color = AHEAD if value >= 1 else BEHIND
        axes.barh(at, shown_part(value) - 1, left=1, height=0.72, color=color, alpha=0.8)
        axes.plot([shown_part(ratio["p10"]), shown_part(ratio["p90"])], [at, at], color="#222222", linewidth=0.8)
        name, _ = best_peer(case)
        at_left = value >= 1
        axes.annotate(
            f"{value:.2f}  {name}",
            (shown_part(max(value, ratio["p90"])) if at_left else 1, at),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=6.5,
            color="#333333",
        )
        extremes += [shown_part(number) for number in (value, ratio["p10"], ratio["p90"])]
    axes.set_xscale("log")
    low, high = min(extremes) / 1.2, max(extremes) * 1.2
    room = (high / low) ** 0.6  # for what is written behind a bar
    axes.set_xlim(low, max(high * room, 2.5))
    wanted = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20) if high / low < 60 else (0.1, 1, 10)
    ticks = [tick for tick in wanted if low <= tick <= high]
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.xaxis.set_minor_locator(FixedLocator([]))
    axes.axvline(1, color="#222222", linewidth=0.8)
    axes.grid(axis="y", visible=False)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("einc's speed against the fastest peer")


def networks(cases):
    """Planners: how much more than the best order their orders cost, and how long they took."""
    plot = pyplot()
    shown = [case for case in cases if any(row.get("status") == "ran" for row in case.get("plans", {}).values())]
    if not shown:
        return None
    names = list(dict.fromkeys(name for case in shown for name, row in case["plans"].items() if row.get("status") == "ran"))
    palette = {"einc": "#1f4e9c", "einc-best": "#6f9bd8"}
    others = iter(["#d1812c", "#c8402f", "#3a8f5c", "#7b5ea7", "#5b5b5b"])
    figure, (left, right) = plot.subplots(
        1, 2, figsize=(WIDTH, 1.1 + 0.21 * len(shown)), sharey=True, gridspec_kw={"width_ratios": [1.3, 1], "wspace": 0.06}
    )
    for number, name in enumerate(names):
        color = palette.get(name) or next(others)
        ys = [at for at, case in enumerate(shown) if case["plans"].get(name, {}).get("status") == "ran"]
        rows = [shown[at]["plans"][name] for at in ys]
        best = [min(row["flops"] for row in shown[at]["plans"].values() if row.get("status") == "ran") for at in ys]
        offset = [at + 0.24 * (number / max(1, len(names) - 1) - 0.5) * 2 for at in ys]
        marker = "o" if is_einc(name) else "s" if name.startswith("opt") else "^"
        style = {"s": 24, "marker": marker, "color": color, "edgecolors": "white", "linewidths": 0.4, "zorder": 3}
        left.scatter([row["flops"] / max(1.0, least) for row, least in zip(rows, best)], offset, label=name, **style)
        right.scatter([row["seconds"]["median"] * 1e3 for row in rows], offset, **style)
    left.set_yticks(range(len(shown)), [case["name"] for case in shown])
    left.set_ylim(len(shown) - 0.4, -0.6)
    left.set_xscale("log")
    left.set_xlabel("flops of the order found, against the best order found by any")
    right.set_xscale("log")
    right.set_xlabel("milliseconds of search (einc: all of compiling)")
    plain_ticks(left.xaxis)
    plain_ticks(right.xaxis)
    for axes in (left, right):
        axes.tick_params(axis="y", length=0, labelsize=8)
        axes.grid(axis="y", visible=True)
    left.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncol=len(names), fontsize=7.5, handletextpad=0.2, columnspacing=0.9)
    return figure
