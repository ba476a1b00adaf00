"""JSON for the raw archive, put together without reading what Smashrun said."""

from __future__ import annotations

import json
from collections.abc import Iterable


def as_json(value: object) -> bytes:
    """A value of ours as compact JSON."""
    return json.dumps(value, separators=(",", ":")).encode()


def json_array(bodies: Iterable[bytes]) -> bytes:
    """JSON documents, each verbatim, as one JSON array."""
    return b"[" + b",".join(bodies) + b"]"


def splits_answer(activity_id: int, unit: str, body: bytes) -> bytes:
    """Smashrun's splits of a run, verbatim, with what was asked for."""
    return b'{"activityId":%d,"unit":"%s","splits":%s}' % (activity_id, unit.encode(), body)
