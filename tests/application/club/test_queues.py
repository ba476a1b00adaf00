"""What is sent arrives: in tens, and what the queue did not take is sent again."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import boto3
import pytest
from myrunstreak.club.queues import Outgoing, Queue
from myrunstreak.contract.club import new_runner_id
from myrunstreak.contract.club_events import LakeUpdate
from myrunstreak.errors import InvalidSettings, StoreUnavailable

from tests.stage.aws import REGION


@pytest.fixture
def url(aws: str) -> str:
    """A new queue."""
    sqs: Any = boto3.client("sqs", region_name=aws)
    return sqs.create_queue(QueueName=f"syncs-{uuid4().hex[:8]}")["QueueUrl"]


def bodies(url: str) -> list[str]:
    """Which runners the queue's messages name."""
    sqs: Any = boto3.client("sqs", region_name=REGION)
    found: list[str] = []
    while answer := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        found += [json.loads(one["Body"])["runner"] for one in answer]
    return sorted(found)


def outgoing(count: int) -> list[Outgoing]:
    """So many messages."""
    return [Outgoing(LakeUpdate(runner=new_runner_id())) for _ in range(count)]


def names(messages: list[Outgoing]) -> list[str]:
    """Whom they name."""
    return sorted(str(one.message.model_dump()["runner"]) for one in messages)


@pytest.mark.parametrize("count", [0, 1, 10, 23])
def test_all_messages_arrive(url: str, count: int) -> None:
    """Also where they fill no ten."""
    messages = outgoing(count)
    assert count == Queue(url, REGION).send(messages)
    assert names(messages) == bodies(url)


class Hesitant:
    """A queue that takes only what it likes at first."""

    def __init__(self, client: Any, refusals: int) -> None:
        self._client, self._refusals = client, refusals

    def send_message_batch(self, **asked: Any) -> Any:
        """All but the first, so often."""
        if not self._refusals:
            return self._client.send_message_batch(**asked)
        self._refusals -= 1
        first, *others = asked.pop("Entries")
        answer = self._client.send_message_batch(**asked, Entries=others) if others else {}
        return {**answer, "Failed": [{"Id": first["Id"], "Code": "InternalError", "SenderFault": False}]}


def test_what_the_queue_did_not_take_is_sent_again(url: str) -> None:
    """Only that: the others arrived."""
    queue, messages = Queue(url, REGION), outgoing(12)
    queue._client = Hesitant(queue._client, 3)
    queue.send(messages)
    assert names(messages) == bodies(url)


def test_a_queue_that_takes_nothing_is_an_error(url: str) -> None:
    """And says how much is left."""
    queue = Queue(url, REGION)
    queue._client = Hesitant(queue._client, 99)
    with pytest.raises(StoreUnavailable, match="did not take 1 messages"):
        queue.send(outgoing(1))


def test_a_queue_that_is_not_there_is_named(url: str) -> None:
    """One line."""
    with pytest.raises((StoreUnavailable, InvalidSettings), match=f"{url}-no"):
        Queue(f"{url}-no", REGION).send(outgoing(1))
