"""Cursors: where a page of a list ended, as an opaque text that asks for the next one.

A cursor holds the values by which the list is ordered, not a number of rows: runs that come or go in between
neither repeat nor hide others.
"""

from __future__ import annotations

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Any, Final, cast

from myrunstreak.errors import InvalidQuestion

_LONGEST: Final = 200


def make_cursor(kind: str, values: Sequence[str | float]) -> str:
    """A cursor of one list in one order, holding the values of its last row."""
    text = json.dumps([kind, *values], separators=(",", ":"))
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(cursor: str, kind: str, types: Sequence[type]) -> list[Any]:
    """The values of a cursor.

    Raises:
        InvalidQuestion: it is not one that this list in this order has given.
    """
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


def _refuse(constant: str) -> None:
    raise ValueError(constant)
