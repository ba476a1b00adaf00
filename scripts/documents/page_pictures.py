"""Draws the page for the documents: a real Chromium looks at it, on the record of a demo.

Twice: on a phone, light, with the day done; and on a desk, dark, with the day still open.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Final, Literal, NamedTuple

import duckdb
from myrunstreak.contract.freshness import Freshness
from myrunstreak.contract.settings import Settings
from myrunstreak.page.publish import Source, write_pages
from myrunstreak.page.questions import PageEngine
from playwright.sync_api import sync_playwright

_ZONE: Final = "Europe/Amsterdam"
DEFINITIONS: Final = """
[[streak]]
name = "A mile a day"
preset = "mile-a-day"

[[streak]]
name = "100 miles a month"
preset = "100-miles-a-month"

[[streak]]
name = "Three days a week"
preset = "three-days-a-week"
"""


class _Shot(NamedTuple):
    name: str
    width: int
    height: int
    scheme: Literal["light", "dark"]
    days_on: int


_SHOTS: Final = (
    _Shot("page-phone", 390, 844, "light", 0),
    _Shot("page-desktop", 1280, 1000, "dark", 1),
)


def draw_pages(shown: Path, images: Path) -> None:
    """Draw all of them, on a copy of this record."""
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser is None:
        sys.exit("There is no Chromium here: apt-get install chromium")
    with tempfile.TemporaryDirectory() as work, sync_playwright() as playwright:
        record = Path(shutil.copy(shown, work))
        launched = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        for shot in _SHOTS:
            now = _write(record, Path(work) / shot.name, shot.days_on)
            context = launched.new_context(
                viewport={"width": shot.width, "height": shot.height},
                color_scheme=shot.scheme,
                timezone_id=_ZONE,
            )
            page = context.new_page()
            page.clock.set_fixed_time(now)
            page.goto((Path(work) / shot.name / "index.html").as_uri())
            page.screenshot(path=images / f"{shot.name}.png")
        launched.close()


def _write(record: Path, folder: Path, days_on: int) -> datetime:
    """Write the page as of an evening, so many days after the last run; the instant."""
    with duckdb.connect(str(record)) as connection:
        [(last,)] = connection.execute("SELECT max(date) FROM daily_sums").fetchall()
        day: date = last + timedelta(days=days_on)
        seen = datetime.combine(day, time(16, 2))
        connection.execute("UPDATE sync_log SET data_as_of = $seen, finished_at = $seen", {"seen": seen})
        now = seen.replace(tzinfo=UTC) + timedelta(minutes=46)
        settings = Settings(duckdb_path=str(record), runner_timezone=_ZONE)
        instant = seen.replace(tzinfo=UTC)
        engine = PageEngine(
            connection,
            now=now,
            settings=settings,
            freshness=Freshness(data_as_of=instant, last_success_at=instant),
            definitions=DEFINITIONS,
        )
        write_pages(Source(engine, "picture", settings, DEFINITIONS, now), folder)
    return now
