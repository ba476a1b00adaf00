"""The token endpoint's answers, good and bad, and the address of the consent page."""

from __future__ import annotations

import traceback
from urllib.parse import parse_qs, urlsplit

import pytest
from myrunstreak.errors import InvalidSettings, MyRunStreakError, ReauthorisationRequired, SourceUnavailable
from myrunstreak.smashrun.oauth import GrantRejected, SmashrunOAuth
from myrunstreak.smashrun.transport import Transport

from tests.stage.fakes import Clock, ScriptedServer, reply

SECRETS = ("planted-client-secret", "planted-refresh-1", "planted-access-2", "planted-refresh-2")
GOOD = {
    "access_token": "planted-access-2",
    "refresh_token": "planted-refresh-2",
    "expires_in": 7257600,
    "token_type": "Bearer",
}


def oauth(server: ScriptedServer) -> SmashrunOAuth:
    """A client whose waits take no time."""
    clock = Clock()
    way = Transport(server.session(), clock=clock, sleep=clock.sleep, random=lambda: 1.0)
    return SmashrunOAuth(
        "my-app",
        "planted-client-secret",
        "https://secure.example.test/oauth2/token",
        "https://secure.example.test/oauth2/authenticate",
        "http://localhost:8000/callback",
        transport=way,
    )


def test_the_consent_address_asks_for_reading_only() -> None:
    """Every parameter once, the scope with a plain name."""
    url = oauth(ScriptedServer(reply())).authorize_url("st ate+1")
    assert parse_qs(urlsplit(url).query) == {
        "client_id": ["my-app"],
        "response_type": ["code"],
        "scope": ["read_activity"],
        "redirect_uri": ["http://localhost:8000/callback"],
        "state": ["st ate+1"],
    }


def test_a_refresh_sends_the_form_that_smashrun_expects() -> None:
    """Credentials in the body, nothing in headers or the address."""
    server = ScriptedServer(reply(200, GOOD))
    answer = oauth(server).refresh("planted-refresh-1")
    sent = server.sent[0]
    assert parse_qs(str(sent.body)) == {
        "grant_type": ["refresh_token"],
        "refresh_token": ["planted-refresh-1"],
        "client_id": ["my-app"],
        "client_secret": ["planted-client-secret"],
    }
    assert "Authorization" not in sent.headers
    assert sent.url == "https://secure.example.test/oauth2/token"
    assert answer.access_token.get_secret_value() == "planted-access-2"
    assert answer.expires_in == 7257600


def test_a_code_is_exchanged_with_the_same_redirect_uri() -> None:
    """Smashrun compares it with the one of the consent."""
    server = ScriptedServer(reply(200, GOOD))
    oauth(server).exchange_code("the-code")
    assert parse_qs(str(server.sent[0].body))["redirect_uri"] == ["http://localhost:8000/callback"]


def test_both_names_of_the_refresh_do_the_same() -> None:
    """An alias for callers who expect the longer name."""
    server = ScriptedServer(reply(200, GOOD))
    assert oauth(server).refresh_access_token("planted-refresh-1") == oauth(server).refresh(
        "planted-refresh-1"
    )


@pytest.mark.parametrize("expires_in", ["7257600", 7257600.0, 7257600])
def test_the_life_is_a_number_in_any_clothes(expires_in: object) -> None:
    """Whatever JSON type it comes in."""
    answer = oauth(ScriptedServer(reply(200, GOOD | {"expires_in": expires_in}))).refresh("planted-refresh-1")
    assert answer.expires_in == 7257600


@pytest.mark.parametrize("refresh", [None, ""])
def test_an_answer_may_lack_a_refresh_token(refresh: object) -> None:
    """Absent, null and empty are the same."""
    answer = oauth(ScriptedServer(reply(200, GOOD | {"refresh_token": refresh}))).refresh("planted-refresh-1")
    assert answer.refresh_token is None


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (400, {"error": "invalid_grant"}, GrantRejected),
        (401, {"error": "invalid_grant"}, GrantRejected),
        (500, {"error": "invalid_grant"}, GrantRejected),
        (200, {"error": "invalid_grant"}, GrantRejected),
        (400, "", GrantRejected),
        (401, "<html>no</html>", GrantRejected),
        (400, {"error": "invalid_client"}, InvalidSettings),
        (401, {"error": "invalid_client"}, InvalidSettings),
        (404, "", InvalidSettings),
        (302, "", InvalidSettings),
        (400, {"error": "invalid_request"}, SourceUnavailable),
        (403, "", SourceUnavailable),
        (503, "", SourceUnavailable),
        (200, "<html>maintenance</html>", SourceUnavailable),
        (200, {"token_type": "Bearer"}, SourceUnavailable),
        (200, {"access_token": ""}, SourceUnavailable),
        (200, {"access_token": "with space"}, SourceUnavailable),
        (200, {"access_token": "line\nbreak"}, SourceUnavailable),
        (200, [], SourceUnavailable),
    ],
)
def test_every_refusal_has_its_error(status: int, body: object, expected: type[MyRunStreakError]) -> None:
    """By what the caller can do next; never with a secret in it."""
    with pytest.raises(expected) as caught:
        oauth(ScriptedServer(reply(status, body))).refresh("planted-refresh-1")
    shown = "".join(traceback.format_exception(caught.value))
    assert not any(secret in str(caught.value) + repr(caught.value) for secret in SECRETS)
    assert "planted-client-secret" not in shown


def test_a_rejected_grant_asks_for_a_new_authorisation() -> None:
    """It is a kind of ReauthorisationRequired and names the command."""
    assert issubclass(GrantRejected, ReauthorisationRequired)
    assert "myrunstreak auth" in str(GrantRejected("No"))


def test_outages_are_retried() -> None:
    """A 503 and a broken connection do not cost the renewal."""
    server = ScriptedServer(reply(503), reply(200, GOOD))
    assert oauth(server).refresh("planted-refresh-1").expires_in == 7257600
    assert len(server.sent) == 2


def test_without_id_and_secret_nothing_is_sent() -> None:
    """The operator learns which variables are missing."""
    server = ScriptedServer(reply(200, GOOD))
    with pytest.raises(InvalidSettings, match="SMASHRUN_CLIENT_ID"):
        SmashrunOAuth(None, None, session=server.session()).refresh("planted-refresh-1")
    assert server.sent == []


def test_no_repr_shows_a_secret() -> None:
    """Neither the client's nor the answer's."""
    server = ScriptedServer(reply(200, GOOD))
    client = oauth(server)
    shown = (
        repr(client) + repr(client.refresh("planted-refresh-1")) + str(client.refresh("planted-refresh-1"))
    )
    assert not any(secret in shown for secret in SECRETS)
