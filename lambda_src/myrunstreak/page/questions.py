"""Questions that only the page asks: days as facts, closest calls, this day in other years, what a month is made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from myrunstreak.analytics.engine import Engine
from myrunstreak.analytics.period_models import Figures
from myrunstreak.analytics.record import as_utc
from myrunstreak.analytics.run_models import Split, Unit
from myrunstreak.contract.tuning import Tuning
from myrunstreak.page.facts import Facts, round_km
from myrunstreak.store.stored_runs import RESTORED_FACT

if TYPE_CHECKING:
    from myrunstreak.store.published import Reading


@dataclass(frozen=True)
class Call:
    """A run day that was a close call: its value is a distance in km, a time of day, or a temperature."""

    date: date
    value: Any


@dataclass(frozen=True)
class ClosestCalls:
    """The shortest day, the latest start and the hottest run of a range of run days; None where nothing is known."""

    shortest: Call | None
    latest: Call | None
    hottest: Call | None


def page_engine(reading: Reading, settings: Tuning, now: datetime) -> PageEngine:
    """The engine over what a reader sees."""
    return PageEngine(
        reading.connection,
        now=now,
        settings=settings,
        freshness=reading.freshness,
        definitions=reading.definitions,
    )


class PageEngine(Engine):
    """The engine, with the page's own questions."""

    def facts(self, version: str) -> Facts:
        """What travels: see ``Facts``."""
        rows = self._ask(self._statement("day_sums"))
        place, minimum = self._today().place, self._settings.streak_min_km
        offset = place.zone.utcoffset(None) if not place.is_set else None
        first = rows[0]["date"] if rows else None
        km: list[float | None] = [None] * ((rows[-1]["date"] - first).days + 1 if first else 0)
        for row in rows:
            km[(row["date"] - first).days] = round_km(row["distance_km"], minimum)
        # One row: what tells this database from others.
        [mark] = self._ask(
            """
            SELECT
                (SELECT max(observed_at) FROM archive_log) AS newest,
                (SELECT max(value) FROM file_facts WHERE name = $restored) AS restored_at
            """,
            restored=RESTORED_FACT,
        )
        return Facts(
            version=version,
            data_as_of=self.data_as_of,
            last_success_at=self._freshness.last_success_at,
            timezone=place.name if place.is_set else None,
            utc_offset_minutes=int(offset / timedelta(minutes=1)) if offset else 0,
            minimum_km=minimum,
            units=self._settings.units,
            first_day=first,
            km=tuple(km),
            database_mark=as_utc(mark["newest"]),
            restored_at=mark["restored_at"],
        )

    def sums(self, first: date, last: date) -> Figures:
        """What the days from the first to the last add up to."""
        return Figures(**self._figures(first, last))

    def last_start(self, since: date) -> tuple[float, float] | None:
        """Where the newest run since a day started: latitude and longitude in degrees, to a tenth."""
        query = """
            SELECT round(start_latitude, 1) AS latitude, round(start_longitude, 1) AS longitude
            FROM runs
            WHERE start_latitude IS NOT NULL AND start_longitude IS NOT NULL AND start_date >= CAST($since AS DATE)
            ORDER BY start_local DESC
            LIMIT 1
        """
        return next(((row["latitude"], row["longitude"]) for row in self._ask(query, since=since)), None)

    def closest_calls(self, first: date, last: date) -> ClosestCalls:
        """The run days of a range that nearly were none, or took the most."""
        rows = self._ask(
            self._statement("closest_calls"),
            first_day=first,
            last_day=last,
            minimum_km=self._settings.streak_min_km,
        )
        calls = {row["kind"]: Call(row["date"], row["text"] or row["value"]) for row in rows}
        return ClosestCalls(calls.get("shortest"), calls.get("latest"), calls.get("hottest"))

    def month_contents(self) -> dict[date, str]:
        """What the pages of each month with an activity are made of, in few characters, by its first day."""
        # One row per month: checksums of its activities, and of the records of its days in quarantine.
        query = """
            SELECT month, bit_xor(content) AS content
            FROM (
                SELECT
                    CAST(date_trunc('month', start_date) AS DATE) AS month,
                    hash(activity_id, content_hash, deleted_at IS NULL, details_at, splits_at) AS content
                FROM activities
                UNION ALL
                SELECT CAST(date_trunc('month', date) AS DATE), hash(date, count(*))
                FROM waiting_records
                WHERE date IS NOT NULL
                GROUP BY date
            )
            GROUP BY month
        """
        return {row["month"]: f"{row['content']:x}" for row in self._ask(query)}

    def splits_between(self, first: date, last: date, unit: Unit) -> dict[int, list[Split]]:
        """The splits of every live run of a range of days, by run."""
        # One row per split.
        query = """
            SELECT s.activity_id, s.split_number, s.distance_km, s.duration_s, s.pace_s_per_km, s.heart_rate_avg,
                s.elevation_gain_m, s.elevation_loss_m
            FROM splits AS s JOIN runs AS r ON r.activity_id = s.activity_id
            WHERE s.unit = CAST($unit AS VARCHAR)
                AND r.start_date BETWEEN CAST($first_day AS DATE) AND CAST($last_day AS DATE)
            ORDER BY s.activity_id, s.split_number
        """
        found: dict[int, list[Split]] = {}
        for row in self._ask(query, unit=unit, first_day=first, last_day=last):
            found.setdefault(row.pop("activity_id"), []).append(Split(**row))
        return found
