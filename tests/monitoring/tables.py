"""Writes docs/metrics.md: every metric, as the catalogue describes it."""

from __future__ import annotations

from drawbar.middleware.metric_catalogue import METRICS, Described

_HEAD = """\
# Metrics

Generated from `middleware/metric_catalogue.py` (`make docs`). What to watch of them, and how they are fetched, is in
[monitoring.md](monitoring.md).
"""

_SOURCES = {
    "hub": ("## Of the hub",
            "Read from the database when somebody asks; every worker and `drawbar metrics` tell the same."),
    "process": ("## Of a worker",
                "Counted by each `drawbar worker` since it was started; add them up over the workers."),
}  # fmt: skip


def metrics_reference() -> str:
    """Give the table of metrics, by where they come from."""
    lines = [_HEAD]
    for source, (heading, note) in _SOURCES.items():
        lines += [heading, "", note, "", "| Metric | Kind | Labels | What it says |", "|---|---|---|---|"]
        lines += [_line(each) for each in METRICS.values() if each.source == source]
        lines.append("")
    return "\n".join(lines)


def _line(metric: Described) -> str:
    labels = ", ".join(f"`{label}`" for label in metric.labels)
    return f"| `{metric.name}` | {metric.kind} | {labels} | {metric.help} |"
