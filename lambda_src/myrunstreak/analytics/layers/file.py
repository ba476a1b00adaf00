"""Reads ``streaks.toml``; every mistake becomes one line with its place, the value seen and what is accepted."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from typing import Any, Final, NoReturn, cast, get_args

from myrunstreak.analytics.layers.definitions import (
    MOST_BYTES,
    MOST_DEFINITIONS,
    Amount,
    Definition,
    Each,
    Period,
    Rest,
    RestPer,
)
from myrunstreak.contract.units import KM_OF
from myrunstreak.errors import InvalidSettings

SECONDS_OF: Final = {"h": 3600.0, "min": 60.0, "s": 1.0}
# A preset is what its keys would say; keys beside it add to it or say otherwise.
PRESETS: Final[Mapping[str, Mapping[str, Any]]] = {
    "any-day": {"period": "day"},
    "any-day-with-rest": {"period": "day", "rest": {"days": 1, "per": "week"}},
    "1k-a-day": {"period": "day", "distance": "1 km"},
    "mile-a-day": {"period": "day", "distance": "1 mi"},
    "mile-a-day-with-rest": {"period": "day", "distance": "1 mi", "rest": {"days": 1, "per": "week"}},
    "5k-a-day": {"period": "day", "distance": "5 km"},
    "10k-a-day": {"period": "day", "distance": "10 km"},
    "early-bird": {"period": "day", "each": {"start_before": "07:00"}},
    "every-week": {"period": "week"},
    "three-days-a-week": {"period": "week", "days": 3},
    "20-miles-a-week": {"period": "week", "distance": "20 mi"},
    "every-month": {"period": "month"},
    "100k-a-month": {"period": "month", "distance": "100 km"},
    "100-miles-a-month": {"period": "month", "distance": "100 mi"},
}

_KEYS: Final = ("name", "preset", "inside", "period", "distance", "duration", "runs", "days", "each", "rest")
_EACH_KEYS: Final = ("distance", "duration", "start_before", "start_from")
_MOST_KM: Final = 100_000.0
_MOST_SECONDS: Final = 31 * 86_400.0
_MOST_RUNS: Final = 1000
# So many that every week or month can meet them.
_MOST_DAYS: Final[Mapping[Period, int]] = {"day": 1, "week": 7, "month": 28}
# One fewer than the shortest such span has: a week without any day is no week of a streak.
_MOST_REST: Final[Mapping[tuple[Period, RestPer], int]] = {
    ("day", "week"): 6,
    ("day", "month"): 27,
    ("day", "year"): 364,
    ("week", "month"): 3,
    ("week", "year"): 51,
    ("month", "year"): 11,
}
_NAME: Final = re.compile(r"[^\x00-\x1f\x7f-\x9f]{1,60}")
_AMOUNT: Final = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,6})?)\s*([a-z]+)")
_CLOCK: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


def read_definitions(text: str, where: str) -> tuple[Definition, ...]:
    """The streaks of a file, in its order.

    Raises:
        InvalidSettings: the file cannot be understood.
    """
    file = _Place(where)
    if len(text.encode()) > MOST_BYTES:
        file.refuse(f"is longer than {MOST_BYTES // 1024} KB")
    try:
        document = tomllib.loads(text.removeprefix("\ufeff"))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        file.refuse(f"is no TOML ({str(error).splitlines()[0]})")
    file.only(document, ("streak",), "[[streak]] tables")
    tables = _tables(document.get("streak"))
    if not tables:
        file.refuse("has no [[streak]] table; accepted: one for each streak")
    if len(tables) > MOST_DEFINITIONS:
        file.refuse(f"has {len(tables)} streaks; accepted: at most {MOST_DEFINITIONS}")
    found: list[Definition] = []
    for number, table in enumerate(tables, 1):
        found.append(_definition(table, where, number))
        if found[-1].name in {earlier.name for earlier in found[:-1]}:
            _Place(where, found[-1].name).refuse("is there twice; accepted: a name once")
    _check_nesting(found, where)
    return tuple(found)


@dataclass(frozen=True)
class _Place:
    """A place in the file; it reads values of a table and refuses wrong ones."""

    where: str
    streak: str | int | None = None  # its name, or its number where the name is not known yet

    def refuse(self, problem: str) -> NoReturn:
        which = "" if self.streak is None else f", streak {self.streak!r}"
        raise InvalidSettings(f"{self.where}{which}: {problem}.")

    def only(self, table: Mapping[str, Any], known: tuple[str, ...], accepted: str | None = None) -> None:
        for key in table:
            if key not in known:
                self.refuse(f"there is no key {key[:40]!r}; accepted: {accepted or ', '.join(known)}")

    def inner(self, table: Mapping[str, Any], key: str, accepted: str) -> Mapping[str, Any]:
        value = table.get(key, {})
        if not isinstance(value, dict):
            self.wrong(key, value, accepted)
        return cast("dict[str, Any]", value)

    def wrong(self, key: str, value: object, accepted: str) -> NoReturn:
        self.refuse(f"{key} is {_show(value)}; accepted: {accepted}")

    def choice(self, table: Mapping[str, Any], key: str, known: tuple[str, ...]) -> Any:
        value = table.get(key)
        if not isinstance(value, str) or value not in known:
            self.wrong(key, value, ", ".join(known))
        return value

    def text(self, table: Mapping[str, Any], key: str) -> str:
        value = table.get(key)
        if not isinstance(value, str) or not _NAME.fullmatch(value) or value != value.strip():
            self.wrong(key, value, "a text of 1 to 60 characters in quotes")
        return value

    def whole(self, table: Mapping[str, Any], key: str, most: int) -> int:
        value = table.get(key, 1)
        if type(value) is not int or not 1 <= value <= most:
            self.wrong(key, value, f"a whole number from 1 to {most:,}" if most > 1 else "1")
        return value

    def amount(
        self,
        table: Mapping[str, Any],
        key: str,
        units: Mapping[str, float],
        most: float,
        example: str,
        prefix: str,
    ) -> Amount | None:
        if key not in table:
            return None
        value = table[key]
        match = _AMOUNT.fullmatch(value.strip()) if isinstance(value, str) else None
        if not match or match[2] not in units or not 0 < float(match[1]) * units[match[2]] <= most:
            self.wrong(prefix + key, value, f"above 0, with its unit ({', '.join(units)}), such as {example}")
        return Amount(value=float(match[1]) * units[match[2]], text=f"{match[1]} {match[2]}")

    def clock(self, table: Mapping[str, Any], key: str) -> time | None:
        if key not in table:
            return None
        value = table[key]
        if isinstance(value, time):  # TOML has times of its own: 07:00:00
            return value.replace(microsecond=0)
        match = _CLOCK.fullmatch(value) if isinstance(value, str) else None
        if not match:
            self.wrong(key, value, 'a time of day from "00:00" to "23:59"')
        return time(int(match[1]), int(match[2]))


def _definition(table: dict[str, Any], where: str, number: int) -> Definition:
    name = _Place(where, number).text(table, "name")
    at = _Place(where, name)
    at.only(table, _KEYS)
    if "preset" in table:
        table = {**PRESETS[at.choice(table, "preset", tuple(PRESETS))], **table}
    period: Period = at.choice({"period": "day", **table}, "period", get_args(Period))
    if period == "day" and "days" in table:
        at.refuse("days is for weeks and months; accepted with period day: runs, distance, duration")
    each = _each(at, at.inner(table, "each", '{ distance = "5 km" } and the like'))
    definition = Definition(
        name=name,
        inside=at.text(table, "inside") if "inside" in table else None,
        period=period,
        distance=_distance(at, table),
        duration=_duration(at, table),
        runs=at.whole(table, "runs", _MOST_RUNS),
        days=at.whole(table, "days", _MOST_DAYS[period]),
        each=each,
        rest=_rest(at, table, period) if "rest" in table else None,
    )
    if definition.inside == name:
        at.refuse("is inside itself; accepted: the name of another streak")
    return definition


def _each(at: _Place, table: Mapping[str, Any]) -> Each:
    at.only(table, _EACH_KEYS, f"in each: {', '.join(_EACH_KEYS)}")
    each = Each(
        distance=_distance(at, table, "each."),
        duration=_duration(at, table, "each."),
        start_before=at.clock(table, "start_before"),
        start_from=at.clock(table, "start_from"),
    )
    if each.start_before == time():
        at.refuse("start_before is 00:00, which no run starts before; accepted: a later time of day")
    if each.start_before and each.start_from and each.start_from >= each.start_before:
        at.refuse("start_from is not before start_before; accepted: the earlier time first, on one day")
    return each


def _rest(at: _Place, table: Mapping[str, Any], period: Period) -> Rest:
    unit, longer = f"{period}s", tuple(per for of, per in _MOST_REST if of == period)
    accepted = f'{{ {unit} = 1, per = "{longer[0]}" }}'
    rest = at.inner(table, "rest", accepted)
    if set(rest) != {unit, "per"}:
        at.wrong("rest", rest, f"with period {period}: {accepted}")
    per: RestPer = at.choice(rest, "per", longer)
    return Rest(periods=at.whole(rest, unit, _MOST_REST[period, per]), per=per)


def _distance(at: _Place, table: Mapping[str, Any], prefix: str = "") -> Amount | None:
    return at.amount(table, "distance", KM_OF, _MOST_KM, '"5 km"', prefix)


def _duration(at: _Place, table: Mapping[str, Any], prefix: str = "") -> Amount | None:
    return at.amount(table, "duration", SECONDS_OF, _MOST_SECONDS, '"30 min"', prefix)


def _check_nesting(found: list[Definition], where: str) -> None:
    inside = {streak.name: streak.inside for streak in found}
    for name, parent in inside.items():
        if parent is not None and parent not in inside:
            _Place(where, name).refuse(f"inside is {parent!r}; accepted: the name of a streak of this file")
    for name in inside:
        way, above = [name], inside[name]
        while above is not None:
            way.append(above)
            if above == name:
                _Place(where, name).refuse(
                    f"is inside itself ({' in '.join(way)}); accepted: a streak that is not inside this one"
                )
            if above in way[:-1]:
                break  # a circle further up, which its own members report
            above = inside[above]


def _tables(value: object) -> list[dict[str, Any]]:
    """An array of tables; empty for anything else."""
    entries = cast("list[object]", value) if isinstance(value, list) else []
    tables = [cast("dict[str, Any]", entry) for entry in entries if isinstance(entry, dict)]
    return tables if len(tables) == len(entries) else []


def _show(value: object) -> str:
    text = "missing" if value is None else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
