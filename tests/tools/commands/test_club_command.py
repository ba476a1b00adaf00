"""`myrunstreak club` as it is typed: two runners of Smashrun's join, are synced, share, and one leaves."""

from __future__ import annotations

import getpass
import json
import os
import webbrowser
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import boto3
import pytest
import requests
from myrunstreak.api.keys import ApiKeys
from myrunstreak.club.registry import Registry
from myrunstreak.contract.club import ClubSettings, runner_settings
from myrunstreak.contract.club_events import LakeCommand
from myrunstreak.contract.settings import Settings
from myrunstreak.errors import MyRunStreakError
from typer.testing import CliRunner

from scripts.cli import app
from scripts.club import remote
from scripts.simulator import Simulator, approve
from tests.stage.aws import REGION, Cloud
from tests.stage.ports import free_port
from tests.stage.town import Town

from .clubs import found_club, keep
from .conftest import Outcome, Runner, a_run


class Club:
    """A folder, a Smashrun of many, and who sits at the browser."""

    def __init__(self, town: Town, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.town = town
        self.folder = folder
        self._patch = patch

    @property
    def registry(self) -> Registry:
        """As another process reads it."""
        return Registry.open(ClubSettings(club=str(self.folder / "data" / "club")), REGION)

    @property
    def files(self) -> dict[str, bytes]:
        """Everything in the club's folder."""
        root = self.folder / "data" / "club"
        return {str(one.relative_to(root)): one.read_bytes() for one in root.rglob("*") if one.is_file()}

    def sits_down(self, simulator: Simulator, *, agrees: bool = True) -> None:
        """From now on this runner answers at the browser."""
        self.town.seat(simulator)
        self._patch.setenv("SMASHRUN_CLIENT_SECRET", simulator.client_secret)
        self._patch.setattr(
            webbrowser, "open", lambda url: requests.get(approve(url, allow=agrees), timeout=10)
        )

    def types(self, *words: str) -> Outcome:
        """Run a command within this process."""
        result = CliRunner().invoke(app, ["club", *words], prog_name="myrunstreak")
        assert "Traceback" not in result.output
        return Outcome(result.exit_code, result.stdout, result.stderr)


@pytest.fixture
def club(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Club]:
    """It has no runner yet."""
    for name in Settings.variables() | ClubSettings.variables():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    with Town() as town:
        environment = {name.upper(): value for name, value in town.settings.items()}
        environment |= {
            "SMASHRUN_CLIENT_ID": "myrunstreak-simulated",
            "SMASHRUN_REDIRECT_URI": f"http://localhost:{free_port()}/callback",
            "NO_PROXY": "127.0.0.1,localhost",
            "COLUMNS": "200",
        }
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        yield Club(town, tmp_path, monkeypatch)


def streak(*days_ago: int, km: float = 5.0) -> list[dict[str, Any]]:
    """A run on each of these days."""
    return [a_run(ago - 1, distance=km) for ago in days_ago]


def test_two_runners_from_joining_to_leaving(club: Club) -> None:
    """Each has a record and a key of their own; the board is what a few lines of Python make of the same runs."""
    runs = {"Anna": [*range(1, 6), *range(9, 20)], "Ben": [*range(40, 43)]}
    keys: dict[str, str] = {}
    for number, (name, days) in enumerate(runs.items()):
        club.sits_down(club.town.settle(streak(*days, km=5.0 + number)))
        added = club.types("add", name, "--timezone", "UTC", "--json")
        assert 0 == added.code, added.err
        keys[name] = added.json["key"]
        assert added.json["id"] == keys[name][4:30]
    anna, ben = (club.registry.find(name) for name in ("anna", "BEN"))
    synced = club.types("sync")
    assert (0, ["Anna", "Ben"]) == (synced.code, [line.split()[0] for line in synced.out.splitlines()])
    assert "16 new" in synced.out
    assert "The board is empty" in club.types("board").out
    club.types("share", "Anna", "days")
    club.types("share", "ben", "distances")
    today = datetime.now(UTC).date()
    board = club.types("board", "--json").json
    assert [
        ("Anna", 5, 11, 16, None, "not yet today", str(today - timedelta(days=5))),
        ("Ben", 3, 3, 3, 18_000, "ended", str(today - timedelta(days=42))),
    ] == [
        (
            one["name"],
            one["last_days"],
            one["longest_days"],
            one["run_days"],
            one["metres"],
            one["state"],
            one["last_start"],
        )
        for one in board["items"]
    ]
    for name, runner in (("Anna", anna), ("Ben", ben)):
        places = ClubSettings(club=str(club.folder / "data" / "club"))
        own = ApiKeys.open(runner_settings(Settings(), places, runner))
        assert {"Anna": name == "Anna", "Ben": name == "Ben"} == {
            other: own.accepts(f"Bearer {key}") for other, key in keys.items()
        }
    before = {name: content for name, content in club.files.items() if ben.id in name}
    assert 0 == club.types("remove", "Anna", "--yes").code
    assert before == {name: content for name, content in club.files.items() if "runners/" in name}
    assert ["Ben"] == [one["name"] for one in club.types("list", "--json").json["items"]]
    assert not any(anna.id.encode() in content for content in club.files.values())


def test_a_runner_far_away_joins_by_an_address_that_is_sent_back(
    club: Club, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The operator sees no token: neither on the screen nor in what is pasted; and no browser opens here."""
    simulator = club.town.settle(streak(1))
    club.sits_down(simulator)
    monkeypatch.setattr(webbrowser, "open", lambda _: pytest.fail("a browser opened"))
    said: list[str] = []
    pasted: list[str] = []
    real = CliRunner()

    def send_back(_: str) -> str:
        url = next(word for line in said for word in line.split() if word.startswith("http"))
        pasted.append(approve(url))
        return pasted[0]

    monkeypatch.setattr(getpass, "getpass", send_back)
    from scripts.commands import auth

    shown = auth._say
    monkeypatch.setattr(auth, "_say", lambda text, **more: (said.append(text), shown(text, **more)))
    added = real.invoke(app, ["club", "add", "Cleo", "--timezone", "Asia/Tokyo", "--paste"])
    assert 0 == added.exit_code, added.stderr
    assert "Send this address to Cleo" in added.stderr
    [tokens] = [json.loads(content) for name, content in club.files.items() if name.endswith("tokens.json")]
    for token in (tokens["access_token"], tokens["refresh_token"], tokens["client_secret"]):
        assert token not in added.output + pasted[0]
    assert "Asia/Tokyo" == club.registry.find("Cleo").timezone


def test_a_token_in_the_address_is_not_for_the_operator(club: Club) -> None:
    """User-level access far away would show it; the same for a runner who authorises again."""
    club.sits_down(club.town.settle(streak(1)))
    refused = club.types("add", "Cleo", "--timezone", "UTC", "--paste", "--user-level")
    assert 2 == refused.code
    assert "yours to see" in refused.err
    assert not club.files
    assert 0 == club.types("add", "Cleo", "--timezone", "UTC").code
    assert 2 == club.types("run", "Cleo", "auth", "--paste", "--user-level").code


@pytest.mark.parametrize("trouble", ["refused", "interrupted", "keys"])
def test_what_breaks_off_leaves_nothing_behind(
    trouble: str, club: Club, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No consent, Ctrl-C in the middle, no place for keys; and then it works, under the same name."""
    simulator = club.town.settle(streak(1))
    club.sits_down(simulator, agrees=trouble != "refused")
    with monkeypatch.context() as patched:
        if trouble == "interrupted":
            patched.setattr("scripts.consent.authorisation.store", raiser(KeyboardInterrupt()))
        elif trouble == "keys":
            patched.setattr(ApiKeys, "new", raiser(MyRunStreakError("no room")))
        broken = club.types("add", "Anna", "--timezone", "UTC")
    assert "myrunstreak auth" not in broken.err
    assert {"refused": 3, "interrupted": 130, "keys": 1}[trouble] == broken.code, broken.err
    assert [] == club.registry.runners()
    assert not [name for name in club.files if name.startswith("runners/")]
    club.sits_down(simulator)
    assert 0 == club.types("add", "Anna", "--timezone", "UTC").code


def raiser(error: BaseException) -> Any:
    """A function that fails."""

    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


def test_one_runner_of_smashruns_joins_once(club: Club) -> None:
    """Under another name too; and a name that is taken costs no consent."""
    simulator = club.town.settle(streak(1))
    club.sits_down(simulator)
    assert 0 == club.types("add", "Anna", "--timezone", "UTC").code
    before = club.files
    again = club.types("add", "Anna of the track", "--timezone", "UTC")
    assert 2 == again.code
    assert "Anna is in the club already" in again.err
    asked = len(simulator.requests)
    assert 2 == club.types("add", "ANNA", "--timezone", "UTC").code
    assert asked == len(simulator.requests)
    assert before == club.files


def test_one_runners_failure_delays_nobody(club: Club) -> None:
    """The first one's consent is gone, the second one's sync is whole; the exit code says that it was in part."""
    for number, name in enumerate(("Anna", "Ben")):
        club.sits_down(club.town.settle(streak(1, 2 + number)))
        assert 0 == club.types("add", name, "--timezone", "UTC").code
    anna = club.registry.find("Anna")
    (club.folder / f"data/club/runners/{anna.id}/tokens.json").write_text("{}")
    done = club.types("sync")
    assert 4 == done.code
    first, second = done.out.splitlines()
    assert first.startswith("Anna  failed: ")
    assert "club run Anna auth" in first
    assert "2 new" in second
    found = {one["name"]: one["state"] for one in club.types("list", "--json").json["items"]}
    assert {"Anna": "never", "Ben": "fresh"} == found


def test_the_settings_of_one_runner_reach_every_command(
    synced: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over those of a file and of the environment, for this one command only."""
    anna, _ = found_club(synced)
    (synced.folder / ".env").write_text("RAW_ARCHIVE=./elsewhere/\nNOTIFY_URLS=file:./mine.json\nUNITS=mi\n")
    before = dict(os.environ)
    shown = synced.types("club", "run", "anna", "config", "--json").json["settings"]
    values = {one["name"]: one["value"] for one in shown}
    record = f"{synced.folder}/data/club/runners/{anna.id}"
    assert {
        "DUCKDB_PATH": f"{record}/runs.duckdb",
        "RAW_ARCHIVE": f"{record}/raw",
        "TOKENS_SECRET": f"file:{record}/tokens.json",
        "SYNC_STATE_SECRET": f"file:{record}/sync-state.json",
        "API_KEYS": f"file:{record}/api-keys.json",
        "NOTIFY_URLS": f"file:{record}/channels.json",
        "RUNNER_TIMEZONE": "Europe/Amsterdam",
        "TENANT": anna.id,
        "UNITS": "mi",
    }.items() <= values.items()
    assert before == dict(os.environ)
    assert 2 == synced.types("club", "run", "Nobody", "status").code
    assert 2 == synced.types("club", "run", "anna", "nonsense").code


def test_what_goes_on_depends_on_each_runners_own_day(synced: Runner) -> None:
    """The last run day is today or yesterday there."""
    members = found_club(synced)
    now = datetime.now(UTC)
    for one in synced.types("club", "board", "--json").json["items"]:
        zone = next(member.timezone for member in members if member.name == one["name"])
        today = now.astimezone(ZoneInfo(zone)).date()
        last = datetime.fromisoformat(one["last_end"]).date()
        expected = (
            "ran today" if last >= today else "not yet today" if last == today - timedelta(1) else "ended"
        )
        assert (str(today), expected) == (one["today"], one["state"])


def test_one_who_is_half_gone_is_only_removed(synced: Runner) -> None:
    """No command works on the record, the list says so, and the removal is done again."""
    anna, ben = found_club(synced)
    registry = synced.folder / "data" / "club" / "club" / "runners.json"
    keep(registry, [anna.model_copy(update={"left_at": datetime.now(UTC)}), ben])
    for words in (
        ["run", "Anna", "status"],
        ["share", "Anna", "none"],
        ["change", "Anna", "--timezone", "UTC"],
    ):
        refused = synced.types("club", *words)
        assert 2 == refused.code
        assert "club remove" in refused.err
    assert {"Anna": "leaving", "Ben": "fresh"} == {
        one["name"]: one["state"] for one in synced.types("club", "list", "--json").json["items"]
    }
    assert "Anna" not in synced.types("club", "board").out + synced.types("club", "sync").out
    assert 0 == synced.types("club", "remove", "Anna", "--yes").code


def test_a_damaged_record_is_one_runners_trouble(synced: Runner) -> None:
    """The board has the others, and says who is missing."""
    anna, _ = found_club(synced)
    (synced.folder / "data" / "club" / "runners" / anna.id / "runs.duckdb").write_bytes(b"no database" * 99)
    shown = synced.types("club", "board")
    assert 4 == shown.code
    assert "Anna is not on the board" in shown.err
    assert "Ben" in shown.out


def test_what_is_to_be_typed_is_about_that_runner(synced: Runner) -> None:
    """A hint without the runner would be about another record: from a command for all, and from one for a runner."""
    _, ben = found_club(synced)
    (synced.folder / f"data/club/runners/{ben.id}/runs.duckdb").write_bytes(b"damaged")
    board = synced.types("club", "board")
    assert (4, True) == (board.code, "club run Ben restore`" in board.err)
    assert "club run Ben restore`" in synced.types("club", "run", "ben", "streak").err
    [line] = [one for one in synced.types("club", "sync").out.splitlines() if one.startswith("Ben")]
    assert "club run Ben restore`" in line
    assert "club run Ben --help`" in synced.types("club", "run", "ben", "frob").err
    assert "club list`" in synced.types("club", "run", "ben", "club", "run", "nobody", "status").err
    assert "club run" not in synced.types("frob").err


def test_records_without_a_registry_are_not_an_empty_club(synced: Runner) -> None:
    """A runner added now would be the only one that anything knows of."""
    found_club(synced)
    registry = synced.folder / "data" / "club" / "club" / "runners.json"
    kept = registry.rename(registry.with_name("kept"))
    for words in (("list",), ("sync",), ("board",), ("add", "Cleo", "--timezone", "UTC")):
        refused = synced.types("club", *words)
        assert (2, 1) == (refused.code, len(refused.err.splitlines()))
        assert "runners.json is gone" in refused.err
    kept.rename(registry)
    assert 0 == synced.types("club", "list").code


def test_wrong_words_are_one_line(synced: Runner) -> None:
    """A zone, a name, what is shared."""
    found_club(synced)
    for words, part in (
        (["add", "Cleo", "--timezone", "Europe/Amsterdm"], "no time zone"),
        (["add", "-x", "--timezone", "UTC"], "-x"),
        (["add", "x" * 41, "--timezone", "UTC"], "no name"),
        (["change", "Anna", "--name", "ben"], "Ben is in the club already"),
        (["share", "Anna", "everything"], "everything"),
        (["remove", "Anna"], "--yes"),
    ):
        refused = synced.types("club", *words)
        assert (2, "", 1) == (refused.code, refused.out, len(refused.err.strip().splitlines())), words
        assert part in refused.err


@pytest.fixture
def in_aws(cloud: Cloud, synced: Runner, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """The club's folder is a bucket, with its queue and its state machine."""
    queue = boto3.client("sqs", region_name=REGION).create_queue(QueueName=f"lake-{cloud.bucket}")["QueueUrl"]
    machine = boto3.client("stepfunctions", region_name=REGION).create_state_machine(
        name=f"rebuild-{cloud.bucket}",
        definition='{"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}',
        roleArn="arn:aws:iam::123456789012:role/rebuild",
    )["stateMachineArn"]
    for name, value in {
        "CLUB": f"s3://{cloud.bucket}/",
        "CLUB_SECRETS": "/club/runners",
        "LAKE_QUEUE": queue,
        "LAKE_FUNCTION": "arn:aws:lambda:us-east-2:123456789012:function:lake:live",
        "REBUILD_MACHINE": machine,
    }.items():
        monkeypatch.setenv(name, value)
    return cloud


def test_in_aws_the_board_is_the_one_that_was_made(in_aws: Cloud, synced: Runner) -> None:
    """With the names of the registry; who has left is not on it; and until it is made there is none."""
    places = ClubSettings(club=f"s3://{in_aws.bucket}/")
    registry = Registry.open(places, REGION)
    members = found_club(synced)
    for member in members:
        registry.add(member)
    assert "no board yet" in synced.types("club", "board").err
    row = {
        "last_start": "2026-01-01",
        "last_end": "2026-01-02",
        "last_days": 2,
        "longest_start": "2026-01-01",
        "longest_end": "2026-01-02",
        "longest_days": 2,
        "run_days": 2,
        "metres": None,
    }
    rows = [{"runner_id": one.id, **row} for one in members]
    made = {"made_at": "2026-11-27T12:00:00Z", "minimum": "mile", "rows": rows}
    in_aws.put("club/board.json", json.dumps(made).encode())
    registry.mark_left(members[1].id, datetime.now(UTC))
    [shown] = synced.types("club", "board", "--json").json["items"]
    assert ("Anna", "ended") == (shown["name"], shown["state"])
    in_aws.put("club/board.json", b"{}")
    assert "no board as this program writes it" in synced.types("club", "board").err


def test_in_aws_the_lake_hears_of_a_choice_and_the_machine_goes_over_all(
    in_aws: Cloud, synced: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And a sync from here is refused: the schedule does it."""
    anna = found_club(synced)[0]
    Registry.open(ClubSettings(club=f"s3://{in_aws.bucket}/"), REGION).add(anna)
    assert "within some minutes" in synced.types("club", "share", "Anna", "days").out
    sqs: Any = boto3.client("sqs", region_name=REGION)
    [message] = sqs.receive_message(QueueUrl=os.environ["LAKE_QUEUE"])["Messages"]
    assert {"runner": anna.id} == json.loads(message["Body"])
    assert b'{"sharing":"days"}' == in_aws.body(f"runners/{anna.id}/sharing.json")
    steps: Any = boto3.client("stepfunctions", region_name=REGION)
    asked: list[dict[str, Any]] = []

    def command_lake(function: str, command: LakeCommand, *_: Any, **__: Any) -> dict[str, int]:
        executions = steps.list_executions(stateMachineArn=os.environ["REBUILD_MACHINE"])["executions"]
        asked.append(
            {"function": function, "started": len(executions), **command.model_dump(exclude_defaults=True)}
        )
        return {"runs": 7}

    monkeypatch.setattr(remote, "command_lake", command_lake)
    for words, what in ((["backfill"], "backfill"), (["rebuild", "--json"], "lake")):
        assert 0 == synced.types("club", *words).code
        newest = steps.list_executions(stateMachineArn=os.environ["REBUILD_MACHINE"])["executions"]
        inputs = [steps.describe_execution(executionArn=one["executionArn"])["input"] for one in newest]
        assert {"what": what} in [json.loads(one) for one in inputs]
    # Records whose versions the lake has would be passed over: it is emptied first, and for a rebuild alone.
    assert [{"function": os.environ["LAKE_FUNCTION"], "started": 1, "rebuild": True}] == asked
    assert 2 == synced.types("club", "sync").code


def test_a_command_for_one_runner_of_a_stack_works_on_the_bucket(in_aws: Cloud, synced: Runner) -> None:
    """A key lies beside the record, and tells whose it is."""
    anna = found_club(synced)[0]
    Registry.open(ClubSettings(club=f"s3://{in_aws.bucket}/"), REGION).add(anna)
    made = synced.types("club", "run", "Anna", "api-key", "new", "--name", "phone", "--json").json
    assert made["key"].startswith(f"mrs_{anna.id}_")
    assert b"phone" in in_aws.body(f"runners/{anna.id}/api-keys.json")
