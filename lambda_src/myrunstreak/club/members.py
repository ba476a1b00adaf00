"""What the runner of a record shares with the other members, as it is kept beside the record."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from myrunstreak.contract import club_sharing
from myrunstreak.contract.club import SHARING_NAME
from myrunstreak.contract.club_sharing import Sharing, SharingChoice
from myrunstreak.store.blobs.port import Blobs
from myrunstreak.store.blobs.remembered import fetch_if_there


def read_sharing(record: Blobs) -> Sharing:
    """What is shared; nothing until the runner says so."""
    with TemporaryDirectory(prefix="myrunstreak-") as work:
        file = Path(work) / SHARING_NAME
        is_there = fetch_if_there(record, SHARING_NAME, file) is not None
        return club_sharing.read_sharing(file.read_bytes() if is_there else None)


def write_sharing(record: Blobs, sharing: Sharing) -> None:
    """Keep what is shared from now on."""
    record.put(SHARING_NAME, SharingChoice(sharing=sharing).model_dump_json().encode())
