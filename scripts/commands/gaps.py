"""`myrunstreak gaps`: the days or weeks without a run, how long, and what there was instead."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer
from myrunstreak.measures import counted
from rich.console import Console

from scripts.commands.command import (
    Csv,
    Cursor,
    Json,
    Last,
    Limit,
    Minimum,
    Settings,
    at_most_one,
    command,
    day_option,
    read_limit,
)
from scripts.display.answers import print_csv, print_json
from scripts.display.tables import Column, Rows
from scripts.display.terminal import standard_output
from scripts.record.reading import open_engine

if TYPE_CHECKING:
    from myrunstreak.analytics.gap_models import Gaps, GapSpan


@command(
    examples=("myrunstreak gaps", "myrunstreak gaps --longest", "myrunstreak gaps --week --from 2024-01-01"),
    units=True,
    long=True,
)
def gaps(
    settings: Settings,
    week: Annotated[bool, typer.Option("--week", help="Whole weeks without a run day.")] = False,
    longest: Annotated[bool, typer.Option("--longest", help="The longest first, not the newest.")] = False,
    since: Annotated[date | None, day_option("--from", "--since", help="The first day.")] = None,
    until: Last = None,
    minimum: Minimum = None,
    limit: Limit = None,
    cursor: Cursor = None,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """List the days or weeks without a run, and what was there instead.

    They are those since the first run.
    """
    from myrunstreak.analytics.gap_models import Gap

    at_most_one(json=as_json, csv=as_csv)
    with open_engine(settings) as engine:
        answer = engine.gaps(
            unit="week" if week else "day",
            minimum=minimum,
            since=since,
            until=until,
            sort="longest" if longest else "newest",
            limit=read_limit(limit or ("all" if as_csv else "20")),
            cursor=cursor,
        )
    if as_json:
        print_json(answer)
    elif as_csv:
        print_csv(answer.items, Gap)
    else:
        _show(standard_output(), answer)


def _show(out: Console, answer: Gaps) -> None:
    out.print(_sum_up(answer), style="bold")
    if not answer.items:
        return
    out.print()
    Rows.of(
        answer.items,
        (Column("from"), lambda gap: str(gap.start_date)),
        (Column("to"), lambda gap: "still open" if gap.is_open else str(gap.end_date)),
        (Column(f"{answer.unit}s", right=True), lambda gap: f"{gap.length:,}"),
        (Column("before", right=True), lambda gap: f"{gap.streak_before:,}"),
        (
            Column("after", right=True),
            lambda gap: "" if gap.streak_after is None else f"{gap.streak_after:,}",
        ),
        (Column("instead", wraps=True), lambda gap: gap.reason),
        style=lambda gap: "yellow" if gap.is_open else "",
    ).show(out)
    out.print(f"before and after: {answer.unit}s of the streaks around a gap", style="dim")
    if answer.next_cursor:
        out.print(f"there are more: --cursor {answer.next_cursor}", style="dim")


def _sum_up(answer: Gaps) -> str:
    """``17 days missed of 4,120 (0.4 %), 2015-01-01 to 2026-05-10, in 4 gaps; longest ...; last ...``."""
    if answer.from_ is None:
        return "There is no day to look at: no run day in the record before the range ends."
    span = f"{answer.from_} to {answer.to}" if answer.to else ""
    if not answer.missed or answer.longest is None or answer.last is None:
        return f"No {answer.unit} missed of {answer.of:,}, {span}."
    share = f"{100 * answer.missed / answer.of:.1f} %"
    missed = f"{counted(answer.missed, answer.unit)} missed of {answer.of:,} ({share}), {span}"
    longest = f"the longest {_length(answer, answer.longest)}, the last {_length(answer, answer.last)}"
    return f"{missed}, in {counted(answer.gaps, 'gap')}: {longest}."


def _length(answer: Gaps, gap: GapSpan) -> str:
    return f"{counted(gap.length, answer.unit)} from {gap.start_date}"
