"""The loopback server takes the one answer that is ours, and survives everything else."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from myrunstreak.errors import InvalidSettings

from scripts.consent.callback import CallbackServer, parse_fields
from tests.stage.ports import free_port

STATE = "the-state"


class Place:
    """A running server and a way to visit it."""

    def __init__(self) -> None:
        self.base = f"http://localhost:{free_port()}"
        self.server = CallbackServer(f"{self.base}/callback", STATE)

    def visit(self, path: str, body: bytes | None = None) -> tuple[int, str]:
        """Status and page; proxies of the environment are left out."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(urllib.request.Request(self.base + path, data=body), timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()


@pytest.fixture
def place() -> Iterator[Place]:
    """A server on a free port."""
    place = Place()
    with place.server:
        yield place


def test_the_answer_with_our_state_is_taken(place: Place) -> None:
    """Its code included, decoded once."""
    status, page = place.visit(f"/callback?code=a%2Bb%20c&state={STATE}")
    redirect = place.server.wait(5)
    assert redirect is not None
    assert redirect.fields["code"] == "a+b c"
    assert status == 200
    assert "close this window" in page


def test_stray_requests_change_nothing(place: Place) -> None:
    """Icons, other paths, wrong states, no state, empty and oversized bodies."""
    statuses = [
        place.visit("/favicon.ico")[0],
        place.visit("/")[0],
        place.visit("/callback?code=x&state=wrong")[0],
        place.visit("/callback?code=x")[0],
        place.visit("/callback", b"access_token=x&state=wrong")[0],
        place.visit("/other", b"x")[0],
        place.visit("/callback", b"x" * 100_000)[0],
    ]
    assert statuses == [404, 404, 400, 400, 400, 404, 404]
    assert place.server.wait(0) is None
    assert place.server.refused == 3
    assert place.visit(f"/callback?code=good&state={STATE}")[0] == 200
    assert place.server.wait(5) is not None


def test_the_first_answer_counts(place: Place) -> None:
    """A browser that repeats its request changes nothing."""
    place.visit(f"/callback?code=first&state={STATE}")
    place.visit(f"/callback?code=second&state={STATE}")
    redirect = place.server.wait(5)
    assert redirect is not None
    assert redirect.fields["code"] == "first"


def test_a_fragment_is_handed_over_by_the_page(place: Place) -> None:
    """The page posts what the server never sees; characters of base64 survive."""
    status, page = place.visit("/callback")
    assert status == 200
    assert "location.hash" in page
    place.visit("/callback", f"access_token=a+b/c%3D%3D&token_type=Bearer&state={STATE}".encode())
    redirect = place.server.wait(5)
    assert redirect is not None
    assert redirect.fields["access_token"] == "a+b/c=="


def test_a_refusal_is_an_answer_too(place: Place) -> None:
    """The runner said no."""
    place.visit(f"/callback?error=access_denied&state={STATE}")
    redirect = place.server.wait(5)
    assert redirect is not None
    assert redirect.problem == "access_denied"


def test_no_answer_is_none(place: Place) -> None:
    """After the time given."""
    assert place.server.wait(0.01) is None


def test_a_busy_port_is_one_clear_line(place: Place) -> None:
    """With what to do."""
    with pytest.raises(InvalidSettings, match="use --paste"):
        CallbackServer(f"{place.base}/callback", STATE)


@pytest.mark.parametrize(
    "uri", ["https://example.test/callback", "urn:ietf:wg:oauth:2.0:oob", "http://example.test/x"]
)
def test_an_address_elsewhere_needs_pasting(uri: str) -> None:
    """No server of ours can wait there."""
    with pytest.raises(InvalidSettings, match="--paste"):
        CallbackServer(uri, STATE)


def test_nothing_is_logged(place: Place, capfd: pytest.CaptureFixture[str]) -> None:
    """Request lines carry the code."""
    place.visit(f"/callback?code=planted-code&state={STATE}")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("value", ["plain", "a+b/c==", "sp ace", "ünïcode🏃", "%25", "a&b=c"])
def test_every_value_is_decoded_exactly_once(value: str) -> None:
    """In a query and in a fragment."""
    assert parse_fields(f"#token={quote(value)}&state=1") == {"token": value, "state": "1"}
