"""What a runner of a club shares with the other members: nothing unless they say so."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Literal, cast, get_args

from myrunstreak.contract.club import SHARING_NAME
from myrunstreak.store.blobs.port import Blobs
from myrunstreak.store.blobs.remembered import fetch_if_there

# `days`: on which days they ran enough; `distances`: how far in all, too.
Sharing = Literal["none", "days", "distances"]
SHARINGS: Final = cast("tuple[Sharing, ...]", get_args(Sharing))


def parse_sharing(content: bytes | None) -> Sharing:
    """What a sharing.json says; one that is missing, or cannot be read, shares nothing."""
    with suppress(ValueError, TypeError, KeyError):
        found = json.loads(content or b"")["sharing"]
        if found in SHARINGS:
            return found
    return "none"


def read_sharing(record: Blobs) -> Sharing:
    """What the runner of a record shares."""
    with TemporaryDirectory(prefix="myrunstreak-") as work:
        file = Path(work) / SHARING_NAME
        return parse_sharing(file.read_bytes() if fetch_if_there(record, SHARING_NAME, file) else None)


def write_sharing(record: Blobs, sharing: Sharing) -> None:
    """Keep what the runner of a record shares."""
    record.put(SHARING_NAME, json.dumps({"sharing": sharing}).encode())
