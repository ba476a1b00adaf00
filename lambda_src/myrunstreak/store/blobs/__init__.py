"""A folder of named objects, on disk or in a bucket: the port, its two homes, and how a location is opened."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from myrunstreak.contract.layout import S3Location
from myrunstreak.store.blobs.port import Blobs

# A reader waits for an answer, so S3 gets less patience than a sync has.
_QUICK_TIMEOUT_S: Final = 5
_QUICK_TRIES: Final = 2


def open_blobs(location: S3Location | Path, region: str, *, quick: bool = False) -> Blobs:
    """The folder at a location; ``quick`` gives up an S3 that does not answer within seconds."""
    if isinstance(location, S3Location):
        from myrunstreak.store.blobs.s3 import S3Blobs

        if quick:
            return S3Blobs(
                location, region, read_timeout_s=_QUICK_TIMEOUT_S, tries=_QUICK_TRIES, is_reader=True
            )
        return S3Blobs(location, region)
    from myrunstreak.store.blobs.local import LocalBlobs

    return LocalBlobs(location)


def split_object(location: S3Location | Path) -> tuple[S3Location | Path, str]:
    """The folder of an object and the object's name in it."""
    if isinstance(location, S3Location):
        parent, slash, name = location.key.rpartition("/")
        return S3Location(location.bucket, f"{parent}{slash}"), name
    return location.parent, location.name
