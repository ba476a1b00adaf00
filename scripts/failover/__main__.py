"""`make failover STACK=prod TO=us-west-2` and `make failback STACK=prod FROM=us-west-2`.

The second region's stack is the first one's program and configuration with another region. It copies the replica's
objects, takes the tokens over, syncs, and answers. On the way back what it wrote returns to the first.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Literal, NoReturn

from myrunstreak.errors import InvalidSettings
from rich.console import Console

from scripts.display.progress import SyncProgress
from scripts.display.terminal import (
    EXIT_DONE,
    EXIT_FAILED,
    EXIT_USAGE,
    exit_code_of,
    standard_error,
    standard_output,
)
from scripts.failover.homes import Home, Regions, home_of, regions_of
from scripts.failover.moving import Moved, Note, move, name_first_owner, start_sync
from scripts.failover.stacks import Stacks

_FOLDER: Final = Path(__file__).resolve().parents[2]
# As infra/config.py has it: the name becomes part of bucket names.
_STACK: Final = re.compile(r"[a-z][a-z0-9-]{0,23}")


@dataclass(frozen=True)
class Asked:
    """What was typed.

    Attributes:
        stack: the first region's.
        region: the second one; empty: where the copies are.
        name: of the second region's stack; empty: the first one's with the region behind it.
    """

    direction: Literal["over", "back"]
    stack: str
    region: str
    name: str


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One line, no usage block in front of it."""
        self.exit(EXIT_USAGE, f"failover: {message} (see --help)\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; its exit code."""
    asked = _parse(arguments)
    out = standard_output()
    stacks = Stacks(_FOLDER, out)
    action = fail_over if asked.direction == "over" else fail_back
    return exit_code_of(
        lambda: action(stacks, asked, out),
        interrupted="Stopped. Nothing is lost: no region syncs until the same command has ended.",
    )


def fail_over(stacks: Stacks, asked: Asked, out: Console) -> int:
    """Bring the record up in the region of its copies.

    Raises:
        MyRunStreakError: it stopped; the same command goes on.
    """
    regions, note, name = _look(stacks, asked)
    stack, region = asked.stack, note.region
    out.print(
        f"{stack} is kept in {regions.first.region}; its copies are in {region}. To be kept there, by {name}."
    )
    name_first_owner(note, regions.first)
    stacks.make_like(
        stack,
        name,
        {"region": region, "replica_region": "", "lease": str(regions.lease), "standby": "false"},
    )
    stacks.up(name)
    second = home_of(name, stacks.outputs(name))
    moved = _move(regions.copies, second, note, out, unite=False)
    return _finish(
        second,
        moved,
        out,
        f"The stack {name} keeps the record now. Confirm the mails from AWS, `make api-key STACK={name} NAME=phone` and "
        f"`make channel STACK={name}`: keys and channels are not copied. {stack} syncs no more, also when "
        f"{regions.first.region} is back. The way back: `make failback STACK={stack} FROM={region}`.",
    )


def fail_back(stacks: Stacks, asked: Asked, out: Console) -> int:
    """Bring the record, and what the second region wrote, back to the first.

    Raises:
        MyRunStreakError: it stopped; the same command goes on.
    """
    regions, note, name = _look(stacks, asked)
    stack, region = asked.stack, note.region
    second = home_of(name, stacks.outputs(name))
    out.print(f"{name} keeps the record in {region}. To be kept in {regions.first.region} again, by {stack}.")
    if stacks.config(stack, "standby") == "true":
        # Put to rest while the other kept the record: it has to start its syncs again.
        stacks.change(stack, {"standby": "false"})
        stacks.up(stack)
    moved = _move(second, regions.first, note, out, unite=True)
    return _finish(
        regions.first,
        moved,
        out,
        f"The stack {stack} keeps the record again, and {name} holds a copy. Let that rest until the next time: "
        f"`pulumi config set standby true --stack {name}`, `pulumi up --stack {name}`. Or remove it: see "
        "docs/operations.md.",
    )


def _look(stacks: Stacks, asked: Asked) -> tuple[Regions, Note, str]:
    """The two regions, the lease, and the name of the second region's stack."""
    stack = asked.stack
    if not stack:
        raise InvalidSettings(
            "Which stack? `make failover STACK=prod TO=us-west-2`; `pulumi stack ls` names them."
        )
    copies_in = stacks.config(stack, "replica_region")
    regions = regions_of(stack, stacks.outputs(stack), copies_in)
    if asked.region and asked.region != copies_in:
        raise InvalidSettings(
            f"The copies of {stack} are in {copies_in}, not in {asked.region}. Give that region."
        )
    return regions, Note(regions.lease, copies_in), _second_name(asked, copies_in)


def _move(source: Home, target: Home, note: Note, out: Console, *, unite: bool) -> Moved:
    said: list[datetime] = []

    def waiting(until: datetime) -> None:
        if until not in said:
            out.print(
                f"Waiting until {until:%H:%M:%S} UTC: a sync of the other region may still be under way."
            )
        said.append(until)

    with SyncProgress(standard_error()) as progress:
        return move(source, target, note, progress.count, waiting, unite=unite)


def _finish(home: Home, moved: Moved, out: Console, next_step: str) -> int:
    if moved.was_here:
        out.print(f"The record is kept in {home.region} already: nothing was copied.")
    else:
        out.print(f"Copied {moved.copied:,} objects, tokens and sync state to {home.region}.")
    said = start_sync(home)
    if said.get("status") == "at_rest":
        out.print(str(said.get("reason")))
        return EXIT_FAILED
    out.print(f"Synced: {said.get('status')}, {said.get('runs_new')} new, as of {said.get('data_as_of')}.")
    out.print(next_step)
    return EXIT_DONE


def _second_name(asked: Asked, region: str) -> str:
    name = asked.name or f"{asked.stack}-{region}"
    if not _STACK.fullmatch(name):
        raise InvalidSettings(
            f"The second stack's name {name!r} is too long or has other characters than lower-case letters, digits and "
            "dashes; at most 24. Give another: NAME=west"
        )
    return name


def _parse(arguments: Sequence[str] | None) -> Asked:
    parser = _Parser(
        prog="failover", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "direction", choices=("over", "back"), help="to the second region, or back to the first"
    )
    parser.add_argument("--stack", required=True, help="the first region's stack")
    parser.add_argument("--region", default="", help="the second region; by default that of the copies")
    parser.add_argument("--name", default="", help="the second region's stack; by default STACK-REGION")
    return Asked(**vars(parser.parse_args(arguments)))


if __name__ == "__main__":
    sys.exit(main())
