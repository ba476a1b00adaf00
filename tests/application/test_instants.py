"""Every shape of time that has been stored so far is read as the same instant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from myrunstreak.instants import parse_instant, to_text

AT = datetime(2026, 5, 1, 12, 30, 15, tzinfo=UTC)
moments = st.datetimes(
    min_value=datetime(1990, 1, 1),  # noqa: DTZ001 - hypothesis wants naive bounds
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@pytest.mark.parametrize(
    "value",
    [
        "2026-05-01T12:30:15Z",
        "2026-05-01T12:30:15+00:00",
        "2026-05-01T12:30:15",
        "2026-05-01 12:30:15",
        "2026-05-01T14:30:15+02:00",
        "2026-05-01T12:30:15.000000",
        " 2026-05-01T12:30:15Z ",
        AT.timestamp(),
        int(AT.timestamp()),
        str(int(AT.timestamp())),
        int(AT.timestamp()) * 1000,
        AT,
        AT.replace(tzinfo=None),
        AT.astimezone(timezone(timedelta(hours=-5))),
    ],
)
def test_every_known_shape_is_read(value: object) -> None:
    """`Z`, offsets, naive times (UTC), epoch seconds and milliseconds."""
    assert parse_instant(value) == AT


@pytest.mark.parametrize(
    "value", [None, "", "soon", True, [], {}, float("nan"), float("inf"), 1e300, "2026-13-01"]
)
def test_what_is_no_time_is_none(value: object) -> None:
    """And never an exception."""
    assert parse_instant(value) is None


@given(moments)
def test_text_gives_the_same_instant_back(moment: datetime) -> None:
    """Written and read again, to the microsecond."""
    assert parse_instant(to_text(moment)) == moment


@given(moments, st.integers(-14 * 60, 14 * 60))
def test_the_zone_of_the_writer_does_not_matter(moment: datetime, minutes: int) -> None:
    """The same instant in any zone gives the same text."""
    assert to_text(moment.astimezone(timezone(timedelta(minutes=minutes)))) == to_text(moment)


@given(st.text() | st.integers() | st.floats() | st.none() | st.booleans())
def test_nothing_makes_it_fail(value: object) -> None:
    """A stored value of any kind is an instant or none."""
    parsed = parse_instant(value)
    assert parsed is None or parsed.tzinfo is UTC
