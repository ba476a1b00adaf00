"""The note beside the database that says when the record was last found whole."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from pydantic import ValidationError

from myrunstreak.contract.freshness import Freshness
from myrunstreak.contract.layout import FRESHNESS_NAME
from myrunstreak.store.blobs.port import Blobs, Superseded, Version
from myrunstreak.store.blobs.replacing import replace


def read_freshness(text: bytes) -> Freshness:
    """What a note says. One that cannot be read counts as empty: the database knows the rest."""
    try:
        return Freshness.model_validate_json(text)
    except ValidationError:
        return Freshness()


def forget_freshness(blobs: Blobs, work: Path) -> None:
    """Empty the note: the database that it described is gone, and the next one is not whole yet."""
    version, known = _fetch(blobs, work)
    if version and known != Freshness():
        # Another writer's note describes a whole record, and stays.
        with suppress(Superseded):
            blobs.write(FRESHNESS_NAME, _new_note(work, Freshness()), version)


def write_freshness(blobs: Blobs, work: Path, freshness: Freshness) -> None:
    """Replace the note, each instant only by a later one.

    Args:
        blobs: the folder of the database.
        work: a local folder for the copies.

    Raises:
        StoreConflict: other writers kept changing the note.
    """

    def change() -> tuple[Path, Version | None] | None:
        version, known = _fetch(blobs, work)
        later = freshness.later(known)
        return None if version and later == known else (_new_note(work, later), version)

    replace(
        blobs,
        FRESHNESS_NAME,
        change,
        next_step="The record itself is published; the next sync writes the note.",
    )


def _fetch(blobs: Blobs, work: Path) -> tuple[Version | None, Freshness]:
    old = work / f"old-{FRESHNESS_NAME}"
    version = blobs.fetch(FRESHNESS_NAME, old)
    return version, read_freshness(old.read_bytes()) if version else Freshness()


def _new_note(work: Path, freshness: Freshness) -> Path:
    new = work / f"new-{FRESHNESS_NAME}"
    new.write_text(freshness.model_dump_json() + "\n", encoding="utf-8")
    return new
