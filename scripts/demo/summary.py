"""What the demo tells the runner: where it stands, what happened this time, what to type next."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from textwrap import indent
from typing import Final

from myrunstreak.analytics.engine import Engine
from myrunstreak.analytics.models import Streak, StreakAnswer
from myrunstreak.contract.events import SyncResult
from myrunstreak.contract.freshness import Freshness
from myrunstreak.contract.settings import Settings
from myrunstreak.errors import MyRunStreakError
from myrunstreak.instants import parse_instant
from myrunstreak.measures import counted
from myrunstreak.messages.message import Silence
from myrunstreak.messages.preview import preview
from rich.console import Console
from rich.text import Text

from scripts.commands.phone import LOCAL_ADDRESS
from scripts.commands.sync import changes_text
from scripts.demo.data import DataSet
from scripts.display.program import program_path
from scripts.display.streaks import STATE_STYLES, STATE_WORDS, stale_words
from scripts.display.terminal import plain, size_text
from scripts.local_settings import load_settings
from scripts.places import checkout
from scripts.record.figures import Figures, Refused, figures_of, refused_records, size_of
from scripts.record.reading import open_record

_SHOWN_REFUSALS: Final = 5
_LABEL_WIDTH: Final = 16


@dataclass(frozen=True)
class DemoRun:
    """What kind of demo this was; ``again`` is what starts the same one once more."""

    first: bool
    file_changed: bool
    now: datetime
    again: str


def show_opening(out: Console, data_set: DataSet, settings: Settings, moved: Path | None) -> None:
    """Say what the demo is about to work with."""
    if moved is not None:
        out.print(f"The earlier demo was of other runs: it now lies in {moved}.", style="yellow")
    where = settings.smashrun_api_url.removesuffix("/v1")
    whose = "an invented runner" if data_set.digest is None else plain(data_set.name)
    show_step(
        out,
        f"A simulated Smashrun on {where}: {counted(len(data_set.history), 'record')} of {whose}",
    )


def show_step(out: Console, text: str) -> None:
    """One step that is done."""
    out.print(Text.assemble(("✓ ", "green"), text))


def show_summary(out: Console, settings: Settings, result: SyncResult, demo: DemoRun) -> None:
    """The record after the sync."""
    with open_record(settings) as connection:
        figures = figures_of(connection, settings)
        refused = refused_records(connection)
        size = size_of(connection)
        freshness = Freshness(data_as_of=parse_instant(result.data_as_of))
        streak = Engine(connection, now=demo.now, settings=settings, freshness=freshness).streak()
    what = "Synced the whole history" if demo.first else "Synced what is new"
    show_step(out, f"{what}: {counted(result.requests, 'request')}")
    out.print()
    _line(out, "Current streak", *_current(streak, figures))
    _line(out, "Longest streak", *_longest(streak.longest))
    out.print()
    _line(out, "Runs", (_runs(figures), ""))
    _line(out, "Distance", (f"{figures.distance_km:,.1f} km", ""))
    _line(out, "Details", (_details(result, figures), ""))
    _line(out, "Quarantine", (_quarantine(figures), "yellow" if refused else ""))
    for one in refused[:_SHOWN_REFUSALS]:
        _line(out, "", (_refusal(one), "dim"))
    if len(refused) > _SHOWN_REFUSALS:
        _line(out, "", (f"and {len(refused) - _SHOWN_REFUSALS} more", "dim"))
    _line(out, "This time", (_news(result, demo), "bold"))
    if result.status == "partial":
        _line(out, "", (f"not everything was read: {demo.again} goes on from here", "yellow"))
    for warning in result.warnings:
        _line(out, "", (plain(warning), "yellow"))
    out.print()
    folder = Path(settings.duckdb_path).parent
    _line(out, "Database", (f"{settings.duckdb_path} ({size_text(size)})", ""))
    _line(out, "Raw archive", (f"{folder / 'raw'}/ (every answer of Smashrun's)", ""))
    _line(out, "Recordings", (f"{folder / 'recordings'}/ (Parquet, one file a year)", ""))
    out.print()
    _show_reminder(out, settings, demo.now)
    _show_next(out, settings, demo.again)


def _show_next(out: Console, settings: Settings, again: str) -> None:
    # As `make` is, from the checkout.
    prefix, here = _prefix(settings), program_path(checkout() or Path.cwd())
    out.print("Next:")
    for command, what in (
        (f"{prefix}make serve", f"your page: {LOCAL_ADDRESS}/"),
        (again, "again: fetches only what is new"),
        (f"{prefix}{here} status", ""),
        (f'{prefix}{here} sql "FROM streaks ORDER BY length_days DESC LIMIT 5"', ""),
    ):
        out.print(Text.assemble("  ", (command, "cyan"), (f"   {what}" if what else "", "dim")))
    out.print()
    out.print(
        Text.assemble(
            "Your own runs: ",
            ("cp .env.example .env", "cyan"),
            ", fill it in, ",
            ("make auth", "cyan"),
            ", ",
            (f"{here} sync", "cyan"),
        )
    )


def _prefix(settings: Settings) -> str:
    """What a command needs in front of it where `.env` or the environment lead to another record."""
    try:
        theirs = load_settings()
    except MyRunStreakError:
        theirs = None
    names = ("duckdb_path", "tokens_secret", "sync_state_secret")
    if theirs and all(_same(getattr(theirs, name), getattr(settings, name)) for name in names):
        return ""
    env = settings.to_env()
    return "env " + "".join(f"{name.upper()}={shlex.quote(env[name.upper()])} " for name in names)


def _same(one: str, other: str) -> bool:
    return Path(one.removeprefix("file:")).resolve() == Path(other.removeprefix("file:")).resolve()


def _line(out: Console, label: str, *parts: tuple[str, str]) -> None:
    out.print(Text.assemble(f"  {label:<{_LABEL_WIDTH}}", *parts))


def _current(report: StreakAnswer, figures: Figures) -> list[tuple[str, str]]:
    style = STATE_STYLES[report.state]
    if report.state == "unknown":
        return [(stale_words(report), style)]
    if report.current is None:
        last = f", the last run was on {figures.last_day}" if figures.last_day else ""
        return [(f"{STATE_WORDS[report.state]}{last}", style)]
    return [
        (counted(report.current.length_days, "day"), f"bold {style}"),
        (f" (since {report.current.start_date}), {STATE_WORDS[report.state]}", style),
    ]


def _show_reminder(out: Console, settings: Settings, now: datetime) -> None:
    """What this evening's reminder would say; nothing of it is switched on here."""
    shown = preview(settings, "reminder", now)
    when = f"A reminder at {shown.at:%H:%M} today would"
    for one in shown.said:
        if isinstance(one, Silence):
            out.print(f"{when} not come: {one.why}.")
        else:
            out.print(f"{when} say:")
            out.print(plain(f"  {one.title}\n" + indent(one.text, "  ")), style="bold")
    out.print()


def _longest(longest: Streak | None) -> list[tuple[str, str]]:
    if longest is None:
        return [("none yet", "")]
    return [
        (counted(longest.length_days, "day"), "bold"),
        (f" ({longest.start_date} to {longest.end_date})", ""),
    ]


def _runs(figures: Figures) -> str:
    since = f", since {figures.first_day}" if figures.first_day else ""
    return f"{figures.runs:,} on {counted(figures.days, 'day')}{since}"


def _details(result: SyncResult, figures: Figures) -> str:
    if not figures.with_details and not result.details_pending:
        return "none: Smashrun has no recording of these runs"
    text = f"laps, splits and recording of {counted(figures.with_details, 'run')}"
    if result.details_pending:
        text += f"; {result.details_pending:,} wait for the next syncs"
    return text


def _quarantine(figures: Figures) -> str:
    if not figures.quarantined:
        return "empty"
    return f"{counted(figures.quarantined, 'record')} that cannot be stored, kept as received:"


def _refusal(one: Refused) -> str:
    what = f"run {one.activity_id}" if one.activity_id is not None else "a run without an id"
    started = f" of {plain(one.started)[:10]}" if one.started else ""
    return f"{what}{started}: {plain(one.reason)[:90]}"


def _news(result: SyncResult, demo: DemoRun) -> str:
    if demo.first:
        return "everything was new"
    why = "the file has changed, so everything was read again: " if demo.file_changed else ""
    details = f"; details of {counted(result.details_fetched, 'more run')}" if result.details_fetched else ""
    return f"{why}{changes_text(result)}{details}"
