"""Removes a runner from a club: every byte of theirs, and none of another's.

The registry says first that the runner has left, and forgets them last: a removal that was broken off is done again
from the beginning, until nothing is left.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from myrunstreak.aws import answer_or_none, aws_client, aws_errors
from myrunstreak.club.lake_function import command_lake
from myrunstreak.club.registry import Registry
from myrunstreak.contract.club import ClubSettings, Runner
from myrunstreak.contract.club_events import LakeCommand
from myrunstreak.contract.references import PARAMETER_PREFIX
from myrunstreak.instants import Clock, utc_now
from myrunstreak.store.blobs.erasing import erase, erase_earlier

# No sync of a function lasts longer: one that began before the runner had left has ended by then.
_LONGEST_SYNC: Final = timedelta(minutes=15)
_POLL_S: Final = 5.0


@dataclass(frozen=True)
class Removed:
    """What there was, and is no more.

    Attributes:
        states: files of the record; in a bucket, their earlier states too.
        replica_states: those in the other region; None where there is no copy.
        had_parameter: whether the tokens were in a parameter of their own; else they were among the files.
        lake_rows: by table; None where there is no lake.
    """

    states: int
    replica_states: int | None
    had_parameter: bool
    lake_rows: Mapping[str, int] | None


class Removal:
    """Removes runners.

    Args:
        say: told, in words, what is being done.
        sleep: waits so many seconds for the syncs under way.
    """

    def __init__(
        self,
        club: ClubSettings,
        registry: Registry,
        region: str,
        *,
        clock: Clock = utc_now,
        sleep: Callable[[float], None] = time.sleep,
        say: Callable[[str], object] = lambda _: None,
    ) -> None:
        self._club = club
        self._registry = registry
        self._region = region
        self._clock = clock
        self._sleep = sleep
        self._say = say

    def remove(self, runner: Runner) -> Removed:
        """Remove a runner.

        Raises:
            InvalidSettings, StoreUnavailable: a part cannot be removed; doing it again goes on.
        """
        self._registry.mark_left(runner.id, self._clock())
        self._wait_for_syncs(runner.id)
        removed = self.erase(runner)
        function = self._club.lake_function
        lake_rows = self._remove_from_lake(function, runner.id) if function else None
        # What a sync may have left behind that ended meanwhile.
        late = self.erase(runner)
        self._registry.take_out(runner.id)
        self._erase_traces()
        return Removed(
            removed.states + late.states,
            None if removed.replica_states is None else removed.replica_states + (late.replica_states or 0),
            removed.had_parameter or late.had_parameter,
            lake_rows,
        )

    def erase(self, runner: Runner) -> Removed:
        """Erase a runner's tokens, and then the record with its copy."""
        self._say("Erasing tokens and record")
        had_parameter = self._erase_parameter(self._club.tokens_of(runner.id))
        states = erase(self._club.record_of(runner.id), self._region)
        replica = self._club.replica_of(runner.id)
        region = self._club.club_replica_region or self._region
        return Removed(states, erase(replica, region) if replica else None, had_parameter, None)

    def _erase_traces(self) -> None:
        """Erase what the registry and the board were before, in both regions, and what names failed runners."""
        there = self._club.club_replica_region or self._region
        for folder, region in ((self._club.own_folder, self._region), (self._club.own_replica, there)):
            if folder is not None:
                erase(self._club.outcomes_in(folder), region)
                erase_earlier(folder, region)

    def _wait_for_syncs(self, runner_id: str) -> None:
        """Wait until no message is with a worker: one that takes a message from now on does nothing for this runner."""
        if self._club.sync_queue is None:
            return
        client: Any = aws_client("sqs", self._region, read_timeout_s=20)
        left_at = getattr(self._registry.get(runner_id), "left_at", None) or self._clock()
        while self._clock() - left_at < _LONGEST_SYNC:
            with aws_errors(f"the queue {self._club.sync_queue}", "look at"):
                answer = client.get_queue_attributes(
                    QueueUrl=self._club.sync_queue,
                    AttributeNames=["ApproximateNumberOfMessagesNotVisible"],
                )
            if not int(answer["Attributes"]["ApproximateNumberOfMessagesNotVisible"]):
                return
            self._say("Waiting for the syncs under way to end")
            self._sleep(_POLL_S)

    def _erase_parameter(self, reference: str) -> bool:
        if not reference.startswith(PARAMETER_PREFIX):
            return False
        name = reference.removeprefix(PARAMETER_PREFIX)
        client: Any = aws_client("ssm", self._region, read_timeout_s=10)
        with aws_errors(f"the SSM parameter {name}", "delete"):
            answer = answer_or_none(lambda: client.delete_parameter(Name=name), {"ParameterNotFound"})
        return answer is not None

    def _remove_from_lake(self, function: str, runner_id: str) -> dict[str, int]:
        self._say("Removing the rows from the lake, with the files that held them")
        command = LakeCommand(remove=runner_id)
        return command_lake(
            function, command, self._region, clock=self._clock, sleep=self._sleep, say=self._say
        )
