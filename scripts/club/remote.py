"""What a command asks of a club's parts in AWS."""

from __future__ import annotations

import json
from typing import Any, Final, Literal

from myrunstreak.aws import aws_client, aws_errors
from myrunstreak.club.queues import Outgoing, Queue
from myrunstreak.contract.club import Runner
from myrunstreak.contract.club_events import LakeUpdate
from myrunstreak.errors import InvalidSettings

from scripts.club.opened import Club

What = Literal["backfill", "lake"]
_NO_MACHINE: Final = (
    "REBUILD_MACHINE is not set: this is for a club in AWS. `make club STACK=<stack> ARGS=...` sets it."
)


def tell_lake(club: Club, runner: Runner) -> bool:
    """Have the lake look at a runner's record; whether there is a queue for that."""
    if club.places.lake_queue is None:
        return False
    Queue(club.places.lake_queue, club.shared.aws_region).send([Outgoing(LakeUpdate(runner=runner.id))])
    return True


def go_over_all(club: Club, what: What) -> str:
    """Start the state machine that goes over all runners; the ARN of its execution.

    Raises:
        InvalidSettings: there is none.
    """
    machine = club.places.rebuild_machine
    if machine is None:
        raise InvalidSettings(_NO_MACHINE)
    with aws_errors(f"the state machine {machine}", "start"):
        client: Any = aws_client("stepfunctions", club.shared.aws_region, read_timeout_s=10)
        answer = client.start_execution(stateMachineArn=machine, input=json.dumps({"what": what}))
    return answer["executionArn"]
