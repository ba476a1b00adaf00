"""`myrunstreak status`: the streak, the record, and everything that waits or may go wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from myrunstreak.instants import to_text
from myrunstreak.measures import Units, counted, distance, enough, time_left
from rich.console import Console

from scripts.commands.command import Json, Settings, command
from scripts.display.labelled import show_labelled
from scripts.display.streaks import STATE_STYLES, STATE_WORDS, show_zone_advice, stale_words
from scripts.display.terminal import EXIT_DONE, EXIT_FAILED, EXIT_REAUTHORISE, ago, size_text, standard_output
from scripts.record.figures import source_words

if TYPE_CHECKING:
    from myrunstreak.analytics.models import StreakAnswer

    from scripts.record.status import Archive, Record, Region, Status

# How many runs are named whose details failed.
_SHOWN: Final = 5
_LABEL: Final = 16


@command(
    examples=(
        "myrunstreak status",
        "myrunstreak status --json",
    ),
    units=True,
)
def status(settings: Settings, as_json: Json = False) -> int:
    """Show the streak, how fresh the record is, and what waits.

    A part that is damaged hides no other. Exit 1 where there is one, and 3 where you have to authorise again.
    """
    from scripts.record.status import read_status

    found = read_status(settings)
    if as_json:
        print(json.dumps(found.facts(), indent=2, default=str))
    else:
        _show(standard_output(), found)
    if found.damage.keys() - {"tokens"}:
        return EXIT_FAILED
    return EXIT_DONE if found.tokens and found.tokens.is_usable else EXIT_REAUTHORISE


def _show(out: Console, found: Status) -> None:
    if found.record:
        streak = found.record.streak
        _line(out, "Streak", *_streak_words(streak, found.settings.units))
        show_zone_advice(out, streak.timezone, is_set=streak.timezone_is_set)
        if longest := streak.longest:
            days = counted(longest.length_days, "day")
            _line(out, "Longest", f"{days} ({longest.start_date} to {longest.end_date})")
    if "sync" in found.damage:
        _line(out, "Sync state", found.damage["sync"], "red")
    else:
        _show_syncs(out, found)
    if found.region:
        _line(out, "Region", *_region_words(found.region))
    _line(out, "Tokens", *_token_words(found))
    if found.record:
        _show_record(out, found.record, found.settings)
    elif "database" in found.damage:
        _line(out, "Database", found.damage["database"], "red")
    else:
        place = found.settings.duckdb_path
        _line(out, "Database", f"none at {place} yet; run `myrunstreak sync`", "yellow")
    if found.archive:
        _line(out, "Raw archive", *_archive_words(found.archive))


def _show_syncs(out: Console, found: Status) -> None:
    _line(out, "Last sync", *_sync_words(found))
    attempt = found.state.last_attempt
    if attempt and attempt.status not in (None, "complete"):
        when = f" {ago(attempt.at, found.now)}" if attempt.at else ""
        why = f": {attempt.error}" if attempt.error else ""
        _line(out, "Last attempt", f"{attempt.status}{when}{why}", "yellow")
    _line(out, "History", *_history_words(found))


def _show_record(out: Console, record: Record, settings: Settings) -> None:
    figures, place = record.figures, settings.duckdb_path
    _line(out, "Database", f"{place} ({size_text(record.size)}), runs from {source_words(figures.source)}")
    runs = f"{figures.runs:,} on {counted(figures.days, 'day')}, {distance(figures.distance_km, settings.units, 1)}"
    if figures.other_activities:
        runs += f"; {figures.other_activities:,} of other types (`myrunstreak runs`)"
    if figures.deleted:
        runs += f"; {figures.deleted:,} deleted at the source are kept"
    _line(out, "Runs", runs)
    _line(out, "Details", f"{figures.with_details:,} fetched, {figures.details_pending:,} to fetch")
    for run in record.given_up[:_SHOWN]:
        text = f"run {run.activity_id} of {run.start_date} failed {run.attempts} times, fetched again when it changes"
        _line(out, "", f"{text}: {run.reason}", "yellow")
    if more := len(record.given_up[_SHOWN:]):
        _line(out, "", f"and {more:,} more; `myrunstreak quarantine retry` fetches them all again", "yellow")
    if figures.quarantined:
        text = f"{counted(figures.quarantined, 'record')}; see `myrunstreak quarantine list`"
        _line(out, "Quarantine", text, "yellow")
    else:
        _line(out, "Quarantine", "empty")


def _line(out: Console, label: str, text: str, style: str = "") -> None:
    show_labelled(out, label, text, style, width=_LABEL)


def _archive_words(archive: Archive) -> tuple[str, str]:
    if archive.error:
        return f"cannot be listed: {archive.error}", "yellow"
    if archive.lost:
        missing = counted(archive.lost, "object")
        return f"{missing} missing in {archive.place}; run `myrunstreak sync --full`", "yellow"
    return f"{archive.place}, {counted(archive.objects or 0, 'object')}", ""


def _streak_words(streak: StreakAnswer, units: Units) -> tuple[str, str]:
    text = STATE_WORDS[streak.state]
    if streak.state == "unknown":
        text = stale_words(streak)
    elif streak.current:
        text = f"{counted(streak.current.length_days, 'day')} (since {streak.current.start_date}), {text}"
    if streak.state == "at_risk":
        what = enough(streak.needed_today_km, units) if streak.needed_today_km else "any run"
        text += f": {what} within {time_left(streak.seconds_left_today)} keeps it"
    return text, STATE_STYLES[streak.state]


def _sync_words(found: Status) -> tuple[str, str]:
    mark = found.state.last_sync_at
    if mark is None:
        return "no complete sync yet", "yellow"
    text = f"{to_text(mark)[:16].replace('T', ' ')} UTC, {ago(mark, found.now)}"
    if found.freshness == "late":
        return f"{text}: late, run `myrunstreak sync`", "yellow"
    return text, "green"


def _region_words(region: Region) -> tuple[str, str]:
    if region.error:
        return region.error, "yellow"
    if region.moving_from:
        return (
            f"the record is being moved to {region.kept_in}, and synced nowhere until that has ended",
            "yellow",
        )
    if region.is_here:
        return "the record is kept here", ""
    return f"the record is kept in {region.kept_in}, and not synced here", "yellow"


def _history_words(found: Status) -> tuple[str, str]:
    backfill = found.state.backfill
    if backfill.complete:
        return "complete", ""
    if backfill.next_page:
        return f"the first {backfill.next_page} pages are read; the next sync goes on", "yellow"
    return "not read yet", "yellow"


def _token_words(found: Status) -> tuple[str, str]:
    tokens, name = found.tokens, found.settings.tokens_secret
    if tokens is None:
        return found.damage["tokens"], "red"
    where = name.removeprefix("file:") if name.startswith("file:") else f"secret {name}"
    if not tokens.present:
        return f"none in {where}; run `myrunstreak auth`", "red"
    if not tokens.is_usable:
        return "ended; run `myrunstreak auth`", "red"
    end = "no known end" if tokens.days_left is None else f"{max(tokens.days_left, 0):.0f} days left"
    return (
        f"{end}, {'renewed by each sync when due' if tokens.can_refresh else 'cannot be renewed'} ({where})",
        "",
    )
