"""A real Prometheus reads the metrics: as docs/metrics.md sets it up, with our rules."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from tests.article.repository import free_port
from tests.docs.pages import METRICS, blocks, rows
from tests.machine import lacks
from tests.program import PATIENCE, ROOT, eventually, get, running
from tests.test_kill import send

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

TOKEN = "a-token-of-the-monitoring-system"  # noqa: S105 -- made up
RULES, DASHBOARD = ROOT / "deploy/prometheus/stena.yml", ROOT / "deploy/grafana/stena.json"
MOST = 40


@contextmanager
def prometheus(folder: Path, config: str) -> Generator[str]:
    """Start it with this configuration; yields its address."""
    (folder / "prometheus.yml").write_text(config)
    port = free_port()
    if shutil.which("prometheus") is None:
        lacks("there is no prometheus")
    with (folder / "prometheus.log").open("w") as log:
        process = subprocess.Popen(
            [
                "prometheus",
                f"--config.file={folder}/prometheus.yml",
                f"--storage.tsdb.path={folder}/tsdb",
                f"--web.listen-address=127.0.0.1:{port}",
            ],
            stdout=log,
            stderr=log,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        eventually(lambda: process.poll() is not None or _is_ready(url))
        assert process.poll() is None, (folder / "prometheus.log").read_text()
        yield url
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _is_ready(url: str) -> bool:
    try:
        return get(f"{url}/-/ready")[0] == 200
    except OSError:
        return False


def ask(url: str, expression: str) -> list[dict[str, Any]]:
    status, answer = get(f"{url}/api/v1/query?query={quote(expression)}")
    assert status == 200, answer
    return list(json.loads(answer)["data"]["result"])


def rules(url: str) -> list[dict[str, Any]]:
    groups = json.loads(get(f"{url}/api/v1/rules")[1])["data"]["groups"]
    return [rule for group in groups for rule in group["rules"]]


def value(url: str, expression: str) -> float | None:
    found = ask(url, expression)
    return float(found[0]["value"][1]) if found else None


@pytest.fixture
def config(tmp_path: Path) -> str:
    """As the page has it, but for where things are and how often they are looked at."""
    token = tmp_path / "token"
    token.write_text(TOKEN)
    (shown,) = (block.text for block in blocks(METRICS[0]) if block.kind == "yaml")
    for given, here in (
        ("/etc/prometheus/stena.token", str(token)),
        ("/etc/prometheus/stena.yml", str(RULES)),
        ("scheme: https", "scheme: http"),
        ("15s", "1s"),
    ):
        assert given in shown
        shown = shown.replace(given, here)
    return shown


@pytest.mark.once
def test_it_gets_the_sums_of_two_processes_and_our_rules(tmp_path: Path, config: str) -> None:
    with running(
        errors=tmp_path / "log",
        STENA_DATA=str(tmp_path / "data"),
        WEB_CONCURRENCY="2",
        STENA_COMMON__METRICS_TOKEN=TOKEN,
    ) as program:
        # Each request has a connection of its own, so both processes answer some.
        for number in range(MOST):
            assert send(program.url, f"message {number}")
        target = program.url.removeprefix("http://")
        with prometheus(tmp_path, config.replace("wall.example", target)) as url:
            eventually(lambda: value(url, 'up{job="stena"}') == 1)
            posts = 'sum(stena_requests_total{route="/api/messages.create", status="201"})'
            eventually(lambda: value(url, posts) == MOST)
            assert value(url, "stena_messages_waiting") == 0
            all_of_them = 'stena_request_seconds_bucket{le="+Inf"}'
            assert value(url, f"stena_request_seconds_count - ignoring(le) {all_of_them}") == 0
            for expression in expressions(target):
                # A rate needs two samples; the defense has done nothing yet.
                eventually(lambda query=expression: ask(url, query) or "defense" in query)
            healthy = RULES.read_text().count("alert:") * ["ok"]
            eventually(lambda: [rule["health"] for rule in rules(url)] == healthy)
            # It goes on counting after a restart of the wall's processes.
            for process in program.processes:
                process.kill()
            eventually(lambda: send(program.url, "after the kill"))
            eventually(lambda: value(url, posts) == MOST + 1)


def expressions(instance: str = "") -> list[str]:
    """The queries of the dashboard, with a time and a wall of our own."""
    panels = json.loads(DASHBOARD.read_text())["panels"]
    return [
        target["expr"].replace("$__rate_interval", "1m").replace("$instance", instance)
        for panel in panels
        for target in panel["targets"]
    ]


def test_rules_and_dashboard_name_only_metrics_that_there_are() -> None:
    listed = [cells[0].strip("`") for cells in rows(METRICS[0]) if cells[0].startswith("`")]
    asked = set(re.findall(r"stena_\w+", RULES.read_text() + " ".join(expressions())))
    assert asked
    assert {name.removesuffix("_bucket") for name in asked} <= set(listed)


@pytest.mark.once
def test_the_rules_are_rules() -> None:
    try:
        found = subprocess.run(
            ["promtool", "check", "rules", str(RULES)], capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        lacks("there is no promtool")
    assert found.returncode == 0, found.stderr
