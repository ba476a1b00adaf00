"""A club as people meet it: they join, are synced by the schedule, stand on the board, and one leaves without a trace.

Stack, IAM, packages and Lambda's runtime client are the real ones. Not shown, since the emulator does not do it: the
delay of a message and the window of the lake's trigger, which pass at once; the trigger's role, which is not asked;
the rights to a table's files, which are objects here, and for which the writer's role gets rights of its own;
how long a failed message stays hidden, which is shortened here so that three tries take no hour.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from myrunstreak.lake.extensions import connect

from tests.stage.history import run
from tests.whole.rehearsal.club_play import ClubPlay, Player, open_club

pytestmark = pytest.mark.rehearsal

HIDDEN_S = 6


@pytest.fixture(scope="module")
def play(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClubPlay]:
    """Three have joined."""
    with ExitStack() as stack:
        opened = open_club(tmp_path_factory.mktemp("club_play"), stack)
        opened.join("Anna", "Europe/Amsterdam", 6)
        opened.join("Ben", "America/New_York", 4)
        opened.join("Cleo", "Asia/Tokyo", 5)
        yield opened


@pytest.fixture(scope="module")
def synced(play: ClubPlay) -> ClubPlay:
    """The schedule has started the dispatch, and all three are in the lake; Anna and Cleo share."""
    play.club("share", "Anna", "distances")
    play.club("share", "Cleo", "days")
    answer = play.dispatch()
    assert (None, 3) == (answer.error, answer.payload["sent"]), answer
    sharing = {play.players[name].id for name in ("Anna", "Cleo")}
    play.wait(lambda: sharing <= play.board().keys(), "the board")
    play.wait(lambda: lake_equals_the_records(play), "the lake")
    return play


@pytest.fixture(scope="module")
def gone_over(synced: ClubPlay) -> dict[str, Any]:
    """The lake is emptied and filled again, and every history is read again; what the command and the machine said."""
    before = {table: len(all_rows(synced, table)) for table in _LAKE}
    said = synced.club("rebuild")
    synced.wait(lambda: lake_equals_the_records(synced), "the lake, filled again")
    sharing = {synced.players[name].id for name in ("Anna", "Cleo")}
    synced.wait(lambda: sharing <= synced.board().keys(), "the board, made again")
    asked = {name: len(one.smashrun.requests) for name, one in synced.players.items()}
    execution = synced.club("backfill")["execution"]
    steps = synced.client("stepfunctions")

    def ended() -> str | None:
        status = steps.describe_execution(executionArn=execution)["status"]
        return None if status == "RUNNING" else status

    status = synced.wait(ended, "the backfill")
    since = {name: len(one.smashrun.requests) - asked[name] for name, one in synced.players.items()}
    return {"before": before, "removed": said["rows_removed"], "status": status, "requests": since}


@pytest.fixture(scope="module")
def failed(gone_over: dict[str, Any], synced: ClubPlay) -> list[dict[str, Any]]:
    """Cleo has withdrawn the consent; Anna has run. What the next dispatch leaves among the dead letters."""
    anna, cleo = synced.players["Anna"], synced.players["Cleo"]
    cleo.smashrun.expire_access_tokens()
    cleo.smashrun.kill_refresh_tokens()
    newest = max(int(one["activityId"]) for one in anna.smashrun.activities)
    today = run(0, newest=synced.today, of=1, activityId=newest + 1, city=anna.city, externalId="today")
    for stamp in ("dateCreatedUTC", "dateUpdatedUTC", "syncDateTimeUTC"):
        today.pop(stamp)
    anna.smashrun.add(today)
    sqs = synced.client("sqs")
    sqs.set_queue_attributes(
        QueueUrl=synced.output("sync_queue_url"), Attributes={"VisibilityTimeout": str(HIDDEN_S)}
    )
    assert 3 == synced.dispatch().payload["sent"]
    synced.wait(lambda: len(lake_rows(synced, anna)) == 7, "Anna's new run in the lake")
    letters = synced.queue_url("syncs-letters")

    def received() -> list[dict[str, Any]]:
        found = sqs.receive_message(QueueUrl=letters, MaxNumberOfMessages=10).get("Messages", [])
        return [json.loads(one["Body"]) for one in found]

    return synced.wait(received, "a dead letter")


@pytest.fixture(scope="module")
def left(failed: list[dict[str, Any]], synced: ClubPlay) -> dict[str, Any]:
    """Cleo is removed; what the command says, and what there was of her and of the others before."""
    cleo = synced.players["Cleo"]
    before = others(synced, cleo)
    traces = [name for name, content in decoded(synced) if is_about(cleo, name, content)]
    said = synced.club("remove", "Cleo", "--yes")
    return {"before": before, "traces": traces, "said": said}


def test_the_schedule_brings_every_record_into_the_lake(synced: ClubPlay) -> None:
    """Row by row, from a dispatch to the tables, each function in its own role."""
    for player in synced.players.values():
        assert lake_rows(synced, player)
        assert lake_rows(synced, player) == synced.record(player, RUNS)
        assert lake_rows(synced, player, "days") == synced.record(player, DAYS)
    for name in ("worker", "dispatch", "lake-writer"):
        calls = synced.calls(synced.function_named(name))
        assert calls
        assert not [one for one in calls if "AccessDenied" in str(one["error"])], name


def test_the_board_has_those_who_share_and_no_more_of_them_than_they_wish(synced: ClubPlay) -> None:
    """The object, the command, and the API with a member's key."""
    anna, ben, cleo = synced.players.values()
    board = synced.board()
    assert {anna.id: 6, cleo.id: 5} == {one: row["last_days"] for one, row in board.items()}
    assert board[anna.id]["metres"]
    assert board[cleo.id]["metres"] is None
    assert ["Anna", "Cleo"] == [one["name"] for one in synced.club("board")["items"]]
    reply = synced.ask("/v1/club/board", ben.key)
    assert 200 == reply.status, reply.text
    assert "Anna" in reply.text
    assert anna.id not in reply.text


def test_all_can_be_gone_over_again(gone_over: dict[str, Any], synced: ClubPlay) -> None:
    """A rebuild takes every row out and brings it back; a backfill asks Smashrun about everyone."""
    assert gone_over["before"] == {table: gone_over["removed"][table] for table in _LAKE}
    for player in synced.players.values():
        assert lake_rows(synced, player, "days") == synced.record(player, DAYS)
    assert "SUCCEEDED" == gone_over["status"]
    assert all(gone_over["requests"].values()), gone_over


def test_a_key_opens_the_own_record_and_no_other(synced: ClubPlay) -> None:
    """Each runner's runs, page and status; a key with another runner's id; and none without a key."""
    players = list(synced.players.values())
    for player in players:
        reply = synced.ask("/v1/runs", player.key)
        assert 200 == reply.status, reply.text
        assert len(synced.record(player, RUNS)) == len(reply.body["items"])
        page = synced.ask("/page/summary.json", player.key)
        for other in players:
            assert (other is player) == (other.city in reply.text)
            assert other is player or other.city not in page.text
    anna, ben = players[:2]
    assert 401 == synced.ask("/v1/runs", anna.key.replace(anna.id, ben.id)).status
    for path in ("/v1/runs", "/v1/status", "/v1/club/board"):
        assert 401 == synced.ask(path).status
        assert 401 == synced.ask(path, "mrs_" + "0" * 26 + "_" + "x" * 43).status


def test_a_dead_token_is_a_dead_letter_and_nobody_elses_delay(
    failed: list[dict[str, Any]], synced: ClubPlay
) -> None:
    """By the runner's id; the log says whose and why."""
    anna, cleo = synced.players["Anna"], synced.players["Cleo"]
    assert [cleo.id] == [one["runner"] for one in failed]
    assert lake_rows(synced, anna) == synced.record(anna, RUNS)
    said = [line for line in synced.log_lines(synced.function_named("worker")) if cleo.id in line]
    assert any("GrantRejected" in line for line in said), "and why"


def test_one_who_leaves_leaves_no_byte(left: dict[str, Any], synced: ClubPlay) -> None:
    """In no bucket, version, copy, parameter or table; and the key opens nothing."""
    cleo = synced.players["Cleo"]
    assert any("lake" in one for one in left["traces"]), "she was in the lake"
    assert any("runners/" in one for one in left["traces"]), "and had a record"
    assert 5 == left["said"]["lake_rows"]["runs"]
    assert [] == [name for name, content in decoded(synced) if is_about(cleo, name, content)]
    parameters = synced.client("ssm").get_paginator("describe_parameters").paginate()
    names = [one["Name"] for page in parameters for one in page["Parameters"]]
    assert 2 == sum("/runners/" in one for one in names)
    assert not [one for one in names if cleo.id in one]
    for path in ("/v1/runs", "/v1/club/board"):
        assert 401 == synced.ask(path, cleo.key).status


def test_the_others_are_as_before(left: dict[str, Any], synced: ClubPlay) -> None:
    """Every byte of their records, their rows, and their places on the board."""
    anna, ben, cleo = synced.players.values()
    assert left["before"]
    assert left["before"] == others(synced, cleo)
    for player in (anna, ben):
        assert lake_rows(synced, player) == synced.record(player, RUNS)
    assert {anna.id} == synced.board().keys()
    assert ["Anna"] == [one["name"] for one in synced.club("board")["items"]]
    assert 200 == synced.ask("/v1/runs", anna.key).status


RUNS = "SELECT activity_id, start_date, distance_km, city FROM activities WHERE deleted_at IS NULL ORDER BY 1"
DAYS = "SELECT date, distance_km, runs FROM daily ORDER BY 1"
_LAKE = {
    "runs": "SELECT activity_id, start_date, distance_km, city FROM lake.myrunstreak.runs WHERE runner_id = ? ORDER BY 1",
    "days": "SELECT day, km, runs FROM lake.myrunstreak.days WHERE runner_id = ? ORDER BY 1",
}


def lake_rows(play: ClubPlay, player: Player, table: str = "runs") -> list[tuple[Any, ...]]:
    """A runner's rows in the lake, read as an analyst's DuckDB does."""
    with play.lake() as connection:
        return connection.execute(_LAKE[table], [player.id]).fetchall()


def all_rows(play: ClubPlay, table: str) -> list[tuple[Any, ...]]:
    """Every row of a table of the lake."""
    with play.lake() as connection:
        return connection.execute(f"SELECT * FROM lake.myrunstreak.{table}").fetchall()


def lake_equals_the_records(play: ClubPlay) -> bool:
    """Whether every runner's runs are there."""
    return all(
        (rows := play.record(one, RUNS)) and rows == lake_rows(play, one) for one in play.players.values()
    )


def others(play: ClubPlay, player: Player) -> list[tuple[str, str]]:
    """The states of all records but one runner's: their names, and digests of their content."""
    theirs = [f"/runners/{one.id}/" for one in play.players.values() if one is not player]
    return sorted(
        (name, hashlib.sha256(content).hexdigest())
        for name, content in play.every_state()
        if any(one in name for one in theirs)
    )


def decoded(play: ClubPlay) -> Iterator[tuple[str, bytes]]:
    """Every state of every object, unpacked where it is packed."""
    readers = {b"PAR1": "read_parquet", b"Obj\x01": "read_avro"}
    file = play.folder / "one"
    with connect(play.folder) as connection:
        for name, content in play.every_state():
            unpacked = b""
            if content.startswith(b"\x1f\x8b"):
                unpacked = gzip.decompress(content)
            elif reader := readers.get(content[:4]):
                file.write_bytes(content)
                unpacked = str(connection.execute(f"FROM {reader}('{file}')").fetchall()).encode()
            yield name, content + unpacked


def is_about(player: Player, name: str, content: bytes) -> bool:
    """Whether an object tells of a runner."""
    return any(word.encode() in name.encode() + content for word in (player.id, player.city))
