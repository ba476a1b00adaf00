"""Retries are bounded, waits obey the server, and no exception carries a header or an address."""

from __future__ import annotations

import math
import traceback
from datetime import timedelta
from email.utils import format_datetime
from io import BytesIO

import pytest
import requests
from myrunstreak.errors import MyRunStreakError, RateLimited, SourceUnavailable
from myrunstreak.smashrun import exchange as exchange_module
from myrunstreak.smashrun.exchange import exchange
from myrunstreak.smashrun.transport import Answer, Bearer, Transport, Unusable, retry_after_s
from urllib3 import HTTPResponse

from tests.stage.fakes import NOON, Clock, ScriptedServer, failure, reply

URL = "https://api.example.test/v1/my/things"
SECRET = "planted-access-77"


def ask(server: ScriptedServer, clock: Clock, seconds_left: float = math.inf, chance: float = 1.0) -> bytes:
    """One question, answered 200 or retried."""

    def read(answer: Answer) -> bytes:
        if answer.status != 200:
            raise Unusable(f"status {answer.status}")
        return answer.body

    way = Transport(
        server.session(),
        clock=clock,
        sleep=clock.sleep,
        random=lambda: chance,
        seconds_left=lambda: seconds_left,
    )
    return way.ask("GET", URL, read, auth=Bearer(SECRET))


def test_a_fault_is_retried_with_growing_waits() -> None:
    """Two bad answers, then a good one; the limit of the wait doubles."""
    server, clock = ScriptedServer(reply(503), reply(500), reply(200, b"good")), Clock()
    assert ask(server, clock) == b"good"
    assert clock.slept == [2.0, 4.0]


def test_the_jitter_is_full() -> None:
    """The wait is anything from nothing to the limit."""
    server, clock = ScriptedServer(reply(503), reply(200, b"good")), Clock()
    ask(server, clock, chance=0.25)
    assert clock.slept == [0.5]


def test_the_tries_are_bounded() -> None:
    """After four tries the source counts as unavailable."""
    server, clock = ScriptedServer(reply(502)), Clock()
    with pytest.raises(SourceUnavailable, match=r"GET /v1/my/things: status 502 \(tried 4 times\)"):
        ask(server, clock)
    assert len(server.sent) == 4


def test_no_wait_is_longer_than_the_time_left() -> None:
    """With two seconds left there is no third try after four."""
    server, clock = ScriptedServer(reply(502)), Clock()
    with pytest.raises(SourceUnavailable):
        ask(server, clock, seconds_left=2.0)
    assert clock.slept == [2.0]


def test_the_timeouts_shrink_with_the_time_left() -> None:
    """A request near the end of the invocation does not outlive it."""
    server, clock = ScriptedServer(reply(200)), Clock()
    ask(server, clock, seconds_left=3.0)
    assert server.options[0]["timeout"] == (3.0, 3.0)


@pytest.mark.parametrize(
    "error",
    [
        requests.ConnectionError(f"refused for {SECRET}"),
        requests.ReadTimeout(f"Authorization: Bearer {SECRET}"),
        requests.exceptions.SSLError(SECRET),
        requests.exceptions.ChunkedEncodingError(SECRET),
        requests.exceptions.InvalidHeader(SECRET),
        OSError(SECRET),
        UnicodeEncodeError("latin-1", SECRET, 0, 1, "no"),
    ],
)
def test_what_the_http_library_raises_stays_inside(error: Exception) -> None:
    """Not in the message, not as cause, not as context."""
    server, clock = ScriptedServer(failure(error)), Clock()
    with pytest.raises(SourceUnavailable) as caught:
        ask(server, clock)
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_a_429_is_sat_out_as_asked() -> None:
    """Retry-After in seconds."""
    server, clock = ScriptedServer(reply(429, headers={"Retry-After": "37"}), reply(200, b"good")), Clock()
    assert ask(server, clock) == b"good"
    assert clock.slept == [37.0]


def test_a_retry_after_date_is_read_by_the_servers_clock() -> None:
    """Our clock is an hour slow; the wait is still a minute."""
    server_now = NOON + timedelta(hours=1)
    headers = {
        "Date": format_datetime(server_now, usegmt=True),
        "Retry-After": format_datetime(server_now + timedelta(seconds=60), usegmt=True),
    }
    assert retry_after_s(Answer(429, b"", headers), NOON) == 60.0


@pytest.mark.parametrize("text", ["", "soon", "nan", "inf", "Fri, 99 Foo 2026"])
def test_a_retry_after_of_no_use_counts_as_none(text: str) -> None:
    """Then the backoff decides."""
    assert retry_after_s(Answer(429, b"", {"Retry-After": text}), NOON) is None


def test_a_429_beyond_the_time_left_is_handed_to_the_caller() -> None:
    """With the seconds that the server asked for."""
    server, clock = ScriptedServer(reply(429, headers={"Retry-After": "100"})), Clock()
    with pytest.raises(RateLimited) as caught:
        ask(server, clock, seconds_left=99.0)
    assert caught.value.retry_after_s == 100.0
    assert clock.slept == []


def test_throttling_is_waited_out_for_a_quarter_of_an_hour_at_most() -> None:
    """In sum, not each time."""
    server, clock = ScriptedServer(reply(429, headers={"Retry-After": "400"})), Clock()
    with pytest.raises(RateLimited):
        ask(server, clock)
    assert clock.slept == [400.0, 400.0]


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "0"}])
def test_endless_throttling_ends(headers: dict[str, str]) -> None:
    """Also when the server says that no wait is needed."""
    server, clock = ScriptedServer(reply(429, headers=headers)), Clock()
    with pytest.raises(RateLimited):
        ask(server, clock)
    assert len(server.sent) <= 10
    assert sum(clock.slept) <= 900


def test_a_body_without_end_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """A body beyond the limit is a fault, not an empty memory."""
    monkeypatch.setattr(exchange_module, "MAX_BODY_BYTES", 1_000_000)
    server, clock = ScriptedServer(reply(200, b"x" * 1_000_001)), Clock()
    with pytest.raises(SourceUnavailable, match="larger than"):
        ask(server, clock)


def test_a_trickle_is_given_up() -> None:
    """A server that sends a little every minute never runs into the read timeout; the whole answer has one too."""
    clock = Clock()

    class Trickle(BytesIO):
        def read1(self, size: int | None = -1, /) -> bytes:
            clock.advance(seconds=50)
            return b"."

    def trickle(request: requests.PreparedRequest) -> requests.Response:
        response = reply(200)(request)
        response.raw = HTTPResponse(body=Trickle(), status=200, preload_content=False)
        return response

    server = ScriptedServer(trickle)
    with pytest.raises(SourceUnavailable, match="does not end"):
        ask(server, clock)
    assert clock() - NOON < timedelta(minutes=20)


def test_a_broken_off_body_is_a_fault() -> None:
    """The length announced and the length sent differ."""
    server, clock = (
        ScriptedServer(reply(200, b"half", {"Content-Length": "8"}), reply(200, b"whole")),
        Clock(),
    )
    assert ask(server, clock) == b"whole"


def test_redirects_are_never_followed() -> None:
    """The token stays with the host it is meant for."""
    server, clock = ScriptedServer(reply(302, headers={"Location": "https://evil.example.test/"})), Clock()
    with pytest.raises(MyRunStreakError):
        ask(server, clock)
    assert {request.url for request in server.sent} == {URL}


def test_the_token_travels_in_the_header_only() -> None:
    """Also when the environment has other ideas."""
    server, clock = ScriptedServer(reply(200)), Clock()
    ask(server, clock)
    assert server.sent[0].headers["Authorization"] == f"Bearer {SECRET}"
    assert SECRET not in (server.sent[0].url or "")


def test_a_netrc_does_not_replace_the_token(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """requests would otherwise send what `.netrc` holds for the host."""
    from pathlib import Path

    netrc = Path(str(tmp_path)) / "netrc"
    netrc.write_text("machine api.example.test login other password stolen\n")
    monkeypatch.setenv("NETRC", str(netrc))
    server, clock = ScriptedServer(reply(200)), Clock()
    ask(server, clock)
    assert server.sent[0].headers["Authorization"] == f"Bearer {SECRET}"


def test_a_proxy_of_the_environment_is_left_out_on_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """The simulator runs on this machine, where no proxy reaches it."""
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example.test:3128")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    server = ScriptedServer(reply(200))
    exchange(server.session(), "GET", "http://127.0.0.1:9/v1/x", auth=Bearer("t"), timeout=(1, 1))
    exchange(server.session(), "GET", "http://api.example.test/x", auth=Bearer("t"), timeout=(1, 1))
    assert [
        {k: v for k, v in dict(server.options[0]["proxies"]).items() if v},  # type: ignore[call-overload]
        dict(server.options[1]["proxies"]).get("http"),  # type: ignore[call-overload]
    ] == [{}, "http://proxy.example.test:3128"]
