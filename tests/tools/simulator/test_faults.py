"""Everything that can be made to go wrong, as a client sees it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from scripts.simulator import FakeClock, Fault, Simulator
from scripts.simulator.faults import parse_fault

Record = dict[str, Any]
SEARCH = "/my/activities/search"


def test_a_status_hits_the_request_it_was_meant_for(simulate: Any, history: list[Record]) -> None:
    """500 on page 3, counted from the injection, and nothing else."""
    api = simulate(history)
    api.get(SEARCH, count=5, page=0)
    api.sim.inject(Fault.status(500, path=SEARCH, at=3))
    seen = [api.get(SEARCH, count=5, page=page).status_code for page in range(5)]
    assert seen == [200, 200, 200, 500, 200]


def test_times_none_is_for_ever_until_cleared(simulate: Any) -> None:
    """Clearing ends it."""
    api = simulate([])
    api.sim.inject(Fault.status(503, times=None))
    assert {503} == {api.get(SEARCH).status_code for _ in range(4)}
    api.sim.clear_faults()
    assert api.get(SEARCH).status_code == 200


def test_paths_are_prefixes_with_two_signs(simulate: Any, run: Callable[..., Record]) -> None:
    """`{id}` is a number, `$` the end: details can be hit without lists and splits."""
    api = simulate([run(1)])
    api.sim.inject(Fault.status(502, path="/my/activities/{id}$", times=None))
    paths = ["", "/search", "/search/ids", "/4100001", "/4100001/splits/km"]
    assert [api.get("/my/activities" + path).status_code for path in paths] == [200, 200, 200, 502, 200]


@pytest.mark.parametrize("fault", [Fault.truncated_json(), Fault.broken_json(), Fault.html_body()])
def test_bodies_can_be_no_json_at_all(simulate: Any, history: list[Record], fault: Fault) -> None:
    """Status 200 and a complete HTTP answer, yet nothing to parse."""
    api = simulate(history)
    api.sim.inject(fault)
    answer = api.get(SEARCH)
    assert answer.status_code == 200
    with pytest.raises(requests.exceptions.JSONDecodeError):
        answer.json()
    assert len(api.get(SEARCH).json()) == 25


def test_an_object_where_a_list_belongs(simulate: Any, history: list[Record]) -> None:
    """Valid JSON of the wrong kind."""
    api = simulate(history)
    api.sim.inject(Fault.not_a_list())
    assert isinstance(api.get(SEARCH).json(), dict)


def test_a_short_list_looks_perfectly_well(simulate: Any, history: list[Record]) -> None:
    """The answer that must never be read as mass deletion."""
    api = simulate(history)
    whole = api.ids()
    api.sim.inject(Fault.short_list(20))
    assert whole[:5] == api.ids()
    assert whole == api.ids()


@pytest.mark.parametrize("fault", [Fault.drop(), Fault.drop_midway()])
def test_connections_break(simulate: Any, history: list[Record], fault: Fault) -> None:
    """Before the first byte or in the middle; the next request gets through."""
    api = simulate(history)
    api.sim.inject(fault)
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        api.get(SEARCH)
    assert len(api.get(SEARCH).json()) == 25
    assert [(0 if fault.what == "drop" else 200), 200] == [entry.status for entry in api.sim.requests]


def test_slow_answers_run_into_a_timeout(simulate: Any) -> None:
    """The delay is real time; stopping the simulator does not wait for it."""
    api = simulate([])
    api.sim.inject(Fault.slow(20))
    started = time.monotonic()
    with pytest.raises(requests.Timeout):
        api.session.get(api.sim.api_url + SEARCH, timeout=0.2)
    api.sim.stop()
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    ("fault", "header", "kind"),
    [
        (Fault.rate_limited(retry_after=30), "30", "application/json"),
        (Fault.rate_limited(body="text"), None, "text/plain"),
        (
            Fault.rate_limited(datetime(2024, 5, 2, 6, 1, tzinfo=UTC)),
            "Thu, 02 May 2024 06:01:00 GMT",
            "application/json",
        ),
    ],
)
def test_429_comes_in_every_dress(simulate: Any, fault: Fault, header: str | None, kind: str) -> None:
    """Seconds, date or no header; JSON or text."""
    api = simulate([])
    api.sim.inject(fault)
    answer = api.get(SEARCH)
    assert (429, header) == (answer.status_code, answer.headers.get("Retry-After"))
    assert answer.headers["Content-Type"].startswith(kind)


def test_the_token_expires_in_mid_walk(simulate: Any, history: list[Record]) -> None:
    """The third page is 401; after a refresh the walk goes on."""
    api = simulate(history)
    api.sim.inject(Fault.expire_token(path=SEARCH, at=2))
    assert [api.get(SEARCH, count=5, page=page).status_code for page in range(3)] == [200, 200, 401]
    api.tokens = api.refresh(api.tokens["refresh_token"]).json()
    assert api.get(SEARCH, count=5, page=2).status_code == 200


def test_a_revoked_app_cannot_refresh(simulate: Any) -> None:
    """Both tokens are dead."""
    api = simulate([])
    api.sim.inject(Fault.revoke_all())
    assert (api.get(SEARCH).status_code, api.refresh(api.tokens["refresh_token"]).status_code) == (401, 400)


def test_a_run_inserted_in_mid_walk_shifts_the_pages(
    simulate: Any, run: Callable[..., Record], history: list[Record]
) -> None:
    """The row that was last on page 0 comes again on page 1."""
    api = simulate(history)
    api.sim.inject(Fault.call(lambda sim: sim.add(run(40)), path=SEARCH, at=1))
    pages = [api.ids(count=10, page=page) for page in range(3)]
    assert pages[0][-1] == pages[1][0]


def test_a_run_deleted_in_mid_walk_hides_another(simulate: Any, history: list[Record]) -> None:
    """The row that would be first on page 1 is on no page; undelete brings the deleted one back."""
    api = simulate(history)
    whole = api.ids()
    api.sim.inject(Fault.call(lambda sim: sim.delete(whole[0]), path=SEARCH, at=1))
    api.sim.inject(Fault.call(lambda sim: sim.undelete(whole[0]), path=SEARCH, at=3))
    walked = [i for page in range(3) for i in api.ids(count=10, page=page)]
    assert [whole[10]] == [i for i in whole if i not in walked]
    assert whole == api.ids()


def test_several_faults_can_hit_one_request(simulate: Any, history: list[Record]) -> None:
    """They add up, each with its own count."""
    api = simulate(history)
    api.sim.inject(Fault.slow(0.05, times=None))
    api.sim.inject(Fault.short_list(5, at=1))
    assert [len(api.get(SEARCH).json()) for _ in range(3)] == [25, 20, 25]
    assert api.sim.requests[1].faults == ("slow", "short_list")


def test_the_token_endpoint_can_fail_too(simulate: Any) -> None:
    """OAuth paths are named whole."""
    api = simulate([])
    api.sim.inject(Fault.status(500, path="/oauth2/token"))
    assert [api.refresh(api.tokens["refresh_token"]).status_code for _ in range(2)] == [500, 200]


def test_a_function_that_fails_is_not_swallowed(clock: FakeClock) -> None:
    """The client sees 500, and leaving the simulator raises what the function raised."""

    def fail(_: Simulator) -> None:
        raise LookupError("the test's own mistake")

    sim = Simulator([], clock=clock)
    sim.inject(Fault.call(fail))

    def use() -> None:
        with sim:
            assert requests.get(sim.api_url + SEARCH, timeout=5).status_code == 500

    with pytest.raises(LookupError, match="own mistake"):
        use()


@pytest.mark.parametrize(
    ("body", "expected"), [("empty", ""), ("json", '"invalid_token"'), ("html", "<h1>401")]
)
def test_error_bodies_are_as_switched(simulate: Any, body: str, expected: str) -> None:
    """Nothing, JSON or HTML."""
    api = simulate([], error_body=body)
    answer = requests.get(api.sim.api_url + SEARCH, timeout=5)
    assert answer.status_code == 401
    assert expected == answer.text if body == "empty" else expected in answer.text


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("status=500@3:/my/activities/search", Fault.status(500, at=3, path=SEARCH)),
        ("rate_limited=30,textx2", Fault.rate_limited(30, "text", times=2)),
        ("rate_limited", Fault.rate_limited()),
        ("slow=2.5x*:/my/activities/{id}$", Fault.slow(2.5, times=None, path="/my/activities/{id}$")),
        ("expire_token@4", Fault.expire_token(at=4)),
        ("short_list=20", Fault.short_list(20)),
        ("drop_midway:/oauth2/token", Fault.drop_midway(path="/oauth2/token")),
    ],
)
def test_faults_can_be_written_as_text(text: str, fault: Fault) -> None:
    """The command line's grammar says the same as the constructors."""
    assert fault == parse_fault(text)


@pytest.mark.parametrize(
    "text",
    ["", "nope", "status=99", "status=abc", "dropx0", "drop=3", "drop:path", "rate_limited=1,xml", "call"],
)
def test_a_fault_that_cannot_be_read_is_one_clear_line(text: str) -> None:
    """The line quotes what was written."""
    with pytest.raises(ValueError, match="fault ") as caught:
        parse_fault(text)
    assert repr(text) in str(caught.value)
    assert "\n" not in str(caught.value)
