"""The examples for operators, held against the programs that read them and the metrics that Drawbar tells."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from drawbar.middleware.metric_catalogue import METRICS
from tests.markdown import ROOT
from tests.monitoring.programs import promtool
from tests.test_documents import problems

FOLDER = ROOT / "docs" / "monitoring"
RULES, CONFIG = "drawbar-alerts.yml", "prometheus.yml"
RULE_TESTS = ("drawbar-alerts-test.yml", "drawbar-alerts-days-test.yml")
DASHBOARD = FOLDER / "grafana-dashboard.json"
CHECKER = ROOT / "tests" / "monitoring" / "grafana"
OTHERS = {"up", "node_textfile_mtime_seconds", "process_resident_memory_bytes"}
"""Metrics of Prometheus itself, of node-exporter, and of the library for metrics."""


def approved(*words: str, folder: Path = FOLDER) -> str:
    """Run promtool; gives what it says, after it found nothing wrong."""
    done = asked(*words, folder=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def asked(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([promtool(), *words], cwd=folder, capture_output=True, text=True, check=False)


def rules() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load((FOLDER / RULES).read_text())["groups"]
    found: list[dict[str, Any]] = group["rules"]
    return found


def dashboard() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(DASHBOARD.read_text())
    return found


def panels() -> list[dict[str, Any]]:
    return [panel for panel in dashboard()["panels"] if panel["type"] != "row"]


def queries() -> Iterator[str]:
    for panel in panels():
        yield from (target["expr"] for target in panel["targets"])


def metrics_in(expression: str) -> set[str]:
    """Give the names of metrics in an expression: words before a selector, and words that begin as ours do."""
    bare = re.sub(r'"[^"]*"', "", expression)
    return set(re.findall(r"[a-z_]\w*(?=\{)", bare)) | set(re.findall(r"\b(?:drawbar|process|node)_\w+", bare))


def labels_in(expression: str) -> Iterator[tuple[str, set[str]]]:
    for name, selector in re.findall(r"([a-z_]\w*)\{([^}]*)\}", expression):
        yield name, set(re.findall(r"(\w+)\s*(?:=~|!=|=)", re.sub(r'"[^"]*"', "", selector)))


def described(name: str) -> str:
    """Give the metric of the catalogue to which a series belongs."""
    return name if name in METRICS else re.sub(r"_(bucket|sum|count)$", "", name)


def test_prometheus_takes_configuration_and_rules() -> None:
    assert "1 rule files found" in approved("check", "config", CONFIG)
    assert f"{len(rules())} rules found" in approved("check", "rules", "--lint=all", "--lint-fatal", RULES)


def test_every_alert_fires_when_it_shall_and_not_otherwise() -> None:
    assert "SUCCESS" in approved("test", "rules", *RULE_TESTS)


def test_every_alert_has_a_test_that_fails_when_it_never_fires(tmp_path: Path) -> None:
    text = (FOLDER / RULES).read_text()
    silent = [each | {"expr": "vector(1) > 2"} for each in rules()]
    (tmp_path / RULES).write_text(yaml.safe_dump(yaml.safe_load(text) | {"groups": [{"name": "g", "rules": silent}]}))
    for name in RULE_TESTS:
        shutil.copy(FOLDER / name, tmp_path)

    done = asked("test", "rules", *RULE_TESTS, folder=tmp_path)

    assert done.returncode == 1
    missed = set(re.findall(r'expr: "ALERTS\{alertname=\\?"(\w+)', done.stdout + done.stderr))
    assert missed == {rule["alert"] for rule in rules()}


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: str(rule["alert"]))
def test_every_alert_says_what_to_type(rule: Mapping[str, Any]) -> None:
    assert rule["labels"]["severity"] in {"critical", "warning"}
    told = rule["annotations"]
    assert all(told[name] for name in ("summary", "description", "runbook"))
    typed = re.sub(r"\{\{.*?\}\}", "accounts", told["runbook"])
    commands = re.findall(r"(?:: |; )drawbar ([^;]+)", typed)
    assert commands, typed
    assert [wrong for command in commands for wrong in problems(command, whole=True)] == []


def test_dashboard_and_rules_name_only_metrics_and_labels_that_there_are() -> None:
    for expression in (*queries(), *(rule["expr"] for rule in rules())):
        named = metrics_in(expression)
        assert named, expression
        assert {described(name) for name in named} - set(METRICS) - OTHERS == set(), expression
        for name, labels in labels_in(expression):
            if name not in OTHERS:
                assert labels <= set(METRICS[described(name)].labels), expression
        for grouped in re.findall(r"\bby \(([\w, ]+)\)", expression):
            known = {label for name in named - OTHERS for label in METRICS[described(name)].labels} | {"le"}
            assert set(grouped.split(", ")) <= known, expression


def test_a_metric_that_there_is_not_is_noticed() -> None:
    assert metrics_in('sum(rate(drawbar_rows{result!="x"}[5m])) / max(nothing{a="b"})') == {"drawbar_rows", "nothing"}
    assert list(labels_in('drawbar_runs{state=~"a|b", job_name!="c"}')) == [("drawbar_runs", {"state", "job_name"})]


def test_every_metric_is_shown_or_watched() -> None:
    expressions = [*queries(), *(rule["expr"] for rule in rules())]
    seen = {described(name) for expression in expressions for name in metrics_in(expression)}
    assert set(METRICS) - seen == {"drawbar_build_info", "drawbar_http_retry_after_seconds_total"}


def test_what_comes_from_the_hub_is_not_added_up_over_workers() -> None:
    """Every worker tells it, so it has to pass through `max` before anything else."""
    for expression in (*queries(), *(rule["expr"] for rule in rules())):
        for name in metrics_in(expression):
            if described(name) in METRICS and METRICS[described(name)].source == "hub":
                before = expression[: expression.index(name)]
                assert re.search(r"\bmax(?: by \([\w, ]+\))? \($|\bmax\($", before), expression


def test_prometheus_understands_every_query_of_the_dashboard(tmp_path: Path) -> None:
    filled = [query.replace("$__rate_interval", "5m") for query in queries()]
    recorded = [{"record": f"query_{number}", "expr": query} for number, query in enumerate(filled)]
    (tmp_path / "queries.yml").write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": recorded}]}))

    assert f"{len(filled)} rules found" in approved("check", "rules", "queries.yml", folder=tmp_path)


SLIPS = {
    "text for a number": ('"schemaVersion": 42', '"schemaVersion": "42"'),
    "no such mode": ('"colorMode": "background"', '"colorMode": "backgrounds"'),
    "no such option": ('"drawStyle"', '"drawingStyle"'),
    "out of range": ('"graphTooltip": 1', '"graphTooltip": 7'),
    "no such panel": ('"type": "stat"', '"type": "statistic"'),
}


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Hold the dashboard, and one with each of `SLIPS`, against Grafana's own description of one.

    Gives what the compiler says of each; of the dashboard itself under "". Most of its time goes into the description.
    """
    folder, text = tmp_path_factory.mktemp("dashboards"), DASHBOARD.read_text()
    (folder / "node_modules").symlink_to(CHECKER / "node_modules")
    shutil.copy(CHECKER / "shape.ts", folder)
    texts = {"": text} | {slip: text.replace(right, wrong, 1) for slip, (right, wrong) in SLIPS.items()}
    head = 'import type { Dashboard } from "./shape";\nexport const dashboard: Dashboard = '
    files = {name: f"dashboard{number}.ts" for number, name in enumerate(texts)}
    for name, file in files.items():
        (folder / file).write_text(head + texts[name])
    options = [
        "--noEmit",
        "--strict",
        "--skipLibCheck",
        "--module",
        "esnext",
        "--moduleResolution",
        "bundler",
        "--target",
        "es2022",
    ]
    compiler = CHECKER / "node_modules" / ".bin" / "tsc"
    done = subprocess.run(
        [compiler, *options, *files.values()], cwd=folder, capture_output=True, text=True, check=False
    )  # fmt: skip
    said = re.findall(r"^(dashboard\d\.ts)(.*(?:\n .*)*)", done.stdout, re.MULTILINE)
    assert said, done
    return {name: "\n".join(what for of, what in said if of == file) for name, file in files.items()}


def test_the_dashboard_is_one_by_grafanas_own_schema(compiled: Mapping[str, str]) -> None:
    assert compiled[""] == ""


@pytest.mark.parametrize("slip", SLIPS)
def test_a_dashboard_that_grafana_would_not_understand_is_noticed(slip: str, compiled: Mapping[str, str]) -> None:
    assert SLIPS[slip][0] in DASHBOARD.read_text()
    assert "error TS" in compiled[slip]


def test_panels_are_named_described_and_do_not_lie_on_each_other() -> None:
    everything = dashboard()["panels"]
    assert len({panel["id"] for panel in everything}) == len(everything)
    assert [panel["title"] for panel in panels() if not panel["title"] or not panel["description"]] == []
    taken: set[tuple[int, int]] = set()
    for panel in everything:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        assert place["x"] + place["w"] <= 24
        taken |= cells


def test_every_panel_asks_the_prometheus_that_the_reader_chooses() -> None:
    (variable,) = dashboard()["templating"]["list"]
    assert (variable["name"], variable["type"], variable["query"]) == ("datasource", "datasource", "prometheus")
    for panel in panels():
        for source in (panel["datasource"], *(target["datasource"] for target in panel["targets"])):
            assert source == {"type": "prometheus", "uid": "${datasource}"}
