"""Archived objects in portions that fit into the function's memory, whatever size the objects have.

How objects are grouped, and where one is cut, changes no row: so small neighbours are read at once, and one
that is larger than the limit is read in pieces of whole records.
"""

from __future__ import annotations

import gzip
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from myrunstreak.store.loading.reading import uncompressed_bytes
from myrunstreak.sync.values import Kind, RawObject

_CHUNK_BYTES: Final = 1 << 20


@dataclass(frozen=True)
class Limit:
    """What is read at once: so many objects, and together so many bytes of JSON."""

    objects: int
    bytes: int


# A recording takes about ten times its JSON's size while splits are made of it.
DETAILS: Final = Limit(400, 3 << 20)
_LIMITS: Final[dict[str, Limit]] = {
    "summary": Limit(1, 16 << 20),
    "extended": Limit(400, 16 << 20),
    "details": DETAILS,
    "splits": Limit(200, 8 << 20),
    # A decision is one record, however long.
    "deletions": Limit(1, 1 << 62),
}


@dataclass(frozen=True)
class Portion:
    """What is read and applied at once.

    Attributes:
        objects: whole objects of one kind, or one that stands for a piece of a large one.
        complete: the archived objects that are applied to their end with it.
    """

    objects: Sequence[RawObject]
    complete: Sequence[RawObject] = field(default=())

    @property
    def kind(self) -> Kind:
        """What its objects are."""
        return self.objects[0].kind

    @property
    def size(self) -> int:
        """Bytes of JSON."""
        return sum(uncompressed_bytes(item.file) for item in self.objects)


def portions(objects: Iterable[RawObject], limit: Limit | None = None) -> Iterator[Portion]:
    """The objects in their order, read as late as possible.

    Args:
        limit: instead of the one of their kind.

    A piece's file is gone when the next portion is asked for.
    """
    for kind, alike in itertools.groupby(objects, key=lambda item: item.kind):
        yield from _within_limit(alike, limit or _LIMITS[kind])


def _within_limit(objects: Iterable[RawObject], limit: Limit) -> Iterator[Portion]:
    group: list[RawObject] = []
    size = 0
    for item in objects:
        own = uncompressed_bytes(item.file)
        if group and (len(group) == limit.objects or size + own > limit.bytes):
            yield Portion(group, group)
            group, size = [], 0
        if own > limit.bytes:
            yield from _pieces(item, limit.bytes)
        else:
            group.append(item)
            size += own
    if group:
        yield Portion(group, group)


def _pieces(item: RawObject, most_bytes: int) -> Iterator[Portion]:
    file = item.file.with_name(f"piece-{item.file.name}")
    piece = replace(item, file=file)
    try:
        held: list[bytes] = []
        for record in records_of(item.file):
            if held and sum(map(len, held)) + len(record) > most_bytes:
                _write(file, held)
                yield Portion([piece])
                held = []
            held.append(record)
        _write(file, held)
        yield Portion([piece], [item])
    except NotAnArray:
        # Whole: its reader says what is wrong with it.
        yield Portion([item], [item])
    finally:
        file.unlink(missing_ok=True)


def _write(file: Path, records: Sequence[bytes]) -> None:
    with gzip.open(file, "wb", compresslevel=0) as content:
        content.write(b"[" + b",".join(records) + b"]")


class NotAnArray(ValueError):
    """A file holds no JSON array, or breaks off."""


# What matters to where a record ends. Numbers, of which there are most, are passed over in one step.
_BETWEEN: Final = re.compile(rb'["\[\]{},]')
_WITHIN: Final = re.compile(rb'["\[\]{}]')
_QUOTED: Final = re.compile(rb'["\\]')


def records_of(file: Path) -> Iterator[bytes]:
    """The elements of the JSON array in a gzip file, verbatim, one at a time.

    Only brackets and quotes matter: an element that is not valid JSON comes unchanged.

    Raises:
        NotAnArray: the file holds something else, or its end is missing.
    """
    depth, quoted, skipped = 0, False, 0
    begun: list[bytes] = []
    with gzip.open(file) as content:
        while chunk := content.read(_CHUNK_BYTES):
            start, at, skipped = 0, skipped, 0
            while match := _next_sign(depth, quoted).search(chunk, at):
                at, sign = match.end(), match[0]
                if sign == b"\\":
                    # The next byte means nothing; it may be in the next chunk.
                    skipped = max(0, at + 1 - len(chunk))
                    at += 1
                elif sign == b'"':
                    quoted = not quoted
                elif sign in b"[{":
                    depth += 1
                    if depth == 1:
                        if sign != b"[" or b"".join([*begun, chunk[: match.start()]]).strip():
                            raise NotAnArray(f"{file.name} holds no JSON array")
                        start, begun = at, []
                elif sign in b"]}":
                    depth -= 1
                if (depth == 1 and sign == b",") or (depth <= 0 and sign in b"]}"):
                    record = b"".join([*begun, chunk[start : match.start()]]).strip()
                    start, begun = at, []
                    if depth < 0:
                        raise NotAnArray(f"{file.name} holds no JSON array")
                    if record:
                        yield record
                    if depth == 0:
                        return
            begun.append(chunk[start:])
    raise NotAnArray(f"{file.name} holds no JSON array, or breaks off")


def _next_sign(depth: int, quoted: bool) -> re.Pattern[bytes]:
    return _QUOTED if quoted else _BETWEEN if depth <= 1 else _WITHIN
