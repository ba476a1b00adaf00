"""One address for two runners, with IAM enforced: with one's key and the other's ids nothing of the other is given.

The function's handler answers in this process, in its own role; each record is read by a session for its runner.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from myrunstreak.api.routes import ROUTES
from myrunstreak.club import front
from myrunstreak.club.paths import BOARD, SHARING
from myrunstreak.contract.club import Runner, new_runner_id
from myrunstreak.contract.club_board import Board, BoardRow
from myrunstreak.handlers import club_api, worker
from myrunstreak.store.copies import warm

from tests.stage.club import Member, receive, recent_runs, records_of
from tests.stage.emulator import Emulator
from tests.stage.enforced_club import EnforcedClub, noted_calls
from tests.stage.handler import Context
from tests.stage.town import Town

HOST = "club.example.org"
TODAY = datetime.now(UTC).date()
PAGE_PATHS = ("/", "/page/summary.json", f"/page/{TODAY:%Y}.html", "/session", "/refresh")
# A run of the other's.
THEIRS = 8 * 1_234_567 + 1
CLUB_PATHS = (BOARD, SHARING)


@dataclass
class Answer:
    """What the function answered."""

    status: int
    headers: dict[str, str]
    text: str
    cookies: list[str]

    @property
    def body(self) -> Any:
        """As JSON."""
        return json.loads(self.text)


@dataclass
class TwoRunners:
    """A club of two whose records are there, what opens each, and what is in neither's answers but the own."""

    club: EnforcedClub
    me: Member
    other: Member
    key: str
    other_key: str
    cookie: str
    other_cookie: str

    def ask(
        self,
        path: str,
        *,
        key: str = "",
        cookie: str = "",
        method: str = "GET",
        body: str = "",
        **headers: str,
    ) -> Answer:
        """Ask the function, as the gateway does."""
        place, _, query = path.partition("?")
        given = {"host": HOST, "origin": f"https://{HOST}", **headers}
        if key:
            given["authorization"] = f"Bearer {key}"
            del given["origin"]
        event = {
            "version": "2.0",
            "rawPath": place,
            "rawQueryString": query,
            "headers": given,
            "cookies": [f"__Host-session={cookie}"] if cookie else [],
            "body": body,
            "requestContext": {"http": {"method": method, "path": place}},
        }
        with self.club.acting_as("api"):
            answer = club_api.lambda_handler(event, Context())
        assert not answer["isBase64Encoded"]
        return Answer(answer["statusCode"], answer["headers"], answer["body"], answer.get("cookies", []))

    def sign_in(self, code: str) -> Answer:
        """Give a code."""
        return self.ask("/session", method="POST", body=json.dumps({"code": code}))


def runs_of(number: int, count: int) -> list[dict[str, Any]]:
    """A history whose ids, cities and days are in no other's."""
    return [
        run | {"activityId": number * 1_234_567 + place, "city": f"City of {number}"}
        for place, run in enumerate(recent_runs(count))
    ]


@pytest.fixture(scope="module")
def two(emulator: Emulator) -> Iterator[TwoRunners]:
    """Synced once for all tests."""
    with Town() as town:
        club = EnforcedClub(emulator, town)
        with club.operating() as stage:
            me, other = stage.add(runs_of(7, 6), name="Anna"), stage.add(runs_of(8, 4), name="Ben")
            key, other_key = me.new_key("first"), other.new_key("first")
            codes = [one.new_code("first") for one in (me, other)]
        with club.acting_as("worker"):
            answer = worker.lambda_handler(records_of([me.message, other.message]), Context())
        assert [] == answer["batchItemFailures"]
        made = TwoRunners(club, me, other, key, other_key, "", "")
        for name, code in zip(("cookie", "other_cookie"), codes, strict=True):
            [cookie] = made.sign_in(code).cookies
            setattr(made, name, cookie.partition("=")[2].partition(";")[0])
        yield made
        club_api._front = None


def every_path(activity_id: int) -> list[str]:
    """Every path of the API, with a run's id where one goes."""
    values = {"day": str(TODAY - timedelta(days=1)), "year": str(TODAY.year), "activity_id": str(activity_id)}
    query = {"first": str(TODAY.year - 1), "second": str(TODAY.year)}
    paths: list[str] = []
    for route in ROUTES:
        needed = [one for one in route.parameters if one.default is inspect.Parameter.empty]
        path = route.path
        for one in needed:
            path = path.replace(f"<{one.alias}>", values.get(one.alias, ""))
        asked = "&".join(f"{one.alias}={query[one.alias]}" for one in needed if not one.in_path)
        paths.append(f"{path}?{asked}" if asked else path)
    return [*paths, *PAGE_PATHS, *CLUB_PATHS, "/v1/openapi.json"]


def is_of_the_other(two: TwoRunners, answer: Answer) -> bool:
    """Whether anything of the other's is in an answer; that there is no run of an id is nothing of theirs."""
    said = (
        answer.text.replace(f"no run {THEIRS}", "") + json.dumps(answer.headers) + json.dumps(answer.cookies)
    )
    return any(
        mark in said
        for mark in (two.other.id, "City of 8", *(str(THEIRS + number) for number in range(-1, 3)))
    )


@pytest.mark.parametrize("by", ["key", "cookie"])
def test_with_my_key_every_path_is_mine(two: TwoRunners, by: str) -> None:
    """Also where I ask for the other's runs: to me there are none."""
    opened = {by: getattr(two, by)}
    for path in every_path(THEIRS):
        if by == "cookie" and path.startswith("/v1/") and path not in CLUB_PATHS:
            continue  # a session is for the page
        answer = two.ask(path, **opened)
        assert not is_of_the_other(two, answer), path
        expected = 404 if str(THEIRS) in path else 503 if path == BOARD else 200
        assert expected == answer.status or (answer.status, path) == (204, "/session"), (path, answer.text)
    mine = two.ask("/v1/runs", key=two.key).body["items"]
    assert 6 == len(mine)
    assert {"City of 7"} == {run["city"] for run in mine}


def test_what_opens_neither_record_is_refused_alike(two: TwoRunners) -> None:
    """The other's id before my secret, an id that no runner has, a revoked form, none at all: byte for byte the same."""
    secret, session = two.key.rpartition(two.me.id)[2], two.cookie.removeprefix(two.me.id)
    nobody = new_runner_id()
    keys = [
        f"mrs_{two.other.id}{secret}",
        f"mrs_{nobody}{secret}",
        f"mrs_{two.me.id}_{'x' * 43}",
        f"mrs_{secret}",
        "",
    ]
    cookies = [two.other.id + session, nobody + session, session, two.me.id + "x" * 43]
    for path in every_path(THEIRS):
        answers = [two.ask(path, key=key) for key in keys]
        answers += [two.ask(path, cookie=cookie) for cookie in cookies]
        first, *rest = answers
        if first.status == 200 and path == "/v1/openapi.json":
            continue
        assert 401 == first.status, path
        for answer in rest:
            assert (first.status, first.text, first.headers) == (
                answer.status,
                answer.text,
                answer.headers,
            ), path


@pytest.mark.parametrize("path", ["/v1/streak", "/", BOARD])
def test_from_the_work_it_cannot_be_told_whether_there_is_a_runner(two: TwoRunners, path: str) -> None:
    """A wrong key for me and one for no runner: the same calls to AWS, the first time and later."""

    def work(runner_id: str) -> list[str]:
        club_api._front = None
        with noted_calls() as calls:
            for _ in range(2):
                two.ask(path, key=f"mrs_{runner_id}_{'x' * 43}")
        return [operation for _, operation, _ in calls.made]

    assert work(two.me.id) == work(new_runner_id())


def test_my_code_signs_in_to_my_page_only(two: TwoRunners) -> None:
    """The other's id before it opens nothing, and says no more than any wrong code."""
    with two.club.operating():
        code = two.me.new_code("tablet")
    refused = [
        two.sign_in(two.other.id + code.removeprefix(two.me.id)),
        two.sign_in(new_runner_id() + code.removeprefix(two.me.id)),
        two.sign_in("nonsense"),
    ]
    assert {403} == {one.status for one in refused}
    assert 1 == len({one.text for one in refused})
    assert 204 == two.sign_in(code).status


def test_one_request_with_both_is_for_neither_page(two: TwoRunners) -> None:
    """My cookie beside the other's key: the page wants one of them."""
    answer = two.ask("/", key=two.other_key, cookie=two.cookie)
    assert 400 == answer.status
    assert 401 == two.ask("/v1/runs", key=f"mrs_{two.other.id}_{'x' * 43}", cookie=two.cookie).status


def test_who_has_left_is_a_stranger(two: TwoRunners) -> None:
    """Their keys and sessions are still there until they are removed, and open nothing."""
    with two.club.operating() as stage:
        gone = stage.add(recent_runs(2), name="Gone")
        key, code = gone.new_key(), gone.new_code()
    assert 503 == two.ask("/v1/streak", key=key).status  # nothing is synced yet
    [cookie] = two.sign_in(code).cookies
    session = cookie.partition("=")[2].partition(";")[0]
    assert 204 == two.ask("/session", cookie=session).status
    with two.club.operating() as stage:
        stage.registry.mark_left(gone.id, datetime.now(UTC))
    assert 401 == two.ask("/v1/streak", key=key).status
    assert 401 == two.ask("/session", cookie=session).status


def test_asking_smashrun_sends_a_message_for_me(two: TwoRunners) -> None:
    """To the queue of syncs, and a short one: the workers' number is one budget for the whole club."""
    receive(two.club.sqs, two.club.queues["syncs"])
    assert 202 == two.ask("/refresh", cookie=two.cookie, method="POST").status
    assert 429 == two.ask("/refresh", cookie=two.cookie, method="POST").status
    [message] = receive(two.club.sqs, two.club.queues["syncs"])
    assert message == {"runner": two.me.id, "sync": {"short": True}}


def test_what_i_share_is_for_me_to_say(two: TwoRunners) -> None:
    """Nothing at first; each change is told to the lake, so that the board follows; another's stays as it is."""
    assert {"sharing": "none"} == two.ask(SHARING, key=two.key).body
    receive(two.club.sqs, two.club.queues["updates"])
    for choice in ("days", "distances"):
        body = json.dumps({"sharing": choice})
        assert {"sharing": choice} == two.ask(SHARING, key=two.key, method="PUT", body=body).body
        assert {"sharing": choice} == two.ask(SHARING, cookie=two.cookie).body
    assert {"sharing": "none"} == two.ask(SHARING, key=two.other_key).body
    told = receive(two.club.sqs, two.club.queues["updates"])
    assert [two.me.id, two.me.id] == [one["runner"] for one in told]
    body = json.dumps({"sharing": "none"})
    assert 200 == two.ask(SHARING, cookie=two.cookie, method="PUT", body=body).status
    elsewhere = two.ask(SHARING, cookie=two.cookie, method="PUT", body=body, origin="https://evil.example")
    assert 403 == elsewhere.status
    assert 401 == two.ask(SHARING, method="PUT", body=body).status
    for wrong in ("", "{}", '{"sharing": "all"}', "[1]", '{"sharing": null}'):
        assert 400 == two.ask(SHARING, key=two.key, method="PUT", body=wrong).status
    assert 405 == two.ask(BOARD, key=two.key, method="PUT", body=body).status
    assert 400 == two.ask(f"{SHARING}?runner={two.other.id}", key=two.key).status


@pytest.fixture
def board(two: TwoRunners) -> Iterator[Callable[..., None]]:
    """Puts a board there as the lake's writer makes it."""

    def put(*rows: tuple[Runner, date, int]) -> None:
        made = Board(
            made_at=datetime.now(UTC),
            minimum="any",
            rows=tuple(
                BoardRow(
                    runner_id=runner.id,
                    last_start=end - timedelta(days=days - 1),
                    last_end=end,
                    last_days=days,
                    longest_start=end - timedelta(days=days - 1),
                    longest_end=end,
                    longest_days=days,
                    run_days=days,
                    metres=None,
                )
                for runner, end, days in rows
            ),
        )
        s3 = two.club.emulator.client("s3")
        s3.put_object(Bucket=two.club.bucket, Key="club/board.json", Body=made.model_dump_json().encode())

    yield put
    two.club.emulator.client("s3").delete_object(Bucket=two.club.bucket, Key="club/board.json")


def test_the_board_names_those_who_are_on_it(two: TwoRunners, board: Callable[..., None]) -> None:
    """With names, as of each one's own day; without ids, and without those who have left."""
    stranger = two.me.runner.model_copy(update={"id": new_runner_id()})
    today = datetime.now(UTC).date()
    board((two.other.runner, today - timedelta(days=9), 30), (two.me.runner, today, 12), (stranger, today, 5))
    answer = two.ask(BOARD, key=two.key)
    assert [("Anna", "ran today"), ("Ben", "ended")] == [
        (one["name"], one["state"]) for one in answer.body["items"]
    ]
    assert not [one.id for one in (two.me, two.other) if one.id in answer.text]
    assert 304 == two.ask(BOARD, key=two.key, **{"if-none-match": answer.headers["ETag"]}).status
    board()
    assert [] == two.ask(BOARD, cookie=two.other_cookie).body["items"]


def test_a_board_that_cannot_be_understood_is_not_shown(two: TwoRunners, board: Callable[..., None]) -> None:
    """In words, and no answer but the board's."""
    board()
    s3 = two.club.emulator.client("s3")
    s3.put_object(Bucket=two.club.bucket, Key="club/board.json", Body=b"[]")
    assert 503 == two.ask(BOARD, key=two.key).status
    assert 200 == two.ask("/v1/streak", key=two.key).status


def test_few_records_are_open_at_once(two: TwoRunners, monkeypatch: pytest.MonkeyPatch) -> None:
    """Opening one more drops the longest unused, with its copy; strangers drop no member's."""
    monkeypatch.setattr(front, "MOST_OPEN", 1)
    club_api._front = None
    two.ask("/v1/streak", key=two.key)
    assert [two.me.settings.database] == list(warm._warm_copies)
    for _ in range(3):
        two.ask("/v1/streak", key=f"mrs_{new_runner_id()}_{'x' * 43}")
    assert [two.me.settings.database] == list(warm._warm_copies)
    with noted_calls() as calls:
        two.ask("/v1/streak", key=two.key)
    assert two.me.id not in [parameters.get("RoleSessionName") for _, _, parameters in calls.made]
    two.ask("/v1/streak", key=two.other_key)
    assert [two.other.settings.database] == list(warm._warm_copies)
    assert 200 == two.ask("/v1/streak", key=two.key).status


def test_another_zone_counts_at_once(two: TwoRunners) -> None:
    """What is open is of the zone that the runner had."""
    zones = [two.ask("/v1/streak", key=two.key).body["timezone"]]
    with two.club.operating() as stage:
        stage.registry.change(two.me.id, timezone="Asia/Tokyo")
    zones.append(two.ask("/v1/streak", key=two.key).body["timezone"])
    with two.club.operating() as stage:
        stage.registry.change(two.me.id, timezone="Europe/Amsterdam")
    assert ["Europe/Amsterdam", "Asia/Tokyo"] == zones


def test_a_club_that_cannot_be_read_says_nothing_of_where_it_is(two: TwoRunners) -> None:
    """503, as for any trouble before the door."""
    s3 = two.club.emulator.client("s3")
    key = "club/runners.json"
    content = s3.get_object(Bucket=two.club.bucket, Key=key)["Body"].read()
    s3.put_object(Bucket=two.club.bucket, Key=key, Body=b"{")
    try:
        answer = two.ask("/v1/streak", key=two.key)
    finally:
        s3.put_object(Bucket=two.club.bucket, Key=key, Body=content)
    assert 503 == answer.status
    assert two.club.bucket not in answer.text
