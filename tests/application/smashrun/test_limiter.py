"""The limiter keeps below Smashrun's two limits, whatever the rhythm of requests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from myrunstreak.smashrun.limiter import RequestLimiter

from tests.stage.examples import examples
from tests.stage.fakes import NOON, Clock


def send(limiter: RequestLimiter, clock: Clock) -> datetime:
    """Send one request as a client does; when it was sent."""
    for _ in range(5):
        wait_s = limiter.wait_s()
        if wait_s == 0:
            limiter.note()
            return clock()
        clock.sleep(wait_s)
    raise AssertionError("the limiter asks to wait again and again")


def most_within(moments: list[datetime], span: timedelta) -> int:
    """The largest number of moments in any window of that length, both ends included."""
    return max(sum(start <= moment <= start + span for moment in moments) for start in moments)


@examples(60)
@given(
    pauses=st.lists(st.sampled_from([0.0, 0.01, 0.4, 3.0, 61.0, 1300.0]), min_size=1, max_size=120),
    cut=st.integers(0, 119),
)
def test_no_window_ever_holds_more_than_its_limit(pauses: list[float], cut: int) -> None:
    """Neither the hour nor the burst is exceeded, also when another invocation takes over in between."""
    clock = Clock()
    limiter = RequestLimiter(clock=clock, per_hour=24, per_burst=7)
    moments: list[datetime] = []
    for number, pause in enumerate(pauses):
        clock.advance(seconds=pause)
        if number == cut:
            clock.advance(seconds=11)  # a new process needs a moment; it does not know of the burst
            limiter = RequestLimiter(limiter.window(), clock=clock, per_hour=24, per_burst=7)
        moments.append(send(limiter, clock))
    assert most_within(moments, timedelta(hours=1)) <= 24
    assert most_within(moments, timedelta(seconds=10)) <= 7


def test_the_defaults_stay_below_smashruns_limits() -> None:
    """240 of 250 in an hour, 75 of 80 in ten seconds."""
    clock = Clock()
    limiter = RequestLimiter(clock=clock)
    moments = [send(limiter, clock) for _ in range(500)]
    assert most_within(moments, timedelta(hours=1)) == 240
    assert most_within(moments, timedelta(seconds=10)) == 75


def test_room_counts_down_to_zero_and_comes_back_after_the_hour() -> None:
    """`room` is what can be sent without waiting for the hour."""
    clock = Clock()
    limiter = RequestLimiter(clock=clock, per_hour=3, per_burst=99)
    rooms = []
    for _ in range(3):
        rooms.append(limiter.room())
        limiter.note()
    assert rooms == [3, 2, 1]
    assert limiter.room() == 0
    assert limiter.wait_s() > 0
    clock.advance(minutes=61)
    assert limiter.room() == 3
    assert limiter.wait_s() == 0


def test_a_window_survives_the_hand_over() -> None:
    """What one invocation sent, the next one counts."""
    clock = Clock()
    first = RequestLimiter(clock=clock)
    for _ in range(40):
        first.note()
    clock.advance(minutes=20)
    second = RequestLimiter(first.window(), clock=clock)
    assert second.room() == 200
    assert second.window() == {"2026-05-01T12:00Z": 40}


def test_entries_of_a_clock_that_had_jumped_do_not_block() -> None:
    """Requests dated in the future are forgotten, and so are those that cannot be read."""
    window = {"2036-01-01T00:00Z": 240, "2026-05-01T13:00Z": 240, "not a time": 240, "2026-05-01T11:59Z": -5}
    limiter = RequestLimiter(window, clock=Clock())
    assert limiter.wait_s() == 0
    assert limiter.room() == 240


def test_a_clock_that_jumps_back_in_mid_run_does_not_block() -> None:
    """After a jump of a year the limiter starts over instead of waiting for a year."""
    clock = Clock()
    limiter = RequestLimiter(clock=clock)
    for _ in range(240):
        limiter.note()
    clock.now = NOON - timedelta(days=365)
    assert limiter.wait_s() == 0


def test_a_step_back_of_a_second_forgets_nothing() -> None:
    """Clocks are corrected by small steps all the time; that is no jump."""
    clock = Clock(datetime(2026, 5, 1, 12, 0, 0, tzinfo=UTC))
    limiter = RequestLimiter(clock=clock)
    for _ in range(75):
        limiter.note()
    clock.advance(seconds=-1)
    assert limiter.room() == 165
    assert 0 < limiter.wait_s() <= 12


def test_the_stored_window_never_grows_beyond_the_hour() -> None:
    """At most 62 minutes are kept, however long the sync goes on."""
    clock = Clock()
    limiter = RequestLimiter(clock=clock)
    for _ in range(300):
        limiter.note()
        clock.advance(seconds=30)
    assert len(limiter.window()) <= 62
