"""Who gets in: keys, the public status, browsers elsewhere, sizes, headers, and what the log may hold."""

from __future__ import annotations

import hmac
import io
import json
import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import requests
from myrunstreak.api import keys as api_keys
from myrunstreak.api.keys import ApiKeys
from myrunstreak.api.service import Api
from myrunstreak.handlers import api as handler
from myrunstreak.observability import API_SERVICE, make_logger
from myrunstreak.store.published import PublishedDatabase

from tests.application.api.conftest import EVERY_PATH, Asked, Locked, settings_for
from tests.stage.seeded_record import clock, make_record

STRICT = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "strict-transport-security": "max-age=63072000",
}


@pytest.fixture
def keys_file(tmp_path: Path) -> Path:
    """Where the keys of a test are."""
    return tmp_path / "keys.json"


@pytest.fixture
def asked(record: Path, keys_file: Path) -> Iterator[Asked]:
    """The API with a place for keys."""
    settings = settings_for(record, api_keys=f"file:{keys_file}")
    published = PublishedDatabase(settings)
    yield Asked(Api(settings, published, ApiKeys.open(settings), clock=clock))
    published.close()


def keys_of(file: Path) -> ApiKeys:
    """The keys in a file."""
    return ApiKeys.open(settings_for(file.parent / "no.duckdb", api_keys=f"file:{file}"))


@pytest.mark.parametrize("path", [*EVERY_PATH, "/v1/nothing", "/v1/runs?bogus=1", "/v1/runs?limit=x"])
def test_without_a_living_key_everything_is_the_same_refusal(
    asked: Asked, keys_file: Path, path: str
) -> None:
    """None, a wrong one, a revoked one, another scheme, one too long: byte for byte, also where a path is wrong."""
    keys = keys_of(keys_file)
    good, revoked = keys.new("phone"), keys.new("old phone")
    keys.revoke("old phone")
    refusals = [
        asked.get(path),
        asked.get(path, Authorization="Bearer wrong"),
        asked.get(path, Authorization=f"Bearer {revoked}"),
        asked.get(path, Authorization=f"Basic {good}"),
        asked.get(path, Authorization=good),
        asked.get(path, Authorization=f"Bearer {good}x"),
        asked.get(path, Authorization=f"Bearer {good[:-1]}"),
        asked.get(path, Authorization=f"Bearer {'x' * 5000}"),
        asked.get(path, Cookie=f"key={good}"),
        asked.get(f"{path}{'&' if '?' in path else '?'}access_token={good}"),
    ]
    first = refusals[0]
    assert (401, 'Bearer realm="MyRunStreak"') == (first.status, first.headers["www-authenticate"])
    assert all(first == other for other in refusals)
    assert asked.get(path, Authorization=f"bearer {good}").status != 401


def test_every_refusal_takes_the_same_work(
    asked: Asked, keys_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every stored hash is compared, whatever is presented and whichever would fit."""
    keys = keys_of(keys_file)
    first, _, third = keys.new("one"), keys.new("two"), keys.new("three")
    keys.revoke("three")
    compared: list[int] = []

    class Counting:
        @staticmethod
        def compare_digest(one: str, other: str) -> bool:
            compared.append(len(one) + len(other))
            return hmac.compare_digest(one, other)

    monkeypatch.setattr(api_keys, "hmac", Counting)
    work: list[list[int]] = []
    for header in (None, "Bearer x", f"Bearer {first}", f"Bearer {third}", "Basic x"):
        compared.clear()
        asked.get("/v1/eddington", **({"Authorization": header} if header else {}))
        work.append(list(compared))
    assert 4 == len(work[0])
    assert all(one == work[0] for one in work)


def test_a_key_that_is_revoked_opens_nothing_at_once(asked: Asked, keys_file: Path) -> None:
    """And its name can be used again."""
    keys = keys_of(keys_file)
    key = keys.new("phone")
    assert 200 == asked.get("/v1/streak", Authorization=f"Bearer {key}").status
    keys.revoke("phone")
    assert 401 == asked.get("/v1/streak", Authorization=f"Bearer {key}").status
    assert 200 == asked.get("/v1/streak", Authorization=f"Bearer {keys.new('phone')}").status


def test_only_hashes_are_kept_and_only_the_owner_reads_them(keys_file: Path) -> None:
    """Mode 0600; the key itself is nowhere in the file."""
    key = keys_of(keys_file).new("phone")
    text = keys_file.read_text()
    assert key not in text
    assert key.removeprefix(api_keys.PREFIX) not in text
    assert 0o600 == stat.S_IMODE(keys_file.stat().st_mode)
    [kept] = json.loads(text)["keys"]
    assert {"name", "sha256", "created_at"} == set(kept)


def test_keys_that_are_read_back_are_the_ones_that_were_written(keys_file: Path) -> None:
    """Names, dates, order."""
    keys = keys_of(keys_file)
    for name in ("a", "b", "c"):
        keys.new(name)
    keys.revoke("b")
    assert [("a", True), ("b", False), ("c", True)] == [(one.name, one.alive) for one in keys.all()]


@pytest.mark.parametrize("name", ["", " x", "x" * 41, "a\nb", "ä", "<x>"])
def test_a_name_that_would_be_trouble_is_refused(keys_file: Path, name: str) -> None:
    """In one line; nothing is written."""
    with pytest.raises(api_keys.KeyRefused, match="no name for a key"):
        keys_of(keys_file).new(name)
    assert not keys_file.exists()


def test_a_living_name_is_taken_and_an_unknown_one_cannot_be_revoked(keys_file: Path) -> None:
    """The message says which there are."""
    keys = keys_of(keys_file)
    keys.new("phone")
    with pytest.raises(api_keys.KeyRefused, match="There is a key named 'phone'"):
        keys.new("phone")
    with pytest.raises(api_keys.KeyRefused, match="living keys: 'phone'"):
        keys.revoke("fone")


def test_without_a_place_for_keys_the_lambda_lets_nobody_in(
    record: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even from this machine; the local server alone may."""
    monkeypatch.setenv("DUCKDB_PATH", str(record))
    monkeypatch.delenv("API_KEYS", raising=False)
    for path in EVERY_PATH:
        event = {
            "rawPath": path.partition("?")[0],
            "rawQueryString": path.partition("?")[2],
            "headers": {"authorization": "Bearer ", "host": "127.0.0.1"},
            "requestContext": {"http": {"method": "GET", "sourceIp": "127.0.0.1"}},
        }
        assert 401 == handler.lambda_handler(event)["statusCode"], path


def test_the_public_status_shows_streak_state_and_freshness_and_nothing_else(
    record: Path, keys_file: Path
) -> None:
    """Only that path, only when it is configured, whether a key comes with it or not."""
    settings = settings_for(record, api_keys=f"file:{keys_file}", api_public_status=True)
    published = PublishedDatabase(settings)
    asked = Asked(Api(settings, published, ApiKeys.open(settings), clock=clock))
    reply = asked.get("/v1/status")
    shown = {"data_as_of", "state", "length_days", "as_of", "timezone_is_set", "last_success_at", "stale"}
    assert shown == set(reply.body)
    assert reply.text == asked.get("/v1/status", Authorization="Bearer wrong").text
    for path in EVERY_PATH:
        if path != "/v1/status":
            assert 401 == asked.get(path).status
    published.close()


def test_a_stranger_learns_nothing_of_places(tmp_path: Path) -> None:
    """Neither from a missing record nor from keys that cannot be read; who has a key is told."""
    missing = tmp_path / "secret-place" / "runs.duckdb"
    keys_file = tmp_path / "keys.json"
    settings = settings_for(missing, api_keys=f"file:{keys_file}", api_public_status=True)
    key = ApiKeys.open(settings).new("phone")
    published = PublishedDatabase(settings)
    asked = Asked(Api(settings, published, ApiKeys.open(settings), clock=clock))
    stranger = asked.get("/v1/status")
    assert (503, "The record cannot be read at present.") == (stranger.status, stranger.body["detail"])
    known = asked.get("/v1/status", Authorization=f"Bearer {key}")
    assert "secret-place" in known.body["detail"]
    keys_file.write_text("[]")
    broken = asked.get("/v1/streak", Authorization=f"Bearer {key}")
    assert (503, "The record cannot be read at present.") == (broken.status, broken.body["detail"])
    published.close()


def every_kind_of_answer(asked: Asked, key: str) -> list[Any]:
    """Good ones, problems, the page."""
    let_in = {"Authorization": f"Bearer {key}"}
    tag = asked.get("/v1/eddington", **let_in).headers["etag"]
    return [
        asked.get("/v1/streak"),
        asked.get("/v1/streak", **let_in),
        asked.get("/v1/runs?format=csv", **let_in),
        asked.get("/v1/eddington", If_None_Match=tag, **let_in),
        asked.get("/v1/runs?bogus=1", **let_in),
        asked.get("/v1/nothing", **let_in),
        asked.get("/nothing"),
        asked.get("/v1/streak", method="POST", **let_in),
        asked.get("/"),
        asked.get("/docs/page.js"),
        asked.get("/docs/swagger-ui.css"),
        asked.get(f"/v1/{'x' * 5000}", **let_in),
    ]


def test_every_answer_carries_the_strict_headers(asked: Asked, keys_file: Path) -> None:
    """Problems, pages and answers without a body too: no page of another origin may read them."""
    statuses = set[int]()
    for reply in every_kind_of_answer(asked, keys_of(keys_file).new("phone")):
        statuses.add(reply.status)
        assert STRICT.items() <= reply.headers.items()
        assert "default-src 'none'" in reply.headers["content-security-policy"]
        assert not [name for name in reply.headers if name.startswith("access-control")]
        assert "public" not in reply.headers["cache-control"] or reply.headers["content-type"].startswith(
            "text/"
        )
    assert {200, 304, 400, 401, 404, 405, 414} == statuses


def test_one_configured_page_elsewhere_may_ask(record: Path, keys_file: Path) -> None:
    """Exactly that origin, with its preflight; other origins do not learn that there is one."""
    origin = "https://runs.example.org"
    settings = settings_for(record, api_keys=f"file:{keys_file}", api_cors_origin=origin)
    published = PublishedDatabase(settings)
    asked = Asked(Api(settings, published, ApiKeys.open(settings), clock=clock))
    preflight = asked.get("/v1/streak", method="OPTIONS", Origin=origin, Access_Control_Request_Method="GET")
    assert (204, "GET") == (preflight.status, preflight.headers["access-control-allow-methods"])
    assert "Authorization" in preflight.headers["access-control-allow-headers"]
    for header in (None, f"Bearer {keys_of(keys_file).new('page')}"):
        given = {"Authorization": header} if header else {}
        reply = asked.get("/v1/streak", Origin=origin, **given)
        assert origin == reply.headers["access-control-allow-origin"]
        assert "Origin" in reply.headers["vary"]
    for other in ("https://evil.example", f"{origin}.evil.example", "null", "http://runs.example.org"):
        reply = asked.get("/v1/streak", Origin=other)
        assert "access-control-allow-origin" not in reply.headers
        assert 401 == asked.get("/v1/streak", method="OPTIONS", Origin=other).status
    published.close()


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"rawQueryString": "min=" + "x" * 5000}, 414),
        ({"headers": {f"x-{number}": "y" * 1000 for number in range(20)}}, 431),
        ({"body": "x" * 2000}, 413),
    ],
)
def test_a_request_has_bounds(open_api: Asked, change: dict[str, Any], status: int) -> None:
    """Of address, headers and body."""
    event = {"rawPath": "/v1/streak", "requestContext": {"http": {"method": "GET"}}, **change}
    reply = open_api.api.answer(event)
    assert (status, status) == (reply["statusCode"], json.loads(reply["body"])["status"])


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"rawPath": None, "headers": None, "queryStringParameters": None, "requestContext": None},
        {"rawPath": "/v1/streak", "requestContext": {}, "headers": {"authorization": None}},
        {"rawPath": "/v1/streak", "requestContext": {"http": {"method": "get"}}, "cookies": ["a=b"], "body": "eA==",
         "isBase64Encoded": True},
        {"rawPath": "/v1/streak", "queryStringParameters": {"min": "mile"}, "requestContext": {"http": {}}},
    ],
)  # fmt: skip
def test_an_event_that_leaves_things_out_is_answered_all_the_same(
    open_api: Asked, event: dict[str, Any]
) -> None:
    """As gateways, function URLs and consoles send them."""
    assert 200 == open_api.api.answer(event)["statusCode"]


def test_the_local_server_answers_this_machine_only(address: str, locked: Locked) -> None:
    """A page elsewhere may make its own name lead here: the browser still says that name."""
    assert 200 == requests.get(f"{address}/v1/status", timeout=10).status_code
    for host in ("evil.example", "127.0.0.1.evil.example", ""):
        refused = requests.get(f"{address}/v1/status", headers={"Host": host}, timeout=10)
        assert 421 == refused.status_code
        assert "length_days" not in refused.text
    port = address.rpartition(":")[2]
    for name in ("localhost", "127.0.0.1"):
        with_name = requests.get(f"{address}/v1/status", headers={"Host": f"{name}:{port}"}, timeout=10)
        assert 200 == with_name.status_code
    assert 401 == requests.get(f"{locked.address}/v1/status", timeout=10).status_code


@pytest.mark.parametrize(
    "request_text",
    [
        "GET /v1/status HTTP/1.1\r\nHost: [::1\r\n\r\n",
        "GET /v1/status HTTP/1.1\r\nHost: [\r\n\r\n",
        "GET /v1/status HTTP/1.1\r\nHost: localhost:x\r\n\r\n",
        "GET /v1/status HTTP/1.1\r\nHost: localhost:99999999\r\n\r\n",
        "GET http://[::1/v1/status HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET HTTP/1.1 a b c\r\nHost: localhost\r\n\r\n",
        "\x00\x01 / HTTP/9.9\r\n\r\n",
    ],
)
def test_a_request_that_cannot_be_read_is_answered_400(
    request_text: str, address: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Without a stack trace, and the next one is answered."""
    answer = ask_raw(address, request_text)
    assert b"400" in answer or b"505" in answer
    assert "Traceback" not in capfd.readouterr().err
    assert 200 == requests.get(f"{address}/v1/status", timeout=10).status_code


def test_an_odd_length_of_the_body_is_none(address: str, capfd: pytest.CaptureFixture[str]) -> None:
    """Digits of other scripts are no digits here."""
    for length in ("\xb2", "-1", "1e3", "0x10"):
        answer = ask_raw(
            address,
            f"GET /v1/status HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n",
        )
        assert answer.startswith(b"HTTP/1.1 200")
    assert "Traceback" not in capfd.readouterr().err


def ask_raw(address: str, text: str) -> bytes:
    """What the server answers to these bytes."""
    host, _, port = address.removeprefix("http://").rpartition(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(text.encode("latin-1"))
        return connection.recv(65_536)


PLANTED = {
    "notes": "planted-note-about-knee",
    "latitude": 47.123456,
    "city": "Planted-upon-Avon",
}


def test_nothing_private_reaches_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Every path through the Lambda's handler, at its most talkative, with secrets wherever one can put them."""
    file = make_record(tmp_path)
    with duckdb.connect(str(file)) as connection:
        connection.execute(
            "UPDATE activities SET notes = ?, start_latitude = ?, city = ?", list(PLANTED.values())
        )
    keys_file = tmp_path / "keys.json"
    monkeypatch.setenv("DUCKDB_PATH", str(file))
    monkeypatch.setenv("API_KEYS", f"file:{keys_file}")
    monkeypatch.setenv("LOG_LEVEL", "DEBUG")
    written = io.StringIO()
    monkeypatch.setattr(make_logger(API_SERVICE).registered_handler, "stream", written)
    key, secret = keys_of(keys_file).new("phone"), "planted-secret-in-a-query"
    for let_in in ({"authorization": f"Bearer {key}"}, {"authorization": f"Bearer {secret}"}, {}):
        for path in [*EVERY_PATH, f"/v1/streak?min={secret}", f"/v1/{secret}", f"/v1/runs?{secret}={secret}",
                     f"/v1/runs?cursor={secret}", f"/v1/days/{secret}", f"/v1/streak?access_token={key}"]:  # fmt: skip
            place, _, query = path.partition("?")
            event = {
                "rawPath": place,
                "rawQueryString": query,
                "headers": {**let_in, "cookie": secret},
                "requestContext": {"http": {"method": "GET"}},
            }
            assert handler.lambda_handler(event)["statusCode"] < 500, path
    printed = capfd.readouterr()
    log = written.getvalue() + printed.out + printed.err
    assert "duration_ms" in log, "there is a log to look through"
    for private in (key, secret, *map(str, PLANTED.values())):
        assert private not in log


def test_a_fault_of_the_program_says_so_and_no_more(open_api: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer holds nothing of the error; the log does."""

    def fails(*arguments: Any, **named: Any) -> None:
        raise RuntimeError("inner workings at /some/place")

    monkeypatch.setattr("myrunstreak.analytics.engine.Engine.eddington", fails)
    reply = open_api.get("/v1/eddington")
    assert (500, "This is a fault of the program; its log says more.") == (reply.status, reply.body["detail"])
    assert "inner" not in reply.text


def test_the_tests_leave_no_keys_in_the_environment() -> None:
    """Guards the guards."""
    assert "API_KEYS" not in os.environ
