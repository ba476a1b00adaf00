"""Consent, codes, tokens, refreshing and revoking."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
import requests

from scripts.simulator import ConsentError, FakeClock, Simulator, Switches, approve

REDIRECT = "http://localhost:8000/callback"
OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"


def authorise(sim: Simulator, **changes: str) -> str:
    """An authorise URL of the registered app."""
    fields = {
        "client_id": sim.client_id,
        "response_type": "code",
        "redirect_uri": REDIRECT,
        "scope": "read_activity",
        "state": "x y&z=1+ü",
        **changes,
    }
    return f"{sim.authorize_url}?{urlencode(fields)}"


def code_of(location: str) -> str:
    """The code in a redirect."""
    return parse_qs(urlsplit(location).query)["code"][0]


def test_the_code_flow_leads_to_tokens_that_work(simulate: Any) -> None:
    """Consent, redirect with the state unchanged, exchange, first API call."""
    api = simulate([])
    location = approve(authorise(api.sim))
    assert location.startswith(f"{REDIRECT}?code=")
    assert parse_qs(urlsplit(location).query)["state"] == ["x y&z=1+ü"]
    answer = api.exchange(
        grant_type="authorization_code", code=code_of(location), redirect_uri=REDIRECT, state="s"
    )
    tokens = answer.json()
    assert (
        answer.status_code,
        tokens["token_type"],
        tokens["expires_in"],
        tokens["state"],
    ) == (200, "Bearer", 7257600, "s")
    api.tokens = tokens
    assert api.get("/my/userinfo").status_code == 200
    assert api.refresh(tokens["refresh_token"]).status_code == 200


def test_a_code_works_once(simulate: Any) -> None:
    """The second exchange is an invalid grant."""
    api = simulate([])
    code = code_of(approve(authorise(api.sim)))
    assert api.exchange(grant_type="authorization_code", code=code).status_code == 200
    again = api.exchange(grant_type="authorization_code", code=code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


def test_a_code_does_not_live_long(simulate: Any, clock: FakeClock) -> None:
    """After its few minutes it is an invalid grant."""
    api = simulate([])
    code = code_of(approve(authorise(api.sim)))
    clock.advance(301)
    assert api.exchange(grant_type="authorization_code", code=code).json()["error"] == "invalid_grant"


def test_the_redirect_address_must_be_the_same_at_the_exchange(simulate: Any) -> None:
    """Another address is an invalid grant; leaving it out works, as one client does."""
    api = simulate([])
    code = code_of(approve(authorise(api.sim)))
    other = api.exchange(grant_type="authorization_code", code=code, redirect_uri="http://localhost:9/")
    assert other.json()["error"] == "invalid_grant"
    assert api.exchange(grant_type="authorization_code", code=code).status_code == 200


@pytest.mark.parametrize("wrong", [{"client_secret": "no"}, {"client_id": "no"}, {"client_id": "client"}])
def test_wrong_credentials_are_an_invalid_client(simulate: Any, wrong: dict[str, str]) -> None:
    """The reference's words, and no token."""
    answer = simulate([]).exchange(grant_type="refresh_token", refresh_token="x", **wrong)
    assert answer.status_code == 401
    assert answer.json() == {
        "error": "invalid_client",
        "error_description": "Could not authenticate with client_id and client_secret",
    }


def test_the_token_endpoint_wants_a_form_and_credentials_in_it(simulate: Any) -> None:
    """JSON bodies and HTTP Basic are refused."""
    api = simulate([])
    fields = {"grant_type": "refresh_token", "refresh_token": api.tokens["refresh_token"]}
    secret = {"client_id": api.sim.client_id, "client_secret": api.sim.client_secret}
    assert requests.post(api.sim.token_url, json=fields | secret, timeout=5).status_code == 400
    basic = requests.post(api.sim.token_url, data=fields, auth=tuple(secret.values()), timeout=5)
    assert basic.status_code == 401
    assert requests.get(api.sim.token_url, timeout=5).status_code == 405


def test_refusing_comes_back_as_an_error(simulate: Any) -> None:
    """The redirect carries access_denied and the state."""
    location = approve(authorise(simulate([]).sim), allow=False)
    answer = parse_qs(urlsplit(location).query)
    assert (answer["error"], answer["state"]) == (["access_denied"], ["x y&z=1+ü"])


def test_an_unregistered_redirect_is_never_followed(simulate: Any) -> None:
    """Neither unknown apps nor foreign addresses get a redirect."""
    sim = simulate([]).sim
    for changes in (
        {"redirect_uri": "https://example.org/cb"},
        {"client_id": "someone"},
        {"redirect_uri": ""},
    ):
        with pytest.raises(ConsentError, match="400"):
            approve(authorise(sim, **changes))
        answer = requests.get(authorise(sim, **changes), allow_redirects=False, timeout=5)
        assert (answer.status_code, "Location" in answer.headers) == (400, False)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "password"}, "unsupported_response_type"),
        ({"scope": "everything"}, "invalid_scope"),
        ({"client_id": "client"}, "unauthorized_client"),
    ],
)
def test_other_mistakes_come_back_in_the_redirect(simulate: Any, changes: dict[str, str], error: str) -> None:
    """Where the address can be trusted, the app is told."""
    assert f"error={error}" in approve(authorise(simulate([]).sim, **changes))


def test_out_of_band_shows_the_code_on_a_page_and_in_its_title(simulate: Any) -> None:
    """For programs without a web server."""
    api = simulate([])
    location = approve(authorise(api.sim, redirect_uri=OUT_OF_BAND))
    assert location.startswith(f"{OUT_OF_BAND}?code=")
    code = parse_qs(location.partition("?")[2])["code"][0]
    assert (
        api.exchange(grant_type="authorization_code", code=code, redirect_uri=OUT_OF_BAND).status_code == 200
    )
    form = dict(parse_qs(urlsplit(authorise(api.sim, redirect_uri=OUT_OF_BAND)).query, strict_parsing=True))
    page = requests.post(api.sim.authorize_url, data=form | {"decision": "allow"}, timeout=5).text
    assert "<title>code=simc." in page


def test_the_consent_page_escapes_what_the_url_says(simulate: Any) -> None:
    """A state with markup stays text, and still comes back unchanged."""
    sim = simulate([]).sim
    state = "\"><script>alert('1')</script>"
    page = requests.get(authorise(sim, state=state), timeout=5).text
    assert "<script>" not in page
    assert [state] == parse_qs(urlsplit(approve(authorise(sim, state=state))).query)["state"]


def test_the_implicit_flow_gives_sixty_days_and_no_refresh_token(simulate: Any, clock: FakeClock) -> None:
    """The user-level client; its token has characters that must be percent-encoded in a query."""
    api = simulate([])
    location = approve(authorise(api.sim, client_id="client", response_type="token"))
    answer = parse_qs(urlsplit(location).fragment)
    token = answer["access_token"][0]
    assert (
        answer["token_type"],
        answer["expires_in"],
        answer["state"],
    ) == (["Bearer"], ["5184000"], ["x y&z=1+ü"])
    assert "refresh_token" not in answer
    assert set("+/=") <= set(token)
    encoded = f"{api.sim.api_url}/my/userinfo?access_token={quote(token, safe='')}"
    assert requests.get(encoded, timeout=5).status_code == 200
    assert requests.get(encoded.replace("%2B", "+"), timeout=5).status_code == 401
    clock.advance(5_184_000)
    assert requests.get(encoded, timeout=5).status_code == 401


def test_a_missing_token_and_a_wrong_scheme_are_unauthorised(simulate: Any) -> None:
    """Only `Bearer`, spelt so, is accepted."""
    api = simulate([])
    token = api.tokens["access_token"]
    for value in (None, token, f"bearer {token}", f"Token {token}", "Bearer", "Bearer x", f"Bearer {token}x"):
        headers = {"Authorization": value} if value else {}
        assert requests.get(f"{api.sim.api_url}/my/userinfo", headers=headers, timeout=5).status_code == 401


def test_a_refresh_token_is_no_access_token(simulate: Any) -> None:
    """Nor the other way round."""
    api = simulate([])
    access, refresh = api.tokens["access_token"], api.tokens["refresh_token"]
    assert api.refresh(access).status_code == 400
    api.tokens = {"access_token": refresh}
    assert api.get("/my/userinfo").status_code == 401


def test_a_token_in_the_url_works_but_is_flagged(simulate: Any) -> None:
    """Both ways are documented; the log shows who uses which."""
    api = simulate([])
    url = f"{api.sim.api_url}/my/userinfo"
    assert (
        requests.get(url, params={"access_token": api.tokens["access_token"]}, timeout=5).status_code == 200
    )
    assert api.get("/my/userinfo").status_code == 200
    assert [entry.token_in_url for entry in api.sim.requests] == [True, False]
    assert len({entry.token for entry in api.sim.requests}) == 1


def test_access_tokens_end_after_their_life(simulate: Any, clock: FakeClock) -> None:
    """12 weeks, or what was asked for."""
    api = simulate([])
    api.tokens = api.sim.issue_tokens(life_s=60)
    assert api.tokens["expires_in"] == 60
    clock.advance(59)
    assert api.get("/my/userinfo").status_code == 200
    clock.advance(1)
    assert api.get("/my/userinfo").status_code == 401
    assert api.refresh(api.tokens["refresh_token"]).status_code == 200


@pytest.mark.parametrize(
    ("mode", "same", "old_works"),
    [("same", True, True), ("new", False, True), ("rotate", False, False), ("omit", None, True)],
)
def test_refreshing_answers_as_switched(simulate: Any, mode: str, same: bool | None, old_works: bool) -> None:
    """The same refresh token, a new one beside the old, a new one instead of it, or none."""
    api = simulate([], refresh=mode)
    old = api.tokens["refresh_token"]
    answer = api.refresh(old).json()
    assert same is (answer["refresh_token"] == old if "refresh_token" in answer else None)
    assert old_works is (api.refresh(old).status_code == 200)
    if "refresh_token" in answer:
        assert api.refresh(answer["refresh_token"]).status_code == 200


def test_refresh_tokens_end_too(simulate: Any, clock: FakeClock) -> None:
    """Unused, a refresh token dies after its life; using it in time extends it, unless switched off."""
    for extends, status in ((True, 200), (False, 400)):
        api = simulate([], refresh_token_life_s=1000, refresh_extends_life=extends)
        token = api.tokens["refresh_token"]
        clock.advance(600)
        assert api.refresh(token).status_code == 200
        clock.advance(600)
        assert status == api.refresh(token).status_code
        clock.advance(1000)
        dead = api.refresh(token)
        assert (dead.status_code, dead.json()["error"]) == (400, "invalid_grant")


def test_expiring_leaves_refreshing_and_killing_leaves_access(simulate: Any) -> None:
    """The two halves of a pair can be ended apart; what is issued afterwards lives."""
    api = simulate([])
    api.sim.expire_access_tokens()
    assert api.get("/my/userinfo").status_code == 401
    api.tokens = api.refresh(api.tokens["refresh_token"]).json()
    assert api.get("/my/userinfo").status_code == 200
    api.sim.kill_refresh_tokens()
    assert api.refresh(api.tokens["refresh_token"]).status_code == 400
    assert api.get("/my/userinfo").status_code == 200


def test_revoking_ends_the_whole_consent_and_no_other(simulate: Any) -> None:
    """Access and refresh token of this consent are dead."""
    api = simulate([])
    other = api.sim.issue_tokens()
    api.sim.revoke(api.tokens["access_token"])
    assert (
        api.get("/my/userinfo").status_code,
        api.refresh(api.tokens["refresh_token"]).status_code,
    ) == (401, 400)
    api.tokens = other
    assert api.get("/my/userinfo").status_code == 200


def test_token_status_and_revocation_over_http(simulate: Any) -> None:
    """`GET /auth/{token}` says how long; 0 for what is dead; DELETE revokes."""
    api = simulate([])
    url = f"{api.sim.api_url}/auth/{api.tokens['access_token']}"
    assert requests.get(url, timeout=5).json()["expires_in"] == 7257600
    assert requests.delete(url, timeout=5).status_code == 200
    assert requests.get(url, timeout=5).json()["expires_in"] == 0
    assert requests.delete(f"{api.sim.api_url}/auth/unknown", timeout=5).status_code == 404
    assert {"/auth/***"} == {entry.path for entry in api.sim.requests}


def test_scopes_are_held(simulate: Any) -> None:
    """Reading needs read_activity; writing is forbidden without write_activity and not simulated with it."""
    api = simulate([])
    headers = {"Authorization": f"Bearer {api.tokens['access_token']}"}
    delete = requests.delete(f"{api.sim.api_url}/my/activities/1", headers=headers, timeout=5)
    assert delete.status_code == 403
    api.tokens = api.sim.issue_tokens(scope="write_activity")
    assert api.get("/my/userinfo").status_code == 403
    headers = {"Authorization": f"Bearer {api.tokens['access_token']}"}
    assert (
        requests.delete(f"{api.sim.api_url}/my/activities/1", headers=headers, timeout=5).status_code == 405
    )


def test_tokens_survive_a_restart_with_the_same_seed() -> None:
    """A client with stored tokens does not notice; another seed knows none of them."""
    clock = FakeClock(datetime(2024, 5, 1, tzinfo=UTC))
    with Simulator(clock=clock, seed=5) as first:
        tokens, secret = first.issue_tokens(), first.client_secret
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    for seed, status in ((5, 200), (6, 401)):
        with Simulator([], Switches(), clock, seed=seed) as again:
            answer = requests.get(f"{again.api_url}/my/userinfo", headers=headers, timeout=5)
            assert status == answer.status_code
            form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
            form |= {"client_id": again.client_id, "client_secret": again.client_secret}
            assert (200 if status == 200 else 400) == requests.post(
                again.token_url, data=form, timeout=5
            ).status_code
            assert (status == 200) == (secret == again.client_secret)
