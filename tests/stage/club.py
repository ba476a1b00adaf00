"""A club in a bucket, its runners at a Smashrun of many, and its functions as Lambda would start them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from myrunstreak.api.keys import ApiKeys
from myrunstreak.club.registry import Registry
from myrunstreak.contract.club import ClubSettings, Runner, new_runner_id, runner_settings
from myrunstreak.contract.club_events import SyncMessage
from myrunstreak.contract.settings import Settings
from myrunstreak.page.sessions import Sessions
from myrunstreak.secrets import open_secret
from myrunstreak.store.blobs import open_blobs

from scripts.record.reading import open_record
from scripts.simulator import Simulator
from tests.stage.aws import REGION
from tests.stage.history import Record, run
from tests.stage.town import Town

SECRETS: Final = "/myrunstreak/test/runners"
# As `make club` gives them: settings by the stack's outputs.
STACK_SETTINGS: Final = {
    "CLUB": "club",
    "CLUB_SECRETS": "club_secrets",
    "CLUB_MIN_DISTANCE": "club_min_distance",
    "SYNC_QUEUE": "sync_queue_url",
    "LAKE_QUEUE": "lake_queue_url",
    "LAKE_FUNCTION": "lake_function",
    "REBUILD_MACHINE": "rebuild_machine",
}


def recent_runs(count: int, **fields: Any) -> list[Record]:
    """So many runs on as many days, up to yesterday: the functions go by the real time."""
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    return [run(number, newest=yesterday, of=count, **fields) for number in range(count)]


@dataclass(frozen=True)
class Member:
    """A runner of the club, and what the test knows of them."""

    runner: Runner
    settings: Settings
    smashrun: Simulator

    @property
    def id(self) -> str:
        """The runner's id."""
        return self.runner.id

    def new_key(self, name: str = "phone") -> str:
        """A key to the API."""
        return ApiKeys.open(self.settings).new(name)

    def new_code(self, name: str = "phone") -> str:
        """A code to sign a phone in."""
        return Sessions(open_blobs(self.settings.sessions, REGION), tenant=self.id).new_code(name)

    def rows(self, sql: str = "SELECT activity_id FROM activities ORDER BY 1") -> list[tuple[Any, ...]]:
        """Rows of a query on the runner's published database; none where there is none."""
        with open_record(self.settings, external_access=True) as connection:
            return connection.execute(sql).fetchall()

    @property
    def message(self) -> str:
        """The body of a message that has them synced."""
        return SyncMessage(runner=self.id).model_dump_json()


class ClubStage:
    """A club with its registry in ``bucket``; members are added by the operator, who may do everything.

    Args:
        parts: fields of ``ClubSettings``: role and queues.
    """

    def __init__(self, town: Town, bucket: str, **parts: Any) -> None:
        self.town = town
        self.settings = Settings.model_validate({**town.settings, "aws_region": REGION})
        self.club = ClubSettings(club=f"s3://{bucket}/", club_secrets=SECRETS, **parts)
        self.registry = Registry.open(self.club, REGION)
        self.members: list[Member] = []

    def add(
        self, activities: Iterable[Mapping[str, Any]] = (), *, zone: str = "Europe/Amsterdam", name: str = ""
    ) -> Member:
        """A runner more, authorised."""
        number = len(self.members) + 1
        runner = Runner(
            id=new_runner_id(),
            name=name or f"Runner {number}",
            timezone=zone,
            added_at=datetime.now(UTC),
        )
        self.registry.add(runner)
        settings = runner_settings(self.settings, self.club, runner)
        member = Member(runner, settings, self.town.settle(activities))
        self.members.append(member)
        self.authorise(member)
        return member

    def authorise(self, member: Member) -> None:
        """Store the tokens of a fresh consent."""
        open_secret(member.settings.tokens_secret, REGION).write(self.town.authorise(member.smashrun))

    def lose_tokens(self, member: Member) -> None:
        """Nothing is left of a runner's consent: only they can mend that."""
        open_secret(member.settings.tokens_secret, REGION).write({})

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables of the club's functions."""
        return {**self.settings.to_env(), **self.club.to_env()}


def records_of(bodies: Iterable[str]) -> dict[str, Any]:
    """What Lambda hands a function for messages of a queue."""
    return {
        "Records": [
            {"messageId": f"message-{number}", "body": body, "eventSource": "aws:sqs"}
            for number, body in enumerate(bodies)
        ]
    }


def receive(sqs: Any, queue: str) -> list[dict[str, Any]]:
    """The messages of a queue that can be seen now, deleted."""
    found: list[dict[str, Any]] = []
    while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
        for one in messages:
            found.append(json.loads(one["Body"]))
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=one["ReceiptHandle"])
    return found
