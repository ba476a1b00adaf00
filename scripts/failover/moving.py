"""Moves a record between two regions under the lease: each step may be repeated, and a move that stopped goes on."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from myrunstreak.aws import aws_client, aws_errors
from myrunstreak.composition import open_lease
from myrunstreak.contract.layout import S3Location
from myrunstreak.errors import AnotherRegion, MyRunStreakError
from myrunstreak.store.lease import Lease

from scripts.failover.copying import Show, copy_record, unite_archives
from scripts.failover.credentials import take_state, take_tokens
from scripts.failover.homes import Home

# As long as the function may take.
_SYNC_S = 900


@dataclass(frozen=True)
class Note:
    """Where the lease is."""

    location: S3Location
    region: str

    def of(self, home: Home) -> Lease:
        """The lease as one region sees it."""
        settings = home.settings.model_copy(update={"lease": str(self.location), "lease_region": self.region})
        return cast("Lease", open_lease(settings))


@dataclass(frozen=True)
class Moved:
    """What a move did.

    Attributes:
        was_here: the record was kept here before, and nothing was copied.
        copied: objects that were copied.
    """

    was_here: bool
    copied: int = 0


def name_first_owner(note: Note, first: Home) -> None:
    """Have the note name the first region where no sync has done so yet: the second one must not be the first to."""
    with suppress(AnotherRegion), note.of(first).hold(0):
        pass


def move(
    source: Home,
    target: Home,
    note: Note,
    show: Show,
    waiting: Callable[[datetime], None],
    *,
    unite: bool = False,
) -> Moved:
    """Take the record over: no region syncs from the first step to the last.

    Args:
        unite: the source gets the archived objects that only the target has, so that both archives end equal.

    Raises:
        MyRunStreakError: it stopped; the same call goes on.
    """
    lease = note.of(target)
    if not lease.take(source.database, waiting):
        return Moved(was_here=True)
    copied = copy_record(source, target, show)
    if unite:
        copied += unite_archives(source, target, show)
    take_state(source, target)
    take_tokens(source, target)
    lease.finish()
    return Moved(was_here=False, copied=copied)


def start_sync(home: Home) -> dict[str, Any]:
    """Invoke the sync of a region; what it returns.

    Raises:
        MyRunStreakError: it failed, with its own words.
    """
    try:
        with aws_errors(f"the function {home.sync_function} in {home.region}", "start"):
            client = aws_client("lambda", home.region, read_timeout_s=_SYNC_S, tries=1)
            answer = client.invoke(FunctionName=home.sync_function, Qualifier="live", Payload=b"{}")
            said: Any = json.loads(answer["Payload"].read() or b"null")
        if answer.get("FunctionError") or not isinstance(said, dict):
            why = cast("dict[str, Any]", said).get("errorMessage") if isinstance(said, dict) else said
            raise MyRunStreakError(str(why))
    except MyRunStreakError as error:
        raise MyRunStreakError(
            f"The record is kept in {home.region} now, but its first sync failed: {error} The schedule starts the next."
        ) from error
    return cast("dict[str, Any]", said)
