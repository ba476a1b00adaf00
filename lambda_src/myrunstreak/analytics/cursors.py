"""Cursors: the end of a page of a list, as an opaque text that asks for the next page.

A cursor holds the values by which the list is ordered, not a number of rows: runs that are added or deleted between
two pages neither repeat nor hide others.
"""

from __future__ import annotations

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import date
from typing import Any, Final, cast

from myrunstreak.errors import InvalidQuestion

_LONGEST: Final = 200


def cut_page(
    rows: list[Any], limit: int | None, kind: str, keys: Sequence[str]
) -> tuple[list[Any], str | None]:
    """The rows of a page, out of those that were asked for, and the cursor of the next page, if there is one.

    Args:
        limit: the rows of a page; None: all there are.
        kind: the list and its order.
        keys: the columns by which the list is ordered.
    """
    page = rows[:limit]
    is_last = len(page) == len(rows)
    return page, None if is_last else make_cursor(kind, [page[-1][key] for key in keys])


def make_cursor(kind: str, values: Sequence[str | float | date]) -> str:
    """A cursor of one list in one order: the values of a page's last row."""
    text = json.dumps([kind, *values], separators=(",", ":"), default=str)
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(cursor: str | None, kind: str, types: Sequence[type]) -> list[Any]:
    """The values of a cursor; without one, None for each.

    Raises:
        InvalidQuestion: the cursor is not from this list in this order.
    """
    if cursor is None:
        return [None] * len(types)
    try:
        if len(cursor) > _LONGEST or not cursor.isascii():
            raise ValueError
        padded = cursor + "=" * (-len(cursor) % 4)
        decoded: object = json.loads(urlsafe_b64decode(padded), parse_constant=_refuse)
        if not isinstance(decoded, list):
            raise ValueError
        found, *values = cast("list[object]", decoded)
        if found != kind or [type(value) for value in values] != list(types):
            raise ValueError
        if any(isinstance(value, int) and not -(2**63) <= value < 2**63 for value in values):
            raise ValueError
    except (ValueError, binascii.Error, RecursionError):
        raise InvalidQuestion(
            f"cursor is {cursor[:40]!r}; accepted: the next_cursor of this list in this order, unchanged."
        ) from None
    return values


def parse_day(text: str | None) -> date | None:
    """A day out of a cursor; None without one."""
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise InvalidQuestion(
            "cursor holds no day; accepted: the next_cursor of this list, unchanged."
        ) from None


def _refuse(constant: str) -> None:
    raise ValueError(constant)
