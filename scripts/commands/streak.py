"""`myrunstreak streak`: how long it is, whether it is safe today, the longest ones, and why a day counted."""

from __future__ import annotations

from datetime import date

from myrunstreak.analytics.models import Day, ListedStreak, StreakAnswer
from myrunstreak.errors import InvalidQuestion
from rich.console import Console
from rich.text import Text

from scripts.demo.summary import STATE_STYLES, STATE_WORDS, show_zone_advice, stood_words
from scripts.display.measures import Units, distance, duration, time_left
from scripts.display.tables import Column, Rows
from scripts.display.terminal import EXIT_DONE, counted, plain, standard_output
from scripts.local_settings import load_settings
from scripts.record.reading import answers_of, print_json

_SHOWN = 10
_LABEL = 10
_VERDICTS = {"run_day": "a run day", "no_run_day": "no run day", "unknown": "not known yet"}


def run(
    *, minimum: str | None, as_of: date | None, explain: date | None, units: Units | None, as_json: bool
) -> int:
    """Print the streak, or what counted on a day."""
    if explain and as_of:
        raise InvalidQuestion("--explain and --as-of together ask two questions; give one of them.")
    settings = load_settings()
    shown_in = units or settings.units
    with answers_of(settings) as answers:
        if explain:
            day = answers.day(explain, minimum=minimum)
            print_json(day) if as_json else _show_day(standard_output(), day, shown_in)
            return EXIT_DONE
        streak = answers.streak(minimum=minimum, as_of=as_of)
        if as_json:
            print_json(streak)
            return EXIT_DONE
        out = standard_output()
        _show(out, streak, shown_in, past=as_of is not None)
        if as_of is None:
            goes_on = "not known" if streak.state == "unknown" else "goes on"
            items = answers.streaks(minimum=minimum, limit=_SHOWN).items
            _show_longest(out, items, shown_in, goes_on)
            show_zone_advice(out, streak.timezone, is_set=streak.timezone_is_set)
    return EXIT_DONE


def _show(out: Console, streak: StreakAnswer, units: Units, *, past: bool) -> None:
    style, current = STATE_STYLES[streak.state], streak.current
    if streak.state == "unknown":
        _line(out, "Streak", (stood_words(streak), f"bold {style}"))
    else:
        _show_length(out, streak, past=past)
    if current:
        runs = f"{counted(current.runs, 'run')}, {distance(current.distance_km, units, 1)}"
        _line(out, "", (f"since {current.start_date}: {runs}", ""))
    if streak.state == "unknown":
        _line(out, "", ("`myrunstreak sync` fetches what was run since", "dim"))
    elif streak.state != "done_today" and not past:
        _line(out, "Today", (_needed(streak, units), style))
    if streak.minimum_km:
        _line(out, "A day", (f"counts when its runs add up to {_trimmed(streak.minimum_km, units)}", "dim"))
    if streak.longest:
        longest = streak.longest
        span = f"{counted(longest.length_days, 'day')}, {longest.start_date} to {longest.end_date}"
        _line(out, "Longest", (span, ""))
    elif not current:
        _line(out, "", ("no run day yet", "dim"))
    if streak.waiting:
        days = ", ".join(map(str, streak.waiting))
        _line(
            out,
            "Waiting",
            (f"records of {days} are in quarantine: see `myrunstreak quarantine list`", "yellow"),
        )


def _show_length(out: Console, streak: StreakAnswer, *, past: bool) -> None:
    style, current = STATE_STYLES[streak.state], streak.current
    when = f"on {streak.today}" if past else "today"
    length = counted(current.length_days, "day") if current else "0 days"
    words = STATE_WORDS[streak.state] if not past else streak.state.replace("_", " ").replace("today", when)
    _line(out, "Streak", (length, f"bold {style}"), (f"  {words}", style))


def _trimmed(km: float, units: Units) -> str:
    number, unit = distance(km, units, 5).split(" ")
    return f"{number.rstrip('0').rstrip('.')} {unit}"


def _needed(streak: StreakAnswer, units: Units) -> str:
    what = distance(streak.needed_today_km, units) if streak.needed_today_km else "any run"
    keeps = "keeps the streak" if streak.current else "begins a new one"
    return f"{what} {keeps}; {time_left(streak.seconds_left_today)} left"


def _show_longest(out: Console, items: list[ListedStreak], units: Units, goes_on: str) -> None:
    if not items:
        return
    out.print()
    rows = [
        [
            f"{item.length_days:,}",
            str(item.start_date),
            str(item.end_date),
            f"{item.runs:,}",
            distance(item.distance_km, units, 1),
            goes_on
            if item.is_current
            else ("" if item.break_days is None else counted(item.break_days, "day") + " off"),
        ]
        for item in items
    ]
    columns = [
        Column("days", right=True),
        Column("from"),
        Column("to"),
        Column("runs", right=True, needed=False),
        Column("distance", right=True, needed=False),
        Column("ended by"),
    ]
    Rows(columns, rows, ["green" if item.is_current else "" for item in items]).show(out)


def _show_day(out: Console, day: Day, units: Units) -> None:
    style = "green" if day.is_run_day else "yellow"
    verdict = _VERDICTS[day.state]
    _line(out, str(day.date), (f"  {verdict}, {distance(day.distance_km, units)}", f"bold {style}"))
    out.print(Text(day.reason, style))
    if day.runs:
        out.print()
        rows = [
            [
                str(run.activity_id),
                run.start_local.replace("T", " ")[:16],
                distance(run.distance_km, units, 5),
                duration(run.duration_s),
                plain(run.activity_type or ""),
                "yes" if run.counts else "no",
            ]
            for run in day.runs
        ]
        columns = [
            Column("run"),
            Column("start"),
            Column("distance", right=True),
            Column("time", right=True, needed=False),
            Column("type", needed=False),
            Column("counts"),
        ]
        Rows(columns, rows).show(out)


def _line(out: Console, label: str, *parts: tuple[str, str]) -> None:
    out.print(Text.assemble(f"{label:<{_LABEL}}", *parts))
