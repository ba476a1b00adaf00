"""Writes the pages: those whose content has changed, the newest first, and notes what each is made of."""

from __future__ import annotations

import calendar
import hashlib
import json
import logging
import math
from collections.abc import Callable, Generator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, cast

from myrunstreak.contract.tuning import Tuning
from myrunstreak.page import assets
from myrunstreak.page.files import HOME, SUMMARY
from myrunstreak.page.numbers import Numbers, gather_numbers
from myrunstreak.page.questions import PageEngine
from myrunstreak.page.render import ON_DISK, SERVED, Place, render_home, render_month, render_year
from myrunstreak.store.blobs.port import Blobs

# What each page was made of: a page is written again when that has changed.
MADE_OF: Final = "made-of.json"
# The settings that the pages show.
_SHOWN: Final = ("runner_timezone", "streak_min_distance", "activity_types", "week_start", "units")
# A page takes less than a second even on a small machine.
_SECONDS_A_PAGE: Final = 3.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Source:
    """What the pages are made from.

    Attributes:
        engine: the open record.
        version: of its database.
        settings: the runner's choices.
        definitions: the text of the runner's own streak definitions.
        now: the present instant, aware.
    """

    engine: PageEngine
    version: str
    settings: Tuning
    definitions: str | None
    now: datetime


@dataclass
class _MadeOf:
    """What the pages of a folder are made of; incomplete where some are still to be written."""

    home: str = ""
    is_complete: bool = False
    pages: dict[str, str] = field(default_factory=dict[str, str])


def refresh_pages(
    source: Source,
    folder: Blobs,
    seconds_left: Callable[[], float] = lambda: math.inf,
    *,
    write_all: bool = False,
) -> int:
    """Write the pages that have changed; how many files that were. What is left for want of time, the next sync writes.

    Args:
        write_all: write the others too: a file may be damaged.

    Raises:
        StoreUnavailable, InvalidSettings: the folder does not answer, or may not be written to.
    """
    before = _MadeOf() if write_all else _read_made_of(folder)
    home = _digest(_program(), source.version, _choices(source), source.definitions)
    if before.is_complete and before.home == home:
        return 0
    after = _MadeOf(home, True, {})
    written = 0
    for name, made_of, render in _pages(source, SERVED):
        if before.pages.get(name) == made_of and name not in {HOME, SUMMARY}:
            after.pages[name] = made_of
        elif seconds_left() < _SECONDS_A_PAGE:
            after.is_complete = False
        else:
            folder.put(name, render().encode())
            after.pages[name] = made_of
            written += 1
    folder.put(MADE_OF, json.dumps(vars(after), separators=(",", ":")).encode())
    return written + 1


def write_pages(source: Source, folder: Path) -> int:
    """Write the whole page as files that open from disk; how many.

    Raises:
        OSError: the folder cannot be written to.
    """
    (folder / "page").mkdir(parents=True, exist_ok=True)
    count = 0
    for name, _, render in _pages(source, ON_DISK):
        (folder / name if name == HOME else folder / "page" / name).write_text(render(), encoding="utf-8")
        count += 1
    for name in assets.NAMES:
        (folder / "page" / (name if name.endswith("png") else assets.named(name))).write_bytes(
            assets.read(name)
        )
    return count + len(assets.NAMES)


def _pages(source: Source, place: Place) -> Generator[tuple[str, str, Callable[[], str]]]:
    """Every page: its name, what it is made of, and how it is rendered; the runner's page first, then the newest."""
    numbers = gather_numbers(source.engine, source.version, source.now)
    facts, today = numbers.facts, numbers.today
    yield HOME, "", lambda: render_home(numbers, place)
    yield SUMMARY, "", facts.to_json
    contents = source.engine.month_contents()
    months, years = sorted(contents), sorted({month.year for month in contents}, reverse=True)
    base = _digest(_program(), _choices(source))
    for year in years:
        parts = [(str(month), contents[month]) for month in months if month.year == year]
        # The running year's squares end today.
        made_of = _digest(base, years, parts, source.version if year >= today.year else "")
        yield f"{year}.html", made_of, _bind(render_year, facts, year, today, years, place)
    for position, month in reversed(list(enumerate(months))):
        made_of = _digest(
            base,
            contents[month],
            [str(one) for one in months[max(0, position - 1) : position + 2]],
            _streaks_of(numbers, month),
            source.version if _is_running(numbers, month) else "",
        )
        yield f"{month:%Y-%m}.html", made_of, _bind(_render_month, source, numbers, month, months, place)


def _render_month(source: Source, numbers: Numbers, month: date, months: list[date], place: Place) -> str:
    last = min(_last_day(month), max(numbers.today, numbers.facts.last_run_day or numbers.today))
    days = source.engine.explain_days(month, max(last, month))
    splits = source.engine.splits_between(month, last, source.settings.units)
    return render_month(numbers.facts, days, splits, months, place)


def _streaks_of(numbers: Numbers, month: date) -> list[tuple[str, str]]:
    """The streaks that reach into a month: each of its days says which day of its streak it is."""
    last = _last_day(month)
    return [
        (str(one.start_date), str(min(one.end_date, last)))
        for one in numbers.streaks
        if one.start_date <= last and one.end_date >= month
    ]


def _is_running(numbers: Numbers, month: date) -> bool:
    """Whether a month has days that are not over, or not known yet."""
    facts = numbers.facts
    known = facts.data_as_of.astimezone(facts.zone).date() if facts.data_as_of else numbers.today
    return _last_day(month) >= min(known, numbers.today)


def _last_day(month: date) -> date:
    return month.replace(day=calendar.monthrange(month.year, month.month)[1])


def _bind(render: Callable[..., str], *arguments: Any) -> Callable[[], str]:
    return lambda: render(*arguments)


def _choices(source: Source) -> list[str]:
    return [str(getattr(source.settings, name)) for name in _SHOWN]


def _digest(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, default=str).encode()).hexdigest()[:16]


@cache
def _program() -> str:
    """What the pages look like and say: a new version of this program writes all of them again."""
    folder = Path(__file__).parent
    digest = hashlib.sha256()
    for file in sorted([*folder.rglob("*"), *folder.with_name("analytics").rglob("*")]):
        if file.is_file() and file.suffix != ".pyc":
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _read_made_of(folder: Blobs) -> _MadeOf:
    """What the pages are made of; nothing where that cannot be read: they are written again then."""
    with TemporaryDirectory() as work, suppress(ValueError, TypeError, KeyError):
        file = Path(work) / MADE_OF
        if folder.fetch(MADE_OF, file):
            document = cast("dict[str, Any]", json.loads(file.read_bytes()))
            return _MadeOf(str(document["home"]), document["is_complete"] is True, dict(document["pages"]))
    return _MadeOf()
