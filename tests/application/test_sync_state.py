"""The watermark only moves forward, and a state of any shape is survived."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st
from myrunstreak.instants import to_text
from myrunstreak.sync.state import Backfill, SyncState
from myrunstreak.sync_state import SyncStateManager

from tests.stage.fakes import NOON, Clock, MemorySecret

moments = st.datetimes(
    min_value=datetime(2015, 1, 1),  # noqa: DTZ001 - hypothesis wants naive bounds
    max_value=datetime(2026, 4, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


def manager(value: dict[str, object] | None = None) -> tuple[SyncStateManager, MemorySecret, Clock]:
    """A manager over a secret in memory."""
    secret, clock = MemorySecret(value), Clock()
    return SyncStateManager(secret=secret, clock=clock), secret, clock


def test_before_the_first_sync_the_mark_is_thirty_days_ago() -> None:
    """Aware, in UTC."""
    under_test, _, _ = manager()
    assert under_test.get_last_sync_date() == NOON - timedelta(days=30)
    assert under_test.load() == SyncState()


def test_a_success_moves_the_mark() -> None:
    """And is recorded as the last attempt."""
    under_test, _, _ = manager()
    under_test.update_last_sync_date(NOON - timedelta(hours=1), runs_synced=7)
    assert under_test.get_last_sync_date() == NOON - timedelta(hours=1)
    attempt = under_test.load().last_attempt
    assert attempt is not None
    assert (attempt.status, attempt.runs_synced, attempt.at) == ("complete", 7, NOON)


@given(st.lists(moments, min_size=1, max_size=8))
def test_the_mark_never_moves_back(marks: list[datetime]) -> None:
    """Whatever the order, the newest counts."""
    under_test, _, _ = manager()
    for mark in marks:
        under_test.update_last_sync_date(mark)
    assert under_test.get_last_sync_date() == max(marks)


@pytest.mark.parametrize("mark", [date(2026, 4, 1), datetime(2026, 4, 1), datetime(2026, 4, 1, tzinfo=UTC)])  # noqa: DTZ001
def test_dates_and_naive_times_are_read_as_utc(mark: date) -> None:
    """A date means its first moment."""
    under_test, _, _ = manager()
    under_test.update_last_sync_date(mark)
    assert under_test.get_last_sync_date() == datetime(2026, 4, 1, tzinfo=UTC)


def test_a_mark_in_the_future_is_mended() -> None:
    """A clock had jumped by years: the mark says nothing, and the next success replaces it."""
    under_test, _, _ = manager({"last_sync_at": "2036-01-01T00:00:00Z"})
    assert under_test.load().last_sync_at is None
    assert under_test.get_last_sync_date() == NOON - timedelta(days=30)
    under_test.update_last_sync_date(NOON)
    assert under_test.load().last_sync_at == NOON


def test_an_attempt_never_moves_the_mark() -> None:
    """Neither a failed nor a partial one."""
    under_test, _, clock = manager()
    under_test.update_last_sync_date(NOON)
    clock.advance(days=1)
    under_test.record_sync_attempt(False, error_message="Smashrun is down")
    failed = under_test.load()
    under_test.record_sync_attempt(True, 3, status="partial")
    partial = under_test.load()
    assert failed.last_sync_at == partial.last_sync_at == NOON
    assert failed.last_attempt is not None
    assert (failed.last_attempt.status, failed.last_attempt.error) == ("failed", "Smashrun is down")
    assert partial.last_attempt is not None
    assert (partial.last_attempt.status, partial.last_attempt.error, partial.last_attempt.runs_synced) == (
        "partial",
        None,
        3,
    )


def test_errors_are_stored_short_and_without_secrets() -> None:
    """At most 500 characters, tokens removed first."""
    under_test, secret, _ = manager()
    under_test.record_sync_attempt(False, error_message="Bearer planted-token-in-error " + "x" * 900)
    assert "planted-token-in-error" not in json.dumps(secret.value)
    attempt = under_test.load().last_attempt
    assert attempt is not None
    assert attempt.error is not None
    assert len(attempt.error) == 500


def test_one_change_is_one_write() -> None:
    """Read, change, write; the others' fields stay."""
    under_test, secret, _ = manager({"last_sync_at": to_text(NOON), "later_version": {"kept": 1}})
    result = under_test.update(
        lambda state: state.model_copy(
            update={"backfill": Backfill(next_page=7), "request_window": {"2026-05-01T12:00Z": 4}}
        )
    )
    assert len(secret.writes) == 1
    assert result.backfill.next_page == under_test.load().backfill.next_page == 7
    assert under_test.load().last_sync_at == NOON
    assert secret.value is not None
    assert secret.value["later_version"] == {"kept": 1}


@pytest.mark.parametrize(
    "text", ["2026-04-30T10:00:00Z", "2026-04-30T10:00:00", "2026-04-30T12:00:00+02:00", 1777543200]
)
def test_times_are_read_in_every_shape(text: object) -> None:
    """As the tokens' times are."""
    under_test, _, _ = manager({"last_sync_at": text})
    assert under_test.get_last_sync_date() == datetime(2026, 4, 30, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        {"last_sync_at": "rubbish"},
        {"backfill": None},
        {"backfill": {"next_page": -3}},
        {"request_window": ["no"]},
        {"last_attempt": "yesterday"},
        {"database_mark": {}},
    ],
)
def test_what_cannot_be_read_counts_as_absent(value: dict[str, object]) -> None:
    """A sync that starts over is right; a sync that refuses to start is not."""
    under_test, _, _ = manager(value)
    assert under_test.load() == SyncState()


instants = st.none() | moments


@given(
    last=instants,
    mark=instants,
    since=instants,
    page=st.integers(0, 500),
    done=st.booleans(),
    window=st.dictionaries(st.text(max_size=20), st.integers(0, 300), max_size=5),
)
def test_the_state_survives_the_store(
    last: datetime | None,
    mark: datetime | None,
    since: datetime | None,
    page: int,
    done: bool,
    window: dict[str, int],
) -> None:
    """Written as JSON and read again, it is the same."""
    state = SyncState(
        last_sync_at=last,
        database_mark=mark,
        backfill=Backfill(next_page=page, complete=done, changes_since=since),
        request_window=window,
    )
    assert SyncState.model_validate(json.loads(json.dumps(state.to_json()))) == state


DAMAGED = [
    b"[]",
    b'"x"',
    b"null",
    b"7",
    b"{",
    b"\xff\xfe\x00garbage",
    b'{"last_sync_at": "2026-04-01T00:00:00Z"',
]


@pytest.mark.parametrize("content", DAMAGED)
def test_a_state_that_is_no_object_counts_as_empty(content: bytes, tmp_path: Path) -> None:
    """It is said once, and the next write puts a whole state in its place."""
    file = tmp_path / "state.json"
    file.write_bytes(content)
    under_test = SyncStateManager(f"file:{file}", clock=Clock())
    assert SyncState() == under_test.load()
    under_test.update_last_sync_date(NOON)
    assert NOON == under_test.load().last_sync_at
    (warning,) = under_test.warnings
    assert "counts as empty" in warning
    assert [] == SyncStateManager(f"file:{file}").warnings


@given(st.binary(max_size=40))
def test_whatever_the_state_holds_it_is_read_and_replaced(content: bytes) -> None:
    """No content of the file stops a sync at its state."""
    with TemporaryDirectory() as folder:
        file = Path(folder, "state.json")
        file.write_bytes(content)
        under_test = SyncStateManager(f"file:{file}", clock=Clock())
        under_test.load()
        under_test.update_last_sync_date(NOON)
        assert NOON == under_test.load().last_sync_at
