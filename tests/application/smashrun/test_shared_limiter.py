"""Invocations that run at the same time keep to Smashrun's limit together."""

from __future__ import annotations

import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from myrunstreak.smashrun.shared_limiter import SharedLimiter
from myrunstreak.sync_state import SyncStateManager

from tests.stage.examples import examples
from tests.stage.fakes import Clock


def window_of(state: SyncStateManager) -> int:
    """How many requests of this hour the state tells of."""
    return sum(state.load().request_window.values())


def sent(limiter: SharedLimiter) -> bool:
    """Send one request if it may be sent at once."""
    if limiter.wait_s() > 0:
        return False
    limiter.note()
    return True


def end(limiter: SharedLimiter, state: SyncStateManager) -> None:
    """What a sync does at its end."""
    saved = state.update(
        lambda now: now.model_copy(update={"request_window": limiter.merge_with(now.request_window)})
    )
    limiter.adopt(saved.request_window)


steps = st.lists(
    st.tuples(
        st.integers(0, 2), st.sampled_from(["send", "send", "send", "end", "killed"]), st.integers(1, 90)
    ),
    min_size=1,
    max_size=30,
)


@examples(40)
@given(steps, st.sampled_from([0.0, 7.0, 55.0]))
def test_together_they_never_exceed_the_hour(chosen: list[tuple[int, str, int]], pause_s: float) -> None:
    """Three at once, in any order, some ending and some killed and started anew: at most 240 in any hour."""
    clock, moments = Clock(), list[datetime]()
    with tempfile.TemporaryDirectory() as folder:
        state = SyncStateManager(f"file:{Path(folder) / 'state.json'}", clock=clock)
        limiters = [SharedLimiter(state, clock=clock) for _ in range(3)]
        for who, what, times in chosen:
            clock.advance(seconds=pause_s)
            if what == "end":
                end(limiters[who], state)
            elif what == "killed":
                limiters[who] = SharedLimiter(state, clock=clock)
            else:
                for _ in range(times):
                    clock.advance(seconds=0.15)
                    if sent(limiters[who]):
                        moments.append(clock())
    hour = timedelta(hours=1)
    assert all(sum(start <= one < start + hour for one in moments) <= 240 for start in moments)


def test_what_is_reserved_counts_for_others_at_once_and_is_given_back() -> None:
    """Before the first request the state tells of a walk's worth, at the end of what was really sent."""
    clock = Clock()
    with tempfile.TemporaryDirectory() as folder:
        state = SyncStateManager(f"file:{Path(folder) / 'state.json'}", clock=clock)
        one, other = SharedLimiter(state, clock=clock), SharedLimiter(state, clock=clock)
        assert 0 == window_of(state)
        assert sent(one)
        assert 40 == window_of(state)
        assert sent(other)
        assert 80 == window_of(state)
        assert 240 - 40 - 1 == other.room()
        end(one, state)
        assert 41 == window_of(state)
        end(other, state)
        assert 2 == window_of(state)
        assert 238 == SharedLimiter(state, clock=clock).room()


def test_a_quiet_sync_writes_the_state_twice() -> None:
    """Secrets Manager keeps a hundred versions of a day: a sync an hour must fit in, with many requests too."""
    clock, writes = Clock(), list[int]()
    with tempfile.TemporaryDirectory() as folder:
        state = SyncStateManager(f"file:{Path(folder) / 'state.json'}", clock=clock)
        limiter = SharedLimiter(state, clock=clock)
        for _ in range(240):
            clock.advance(seconds=1)
            before = state.load().request_window
            assert sent(limiter)
            writes.append(before != state.load().request_window)
    assert 1 == sum(writes[:40])
    assert 2 == sum(writes)
