"""The club's board: one statement for every engine that reads the lake."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from myrunstreak.statements import read_statement

Dialect = Literal["duckdb", "trino", "spark"]

BOARD_COLUMNS: Final = (
    "runner_id",
    "last_start",
    "last_end",
    "last_days",
    "longest_start",
    "longest_end",
    "longest_days",
    "run_days",
    "metres",
)

# The day that lies `number` days before `day`: all that the engines do not say alike.
_DAY_BEFORE: Final[Mapping[Dialect, str]] = {
    "duckdb": "day - CAST(number AS INTEGER)",
    "trino": "date_add('day', -number, day)",
    "spark": "date_sub(day, number)",
}


def board_sql(dialect: Dialect, minimum_km: float, tables: Mapping[str, str]) -> str:
    """The statement of the board, with ``BOARD_COLUMNS`` as its columns.

    Args:
        dialect: the engine that is asked; Athena's is ``trino``.
        minimum_km: what the runs of a day have to add up to; 0 where any run counts.
        tables: what the engine calls the lake's ``days`` and ``runners``.
    """
    return read_statement(
        "myrunstreak.lake",
        "board",
        days=tables["days"],
        runners=tables["runners"],
        minimum_km=_double(minimum_km),
        day_before=_DAY_BEFORE[dialect],
    )


def _double(number: float) -> str:
    """A literal that every engine reads as this very double: one without an exponent would be a decimal."""
    text = repr(float(number))
    return text if "e" in text else f"{text}e0"
