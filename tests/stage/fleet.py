"""Lambda's part in a club: takes messages from the queue, hands each to the worker, and deletes what succeeded."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import boto3
from myrunstreak.handlers import worker

from tests.stage.club import records_of
from tests.stage.emulator import REGION
from tests.stage.enforced_club import EnforcedClub
from tests.stage.handler import Context

# Longer than a sync: a message that failed is seen again at once, since no one waits here.
_HIDDEN_S = 60


@dataclass(frozen=True)
class Fleet:
    """What a process needs to be a worker.

    Attributes:
        queue: URL of the queue of syncs.
        taking: the environment of who takes the messages.
        working: the environment of the worker.
    """

    queue: str
    taking: Mapping[str, str]
    working: Mapping[str, str]

    @classmethod
    def of(cls, club: EnforcedClub) -> Fleet:
        """The workers of a club."""
        return cls(club.queues["syncs"], club.emulator.environment(), club.environment("worker"))


def work_off(fleet: Fleet) -> Counter[str]:
    """Work until the queue is empty; how often each runner came."""
    with patch.dict(os.environ, fleet.taking):
        sqs: Any = boto3.client("sqs", region_name=REGION)
    came: Counter[str] = Counter()
    while found := sqs.receive_message(QueueUrl=fleet.queue, VisibilityTimeout=_HIDDEN_S).get("Messages"):
        [message] = found
        came[json.loads(message["Body"])["runner"]] += 1
        with patch.dict(os.environ, fleet.working):
            answer = worker.lambda_handler(records_of([message["Body"]]), Context())
        receipt = {"QueueUrl": fleet.queue, "ReceiptHandle": message["ReceiptHandle"]}
        if answer["batchItemFailures"]:
            sqs.change_message_visibility(**receipt, VisibilityTimeout=0)
        else:
            sqs.delete_message(**receipt)
    return came
