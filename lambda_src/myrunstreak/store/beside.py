"""Small objects that lie beside the database: read whole, or not there."""

from __future__ import annotations

import tempfile
from pathlib import Path

from myrunstreak.contract.layout import S3Location
from myrunstreak.store.blobs import open_blobs, split_object
from myrunstreak.store.workplace import disk_errors


def read_beside(database: S3Location | Path, name: str, region: str) -> bytes | None:
    """The content of the object ``name`` in the database's folder; None where there is none.

    Raises:
        InvalidSettings: it may not be read.
        StoreUnavailable: disk or bucket did not answer.
    """
    folder, _ = split_object(database)
    with disk_errors("the folder for temporary files"), tempfile.TemporaryDirectory() as work:
        file = Path(work) / "object"
        return file.read_bytes() if open_blobs(folder, region).fetch(name, file) else None
