"""G: the API, warm on loopback against its own statements run straight in DuckDB, and cold from process start.

The ceiling is what an endpoint's statements take on an open connection: the same SQL with the same parameters,
taken down while the endpoint answered once.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from scripts.bench.history import archive_history
from scripts.bench.processes import Figures, alternately, measure, median

ENDPOINTS: Final = (
    "/v1/status",
    "/v1/streak",
    "/v1/streaks",
    "/v1/runs",
    "/v1/stats/year",
    "/v1/stats/month",
    "/v1/stats/trailing",
    "/v1/records",
    "/v1/best-efforts",
    "/v1/calendar/2026",
    "/v1/eddington",
)


@dataclass(frozen=True)
class Plan:
    """How much is asked how often.

    Attributes:
        runs: the history.
        requests: warm requests an endpoint.
        rounds: cold starts whose median counts.
    """

    runs: int
    requests: int
    rounds: int


def run(plan: Plan, folder: Path) -> Figures:
    """Measure both."""
    archive_history(folder / "raw", plan.runs, splits=False)
    file = folder / "answering.duckdb"
    measure("scripts.bench.overview:store", root=str(folder / "raw"), file=str(file))
    cold = alternately(
        plan.rounds,
        [lambda: measure("scripts.bench.answering:cold", file=str(file), started=time.time())],
    )[0]
    names = [name for name in cold[0] if name.endswith("_ms")]
    return {
        "runs": plan.runs,
        "requests": plan.requests,
        "endpoints": measure("scripts.bench.answering:warm", file=str(file), requests=plan.requests)[
            "endpoints"
        ],
        "cold": {name: median(cold, name) for name in names},
    }


def warm(file: str, requests: int) -> Figures:
    """Percentiles of every endpoint on a local server, and of its statements alone."""
    import duckdb
    import requests as http
    from myrunstreak.contract.settings import Settings

    from scripts.commands.serve import make_server

    endpoints = list[Figures]()
    with (
        make_server(Settings(duckdb_path=file, runner_timezone="Europe/Amsterdam"), 0) as server,
        http.Session() as session,
        duckdb.connect(file, read_only=True, config={"threads": 1}) as connection,
    ):
        for path in ENDPOINTS:
            asked = _timed(
                lambda path=path: session.get(f"{server.address}{path}", timeout=30).raise_for_status(),
                requests,
            )
            statements = _statements(connection, path)
            direct = _timed(partial(_run_all, connection, statements), requests)
            endpoints.append(
                {"path": path, **_percentiles(asked), "direct_ms": statistics.median(direct) * 1000}
            )
    return {"endpoints": endpoints}


def cold(file: str, started: float) -> Figures:
    """Milliseconds from process start to the first answer of the Lambda's handler, by parts."""
    marks = [("interpreter_ms", time.time())]
    # DuckDB looks for it at the first question; in Lambda there is none.
    sys.modules["pandas"] = None  # type: ignore[assignment]
    import duckdb

    duckdb.connect().execute("SELECT 1").fetchall()
    marks.append(("duckdb_ms", time.time()))
    from myrunstreak.handlers.api import lambda_handler

    marks.append(("handler_ms", time.time()))
    os.environ |= {"DUCKDB_PATH": file, "API_PUBLIC_STATUS": "true", "LOG_LEVEL": "ERROR"}
    event = {"rawPath": "/v1/status", "requestContext": {"http": {"method": "GET"}}}
    assert lambda_handler(event)["statusCode"] == 200
    marks.append(("first_answer_ms", time.time()))
    times = [started, *(at for _, at in marks)]
    parts = {name: (at - before) * 1000 for (name, at), before in zip(marks, times, strict=False)}
    return parts | {"total_ms": (times[-1] - started) * 1000}


def _timed(question: Any, times: int) -> list[float]:
    question()
    seconds = list[float]()
    for _ in range(times):
        begin = time.perf_counter()
        question()
        seconds.append(time.perf_counter() - begin)
    return seconds


def _run_all(connection: Any, statements: Sequence[tuple[str, Any]]) -> None:
    for query, parameters in statements:
        connection.execute(query, parameters).fetchall()


def _percentiles(seconds: Sequence[float]) -> Figures:
    ordered = sorted(seconds)
    return {
        "p50_ms": statistics.median(ordered) * 1000,
        "p99_ms": ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))] * 1000,
        "a_second": len(ordered) / sum(ordered),
    }


class _Noting:
    """A connection that takes down what it is asked."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self.asked: list[tuple[str, Any]] = []

    def execute(self, query: str, parameters: object = None, /) -> Any:
        """Run one statement."""
        self.asked.append((query, parameters))
        return self._connection.execute(query, parameters)


def _statements(connection: Any, path: str) -> list[tuple[str, Any]]:
    from datetime import UTC, datetime

    from myrunstreak.analytics.engine import Engine
    from myrunstreak.contract.settings import Tuning

    noting = _Noting(connection)
    answers = Engine(noting, now=datetime.now(UTC), settings=Tuning(runner_timezone="Europe/Amsterdam"))
    name, _, rest = path.removeprefix("/v1/").partition("/")
    match name:
        case "stats":
            answers.trailing() if rest == "trailing" else answers.stats(rest)  # type: ignore[arg-type]
        case "calendar":
            answers.calendar(int(rest))
        case _:
            getattr(answers, name.replace("-", "_"))()
    return noting.asked
