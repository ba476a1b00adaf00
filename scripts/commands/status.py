"""`myrunstreak status`: the streak, the record, and everything that waits or may go wrong; no network."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from myrunstreak.analytics.engine import Engine
from myrunstreak.analytics.models import StreakAnswer
from myrunstreak.contract.freshness import LATE_AFTER, Freshness
from myrunstreak.contract.settings import FILE_PREFIX, Settings
from myrunstreak.errors import MyRunStreakError
from myrunstreak.instants import to_text, utc_now
from myrunstreak.smashrun.oauth import SmashrunOAuth
from myrunstreak.store.blobs import open_blobs
from myrunstreak.store.manager import DuckDBManager
from myrunstreak.store.raw_archive import RawArchive
from myrunstreak.sync.state import SyncState
from myrunstreak.sync_state import SyncStateManager
from myrunstreak.tokens import TokenManager, TokenStatus
from rich.console import Console
from rich.text import Text

from scripts.demo.summary import STATE_STYLES, STATE_WORDS, show_zone_advice, stood_words
from scripts.display.terminal import (
    EXIT_DONE,
    EXIT_REAUTHORISE,
    ago,
    counted,
    plain,
    size_text,
    standard_output,
)
from scripts.local_settings import load_settings
from scripts.record.figures import Figures, GivenUp, described, figures_of, given_up_details, size_of

# How many runs are named whose details failed.
_SHOWN = 5


def run(*, as_json: bool) -> int:
    """Print the state of things; exit code 3 where only a new authorisation helps."""
    settings, now = load_settings(), utc_now()
    state = SyncStateManager(settings.sync_state_secret, settings.aws_region).load()
    oauth = SmashrunOAuth.from_settings(settings)
    tokens = TokenManager(settings.tokens_secret, oauth, settings.aws_region).status()
    facts: dict[str, Any] = {
        "sync": sync_facts(state, now),
        "tokens": {
            "secret": settings.tokens_secret,
            "usable": _usable(tokens),
            **tokens.model_dump(mode="json"),
        },
    }
    figures, streak, size, given_up = _record(settings, now, state.last_sync_at)
    facts["database"] = {"place": settings.duckdb_path, "exists": figures is not None, "bytes": size} | (
        asdict(figures) | {"details_failed": [asdict(one) for one in given_up]} if figures else {}
    )
    facts["archive"] = archive_facts(settings) if figures else None
    facts["streak"] = streak_facts(streak) if streak else None
    if as_json:
        print(json.dumps(facts, indent=2, default=str))
    else:
        _show(standard_output(), settings, state, tokens, figures, streak, size, given_up, now)
        if facts["archive"]:
            _show_archive(standard_output(), facts["archive"])
    return EXIT_DONE if _usable(tokens) else EXIT_REAUTHORISE


def archive_facts(settings: Settings) -> dict[str, Any]:
    """How many objects the raw archive holds, and how many that the database was made of are missing.

    One request for each thousand objects where it is on S3. Where it cannot be listed, ``error`` says why.
    """
    place = str(settings.archive)
    manager = DuckDBManager(settings.duckdb_path, region_name=settings.aws_region, read_only=True)
    try:
        source = manager.database.fact("source") or settings.source_name
        archive = RawArchive(open_blobs(settings.archive, settings.aws_region), source, manager.work)
        held = archive.names()
        lost = manager.database.lost_objects(held)
        return {"place": place, "objects": len(held), "lost": len(lost), "error": None}
    except MyRunStreakError as error:
        return {"place": place, "objects": None, "lost": None, "error": str(error)}
    finally:
        manager.close()


def sync_facts(state: SyncState, now: datetime) -> dict[str, Any]:
    """When the record was last whole, how the last attempt went, how far the history has come."""
    mark = state.last_sync_at
    return {
        "last_sync_at": to_text(mark) if mark else None,
        "hours_ago": round((now - mark) / timedelta(hours=1), 2) if mark else None,
        "freshness": freshness(mark, now),
        "last_attempt": state.last_attempt.model_dump(mode="json") if state.last_attempt else None,
        "backfill": state.backfill.model_dump(mode="json"),
    }


def freshness(mark: datetime | None, now: datetime) -> str:
    """`never`, `late` (no complete sync for 26 hours) or `fresh`."""
    if mark is None:
        return "never"
    return "late" if now - mark > LATE_AFTER else "fresh"


def streak_facts(streak: StreakAnswer) -> dict[str, Any]:
    """The streak as JSON; dates are ISO days."""
    return {**streak.model_dump(mode="json", exclude={"data_as_of"}), "length_days": _length(streak)}


def _length(streak: StreakAnswer) -> int:
    return streak.current.length_days if streak.current else 0


def _record(
    settings: Settings, now: datetime, data_as_of: datetime | None
) -> tuple[Figures | None, StreakAnswer | None, int | None, list[GivenUp]]:
    # A private copy, not a reader: where nothing is published yet it is empty, and the object travels once.
    manager = DuckDBManager(settings.duckdb_path, region_name=settings.aws_region)
    with manager as connection:
        figures = figures_of(connection, settings)
        if figures.source is None and not figures.runs:
            return None, None, None, []
        # A quiet day publishes no database: the sync state knows how fresh the record is.
        freshness = Freshness(data_as_of=data_as_of)
        streak = Engine(connection, now=now, settings=settings, freshness=freshness).streak()
        return figures, streak, size_of(connection), given_up_details(connection)


def _usable(tokens: TokenStatus) -> bool:
    alive = tokens.days_left is None or tokens.days_left > 0
    return tokens.present and (alive or tokens.can_refresh)


def _show(
    out: Console,
    settings: Settings,
    state: SyncState,
    tokens: TokenStatus,
    figures: Figures | None,
    streak: StreakAnswer | None,
    size: int | None,
    given_up: list[GivenUp],
    now: datetime,
) -> None:
    def line(label: str, text: str, style: str = "") -> None:
        out.print(Text.assemble(f"{label:<16}", (plain(text), style)))

    if streak:
        line("Streak", *_streak_words(streak))
        show_zone_advice(out, streak.timezone, is_set=streak.timezone_is_set)
        if streak.longest:
            line("Longest", f"{counted(streak.longest.length_days, 'day')}, {streak.longest.start_date} to "
                 f"{streak.longest.end_date}")  # fmt: skip
    line("Last sync", *_sync_words(state, now))
    attempt = state.last_attempt
    if attempt and attempt.status not in (None, "complete"):
        when = f" {ago(attempt.at, now)}" if attempt.at else ""
        line(
            "Last attempt",
            f"{attempt.status}{when}" + (f": {attempt.error}" if attempt.error else ""),
            "yellow",
        )
    line("History", *_history_words(state))
    line("Tokens", *_token_words(tokens, settings))
    if figures is None:
        line("Database", f"none at {settings.duckdb_path} yet; run `myrunstreak sync`", "yellow")
        return
    line(
        "Database",
        f"{settings.duckdb_path} ({size_text(size or 0)}), runs from {described(figures.source)}",
    )
    others = (
        f"; {figures.other_activities:,} of other types (`myrunstreak runs`)"
        if figures.other_activities
        else ""
    )
    deleted = f"; {figures.deleted:,} deleted at the source are kept" if figures.deleted else ""
    line(
        "Runs",
        f"{figures.runs:,} on {counted(figures.days, 'day')}, {figures.distance_km:,.1f} km{others}{deleted}",
    )
    line("Details", f"{figures.with_details:,} fetched, {figures.details_pending:,} wait")
    for one in given_up[:_SHOWN]:
        text = f"run {one.activity_id} of {one.start_date} failed {one.attempts} times, asked again when it changes"
        line("", f"{text}: {one.reason}", "yellow")
    if len(given_up) > _SHOWN:
        line(
            "",
            f"and {len(given_up) - _SHOWN:,} more; `myrunstreak quarantine retry` asks for all again",
            "yellow",
        )
    if figures.quarantined:
        text = f"{counted(figures.quarantined, 'record')}; see `myrunstreak quarantine list`"
        line("Quarantine", text, "yellow")
    else:
        line("Quarantine", "empty")


def _show_archive(out: Console, facts: dict[str, Any]) -> None:
    text, style = f"{facts['place']}, {counted(facts['objects'] or 0, 'object')}", ""
    if facts["error"]:
        text, style = f"cannot be listed: {facts['error']}", "yellow"
    elif facts["lost"]:
        text = (
            f"{counted(facts['lost'], 'object')} missing in {facts['place']}; run `myrunstreak sync --full`"
        )
        style = "yellow"
    out.print(Text.assemble(f"{'Raw archive':<16}", (plain(text), style)))


def _streak_words(report: StreakAnswer) -> tuple[str, str]:
    text = STATE_WORDS[report.state]
    if report.state == "unknown":
        text = stood_words(report)
    elif report.current:
        text = f"{counted(_length(report), 'day')} since {report.current.start_date}, {text}"
    if report.state == "at_risk":
        what = f"{report.needed_today_km:.2f} km" if report.needed_today_km else "any run"
        text += f": {what} within {report.seconds_left_today / 3600:.1f} hours keeps it"
    return text, STATE_STYLES[report.state]


def _sync_words(state: SyncState, now: datetime) -> tuple[str, str]:
    mark = state.last_sync_at
    if mark is None:
        return "none was complete yet", "yellow"
    late = freshness(mark, now) == "late"
    text = f"{to_text(mark)[:16].replace('T', ' ')} UTC, {ago(mark, now)}"
    return (f"{text}: late, run `myrunstreak sync`", "yellow") if late else (text, "green")


def _history_words(state: SyncState) -> tuple[str, str]:
    if state.backfill.complete:
        return "complete", ""
    if state.backfill.next_page:
        return f"the first {state.backfill.next_page} pages are read; the next sync goes on", "yellow"
    return "not read yet", "yellow"


def _token_words(tokens: TokenStatus, settings: Settings) -> tuple[str, str]:
    name = settings.tokens_secret
    where = name.removeprefix(FILE_PREFIX) if name.startswith(FILE_PREFIX) else f"secret {name}"
    if not tokens.present:
        return f"none in {where}; run `myrunstreak auth`", "red"
    if tokens.days_left is not None and tokens.days_left <= 0 and not tokens.can_refresh:
        return "over; run `myrunstreak auth`", "red"
    end = "no known end" if tokens.days_left is None else f"{max(tokens.days_left, 0):.0f} days left"
    return f"{end}, {'renewed by themselves' if tokens.can_refresh else 'cannot be renewed'} ({where})", ""
