"""What others may see: where it is, and whether it is switched on.

The address is 160 random bits. ``share.json`` beside the pages holds it, and whether the runner has switched it on by
command; the setting SHARE does so too. What is shared ends with yesterday unless the runner has chosen otherwise: "still
out" says where a runner is.
"""

from __future__ import annotations

import json
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from myrunstreak.store.blobs.port import Blobs

SHARE: Final = "share.json"
PREFIX: Final = "/share/"
_BYTES: Final = 20


@dataclass(frozen=True)
class Sharing:
    """The public address, and whether it is switched on by command.

    Attributes:
        address: the last part of the path; empty where there has never been one.
        is_live: whether today is shared too.
    """

    address: str = ""
    is_on: bool = False
    is_live: bool = False


def read_sharing(folder: Blobs) -> Sharing:
    """What is kept in a folder of pages."""
    with TemporaryDirectory() as work:
        file = Path(work) / SHARE
        return parse_sharing(file.read_bytes()) if folder.fetch(SHARE, file) else Sharing()


def parse_sharing(content: bytes) -> Sharing:
    """What ``share.json`` says; what cannot be read shares nothing."""
    with suppress(ValueError, TypeError, KeyError):
        document = json.loads(content)
        return Sharing(str(document["address"]), document["is_on"] is True, document.get("is_live") is True)
    return Sharing()


def write_sharing(folder: Blobs, sharing: Sharing) -> None:
    """Keep it."""
    folder.put(SHARE, json.dumps(vars(sharing)).encode())


def keep_address(folder: Blobs) -> Sharing:
    """The sharing of a folder, with an address made where there is none."""
    known = read_sharing(folder)
    if known.address:
        return known
    made = Sharing(new_address(), known.is_on, known.is_live)
    write_sharing(folder, made)
    return made


def new_address() -> str:
    """An address that cannot be guessed."""
    return secrets.token_urlsafe(_BYTES)
