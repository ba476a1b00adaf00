"""Ids that a browser cannot count, and answers that one reply cannot carry."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from myrunstreak.api import questions
from myrunstreak.api.keys import ApiKeys
from myrunstreak.api.service import Api
from myrunstreak.store.published import PublishedDatabase

from tests.application.api.conftest import Asked, settings_for
from tests.stage.runs import Stored, opened
from tests.stage.seeded_record import clock

SAFE = 2**53 - 1
IDS = [7, SAFE, SAFE + 2, 2**63 - 1]
RUNS = 12_000


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[Asked]:
    """The API about four runs of remarkable ids on one day."""
    start = datetime(2026, 10, 30, 7)  # noqa: DTZ001 - a wall clock
    runs = [
        Stored(one, start + timedelta(hours=place), distance_km=5.0 + place) for place, one in enumerate(IDS)
    ]
    opened(runs, str(tmp_path / "runs.duckdb")).close()
    yield from served(tmp_path / "runs.duckdb")


def served(file: Path) -> Iterator[Asked]:
    """The API over a file."""
    settings = settings_for(file)
    published = PublishedDatabase(settings)
    yield Asked(Api(settings, published, ApiKeys(None), clock=clock, without_keys=True))
    published.close()


def as_a_browser(text: str) -> Any:
    """JSON as JavaScript reads it: every number is a double."""
    return json.loads(text, parse_int=lambda digits: int(float(digits)))


def test_every_id_survives_a_browser(asked: Asked) -> None:
    """A number as long as a double counts exactly, then a text; and what was read leads back to the run."""
    items = as_a_browser(asked.get("/v1/runs?sort=start").text)["items"]
    assert [7, SAFE, str(SAFE + 2), str(2**63 - 1)] == [item["activity_id"] for item in items]
    for item, expected in zip(items, IDS, strict=True):
        run = asked.get(f"/v1/runs/{item['activity_id']}")
        assert (200, str(expected)) == (run.status, str(as_a_browser(run.text)["activity_id"]))
        splits = asked.get(f"/v1/runs/{item['activity_id']}/splits")
        assert (200, str(expected)) == (splits.status, str(as_a_browser(splits.text)["activity_id"]))
    day = as_a_browser(asked.get("/v1/days/2026-10-30").text)
    assert [str(one) for one in IDS] == [str(run["activity_id"]) for run in day["runs"]]
    longest = as_a_browser(asked.get("/v1/records").text)["items"][0]
    assert ("longest_run", str(2**63 - 1)) == (longest["kind"], longest["activity_id"])
    assert [str(one) for one in IDS[:3]] == [str(one["activity_id"]) for one in longest["history"]]


def test_pages_go_on_behind_large_ids(asked: Asked) -> None:
    """A cursor holds them whole."""
    found, path = list[str](), "/v1/runs?sort=start&limit=1"
    while path:
        reply = asked.get(path)
        found += [str(item["activity_id"]) for item in as_a_browser(reply.text)["items"]]
        path = reply.headers.get("link", "").partition(">")[0].removeprefix("<")
    assert [str(one) for one in IDS] == found


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """The API about twelve thousand runs, three a day."""
    file = tmp_path_factory.mktemp("many") / "runs.duckdb"
    with opened((), str(file)) as connection:
        connection.execute(
            f"""
            INSERT INTO activities BY NAME
            SELECT
                CAST(number AS BIGINT) AS activity_id,
                TIMESTAMP '2015-11-16 07:12:34' + INTERVAL 8 HOUR * number AS start_local,
                CAST(start_local AS DATE) AS start_date,
                60 AS utc_offset_minutes, false AS offset_suspect, 7.12345 AS distance_km, 2345.678 AS duration_s,
                'running' AS activity_type, 151.0 AS heart_rate_avg, 172 AS heart_rate_max, 171.5 AS cadence_avg,
                123.4 AS elevation_gain_m, 512 AS calories, 11.5 AS temperature_c, 'clear' AS weather_type,
                'road' AS terrain, 'great' AS how_felt, false AS is_race, false AS is_treadmill, 'Amsterdam' AS city,
                'Netherlands' AS country, 'garminpush' AS source, 'x' AS content_hash,
                TIMESTAMP '2026-10-31' AS first_seen_at, TIMESTAMP '2026-10-31' AS synced_at
            FROM range({RUNS}) AS every (number)
            """
        )
    yield from served(file)


def test_twelve_thousand_runs_are_one_file(many: Asked) -> None:
    """As CSV, every one once, within what an answer can carry."""
    reply = many.get("/v1/runs?format=csv")
    assert (200, None) == (reply.status, reply.headers.get("link"))
    ids = [row["activity_id"] for row in csv.DictReader(io.StringIO(reply.text))]
    assert [str(number) for number in range(RUNS)] == sorted(ids, key=int)
    assert len(json.dumps(reply.text)) < 6_000_000 * 0.6


def test_what_one_answer_cannot_carry_is_refused_and_not_cut(many: Asked) -> None:
    """With what to ask instead; the pages hold it."""
    reply = many.get("/v1/runs?limit=all")
    assert 400 == reply.status
    assert "limit=1000 and follow next_cursor" in reply.body["detail"]
    assert 200 == many.get("/v1/runs?limit=all&from=2024-01-01").status
    assert questions.LARGEST_ANSWER < 6_000_000


def test_a_series_has_every_day_of_the_range(many: Asked) -> None:
    """A hundred years of days in one answer, those without a run with nothing, in the same figures as the statistics."""
    first, last = date(1926, 10, 31), date(2026, 10, 31)
    series = many.get(f"/v1/days?from={first}&to={last}").body
    items = series["items"]
    assert (str(first), str(last), (last - first).days + 1) == (series["from"], series["to"], len(items))
    assert [str(first + timedelta(days=number)) for number in range(len(items))] == [
        one["date"] for one in items
    ]
    nothing = {"runs": 0, "distance_km": 0.0, "duration_s": 0.0, "pace_s_per_km": None, "is_run_day": False}
    assert nothing.items() <= items[0].items()
    years = {one["period"]: one for one in many.get("/v1/stats/year").body["items"]}
    for year, told in years.items():
        days = [one for one in items if one["date"].startswith(year)]
        assert told["runs"] == sum(one["runs"] for one in days)
        assert told["days"] == sum(one["is_run_day"] for one in days)
        assert told["distance_km"] == pytest.approx(sum(one["distance_km"] for one in days))
        assert told["duration_s"] == pytest.approx(sum(one["duration_s"] for one in days))


def test_a_series_is_of_the_last_year_unless_told(many: Asked) -> None:
    """Up to today; a first day alone begins it, a last day alone ends it, a minimum decides what a run day is."""
    for query, first, last in (
        ("", "2025-11-01", "2026-10-31"),
        ("?from=2026-10-30", "2026-10-30", "2026-10-31"),
        ("?to=2020-12-31", "2020-01-02", "2020-12-31"),
        ("?from=2026-11-05", "2026-11-05", "2026-11-05"),
    ):
        series = many.get(f"/v1/days{query}").body
        assert (first, last) == (series["from"], series["to"])
        assert (first, last) == (series["items"][0]["date"], series["items"][-1]["date"])
    strict = many.get("/v1/days?to=2020-12-31&min=100").body["items"]
    assert not any(one["is_run_day"] for one in strict)
    assert all(one["pace_s_per_km"] == pytest.approx(2345.678 / 7.12345) for one in strict)
