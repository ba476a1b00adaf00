"""Archived objects as DuckDB reads them: records of many files at once, each with its time of observation."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from myrunstreak.sync.values import RawObject

MAX_OBJECT_BYTES: Final = 64 << 20
_SMALLEST_BUFFER: Final = 1 << 20

# One row per element of the files' arrays. Its parameters are those of ``files_to_read``.
RECORDS: Final = """
SELECT coalesce(records.json, 'null') AS raw, files.observed_at
FROM read_json_objects(
    from_json($files, '["VARCHAR"]'),
    format = 'array',
    filename = true,
    maximum_object_size = $largest
) AS records
JOIN (
    SELECT
        unnest(from_json($files, '["VARCHAR"]')) AS file,
        unnest(from_json($observed, '["TIMESTAMP"]')) AS observed_at
) AS files ON files.file = records.filename
"""


def as_list(values: Iterable[object]) -> str:
    """A list as a parameter for ``from_json``: DuckDB's client takes 0.2 ms for each element of a Python list."""
    return json.dumps(list(values), default=str)


def files_to_read(objects: Sequence[RawObject]) -> dict[str, Any]:
    """The parameters of ``RECORDS``.

    Every thread of DuckDB reserves twice the largest size that a record may have: so that is the size of the largest
    file, and not a limit for all files.
    """
    sizes = [uncompressed_bytes(item.file) for item in objects]
    return {
        "files": as_list(item.file for item in objects),
        "observed": as_list(item.observed_utc for item in objects),
        "largest": min(max(_SMALLEST_BUFFER, *sizes), MAX_OBJECT_BYTES),
    }


def uncompressed_bytes(file: Path) -> int:
    """What the last four bytes of a gzip file say."""
    with file.open("rb") as content:
        content.seek(-4, 2)
        return struct.unpack("<I", content.read(4))[0]
