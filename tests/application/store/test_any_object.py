"""One object of the archive may be anything: the others are applied and published, and it is said which it was."""

from __future__ import annotations

import gzip
import itertools
import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from myrunstreak.store.blobs.local import LocalBlobs
from myrunstreak.store.manager import DuckDBManager
from myrunstreak.store.raw_archive import RawArchive
from myrunstreak.sync.values import RawObject

from tests.stage.drafts import Shelf, recorded, run
from tests.stage.examples import examples

_numbers = itertools.count()
EXTREMES: list[Any] = [
    None, True, -1, 0, 255, 65535, 2**31 - 1, 2**31, 4294967295, 2**63, 10**400,
    1e15, 1e34, -1e18, 1e300, 1e308,
    float("inf"), float("-inf"), float("nan"), "", "x", "1e400", "\ud800", "a\x00\x1b[2Jb", [], {}, [[]],
    [-1e18, -5, 1e18],
    [None, 1], {"a": {"b": [1e308]}},
]  # fmt: skip
_scalars = st.sampled_from(EXTREMES) | st.floats() | st.integers() | st.text(max_size=4)
_documents = st.recursive(
    _scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["activityId", "distance", "splits", "a"]), inner)
    ),
    max_leaves=8,
)


def _track(activity_id: int) -> dict[str, Any]:
    record = run(activity_id, hasDetails=1, startDateTimeLocal=f"2026-09-{activity_id:02d}T07:00:00+02:00")
    laps = [{"lapType": "general", "endDuration": 650, "endDistance": 2.2}]
    series = {
        "clock": [0, 300, 700],
        "duration": [0, 300, 650],
        "distance": [0, 1.2, 2.3],
        "heartRate": [99, 120, 130],
    }
    return recorded(record, **series) | {"laps": laps, "pauseIndexes": [2]}


def _listed(*ids: int) -> list[dict[str, Any]]:
    return [
        {k: v for k, v in _track(i).items() if k not in {"recordingKeys", "recordingValues"}} for i in ids
    ]


def _split(activity_id: int) -> dict[str, Any]:
    return {
        "activityId": activity_id,
        "unit": "km",
        "splits": [{"distance": 1.0, "seconds": 300.0, "heartRate": 140}],
    }


# Kind, content, and whose runs and recordings it carries.
WHOLE: list[tuple[str, Any, set[int], set[int]]] = [
    ("extended", _listed(1, 2, 3), {1, 2, 3}, set()),
    ("summary", _listed(4, 5), {4, 5}, set()),
    ("extended", [_track(6), *_listed(7, 8)], {6, 7, 8}, {6}),
    ("details", [_track(1), _track(4)], set(), {1, 4}),
    ("details", [_track(2), _track(7)], set(), {2, 7}),
    ("splits", [_split(3), _split(5)], set(), set()),
    ("deletions", {"vanished": [99], "returned": [], "without_details": [98]}, set(), set()),
]


def _shelved(folder: Path) -> tuple[Shelf, list[RawObject]]:
    shelf = Shelf(folder)
    objects = [shelf.draft(kind, minute, content) for minute, (kind, content, _, _) in enumerate(WHOLE)]  # type: ignore[arg-type]
    shelf.add(*objects)
    return shelf, objects


def _caught_up(folder: Path, database: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that a database says after it was caught up with an archive and published."""
    manager = DuckDBManager(database)
    try:
        manager.catch_up(RawArchive(LocalBlobs(folder / "raw"), "test", manager.work))
        manager.publish()
        connection = manager.connect()
        return {
            table: sorted(connection.execute(f"SELECT * FROM {table}").fetchall(), key=repr)
            for table in (
                "activities",
                "splits",
                "laps",
                "best_efforts",
                "quarantine",
                "objects_set_aside",
                "archive_log",
            )
        }
    finally:
        manager.close()


def _mutated(content: Any, places: list[int], value: Any) -> Any:
    """The content with one value, somewhere within, replaced."""
    if not places or not isinstance(content, list | dict) or not content:
        return value
    keys = list(content) if isinstance(content, dict) else list(range(len(content)))
    key = keys[places[0] % len(keys)]
    changed = dict(content) if isinstance(content, dict) else list(content)
    changed[key] = _mutated(content[key], places[1:], value)  # type: ignore[index, call-overload]
    return changed


def check_any(folder: Path, place: int, body: bytes, *, rebuilt: bool = False) -> None:
    """With one object replaced by a body, the others are there; a rebuild says the same, if asked for."""
    folder = folder / f"n{next(_numbers)}"
    _, objects = _shelved(folder)
    (folder / "raw" / objects[place].name).write_bytes(body)
    found = _caught_up(folder, folder / "runs.duckdb")
    live = {row[0]: row for row in found["activities"]}
    runs = set[int]().union(*(ids for number, (_, _, ids, _) in enumerate(WHOLE) if number != place))
    recordings = set[int]().union(*(ids for number, (_, _, _, ids) in enumerate(WHOLE) if number != place))
    assert runs <= set(live)
    assert {one.name for one in objects} == {row[0] for row in found["archive_log"]}
    assert recordings & runs <= {row[0] for row in found["laps"]}
    if rebuilt:
        assert found == _caught_up(folder, folder / "runs.duckdb")
        assert found == _caught_up(folder, folder / "again" / "runs.duckdb")


_places = st.lists(st.integers(0, 40), max_size=4)
_bodies = st.one_of(
    st.tuples(st.just("raw"), st.binary(max_size=40), st.just([])),
    st.tuples(st.just("zipped"), st.binary(max_size=40), st.just([])),
    st.tuples(st.just("json"), _documents, st.just([])),
    st.tuples(st.just("mutated"), _scalars | _documents, _places),
)


def body_of(place: int, how: str, value: Any, places: list[int]) -> bytes:
    """The bytes of a replaced object."""
    if how == "raw":
        return value
    if how == "zipped":
        return gzip.compress(value, 1)
    content = value if how == "json" else _mutated(WHOLE[place][1], places, value)
    return gzip.compress(json.dumps(content).encode(), 1)


@examples(3, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, len(WHOLE) - 1), body=_bodies)
@example(place=0, body=("json", {"activityId": 1}, []))
@example(place=3, body=("mutated", [-1e18, -5, 1e18], [0, 8, 2]))
@example(place=3, body=("mutated", 4294967295, [0, 8, 2, 1]))
@example(place=2, body=("mutated", 1e300, [0, 2]))
@example(place=6, body=("json", {"vanished": "x", "returned": 5}, []))
def test_whatever_an_object_holds_the_others_are_applied(tmp_path: Path, place: int, body: Any) -> None:
    """Sync, rebuild and publishing work; every run and every recording that other objects carry is stored."""
    check_any(tmp_path, place, body_of(place, *body))


@pytest.mark.soak
@settings(
    max_examples=int(os.environ.get("SOAK_EXAMPLES", "1500")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(place=st.integers(0, len(WHOLE) - 1), body=_bodies)
def test_whatever_an_object_holds_the_others_are_applied_a_thousand_times(
    tmp_path: Path, place: int, body: Any
) -> None:
    """The same with many more objects, and caught up and rebuilt again."""
    check_any(tmp_path, place, body_of(place, *body), rebuilt=True)


def test_a_damaged_object_is_set_aside_with_the_reason_and_read_again_when_restored(tmp_path: Path) -> None:
    """It is said which one, what to do, and nothing else waits for it; restored, its runs come by a retry."""
    _, objects = _shelved(tmp_path)
    stored = tmp_path / "raw" / objects[0].name
    whole = stored.read_bytes()
    stored.write_bytes(whole[:50])
    _caught_up(tmp_path, tmp_path / "runs.duckdb")
    manager = DuckDBManager(tmp_path / "runs.duckdb")
    archive = RawArchive(LocalBlobs(tmp_path / "raw"), "test", manager.work)
    manager.catch_up(archive)
    assert 1 == manager.database.quarantine_backlog()
    assert {objects[0].name} == manager.database.set_aside()
    assert "is damaged" in manager.database.set_aside_reasons()[objects[0].name]
    assert [] == manager.newly_set_aside()
    stored.write_bytes(whole)
    manager.retry_quarantine()
    assert set() == manager.database.set_aside()
    assert {1, 2, 3, 4, 5, 6, 7, 8} == manager.database.live_ids()
    manager.publish()
    manager.close()
    assert _caught_up(tmp_path, tmp_path / "runs.duckdb") == _caught_up(
        tmp_path, tmp_path / "again" / "runs.duckdb"
    )


def test_a_record_that_fails_for_itself_waits_and_its_neighbours_are_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the reason: a page's records are tried one by one; newer code tries what waits again."""
    from myrunstreak.store.database import RunDatabase
    from myrunstreak.store.loading import quarantine

    sound = RunDatabase._stage  # type: ignore[attr-defined]

    def failing(self: RunDatabase, some: list[RawObject]) -> Any:
        if any(b'"activityId": 2,' in gzip.decompress(one.file.read_bytes()) for one in some):
            raise ValueError("a surprise")
        return sound(self, some)

    _shelved(tmp_path)
    monkeypatch.setattr(RunDatabase, "_stage", failing)
    found = _caught_up(tmp_path, tmp_path / "runs.duckdb")
    assert {1, 3, 4, 5, 6, 7, 8} == {row[0] for row in found["activities"]}
    ((_, activity_id, reason, *_),) = found["quarantine"]
    assert (2, True) == (activity_id, "a surprise" in reason)
    assert [] == found["objects_set_aside"]
    monkeypatch.setattr(RunDatabase, "_stage", sound)
    monkeypatch.setattr(quarantine, "PARSER_VERSION", quarantine.PARSER_VERSION + 1)
    found = _caught_up(tmp_path, tmp_path / "runs.duckdb")
    assert {*range(1, 9)} == {row[0] for row in found["activities"]}
    assert [] == found["quarantine"]


def test_objects_set_aside_by_older_code_are_read_again_once(tmp_path: Path) -> None:
    """What this version set aside is left alone; what an older one did is tried, with what was observed since."""
    _, objects = _shelved(tmp_path)
    whole = (tmp_path / "raw" / objects[0].name).read_bytes()
    (tmp_path / "raw" / objects[0].name).write_bytes(gzip.compress(b'[{"activ', 1))
    _caught_up(tmp_path, tmp_path / "runs.duckdb")
    (tmp_path / "raw" / objects[0].name).write_bytes(whole)
    found = _caught_up(tmp_path, tmp_path / "runs.duckdb")
    assert [objects[0].name] == [row[0] for row in found["objects_set_aside"]]
    manager = DuckDBManager(tmp_path / "runs.duckdb")
    manager.connect().execute("UPDATE objects_set_aside SET parser_version = 0")
    manager._private.session.dirty = True  # pyright: ignore[reportPrivateUsage]
    manager.publish()
    manager.close()
    assert _caught_up(tmp_path, tmp_path / "again" / "runs.duckdb") == _caught_up(
        tmp_path, tmp_path / "runs.duckdb"
    )
