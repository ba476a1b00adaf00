"""The two request windows, on a clock that the test moves."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import Any

from scripts.simulator import FakeClock

PATH = "/my/activities/search/ids"


def test_the_81st_request_in_ten_seconds_waits(simulate: Any, clock: FakeClock) -> None:
    """Retry-After names the seconds after which it goes on; refused requests do not count."""
    api = simulate([])
    assert {200} == {api.get(PATH).status_code for _ in range(40)}
    clock.advance(4)
    assert {200} == {api.get(PATH).status_code for _ in range(40)}
    refused = api.get(PATH)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "6")
    assert refused.json()["error"] == "rate_limit_exceeded"
    clock.advance(6)
    assert [api.get(PATH).status_code for _ in range(41)] == [200] * 40 + [429]


def test_the_251st_request_in_an_hour_waits_for_the_first_to_leave(simulate: Any, clock: FakeClock) -> None:
    """The window slides; the wait is up to the hour's end."""
    api = simulate([], burst_limit=1000)
    for _ in range(5):
        assert {200} == {api.get(PATH).status_code for _ in range(50)}
        clock.advance(60)
    refused = api.get(PATH)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "3300")
    clock.advance(3300)
    assert api.get(PATH).status_code == 200


def test_the_429_is_dressed_as_switched(simulate: Any, clock: FakeClock) -> None:
    """A date on the simulator's clock, or no header; plain text."""
    api = simulate([], hourly_limit=1, retry_after="http-date", rate_limit_body="text")
    api.get(PATH)
    answer = api.get(PATH)
    assert (parsedate_to_datetime(answer.headers["Retry-After"]) - clock.now()).total_seconds() == 3600
    assert answer.text == "Too many requests"
    bare = simulate([], hourly_limit=1, retry_after="none")
    bare.get(PATH)
    assert "Retry-After" not in bare.get(PATH).headers


def test_limits_are_per_user_and_can_be_off(simulate: Any) -> None:
    """A second token does not help; the switch does."""
    api = simulate([], hourly_limit=2)
    api.get(PATH)
    api.tokens = api.sim.issue_tokens()
    assert [api.get(PATH).status_code for _ in range(2)] == [200, 429]
    free = simulate([], rate_limits=False, hourly_limit=1)
    assert {200} == {free.get(PATH).status_code for _ in range(5)}


def test_tokens_are_not_counted(simulate: Any) -> None:
    """OAuth has no window, and requests without a token do not use up the user's."""
    api = simulate([], hourly_limit=1)
    assert {200} == {api.refresh(api.tokens["refresh_token"]).status_code for _ in range(5)}
    good, api.tokens = api.tokens, {"access_token": "no"}
    assert {401} == {api.get(PATH).status_code for _ in range(5)}
    api.tokens = good
    assert api.get(PATH).status_code == 200
