"""An archived object that cannot be applied stops no sync: it is said which one it was, once, and the rest goes on."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from tests.stage.history import FIRST_ID, run, runs
from tests.stage.world import MakeWorld, assert_rebuilds

ODD_BODIES = {
    "damaged": b"\x1f\x8b\x08broken",
    "no JSON": gzip.compress(b"<html>"),
    "no list": gzip.compress(b'{"activityId": 1}'),
    "UTF-16": gzip.compress(
        json.dumps([run(3, of=200) | {"activityId": 77, "hasDetails": 0}]).encode("utf-16")
    ),
}


@pytest.mark.parametrize("name", ODD_BODIES)
def test_a_first_sync_after_a_lost_database_gets_past_an_odd_object(name: str, make_world: MakeWorld) -> None:
    """The archive is there, the database is not: one object of it that cannot be read costs nothing else."""
    world = make_world(runs(12, hasDetails=0))
    world.sync()
    world.database_file.unlink()
    archive = Path(str(world.settings.archive))
    odd = archive / world.archived()[0]
    (odd.with_name(odd.name.replace("20260502", "20260501"))).write_bytes(ODD_BODIES[name])
    result = world.clean_sync()
    assert ("complete", name != "UTF-16") == (result.status, bool(result.warnings))
    assert int(name != "UTF-16") == result.runs_quarantined
    assert [(12,)] == world.ask(f"SELECT count(*) FROM runs WHERE activity_id >= {FIRST_ID}")
    again = world.clean_sync()
    assert ([], 0) == (again.warnings, again.runs_quarantined)
    assert_rebuilds(world)
