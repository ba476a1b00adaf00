"""Every path: what it answers, how it refuses, and that each of its parameters changes something."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from tests.application.api.conftest import EVERY_PATH, Asked

LISTS = [
    "/v1/streaks",
    "/v1/gaps",
    "/v1/calendar/2026",
    "/v1/days",
    "/v1/stats/year",
    "/v1/goals",
    "/v1/stats/month",
    "/v1/stats/week",
    "/v1/records",
    "/v1/best-efforts",
    "/v1/runs",
]
PAGED = ["/v1/streaks", "/v1/gaps", "/v1/runs"]


def joined(path: str, query: str) -> str:
    """A path with one parameter more."""
    return f"{path}{'&' if '?' in path else '?'}{query}"


@pytest.fixture(scope="module")
def a_run(open_api: Asked) -> int:
    """The newest run that has a recording."""
    for item in open_api.get("/v1/runs").body["items"]:
        if open_api.get(f"/v1/runs/{item['activity_id']}/splits").body["items"]:
            return item["activity_id"]
    raise AssertionError("no run has splits")


def test_the_list_of_paths_is_the_documents(open_api: Asked) -> None:
    """So that the tests below leave none out."""
    paths = set(open_api.get("/v1/openapi.json").body["paths"])
    known = {path.partition("?")[0] for path in EVERY_PATH} - {"/v1/days/2026-10-31", "/v1/calendar/2026"}
    known |= {
        "/v1/days/{day}",
        "/v1/calendar/{year}",
        "/v1/runs/{activity_id}",
        "/v1/runs/{activity_id}/splits",
    }
    assert known == paths


@pytest.mark.parametrize("path", EVERY_PATH)
def test_every_answer_says_as_of_when_it_is(open_api: Asked, path: str) -> None:
    """In its body and in a header; the document alone is of no time."""
    reply = open_api.get(path)
    assert 200 == reply.status, reply.text
    if path != "/v1/openapi.json":
        assert "2026-10-31T06:00:00Z" == reply.body["data_as_of"] == reply.headers["data-as-of"]


@pytest.mark.parametrize("path", EVERY_PATH)
def test_what_has_not_changed_is_not_sent_again(open_api: Asked, path: str) -> None:
    """One tag, a list of tags, a weak one, a star; another tag does not count."""
    first = open_api.get(path)
    tag = first.headers["etag"]
    for known in (tag, f'"x", {tag}', f"W/{tag}", "*"):
        again = open_api.get(path, If_None_Match=known)
        assert (304, "", tag) == (again.status, again.text, again.headers["etag"])
    assert 200 == open_api.get(path, If_None_Match='"x"').status


@pytest.mark.parametrize("path", EVERY_PATH)
def test_a_parameter_that_nobody_reads_is_refused(open_api: Asked, path: str) -> None:
    """A misspelt filter would otherwise change the answer in silence."""
    reply = open_api.get(joined(path, "mni=mile"))
    assert 400 == reply.status
    assert "application/problem+json" == reply.headers["content-type"]
    assert "mni" in reply.body["detail"]


@pytest.mark.parametrize("path", EVERY_PATH)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"])
def test_only_reading_is_answered(open_api: Asked, path: str, method: str) -> None:
    """With what is allowed."""
    reply = open_api.get(path, method=method)
    assert (405, "GET, HEAD") == (reply.status, reply.headers["allow"])


@pytest.mark.parametrize("path", EVERY_PATH)
def test_head_is_get_without_the_body(open_api: Asked, path: str) -> None:
    """The same headers."""
    head, get = open_api.get(path, method="HEAD"), open_api.get(path)
    assert (200, "") == (head.status, head.text)
    assert get.headers == head.headers


CHANGES = [
    ("/v1/streak", "min=5km"),
    ("/v1/streak", "as_of=2026-10-01"),
    ("/v1/streaks", "min=5km"),
    ("/v1/streaks", "limit=1"),
    ("/v1/streaks?min=5km", "sort=newest"),
    ("/v1/gaps", "unit=week"),
    ("/v1/gaps", "min=5km"),
    ("/v1/gaps", "from=2026-06-16"),
    ("/v1/gaps", "to=2026-06-16"),
    ("/v1/gaps?unit=week", "week_start=sunday"),
    ("/v1/gaps?min=5km", "sort=longest"),
    ("/v1/gaps", "limit=1"),
    ("/v1/days/2026-10-31", "min=100"),
    ("/v1/calendar/2026", "min=10"),
    ("/v1/days", "from=2026-10-01"),
    ("/v1/days", "to=2026-10-01"),
    ("/v1/days", "min=10"),
    ("/v1/layers", "as_of=2026-10-01"),
    ("/v1/stats/week", "week_start=sunday"),
    ("/v1/stats/trailing", "days=7"),
    ("/v1/stats/trailing", "as_of=2026-10-01"),
    ("/v1/compare?first=2025&second=2026", "as_of=2026-03-01"),
    ("/v1/goals", "goal_year=2000"),
    ("/v1/goals", "goal_month=100mi"),
    ("/v1/goals", "as_of=2026-10-01"),
    ("/v1/records", "min=5km"),
    ("/v1/records", "week_start=sunday"),
    ("/v1/records", "sort=newest"),
    ("/v1/best-efforts", "distance=5km"),
    ("/v1/runs", "from=2026-10-01"),
    ("/v1/runs", "to=2026-10-01"),
    ("/v1/runs", "min_km=10"),
    ("/v1/runs", "max_km=10"),
    ("/v1/runs", "race=true"),
    ("/v1/runs", "treadmill=true"),
    ("/v1/runs", "type=cycling"),
    ("/v1/runs", "sort=distance"),
    ("/v1/runs", "limit=5"),
]


@pytest.mark.parametrize(("path", "query"), CHANGES)
def test_every_parameter_changes_the_answer(open_api: Asked, path: str, query: str) -> None:
    """None is there for show."""
    changed = open_api.get(joined(path, query))
    assert 200 == changed.status, changed.text
    assert open_api.get(path).body != changed.body


def test_the_parameters_tried_are_all_there_are(open_api: Asked, a_run: int) -> None:
    """Those of the document; cursor, format and a split's unit have tests of their own."""
    document = open_api.get("/v1/openapi.json").body
    known = {
        (path.replace("{day}", "2026-10-31").replace("{year}", "2026"), one["name"])
        for path, item in document["paths"].items()
        for one in item["get"].get("parameters", [])
        if one["in"] == "query"
    }
    tried = {(path.partition("?")[0], query.partition("=")[0]) for path, query in CHANGES}
    tried |= {("/v1/compare", "first"), ("/v1/compare", "second")}
    tried |= {(path, "cursor") for path in PAGED}
    tried |= {(path, "format") for path in LISTS}
    tried |= {("/v1/runs/{activity_id}/splits", name) for name in ("unit", "format")}
    assert known == tried
    miles = open_api.get(f"/v1/runs/{a_run}/splits?unit=mi").body
    assert miles["items"] != open_api.get(f"/v1/runs/{a_run}/splits").body["items"]


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/v1/streak", "min=0"),
        ("/v1/streak", "min="),
        ("/v1/streak", "min=nan"),
        ("/v1/streak", "as_of=yesterday"),
        ("/v1/streak", "as_of=20261001"),
        ("/v1/streak", "as_of=1790812800"),
        ("/v1/streak", "as_of=2026-02-30"),
        ("/v1/streak", "min=any&min=mile"),
        ("/v1/runs", "limit=0"),
        ("/v1/runs", "limit=1001"),
        ("/v1/runs", "limit=1e2"),
        ("/v1/runs", "limit=%20"),
        ("/v1/runs", "limit=99999999999999999999"),
        ("/v1/runs", "limit=ALL"),
        ("/v1/streaks", "limit="),
        ("/v1/days", "from=2026-10-02&to=2026-10-01"),
        ("/v1/goals", "goal_year=0"),
        ("/v1/goals", "goal_month=far"),
        ("/v1/days", "from=0001-01-01"),
        ("/v1/runs", "sort=speed"),
        ("/v1/runs", "min_km=nan"),
        ("/v1/runs", "min_km=-1"),
        ("/v1/runs", "race=maybe"),
        ("/v1/runs", "cursor="),
        ("/v1/runs", "cursor=%00"),
        ("/v1/runs", "format=xml"),
        ("/v1/streak", "format=csv"),
        ("/v1/stats/trailing", "days=0"),
        ("/v1/stats/trailing", "days=40000"),
        ("/v1/best-efforts", "distance=7km"),
        ("/v1/compare", "first=2025"),
        ("/v1/compare", "first=25&second=2026"),
    ],
)
def test_what_cannot_be_understood_is_refused_in_one_sentence(open_api: Asked, path: str, query: str) -> None:
    """With the parameter's name, and without anything of Python's or the engine's."""
    reply = open_api.get(f"{path}?{query}")
    assert 400 == reply.status, reply.text
    name = "second" if query == "first=2025" else query.partition("=")[0]
    assert name in reply.body["detail"]
    assert "\n" not in reply.body["detail"]
    assert not {"Error", "pydantic", "Traceback", "duckdb"} & set(reply.text.split())


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/runs/1", 404),
        ("/v1/runs/1/splits", 404),
        ("/v1/runs/99999999999999999999", 400),
        ("/v1/runs/x", 400),
        ("/v1/days/2026-02-30", 400),
        ("/v1/days/today", 400),
        ("/v1/calendar/1066", 400),
        ("/v1/calendar/x", 400),
        ("/v1", 404),
        ("/v1/", 404),
        ("/v1/streak/", 404),
        ("/v1/nothing", 404),
        ("/v2/streak", 404),
        ("//v1/streak", 404),
    ],
)
def test_paths_that_lead_nowhere_say_so(open_api: Asked, path: str, status: int) -> None:
    """As problem documents."""
    reply = open_api.get(path)
    assert (status, status) == (reply.status, reply.body["status"]), reply.text
    assert reply.body["detail"]


@pytest.mark.parametrize("path", LISTS)
def test_csv_is_the_same_list(open_api: Asked, path: str) -> None:
    """Cell by cell, whether by Accept or by format; what is no list stays JSON."""
    whole = joined(path, "limit=all") if path in PAGED else path
    items: list[dict[str, Any]] = next(
        value for value in open_api.get(whole).body.values() if isinstance(value, list)
    )
    asked = open_api.get(joined(path, "format=csv"))
    assert "text/csv; charset=utf-8" == asked.headers["content-type"]
    assert asked.text == open_api.get(path, Accept="text/csv").text
    rows = list(csv.DictReader(io.StringIO(asked.text)))
    assert len(items) == len(rows) > 0
    for item, row in zip(items, rows, strict=True):
        assert {name for name in item if name != "history"} == set(row)
        for name, cell in row.items():
            value = item[name]
            expected = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
            assert expected == cell, name


def test_a_cut_list_says_where_it_goes_on(open_api: Asked) -> None:
    """In the body, and in a header for CSV; following it gives every run once."""
    ids, path = list[str](), "/v1/runs?limit=70&format=csv"
    while path:
        reply = open_api.get(path)
        ids += [row["activity_id"] for row in csv.DictReader(io.StringIO(reply.text))]
        link = reply.headers.get("link", "")
        path = link.partition(">")[0].removeprefix("<")
    everything = open_api.get("/v1/runs?limit=1000").body
    assert everything["next_cursor"] is None
    assert everything == open_api.get("/v1/runs?limit=all").body
    assert len(everything["items"]) > len(open_api.get("/v1/runs").body["items"]) == 100
    assert [str(item["activity_id"]) for item in everything["items"]] == ids


@pytest.mark.parametrize("path", PAGED)
def test_a_list_of_csv_is_whole(open_api: Asked, path: str) -> None:
    """Also where JSON would give a page; with a limit it is a page, and says where it goes on."""
    items = open_api.get(joined(path, "limit=all")).body["items"]
    for asked in (
        open_api.get(joined(path, "format=csv")),
        open_api.get(path, Accept="text/csv"),
        open_api.get(joined(path, "format=csv&limit=all")),
    ):
        assert (len(items), None) == (len(asked.text.splitlines()) - 1, asked.headers.get("link"))
    page = open_api.get(joined(path, "format=csv&limit=1"))
    assert (2, True) == (len(page.text.splitlines()), 'rel="next"' in page.headers["link"])


def test_json_is_preferred_where_both_are_welcome(open_api: Asked) -> None:
    """A browser's Accept header asks for anything."""
    for accept in ("*/*", "application/json, text/csv", "text/html,application/xhtml+xml,*/*;q=0.8"):
        assert "application/json" == open_api.get("/v1/runs?limit=1", Accept=accept).headers["content-type"]
