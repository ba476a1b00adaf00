"""Which runs and which columns an export holds."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from myrunstreak.analytics.bounds import check_year, parse_types
from myrunstreak.contract.units import MILE_KM
from myrunstreak.errors import InvalidQuestion

if TYPE_CHECKING:
    import duckdb

# The program's own; docs/data-model.md says what each other column of a run means.
_BOOK_KEEPING: Final = frozenset(
    ("content_hash", "first_seen_at", "synced_at", "details_at", "splits_at", "deleted_at")
)
_SECONDS: Final = {
    "duration": "duration_s",
    "pace_per_km": "CASE WHEN duration_s > 0 AND distance_km > 0 THEN duration_s / distance_km END",
    "pace_per_mi": f"CASE WHEN duration_s > 0 AND distance_km > 0 THEN duration_s / distance_km * {MILE_KM} END",
}
# Columns that are made for a reader: times in whole seconds, halves up, and miles.
TIMES: Final = frozenset(_SECONDS)
_MADE: Final = {
    "distance_mi": f"distance_km / {MILE_KM}",
    **{name: f"TRY_CAST(floor({seconds} + 0.5) AS BIGINT)" for name, seconds in _SECONDS.items()},
}
# Hours too, where a minute would do: a spreadsheet reads 5:12 as twelve minutes past five.
_CLOCK: Final = "printf('%d:%02d:%02d', ({0}) // 3600, ({0}) // 60 % 60, ({0}) % 60)"
# The condition of a selection, whose values are its `parameters`.
FITTING: Final = """
    (CAST($since AS DATE) IS NULL OR start_date >= $since)
    AND (CAST($until AS DATE) IS NULL OR start_date <= $until)
    AND (CAST($race AS BOOLEAN) IS NULL OR coalesce(is_race, false) = $race)
    AND (CAST($types AS VARCHAR[]) IS NULL OR counts_as(activity_type, CAST($types AS VARCHAR[])))
"""


@dataclass(frozen=True)
class Selection:
    """The live runs that fit; by default all.

    Attributes:
        since: the first day.
        until: the last day.
        types: labels of activities, as the database compares them.
        race: only races, or none.
    """

    since: date | None = None
    until: date | None = None
    types: tuple[str, ...] | None = None
    race: bool | None = None

    @classmethod
    def of(
        cls, *, since: date | None, until: date | None, year: int | None, types: str | None, race: bool | None
    ) -> Selection:
        """What the options of the command select.

        Raises:
            InvalidQuestion: they contradict each other, or one cannot be understood.
        """
        if year is not None:
            if since or until:
                raise InvalidQuestion("Choose --year, or --from and --to.")
            check_year(year)
            since, until = date(year, 1, 1), date(year, 12, 31)
        if since and until and since > until:
            raise InvalidQuestion(f"from is {since} and to is {until}; accepted: the first day first.")
        labels = parse_types(types)
        return cls(since, until, None if labels is None else tuple(labels), race)

    @property
    def parameters(self) -> dict[str, Any]:
        """What the statements of this selection are asked with."""
        types = None if self.types is None else list(self.types)
        return {"since": self.since, "until": self.until, "race": self.race, "types": types}

    def statement(self, columns: Sequence[str], *, clocks: bool = True) -> str:
        """One row per run, the earliest first.

        Args:
            columns: by name.
            clocks: times as h:mm:ss; otherwise as whole seconds.
        """
        made = {name: _CLOCK.format(sql) if clocks and name in TIMES else sql for name, sql in _MADE.items()}
        selected = ", ".join(f"{made[name]} AS {name}" if name in made else name for name in columns)
        return f"SELECT {selected} FROM runs WHERE {FITTING} ORDER BY start_local, activity_id"  # noqa: S608

    def rows(
        self, connection: duckdb.DuckDBPyConnection, columns: Sequence[str], *, clocks: bool = True
    ) -> Iterator[tuple[Any, ...]]:
        """The runs of that statement, of which a few are held at a time."""
        rows = connection.cursor().execute(self.statement(columns, clocks=clocks), self.parameters)
        while chunk := rows.fetchmany(500):
            yield from chunk

    def count(self, connection: duckdb.DuckDBPyConnection) -> int:
        """How many runs there are."""
        [count] = connection.execute(
            f"SELECT count(*) FROM runs WHERE {FITTING}",  # noqa: S608 - our own words
            self.parameters,
        ).fetchall()
        return int(count[0])

    def years(self, connection: duckdb.DuckDBPyConnection) -> list[int]:
        """The years that have one of the runs."""
        found = connection.execute(
            f"SELECT DISTINCT year(start_date) FROM runs WHERE {FITTING} ORDER BY 1",  # noqa: S608
            self.parameters,
        ).fetchall()
        return [year for (year,) in found]


def columns_of_runs(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Every column that a run has but the program's own book-keeping."""
    found = connection.execute("SELECT * FROM runs LIMIT 0").description or ()
    return [column[0] for column in found if column[0] not in _BOOK_KEEPING]


def choose_columns(text: str, connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The columns of a list with commas between, each once, in that order.

    Raises:
        InvalidQuestion: there is no such column; the message names those there are.
    """
    known = [*columns_of_runs(connection), *_MADE]
    chosen = list(dict.fromkeys(filter(None, (name.strip().lower() for name in text.split(",")))))
    if not chosen:
        raise InvalidQuestion(f"columns is empty; accepted, with commas between: {', '.join(known)}.")
    for name in chosen:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"did you mean {near[0]}? There are" if near else "there are"
            raise InvalidQuestion(f"columns has {name[:40]!r}; {hint}: {', '.join(known)}.")
    return chosen
