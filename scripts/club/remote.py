"""What a command asks of a club's parts in AWS."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Literal

from myrunstreak.aws import aws_client, aws_errors
from myrunstreak.club.lake_function import command_lake
from myrunstreak.club.queues import Outgoing, Queue
from myrunstreak.contract.club import Runner
from myrunstreak.contract.club_events import LakeCommand, LakeUpdate
from myrunstreak.errors import InvalidSettings

from scripts.club.opened import Club

What = Literal["backfill", "lake"]


def tell_lake(club: Club, runner: Runner) -> bool:
    """Have the lake look at a runner's record; whether there is a queue for that."""
    if club.places.lake_queue is None:
        return False
    Queue(club.places.lake_queue, club.shared.aws_region).send([Outgoing(LakeUpdate(runner=runner.id))])
    return True


def empty_lake(club: Club, say: Callable[[str], object]) -> dict[str, int]:
    """Have the lake begin with empty tables; how many rows each had.

    Raises:
        InvalidSettings: the club has no lake.
        StoreUnavailable: the lake's function failed, or was at work all the time.
    """
    function = _required(club.places.lake_function, "LAKE_FUNCTION")
    say("Emptying the tables of the lake")
    return command_lake(function, LakeCommand(rebuild=True), club.shared.aws_region, say=say)


def go_over_all(club: Club, what: What) -> str:
    """Start the state machine that goes over all runners; the ARN of its execution.

    Raises:
        InvalidSettings: there is none.
    """
    machine = _required(club.places.rebuild_machine, "REBUILD_MACHINE")
    with aws_errors(f"the state machine {machine}", "start"):
        client: Any = aws_client("stepfunctions", club.shared.aws_region, read_timeout_s=10)
        answer = client.start_execution(stateMachineArn=machine, input=json.dumps({"what": what}))
    return answer["executionArn"]


def _required(value: str | None, variable: str) -> str:
    if value is None:
        raise InvalidSettings(
            f"{variable} is not set: this is for a club in AWS. `make club STACK=<stack> ARGS=...` sets it."
        )
    return value
