"""The seeded record as the raw archive keeps it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Literal

from myrunstreak.store.blobs import open_blobs
from myrunstreak.store.raw_archive import RawArchive
from myrunstreak.sync.values import Kind, RawObject

from scripts.bench.records import OBSERVED_FROM, Record, detail_of, run, splits_of

SOURCE: Final = "bench"
_PAGE: Final = 100


@dataclass(frozen=True)
class Archived:
    """A folder that holds a raw archive.

    Attributes:
        root: the archive's folder.
        objects: its objects in the order of their observation; ``file`` is the archived file itself.
    """

    root: Path
    objects: list[RawObject]

    def of(self, *kinds: Kind) -> list[RawObject]:
        """The objects of some kinds."""
        return [one for one in self.objects if one.kind in kinds]


class Writer:
    """Adds objects to an archive's folder, each observed a second after the one before."""

    def __init__(self, root: Path, observed_from: datetime = OBSERVED_FROM) -> None:
        self._root = root
        self._next = observed_from
        drafts = root.parent / f"{root.name}-drafts"
        drafts.mkdir(parents=True, exist_ok=True)
        self._archive = RawArchive(open_blobs(root, ""), SOURCE, drafts)
        self.objects: list[RawObject] = []

    def add(self, kind: Kind, records: Sequence[Record]) -> None:
        """Archive an array of records."""
        body = json.dumps(records, ensure_ascii=False, separators=(",", ":")).encode()
        draft = self._archive.draft(kind, body, self._next)
        self._next += timedelta(seconds=1)
        target = self._root / draft.name
        target.parent.mkdir(parents=True, exist_ok=True)
        draft.file.replace(target)
        self.objects.append(RawObject(draft.name, draft.kind, draft.observed_at, target))


def archive_history(
    root: Path, runs: int, *, splits: bool = True, details: Sequence[int] = (), samples: int = 0
) -> Archived:
    """Write the archive of a first sync: list pages of 100, then what was asked of each run.

    Args:
        root: a folder that does not exist yet.
        runs: length of the history.
        splits: with ten splits of each run, 100 runs an object.
        details: how many runs each details object holds, one entry an object, newest run first.
        samples: points of each recording.
    """
    writer = Writer(root)
    for page in _pages(range(runs)):
        writer.add("extended", [run(number, runs) for number in page])
    if splits:
        for page in _pages(range(runs)):
            writer.add("splits", [splits_of(run(number, runs)) for number in page])
    number = 0
    for count in details:
        records = [run(one % runs, runs) for one in range(number, number + count)]
        writer.add("details", [detail_of(record, samples) for record in records])
        number += count
    return Archived(root, writer.objects)


def read_archive(root: Path) -> Archived:
    """The archive that ``archive_history`` wrote at ``root``, in a process that did not write it."""
    objects = list[RawObject]()
    for file in sorted(root.rglob("*.json.gz")):
        stamp, kind, _ = file.name.split("-")
        observed_at = datetime.strptime(stamp, "%Y%m%dT%H%M%S.%fZ").replace(tzinfo=UTC)
        objects.append(RawObject(file.relative_to(root).as_posix(), _kind(kind), observed_at, file))
    return Archived(root, objects)


def _pages(numbers: range) -> Iterator[range]:
    for first in range(numbers.start, numbers.stop, _PAGE):
        yield range(first, min(first + _PAGE, numbers.stop))


def _kind(text: str) -> Literal["summary", "extended", "details", "splits", "deletions"]:
    for kind in ("summary", "extended", "details", "splits", "deletions"):
        if kind == text:
            return kind
    raise ValueError(text)
