"""The API over a published record: cold from process start, and warm against its own statements run in DuckDB.

The yardstick of a warm answer is what its statements take on an open connection once they are prepared: the same SQL
with the same values, taken down while the endpoint answered once. A question that was asked before about the same
version is answered from memory. A new one has to be computed, beside what all questions have in common.
"""

from __future__ import annotations

import os
import re
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from scripts.bench.environments import Sides
from scripts.bench.history import archive_history
from scripts.bench.processes import Figures, alternately, measure, medians, ratio

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
# What is asked before a new question: another one.
_OTHER: Final = ("/v1/eddington", "/v1/status")


@dataclass(frozen=True)
class Plan:
    """How much is asked how often.

    Attributes:
        runs: the history.
        requests: warm requests an endpoint.
        rounds: cold starts.
    """

    runs: int
    requests: int
    rounds: int


def measure_answers(plan: Plan, folder: Path, sides: Sides) -> Figures:
    """Both."""
    archive_history(folder / "raw", plan.runs, splits=False)
    file = folder / "answering.duckdb"
    measure("scripts.bench.overview:store", on=sides.ours, root=str(folder / "raw"), file=str(file))
    warm_answers = measure(
        "scripts.bench.answering:warm", on=sides.ours, file=str(file), requests=plan.requests
    )
    return {
        "runs": plan.runs,
        "requests": plan.requests,
        "rounds": plan.rounds,
        "cold": measure_cold(plan.rounds, file, sides),
        **warm_answers,
    }


def measure_cold(rounds: int, file: Path, sides: Sides) -> Figures:
    """Seconds from the start of a process to its first answer."""

    def start(name: str, **arguments: Any) -> Callable[[], Figures]:
        return lambda: measure(f"scripts.bench.cold:{name}", on=sides.ours, started=time.time(), **arguments)

    least, page, data = alternately(
        rounds, [start("runtime_client"), start("page"), start("data", file=str(file))]
    )
    return {
        "runtime_client": medians(least),
        "page": medians(page),
        "data": medians(data),
        "page_of_least": ratio(page, least),
        "data_of_least": ratio(data, least),
    }


def warm(file: str, requests: int) -> Figures:
    """In its own process: percentiles of every endpoint in milliseconds, and of its statements alone."""
    import duckdb
    from myrunstreak.analytics.memory import Memory
    from myrunstreak.api.keys import ApiKeys
    from myrunstreak.contract.settings import Settings
    from myrunstreak.handlers import api
    from myrunstreak.handlers.api import lambda_handler

    os.environ |= {
        "DUCKDB_PATH": file,
        "API_KEYS": f"file:{file}-keys.json",
        "RUNNER_TIMEZONE": "Europe/Amsterdam",
        "LOG_LEVEL": "ERROR",
    }
    key = ApiKeys.open(Settings.from_env(os.environ)).new("bench")
    keep = Memory.keep
    endpoints = list[Figures]()
    with duckdb.connect(file, read_only=True, config={"threads": 1}) as connection:
        for path in ENDPOINTS:
            event = {
                "rawPath": path,
                "requestContext": {"http": {"method": "GET"}},
                "headers": {"authorization": f"Bearer {key}"},
            }

            def ask(event: dict[str, Any] = event) -> None:
                assert lambda_handler(event)["statusCode"] == 200

            api.__dict__["_api"] = None  # nothing is remembered any more
            ask(event | {"rawPath": _OTHER[path == _OTHER[0]]})
            Memory.keep = lambda self, question, known: None  # noqa: ARG005
            new = _timed(ask, requests)
            Memory.keep = keep
            asked_before = _timed(ask, requests)
            prepared = _timed(_prepare(connection, path), requests)
            direct = statistics.median(prepared) * 1000
            endpoints.append(
                {
                    "path": path,
                    "asked_before": _percentiles(asked_before),
                    "new": _percentiles(new),
                    "prepared_ms": direct,
                    "asked_before_of_prepared": statistics.median(asked_before) * 1000 / direct,
                    "new_of_prepared": statistics.median(new) * 1000 / direct,
                }
            )
    return {"endpoints": endpoints}


def _timed(question: Callable[[], object], times: int) -> list[float]:
    question()
    seconds = list[float]()
    for _ in range(times):
        begin = time.perf_counter()
        question()
        seconds.append(time.perf_counter() - begin)
    return seconds


def _percentiles(seconds: Sequence[float]) -> Figures:
    ordered = sorted(seconds)
    return {
        "p50_ms": statistics.median(ordered) * 1000,
        "p99_ms": ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))] * 1000,
        "a_second": len(ordered) / sum(ordered),
    }


def _prepare(connection: Any, path: str) -> Callable[[], None]:
    """The statements of an endpoint, prepared; running them all is what it returns."""
    names = list[str]()
    for number, (query, parameters) in enumerate(_statements(connection, path)):
        if query.startswith("SET "):
            connection.execute(query)
            continue
        name = f"q{len(names)}_{number}"
        connection.execute(f"PREPARE {name} AS {_filled(query, parameters or {})}")
        names.append(name)

    def run() -> None:
        for name in names:
            connection.execute(f"EXECUTE {name}").fetchall()

    return run


# The product has a way of its own to write values; a yardstick shares no code with what it measures.
def _filled(query: str, parameters: Mapping[str, object]) -> str:
    return re.sub(r"\$(\w+)", lambda match: _literal(parameters[match[1]]), query)


def _literal(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, date):
        return f"DATE '{value}'"
    if isinstance(value, list):
        return "[" + ", ".join(map(_literal, value)) + "]"  # pyright: ignore[reportUnknownArgumentType]
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return repr(value)


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
    from myrunstreak.analytics.engine import Engine
    from myrunstreak.contract.tuning import Tuning

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
