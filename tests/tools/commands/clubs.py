"""A club on this machine, made without consent: its runners have copies of one synced record."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

from myrunstreak.contract.club import Runner as Member
from myrunstreak.contract.club import new_runner_id

from .conftest import Runner


def found_club(synced: Runner) -> list[Member]:
    """Anna and Ben, in the folder where a runner's commands look for a club; both on the board."""
    data = synced.folder / "data"
    members = [
        Member(id=new_runner_id(), name=name, timezone=zone, added_at=datetime(2026, 11, 1, tzinfo=UTC))
        for name, zone in (("Anna", "Europe/Amsterdam"), ("Ben", "America/New_York"))
    ]
    files = [one for one in data.iterdir() if one.name != "club"]
    for member, sharing in zip(members, ("days", "distances"), strict=True):
        record = data / "club" / "runners" / member.id
        record.mkdir(parents=True)
        for one in files:
            copy = shutil.copytree if one.is_dir() else shutil.copy2
            copy(one, record / one.name)
        (record / "sharing.json").write_text(json.dumps({"sharing": sharing}))
    keep(data / "club" / "club" / "runners.json", members)
    return members


def keep(registry: Path, members: list[Member]) -> None:
    """Write the registry."""
    registry.parent.mkdir(parents=True, exist_ok=True)
    registry.write_text(json.dumps({"runners": [one.model_dump(mode="json") for one in members]}))
