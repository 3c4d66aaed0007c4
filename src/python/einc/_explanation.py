"""Plans as notebooks and browsers show them: a table of steps, drawn from what explain('json') says."""

import html
import json

_STYLE = (
    "<style>.einc{border-collapse:collapse;font-size:90%}.einc th,.einc td{text-align:left;padding:.2em .8em;vertical-align:top}"
    ".einc thead th{border-bottom:1px solid #888}.einc td.number{text-align:right;font-variant-numeric:tabular-nums}"
    ".einc td.number,.einc code,.einc-share{white-space:nowrap}"
    ".einc-bar{display:inline-block;height:.7em;background:#4878a8}</style>"
)


def _amount(value, unit):
    """A figure with three digits: 33.6 Mflop."""
    for power, prefix in ((1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= power:
            return f"{value / power:.3g} {prefix}{unit}"
    return f"{value:.3g} {unit}"


def _time(seconds):
    for power, unit in ((1, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if seconds >= power:
            return f"{seconds / power:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def _cell(text, kind=""):
    return f"<td{kind}>{html.escape(text)}</td>"


def table(plan):
    """The plan, as explain('json') gives it, as a table in HTML."""
    number = ' class="number"'
    total = sum(step.get("predicted_seconds", 0) for step in plan["steps"]) or 1
    rows = []
    for place, step in enumerate(plan["steps"], 1):
        share = 100 * step.get("predicted_seconds", 0) / total
        rows.append(
            f"<tr><td>{place}</td><td><code>{html.escape(step.get('subscripts', ''))}</code></td>"
            + _cell(step.get("kernel", ""))
            + _cell(_amount(step.get("flops", 0), "flop"), number)
            + _cell(_amount(step.get("bytes", 0), "B"), number)
            + _cell(_time(step.get("predicted_seconds", 0)), number)
            + f'<td class="einc-share"><span class="einc-bar" style="width:{share / 16:.2f}em"></span> {share:.0f} %</td>'
            + _cell(step.get("reason", ""))
            + "</tr>"
        )
    totals = plan["totals"]
    sums = (
        f"{_amount(totals['flops'], 'flop')}, {_amount(totals['bytes'], 'B')} read and written, predicted {_time(totals['predicted_seconds'])} "
        f"with {plan['target']['isa']} and {plan['target']['threads']} threads"
    )
    title = plan.get("subscripts", "").strip().split("\n")[0]
    return (
        f"{_STYLE}<p><code>{html.escape(title)}</code> {html.escape(plan['dtype'])}<br>{html.escape(sums)}<br>order: {html.escape(plan['order'])}</p>"
        '<table class="einc"><thead><tr><th></th><th>step</th><th>kernel</th><th>work</th><th>memory</th><th>predicted</th><th>share</th><th>because</th></tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table>"
    )


class Explanation(str):
    """The text of explain(); a notebook shows it as a table."""

    def __new__(cls, text, plan):
        self = super().__new__(cls, text)
        self._plan = plan
        return self

    def _repr_html_(self):
        return table(json.loads(self._plan)) + f"<details><summary>as text</summary><pre>{html.escape(self)}</pre></details>"
