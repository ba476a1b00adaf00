"""A page is answered without what a question about the record needs loaded, and as the other way answers it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from myrunstreak.api.front import answer_page
from myrunstreak.api.keys import ApiKeys
from myrunstreak.api.pages import DOCUMENT_PATH, PATHS
from myrunstreak.contract.telemetry import API_SERVICE
from myrunstreak.page import assets

from tests.application.api.conftest import Asked, settings_for
from tests.stage.paths import ROOT

_HEAVY = (
    "duckdb",
    "pydantic",
    "boto3",
    "requests",
    "aws_lambda_powertools",
    "typing",
    "dataclasses",
    "pathlib",
)
_headers = st.fixed_dictionaries(
    {},
    optional={
        "accept-encoding": st.sampled_from(["gzip", "br", "GZIP, br", ""]),
        "Origin": st.sampled_from(["https://elsewhere.example", "null"]),
        "x": st.text(st.characters(codec="ascii"), max_size=20),
    },
)


def _event(
    path: str, method: str = "GET", headers: dict[str, str] | None = None, **more: Any
) -> dict[str, Any]:
    return {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": "",
        "headers": headers or {},
        "requestContext": {"http": {"method": method, "path": path}},
        **more,
    }


@given(
    path=st.sampled_from(sorted({*PATHS, *(f"/page/{assets.named(name)}" for name in assets.NAMES)})),
    method=st.sampled_from(["GET", "HEAD", "POST", "OPTIONS"]),
    headers=_headers,
    more=st.fixed_dictionaries(
        {}, optional={"body": st.sampled_from(["", "x"]), "rawQueryString": st.just("a=1")}
    ),
)
def test_both_ways_give_the_same_answer(
    open_api: Asked, path: str, method: str, headers: dict[str, str], more: dict[str, str]
) -> None:
    """Byte for byte, headers too; what is not plain is left to the other."""
    event = _event(path, method, headers, **more)
    light = answer_page(event, {"LOG_LEVEL": "ERROR"})
    plain = method in {"GET", "HEAD"} and path != DOCUMENT_PATH and not more.get("body")
    assert plain == (light is not None)
    if light is not None:
        assert open_api.api.answer(event) == light


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"requestContext": None, "rawPath": "/"},
        _event("/v1/status"),
        _event("/", headers={"x": "y" * 9000}),
        _event("/", rawQueryString="q" * 2000),
    ],
)
def test_what_is_no_plain_request_for_a_page_is_left_to_the_other_way(event: dict[str, Any]) -> None:
    """Nothing is decided about it."""
    assert answer_page(event, {}) is None


def test_with_an_origin_allowed_every_answer_says_what_it_varies_by() -> None:
    """So the light way leaves it."""
    assert answer_page(_event("/in"), {"API_CORS_ORIGIN": "https://club.example"}) is None


@pytest.mark.parametrize(
    ("level", "lines"), [("INFO", 1), ("debug", 1), ("", 1), ("WARNING", 0), ("ERROR", 0)]
)
def test_a_page_leaves_the_line_that_every_answer_leaves(
    level: str, lines: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line of JSON, from the level that the settings name."""
    answer_page(_event("/in"), {"LOG_LEVEL": level}, "the-request")
    written = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines == len(written)
    for line in written:
        assert {
            "level": "INFO",
            "message": "Answered",
            "service": API_SERVICE,
            "request_id": "the-request",
            "method": "GET",
            "route": "page",
            "status": 200,
        }.items() <= line.items()


def _loaded_by(
    path: str,
    modules: tuple[str, ...],
    headers: dict[str, str] | None = None,
    places: dict[str, str] | None = None,
    status: int | None = None,
) -> list[str]:
    """Which of the modules a fresh process has loaded once it has answered, with this status where one is given."""
    program = (
        "import sys, json; from myrunstreak.handlers.api import lambda_handler;"
        f"answer = lambda_handler(json.loads({json.dumps(json.dumps(_event(path, 'GET', headers)))!s}));"
        f"assert {status} in (None, answer['statusCode']), answer;"
        f"print(*[m for m in {modules!r} if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'lambda_src'}", "LOG_LEVEL": "ERROR", **(places or {})},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split()


def test_a_page_loads_nothing_heavy() -> None:
    """No database, no validation, no client, and not even typing."""
    assert [] == _loaded_by("/in", _HEAVY)


def test_the_runners_page_loads_no_database_and_no_event_handler(record: Path) -> None:
    """Its files are read and sent: to those who have a key, and to those who are turned away."""
    heavy = (
        "duckdb",
        "jinja2",
        "aws_lambda_powertools.event_handler",
        "requests",
        "myrunstreak.analytics.engine",
    )
    folder = record.parent
    places = {"DUCKDB_PATH": str(record), "API_KEYS": f"file:{folder / 'front-keys.json'}"}
    key = ApiKeys.open(settings_for(record, api_keys=places["API_KEYS"])).new("front")
    for headers, status in (({}, 401), ({"authorization": f"Bearer {key}"}, 200)):
        assert [] == _loaded_by("/", heavy, headers, places, status)


def test_a_question_loads_no_event_handler_and_no_http_client() -> None:
    """Powertools' resolver makes the document alone, and nothing is sent."""
    assert [] == _loaded_by("/v1/status", ("aws_lambda_powertools.event_handler", "requests", "boto3"))


def test_a_browser_that_asks_for_an_icon_by_its_old_name_gets_one(open_api: Asked) -> None:
    """Beside JSON or a picture, where no page names another: an answer, and no error in the browser's log."""
    reply = open_api.get("/favicon.ico")
    assert (200, "image/png") == (reply.status, reply.headers["content-type"])
    assert assets.read(assets.ICON) == b64decode(reply.text)


def test_old_names_of_files_are_answered(open_api: Asked) -> None:
    """A page that an older program rendered finds its style; only a name of this content's is kept for ever."""
    now = open_api.get(f"/page/{assets.named('page.css')}")
    old = open_api.get("/page/page.0123456789.css")
    assert (200, 200, now.text) == (now.status, old.status, old.text)
    assert "immutable" in now.headers["cache-control"]
    assert "immutable" not in old.headers["cache-control"]
    assert 404 == open_api.get("/page/secrets.0123456789.css").status
