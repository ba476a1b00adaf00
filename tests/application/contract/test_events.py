"""What starts a sync: every field optional, and a mistake explained."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from myrunstreak.contract.events import SyncEvent, SyncResult
from myrunstreak.errors import InvalidSettings
from pydantic import ValidationError

from infra.components.scheduler import event_text
from tests.stage.slips import edits


@pytest.mark.parametrize("event", [None, {}, {"source": "aws.scheduler", "detail": {"x": 1}, "version": "0"}])
def test_nothing_asked_is_an_ordinary_sync(event: dict[str, Any] | None) -> None:
    """Also what EventBridge says of itself where a rule of its own starts the function."""
    assert SyncEvent() == SyncEvent.parse(event)
    assert (False, True, False) == (SyncEvent().full, SyncEvent().details, SyncEvent().accept_deletes)


@pytest.mark.parametrize(
    ("since", "expected"),
    [
        ("2024-01-01", datetime(2024, 1, 1, tzinfo=UTC)),
        ("2024-01-01T12:00:00", datetime(2024, 1, 1, 12, tzinfo=UTC)),
        ("2024-01-01T12:00:00+02:00", datetime(2024, 1, 1, 10, tzinfo=UTC)),
        ("2024-01-01T00:00:00Z", datetime(2024, 1, 1, tzinfo=UTC)),
        (None, None),
    ],
)
def test_since_is_an_instant(since: str | None, expected: datetime | None) -> None:
    """A bare date is its first moment in UTC; without an offset a time is UTC's."""
    assert expected == SyncEvent.parse({"since": since}).since_utc


@given(
    st.one_of(st.dates().map(str), st.datetimes().map(str), st.datetimes(timezones=st.timezones()).map(str))
)
def test_whatever_since_is_accepted_can_be_counted_back_from(since: str) -> None:
    """The overlap is taken off it: years that have no such day are refused, not stumbled over."""
    try:
        event = SyncEvent.parse({"since": since})
    except InvalidSettings:
        assert not 1971 <= int(since[:4]) <= 2999
        return
    assert event.since_utc is not None
    assert (event.since_utc - timedelta(days=2)).timestamp() > 0


@pytest.mark.parametrize(
    ("event", "named"),
    [
        ({"full": "perhaps"}, "'full' is 'perhaps'"),
        ({"since": "yesterday"}, "'since' is 'yesterday'"),
        ({"since": "0001-01-01"}, "'since' is '0001-01-01'"),
        ({"details": {}}, "'details' is {}"),
        ({"accept_deletes": None}, "'accept_deletes' is None"),
        ([1], "The sync event is [1]"),
        ("full", "The sync event is 'full'"),
    ],
)
def test_a_mistake_names_the_field_the_value_and_what_is_accepted(event: Any, named: str) -> None:
    """One line for the operator who typed it."""
    with pytest.raises(InvalidSettings) as caught:
        SyncEvent.parse(event)
    assert named in str(caught.value)
    assert 'Accepted, for example: {"full": true}' in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_the_schedule_sends_is_known() -> None:
    """The deployed schedule's own input, as the stack writes it."""
    assert SyncEvent.parse(json.loads(event_text({}))).scheduled_time


@given(field=st.sampled_from(sorted(SyncEvent.model_fields)), edit=edits, value=st.booleans())
def test_a_misspelt_field_is_refused_and_the_right_one_named(
    field: str, edit: Callable[[str], str], value: bool
) -> None:
    """`{"ful": true}` must not be an ordinary sync."""
    slip = edit(field)
    if slip in SyncEvent.model_fields:
        return
    with pytest.raises(InvalidSettings) as caught:
        SyncEvent.parse({slip: value})
    assert f"Did you mean {field}?" in str(caught.value)
    assert "\n" not in str(caught.value)


@given(st.dictionaries(st.text(min_size=1, max_size=80), st.integers(), min_size=1))
def test_any_unknown_field_is_refused_in_one_line(event: dict[str, int]) -> None:
    """Also one that resembles nothing; the known ones are listed."""
    with pytest.raises(InvalidSettings) as caught:
        SyncEvent.parse(event | {"an unknown one": 1})
    assert 1 == len(str(caught.value).splitlines())
    assert len(str(caught.value)) < 500


def test_the_result_has_the_promised_fields() -> None:
    """Alarms, command line and other programs read them by name."""
    promised = {
        "status", "runs_fetched", "runs_new", "runs_updated", "runs_deleted", "runs_revived", "runs_quarantined",
        "details_fetched", "details_pending", "data_as_of", "duration_s",
    }  # fmt: skip
    assert promised <= set(SyncResult.model_fields)
    with pytest.raises(ValidationError):
        SyncResult.model_validate({"status": "done"})
