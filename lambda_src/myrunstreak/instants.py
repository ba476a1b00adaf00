"""Instants as this program keeps them: aware, in UTC, written as ISO 8601 text."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]

# A number as large as this cannot be seconds since 1970 (it would be the year 5138): milliseconds then.
_MILLISECONDS_FROM = 1e11


def utc_now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)


def as_utc(moment: datetime) -> datetime:
    """The same instant in UTC; a moment without a zone is read as UTC."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def naive_utc(moment: datetime) -> datetime:
    """The same instant in UTC without a zone, as the database stores it."""
    return as_utc(moment).replace(tzinfo=None)


def parse_instant(value: object) -> datetime | None:
    """Read an instant in any shape met so far; None where nothing can be read.

    Accepted: datetimes; ISO 8601 text with `Z`, with an offset or naive (UTC); seconds or milliseconds
    since 1970, as a number or as text.
    """
    if isinstance(value, datetime):
        return as_utc(value)
    try:
        if isinstance(value, bool) or value is None:
            return None
        if isinstance(value, int | float):
            return _from_epoch(float(value))
        if isinstance(value, str):
            text = value.strip()
            return _from_epoch(float(text)) if _is_number(text) else as_utc(datetime.fromisoformat(text))
    except (ValueError, OverflowError, OSError):
        return None
    return None


def to_text(moment: datetime) -> str:
    """ISO 8601 in UTC, with offset; `parse_instant` gives the same instant back."""
    return as_utc(moment).isoformat()


def _is_number(text: str) -> bool:
    # Eight digits in a row are a date in ISO's basic form, not an epoch of April 1970.
    digits = text.lstrip("-").replace(".", "", 1)
    return digits.isascii() and digits.isdigit() and len(digits) > 8


def _from_epoch(seconds: float) -> datetime | None:
    if not math.isfinite(seconds):
        return None
    return datetime.fromtimestamp(seconds / 1000 if abs(seconds) >= _MILLISECONDS_FROM else seconds, UTC)
