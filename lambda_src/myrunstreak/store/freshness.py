"""The note beside the database that says when the record was last found whole."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from myrunstreak.contract.freshness import Freshness
from myrunstreak.contract.layout import FRESHNESS_NAME
from myrunstreak.errors import StoreConflict
from myrunstreak.store.blobs.port import Blobs, Superseded

_ATTEMPTS: Final = 6


def read_freshness(text: bytes) -> Freshness:
    """What a note says; one that cannot be understood says nothing: the database knows the rest."""
    try:
        return Freshness.model_validate_json(text)
    except ValidationError:
        return Freshness()


def forget_freshness(blobs: Blobs, work: Path) -> None:
    """Let the note say nothing: the database that it spoke of is gone, and the next one is not whole yet."""
    old, new = work / f"old-{FRESHNESS_NAME}", work / f"new-{FRESHNESS_NAME}"
    version = blobs.fetch(FRESHNESS_NAME, old)
    if version and read_freshness(old.read_bytes()) != Freshness():
        new.write_text(Freshness().model_dump_json() + "\n", encoding="utf-8")
        # Another writer's note is about a whole record.
        with suppress(Superseded):
            blobs.write(FRESHNESS_NAME, new, version)


def write_freshness(blobs: Blobs, work: Path, freshness: Freshness) -> None:
    """Replace the note, each instant only by a later one.

    Args:
        blobs: the folder of the database.
        work: a local folder for the copies.

    Raises:
        StoreConflict: other writers came first, more often than this may try.
    """
    old, new = work / f"old-{FRESHNESS_NAME}", work / f"new-{FRESHNESS_NAME}"
    for _ in range(_ATTEMPTS):
        version = blobs.fetch(FRESHNESS_NAME, old)
        known = read_freshness(old.read_bytes()) if version else Freshness()
        later = freshness.later(known)
        if version and later == known:
            return
        new.write_text(later.model_dump_json() + "\n", encoding="utf-8")
        try:
            blobs.write(FRESHNESS_NAME, new, version)
            return
        except Superseded:
            continue
    raise StoreConflict(
        f"{blobs.place}/{FRESHNESS_NAME} was changed by other syncs {_ATTEMPTS} times in a row. "
        "The record itself is published; the next sync writes the note."
    )
