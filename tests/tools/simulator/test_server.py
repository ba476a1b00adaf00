"""The HTTP side: loopback, keep-alive, two clients at once, and a log without secrets."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests

from scripts.simulator import FakeClock, Simulator, Switches, approve

Record = dict[str, Any]
SEARCH = "/my/activities/search"


@pytest.mark.parametrize("host", ["0.0.0.0", "", "::", "192.168.1.2", "example.org"])
def test_it_listens_on_loopback_only(host: str) -> None:
    """It hands out consent without a password, so no other machine may reach it."""
    with pytest.raises(ValueError, match="loopback only"):
        Simulator([], host=host).start()


def test_a_taken_port_is_an_os_error() -> None:
    """Nothing is half started."""
    with Simulator([]) as first:
        second = Simulator([], port=urlsplit(first.base_url).port or 0)
        with pytest.raises(OSError, match="in use"):
            second.start()
        second.stop()


def test_urls_before_the_start_say_what_to_do() -> None:
    """There is no port yet."""
    with pytest.raises(RuntimeError, match="not started"):
        _ = Simulator([]).api_url


def test_it_can_be_stopped_and_started_again_on_its_port(history: list[Record]) -> None:
    """An outage: connections are refused, then the same address answers again."""
    sim = Simulator(history)
    headers = {"Authorization": f"Bearer {sim.issue_tokens()['access_token']}"}
    with sim:
        url = f"{sim.api_url}{SEARCH}"
    with pytest.raises(requests.ConnectionError):
        requests.get(url, headers=headers, timeout=5)
    with sim:
        assert url == f"{sim.api_url}{SEARCH}"
        assert len(requests.get(url, headers=headers, timeout=5).json()) == 25


def test_one_connection_serves_many_requests(simulate: Any, history: list[Record]) -> None:
    """HTTP/1.1 keep-alive, errors and bodies included."""
    api = simulate(history)
    answer = api.get(SEARCH)
    port = answer.raw.connection.sock.getsockname() if answer.raw.connection else None
    for path in (SEARCH, "/nowhere", "/my/userinfo"):
        again = api.get(path)
        sock = again.raw.connection.sock if again.raw.connection else None
        assert port == (sock.getsockname() if sock else None)
    assert len({id(pool) for pool in api.session.get_adapter("http://").poolmanager.pools._container}) == 1


def test_a_body_without_content_type_is_unsupported(simulate: Any) -> None:
    """415, and the connection goes on with the next request."""
    api = simulate([])
    headers = {"Authorization": f"Bearer {api.tokens['access_token']}"}
    url = f"{api.sim.api_url}/my/activities"
    assert api.session.post(url, data=b'{"a":1}', headers=headers, timeout=5).status_code == 415
    assert api.session.post(url, json={"a": 1}, headers=headers, timeout=5).status_code == 403
    assert api.get(SEARCH).status_code == 200


@pytest.mark.parametrize(
    "head", ["Content-Length: x", "Content-Length: 99999999", "Transfer-Encoding: chunked"]
)
def test_a_body_whose_length_cannot_be_trusted_is_malformed(simulate: Any, head: str) -> None:
    """400 and the connection ends."""
    address = urlsplit(simulate([]).sim.base_url)
    with socket.create_connection((address.hostname, address.port), timeout=5) as raw:
        raw.sendall(f"POST /v1/my/activities HTTP/1.1\r\nHost: x\r\n{head}\r\n\r\n".encode())
        assert raw.recv(100).startswith(b"HTTP/1.1 400 ")


def test_two_clients_at_once_see_whole_answers(clock: FakeClock, run: Callable[..., Record]) -> None:
    """While one history is changed by a third, every walk is made of complete records."""
    switches = Switches(rate_limits=False, largest_page=10)
    with Simulator([run(n) for n in range(60)], switches, clock) as sim:
        token = sim.issue_tokens()["access_token"]
        walked: list[set[int]] = []

        def walk() -> None:
            with requests.Session() as session:
                session.headers["Authorization"] = f"Bearer {token}"
                seen: set[int] = set()
                for page in range(100):
                    params = {"count": 10, "page": page}
                    rows = session.get(sim.api_url + SEARCH, params=params, timeout=10).json()
                    if not rows:
                        break
                    seen |= {row["activityId"] for row in rows}
                walked.append(seen)

        threads = [threading.Thread(target=walk) for _ in range(4)]
        for thread in threads:
            thread.start()
        for number in range(60, 90):
            sim.add(run(number))
            sim.edit(4_100_000 + number, notes="x")
        for thread in threads:
            thread.join(20)
    original = {4_100_000 + n for n in range(60)}
    assert [original <= seen for seen in walked] == [True] * 4


def test_what_a_test_gets_is_a_copy(run: Callable[..., Record]) -> None:
    """Neither the list that was passed in nor the one handed out changes the history."""
    given = [run(1)]
    sim = Simulator(given)
    given[0]["notes"] = "changed outside"
    sim.activities[0]["notes"] = "changed outside"
    assert sim.activities[0]["notes"] == ""


def test_changing_what_is_not_there_is_a_mistake_of_the_caller(run: Callable[..., Record]) -> None:
    """Unknown ids and taken ids are refused."""
    sim = Simulator([run(1)])
    for act in (
        lambda: sim.edit(5, notes=""),
        lambda: sim.delete(5),
        lambda: sim.undelete(5),
        lambda: sim.resync([5]),
    ):
        with pytest.raises(KeyError, match="no activity 5"):
            act()
    with pytest.raises(ValueError, match="exists"):
        sim.add(run(1))


def test_the_log_counts_and_dates_requests(simulate: Any, clock: FakeClock, history: list[Record]) -> None:
    """Method, path, query, status and the simulator's time."""
    api = simulate(history)
    api.get(SEARCH, count=5, page=0)
    clock.advance(7)
    api.get("/nowhere")
    first, second = api.sim.requests
    assert (
        first.method,
        first.path,
        first.query,
        first.status,
    ) == ("GET", SEARCH, {"count": "5", "page": "0"}, 200)
    assert (404, timedelta(seconds=7)) == (second.status, second.started - first.started)
    assert (api.sim.count(SEARCH), api.sim.count()) == (1, 2)


def test_the_log_holds_no_secret(tmp_path: Path, clock: FakeClock) -> None:
    """Neither in memory nor in the file: no token, refresh token, code, client secret or state."""
    log = tmp_path / "requests.jsonl"
    with Simulator([], clock=clock, log=log) as sim:
        state = "a-secret-state"
        fields = {
            "client_id": sim.client_id,
            "response_type": "code",
            "redirect_uri": "http://localhost:1/cb",
        }
        location = approve(f"{sim.authorize_url}?{urlencode({**fields, 'state': state})}")
        code = parse_qs(urlsplit(location).query)["code"][0]
        form = {"grant_type": "authorization_code", "code": code}
        form |= {"client_id": sim.client_id, "client_secret": sim.client_secret}
        tokens = requests.post(sim.token_url, data=form, timeout=5).json()
        access, refresh = tokens["access_token"], tokens["refresh_token"]
        for path in ("/my/userinfo", f"/auth/{access}", f"/{access}/x", f"/my/activities/{refresh}"):
            requests.get(sim.api_url + path, params={"access_token": access, "note": access}, timeout=5)
        # Mistakes of a client must not leak either.
        requests.post(f"{sim.token_url}?{urlencode(form | {'refresh_token': refresh})}", timeout=5)
        requests.get(f"{sim.base_url}/oauth2/{code}", timeout=5)
        secrets = [access, refresh, code, sim.client_secret, state]
        kept = repr(sim.requests) + log.read_text(encoding="utf-8")
    assert [secret for secret in secrets if secret in kept or secret.split(".")[-1] in kept] == []
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert len(sim.requests) == len(lines)
    assert {"method", "path", "query", "status", "started", "token", "token_in_url", "faults"} == lines[
        0
    ].keys()


def test_anything_but_the_two_services_is_not_found(simulate: Any) -> None:
    """Neither a front page nor other OAuth paths."""
    sim = simulate([]).sim
    for path in ("/", "/v2/my/activities", "/oauth2/other", "/oauth/token"):
        assert requests.get(sim.base_url + path, timeout=5).status_code == 404
