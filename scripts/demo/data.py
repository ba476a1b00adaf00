"""Which runs the demo shows, and whether the record on disk may be gone on with.

The demo never mixes two runners and never touches a record that is not its own: an earlier demo of other
runs is moved aside, a real record makes it refuse.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import zlib
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final, cast

from myrunstreak.contract.layout import RAW_FOLDER, RECORDINGS_FOLDER
from myrunstreak.contract.settings import Settings
from myrunstreak.errors import InvalidSettings
from myrunstreak.secrets import open_secret

from scripts.record.reading import open_record
from scripts.simulator import Activity, load_activities, seeded_history

SOURCE: Final = "loopback"
YEARS: Final = 11
DATABASE: Final = "runs.duckdb"
TOKENS: Final = "tokens.json"
STATE: Final = "sync-state.json"
NOTE: Final = "demo.json"


@dataclass(frozen=True)
class DataSet:
    """The runs that the demo's Smashrun serves.

    Attributes:
        name: what to call them.
        digest: changes when a file's content does; None for the invented runner, who only adds runs.
        first_year: of the invented runner, so that New Year does not cut off the first of the eleven.
    """

    name: str
    history: list[Activity] = field(repr=False)
    digest: str | None = None
    first_year: int | None = None

    def ids(self) -> set[object]:
        """The ids of the runs that have one."""
        ids: set[object] = {run.get("activityId") for run in self.history if _hashable(run.get("activityId"))}
        return ids - {None}

    def note(self) -> dict[str, object]:
        """What is remembered of it beside the database."""
        return {"data_set": self.name, "digest": self.digest, "first_year": self.first_year}


def _hashable(value: object) -> bool:
    return not isinstance(value, dict | list)


def load_data_set(file: Path | None, seed: int, folder: Path, now: datetime) -> DataSet:
    """The runs of a file, or an invented runner's.

    Raises:
        InvalidSettings: the file is not a readable JSON array of activities.
    """
    if file is None:
        name = f"invented runner {seed}"
        noted = read_note(folder)
        known = noted.get("first_year") if noted.get("data_set") == name else None
        first_year = known if isinstance(known, int) and known < now.year else now.year - YEARS
        return DataSet(name, seeded_history(seed, now, now.year - first_year), first_year=first_year)
    try:
        history = load_activities(file)
    except ValueError as error:
        raise InvalidSettings(f"DATA: {error}") from None
    except OSError as error:
        raise InvalidSettings(f"DATA: cannot read {file}: {error.strerror or error}") from None
    except (zlib.error, RecursionError) as error:
        raise InvalidSettings(f"DATA: {file} is not a JSON array of activities ({error})") from None
    text = json.dumps(history, sort_keys=True).encode()
    return DataSet(str(file.resolve()), history, digest=hashlib.sha256(text).hexdigest())


def read_note(folder: Path) -> dict[str, object]:
    """What an earlier demo noted; empty when there was none."""
    try:
        noted: object = json.loads((folder / NOTE).read_text())
    except (OSError, ValueError):
        return {}
    return cast("dict[str, object]", noted) if isinstance(noted, dict) else {}


def write_note(folder: Path, data_set: DataSet) -> None:
    """Remember which runs the record in this folder is of."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / NOTE).write_text(json.dumps(data_set.note(), indent=2) + "\n")


def make_room(folder: Path, data_set: DataSet, client_id: str, now: datetime) -> Path | None:
    """Make sure that the folder is the demo's own; where an earlier demo of other runs went.

    Raises:
        InvalidSettings: it holds a real record, or tokens that are not the demo's.
    """
    _refuse_other_tokens(folder, client_id)
    if not (folder / DATABASE).exists():
        return None
    with open_record(Settings(duckdb_path=str(folder / DATABASE))) as connection:
        source = connection.execute("SELECT max(value) FROM file_facts WHERE name = 'source'").fetchone()
        known = {row[0] for row in connection.execute("SELECT activity_id FROM runs").fetchall()}
    if source and source[0] not in (SOURCE, None):
        raise InvalidSettings(
            f"{folder / DATABASE} holds real runs from {source[0]}; the demo leaves them alone. Nothing was changed: "
            "move that file away, or run the demo in another folder."
        )
    shared = len(known & data_set.ids())
    named_alike = read_note(folder).get("data_set") == data_set.name
    if not known or shared * 2 >= len(known) or (named_alike and shared):
        return None
    return _move_aside(folder, now)


def _refuse_other_tokens(folder: Path, client_id: str) -> None:
    if not (folder / TOKENS).exists():
        return
    stored: dict[str, Any] = open_secret(f"file:{folder / TOKENS}", "us-east-2").read() or {}
    if stored.get("access_token") and stored.get("client_id") != client_id:
        raise InvalidSettings(
            f"{folder / TOKENS} holds tokens that are not the demo's. Nothing was changed: move that file away, or "
            "run the demo in another folder."
        )


def _move_aside(folder: Path, now: datetime) -> Path:
    old = folder / f"old-{now:%Y%m%d-%H%M%S-%f}"
    (old / RAW_FOLDER).mkdir(parents=True, mode=0o700)
    for name in (RECORDINGS_FOLDER, f"{RAW_FOLDER}/{SOURCE}", TOKENS, STATE, NOTE, DATABASE):
        if (folder / name).exists():
            shutil.move(folder / name, old / name)
    return old
