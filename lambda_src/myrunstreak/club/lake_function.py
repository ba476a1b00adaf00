"""Gives a command to the function that writes the lake, and waits for its turn: only one of it runs at a time."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final, cast

from myrunstreak.aws import answer_or_none, aws_client, aws_errors
from myrunstreak.contract.club_events import LakeCommand
from myrunstreak.errors import StoreUnavailable
from myrunstreak.instants import Clock, utc_now

_POLL_S: Final = 5.0
# As long as any function has: for the batch that is under way, and then for copying the tables.
_LONGEST_WRITE: Final = timedelta(minutes=15)
_PATIENCE_S: Final = 910


def command_lake(
    function: str,
    command: LakeCommand,
    region: str,
    *,
    clock: Clock = utc_now,
    sleep: Callable[[float], None] = time.sleep,
    say: Callable[[str], object] = lambda _: None,
) -> dict[str, int]:
    """Have the lake's function do what a command says; how many rows it removed from each table.

    Args:
        function: its ARN.
        sleep: waits so many seconds while it is at work.
        say: told, in words, what is waited for.

    Raises:
        StoreUnavailable: it has been at work all the time, or it failed; the same command may be given again.
        InvalidSettings: it may not be started.
    """
    client: Any = aws_client("lambda", region, read_timeout_s=_PATIENCE_S, tries=1)
    payload, until = command.model_dump_json(exclude_defaults=True).encode(), clock() + _LONGEST_WRITE
    while True:
        with aws_errors("the function of the lake", "start"):
            answer = answer_or_none(
                lambda: client.invoke(FunctionName=function, Payload=payload), {"TooManyRequestsException"}
            )
        if answer is not None:
            break
        if clock() >= until:
            raise StoreUnavailable("The lake's writer has been at work all the time. Give the command again.")
        say("Waiting for the lake's writer, which is at work")
        sleep(_POLL_S)
    result: Any = json.loads(answer["Payload"].read() or b"null")
    if answer.get("FunctionError") or not isinstance(result, dict):
        raise StoreUnavailable(
            "The lake's function failed; its own log says why. Give the command again afterwards."
        )
    return cast("dict[str, dict[str, int]]", result)["rows_removed"]
