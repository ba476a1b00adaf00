"""This machine: settings, folders, rights, disk, clock and schedule."""

from __future__ import annotations

import os
import platform
import shutil
import stat
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from shlex import quote
from typing import Final

from myrunstreak.contract.references import FILE_PREFIX
from myrunstreak.store.published import NothingPublished

from scripts.display.terminal import size_text
from scripts.doctor.finding import Case, Finding
from scripts.usage.version import installed_version

_SKEW: Final = timedelta(minutes=2)
_LITTLE: Final = 500_000_000
_TOO_LITTLE: Final = 50_000_000
_TIMEOUT_S: Final = 10


# One row: when a sync last ended, by the clock of then; naive UTC.
_LAST_SYNC: Final = "SELECT max(finished_at) FROM sync_log"


def look_at_version(case: Case) -> Iterator[Finding]:  # noqa: ARG001 - a check's shape
    """Which program this is."""
    engine = installed_version("duckdb")
    yield Finding(
        "ok",
        "Program",
        f"myrunstreak {installed_version()}, Python {platform.python_version()}, DuckDB {engine}",
    )


def look_at_settings(case: Case) -> Iterator[Finding]:
    """The file, and what is wrong in it or in the environment."""
    sources, problems = case.understood.sources, case.understood.problems
    for problem in problems.values():
        yield Finding("broken", "Settings", f"{problem.rstrip('.')}.", "myrunstreak config")
    for place in sources.passed_over:
        yield Finding("look", "Settings", f"{place} is another project's: it is not read.")
    if not problems:
        says = str(sources.file) if sources.file else f"no file; {sources.writable_file} would be read"
        yield Finding("ok", "Settings", says)


def look_at_folders(case: Case) -> Iterator[Finding]:
    """Whether what belongs to the record can be read and written."""
    settings = case.settings
    places = {settings.database.parent} if isinstance(settings.database, Path) else set[Path]()
    places |= {one for one in (settings.archive, settings.recordings) if isinstance(one, Path)}
    if not places:
        yield Finding("ok", "Folders", f"the record is in a bucket: {settings.duckdb_path}")
    for place in sorted(places):
        if not place.exists():
            nearest = next(one for one in place.parents if one.exists())
            if os.access(nearest, os.W_OK | os.X_OK):
                yield Finding("ok", "Folders", f"{place} is made by the first sync")
            else:
                yield Finding(
                    "broken",
                    "Folders",
                    f"{place} cannot be made: {nearest} is closed",
                    f"chmod u+rwx {quote(str(nearest))}",
                )
        elif not place.is_dir():
            yield Finding("broken", "Folders", f"{place} is not a folder", "myrunstreak config")
        elif not os.access(place, os.R_OK | os.W_OK | os.X_OK):
            yield Finding(
                "broken", "Folders", f"{place} cannot be read and written", f"chmod u+rwx {quote(str(place))}"
            )
        else:
            yield Finding("ok", "Folders", str(place))


def look_at_modes(case: Case) -> Iterator[Finding]:
    """Whether secrets can be read by their owner alone, and by their owner at all."""
    settings, sources = case.settings, case.understood.sources
    references = [settings.tokens_secret, settings.sync_state_secret, settings.api_keys, settings.notify_urls]
    files = [
        Path(one.removeprefix(FILE_PREFIX)).expanduser()
        for one in references
        if one and one.startswith(FILE_PREFIX)
    ]
    if sources.file and sources.origins.get("SMASHRUN_CLIENT_SECRET") == str(sources.file):
        files.append(sources.file)
    is_well = True
    for file in files:
        try:
            mode = stat.S_IMODE(file.stat().st_mode)
        except FileNotFoundError:
            continue
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            is_well = False
            yield Finding(
                "look",
                "File modes",
                f"{file} can be read by others (mode {mode:04o})",
                f"chmod 600 {quote(str(file))}",
            )
        elif not os.access(file, os.R_OK | os.W_OK):
            is_well = False
            yield Finding(
                "broken", "File modes", f"{file} cannot be read and written", f"chmod 600 {quote(str(file))}"
            )
    if is_well:
        yield Finding("ok", "File modes", "secrets are readable by you only")


def look_at_disk(case: Case) -> Iterator[Finding]:
    """Whether a sync has room."""
    database = case.settings.database
    if not isinstance(database, Path):
        return
    place = next(one for one in (database.parent, *database.parents) if one.exists())
    free = shutil.disk_usage(place).free
    mark = "broken" if free < _TOO_LITTLE else "look" if free < _LITTLE else "ok"
    to_do = None if mark == "ok" else f"df -h {quote(str(place))}"
    yield Finding(mark, "Disk", f"{size_text(free)} free at {place}", to_do)


def look_at_clock(case: Case) -> Iterator[Finding]:
    """Whether this machine's clock can be true: beside the last sync and, online, beside Smashrun's."""
    from scripts.record.reading import open_record

    mark: datetime | None = None
    with suppress(NothingPublished), open_record(case.settings) as connection:
        row = connection.execute(_LAST_SYNC).fetchone()
        mark = row[0].replace(tzinfo=UTC) if row and row[0] else None
    if mark is not None and mark - case.now > _SKEW:
        yield Finding(
            "broken", "Clock", f"{_minute(case.now)}, and the last sync was at {_minute(mark)}", "timedatectl"
        )
    elif not case.online:
        yield Finding(
            "ok", "Clock", f"{_minute(case.now)}; `myrunstreak doctor --online` compares it with Smashrun's"
        )
    if case.online:
        yield _beside_smashrun(case.settings.smashrun_api_url)


def look_at_schedule(case: Case) -> Iterator[Finding]:
    """What starts the sync."""
    from scripts.schedule.choice import all_found, mechanisms
    from scripts.schedule.installation import warnings_about

    settings, sources = case.settings, case.understood.sources
    found = all_found(mechanisms(settings, sources.folder))
    if not found and isinstance(settings.database, Path):
        yield Finding("look", "Schedule", "nothing starts the daily sync", "myrunstreak schedule install")
    elif not found:
        yield Finding("ok", "Schedule", "nothing on this machine; the record is in a bucket")
    for mechanism, installed in found:
        warnings = warnings_about(settings, sources.folder, mechanism, installed, case.now)
        for warning in warnings:
            yield Finding("look", "Schedule", warning)
        if not warnings:
            yield Finding("ok", "Schedule", f"installed with {mechanism.name}")


def _beside_smashrun(url: str) -> Finding:
    import requests

    try:
        before = datetime.now(UTC)
        answer = requests.head(url, timeout=_TIMEOUT_S, allow_redirects=False)
        there = parsedate_to_datetime(answer.headers["Date"])
    except (requests.RequestException, KeyError, ValueError) as error:
        return Finding("look", "Clock", f"Smashrun does not tell the time ({type(error).__name__})")
    ahead = before - there
    if abs(ahead) <= _SKEW:
        return Finding("ok", "Clock", "as Smashrun's")
    words = "ahead of" if ahead > timedelta() else "behind"
    minutes = round(abs(ahead) / timedelta(minutes=1))
    return Finding("broken", "Clock", f"{minutes} minutes {words} Smashrun's", "timedatectl set-ntp true")


def _minute(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
