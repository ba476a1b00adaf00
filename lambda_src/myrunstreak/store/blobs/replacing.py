"""Replaces an object only while it is in the state that was read, and tries again when another writer came first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from myrunstreak.errors import StoreConflict
from myrunstreak.store.blobs.port import Blobs, Superseded, Version
from myrunstreak.store.blobs.remembered import fetch_if_there

_TRIES: Final = 6


def replace(
    blobs: Blobs,
    name: str,
    change: Callable[[], tuple[Path, Version | None] | None],
    *,
    after_loss: Callable[[], object] = lambda: None,
    note: Callable[[Path], str] = lambda _: "",
    next_step: str,
) -> Version | None:
    """Write what ``change`` makes of an object; its new version, None where it is left as it is.

    Args:
        change: reads the object anew at each try, and gives the new content with the version that it was made
            from. None leaves the object as it is.
        after_loss: called each time another writer came first.
        note: what is noted beside the new content.
        next_step: what becomes of the change when the tries are used up, for the message.

    Raises:
        StoreConflict: another writer came first at each of six tries.
    """
    for _ in range(_TRIES):
        changed = change()
        if changed is None:
            return None
        file, expected = changed
        try:
            return blobs.write(name, file, expected, note(file))
        except Superseded:
            after_loss()
    raise StoreConflict(
        f"{blobs.place.rstrip('/')}/{name} was changed by other syncs {_TRIES} times in a row. {next_step}"
    )


def replace_content(
    blobs: Blobs,
    name: str,
    change: Callable[[bytes | None], bytes | None],
    *,
    after_loss: Callable[[], object] = lambda: None,
    next_step: str,
) -> None:
    """Write what ``change`` makes of a small object's content (None: there is none), unless that is None.

    Raises:
        StoreConflict: see ``replace``.
    """
    with TemporaryDirectory(prefix="myrunstreak-") as work:
        old, new = Path(work) / "old", Path(work) / "new"

        def attempt() -> tuple[Path, Version | None] | None:
            version = fetch_if_there(blobs, name, old)
            changed = change(old.read_bytes() if version else None)
            if changed is None:
                return None
            new.write_bytes(changed)
            return new, version

        replace(blobs, name, attempt, after_loss=after_loss, next_step=next_step)
