"""Made-up histories of what Smashrun answered, for laws about their sum."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from myrunstreak.store.database import RunDatabase
from myrunstreak.store.manager import DuckDBManager
from myrunstreak.sync.values import RawObject

from tests.stage.drafts import Run, Shelf, open_database, recorded, run


def _sound(activity_id: int, fields: dict[str, Any]) -> Run:
    return run(activity_id, startDateTimeLocal=f"2026-10-0{activity_id}T07:12:00+02:00", **fields)


# A small world, so that runs repeat, change and change back: three ids, few contents, some records beyond storing.
_ids = st.integers(1, 3)
_sound_records = st.builds(
    _sound,
    _ids,
    st.fixed_dictionaries(
        {"distance": st.sampled_from([0, 5.0, 7.5])},
        optional={
            "hasDetails": st.sampled_from([0, 1]),
            "city": st.sampled_from(["Utrecht", None]),
            "newField": st.just("x"),
            "notes": st.sampled_from(["", "a"]),
        },
    ),
)
_broken_records = st.one_of(
    st.builds(lambda i, d: run(i, distance=d), _ids, st.sampled_from([-2, 1e300, "far"])),
    st.builds(
        lambda d: {k: v for k, v in _sound(1, {"distance": d}).items() if k != "activityId"},
        st.sampled_from([0, 5.0]),
    ),
    st.sampled_from([None, 7, {}]),
)
_surrogates = st.builds(lambda i: _sound(i, {"notes": "\ud800"}), _ids)
pages = st.lists(st.one_of(_sound_records, _sound_records, _broken_records, _surrogates), max_size=5)


def _recorded(activity_id: int, distance_km: float) -> Run:
    series = {
        "clock": [0, 300, 700],
        "duration": [0, 300, 650],
        "distance": [0, distance_km / 2, distance_km],
    }
    laps = [{"lapType": "general", "endDuration": 650, "endDistance": distance_km}]
    return recorded(_sound(activity_id, {}), **series) | {"laps": laps}


_recordings = st.builds(_recorded, _ids, st.sampled_from([1.5, 2.25]))
_without_series = st.builds(lambda i: _sound(i, {"hasDetails": 1}), _ids)


@dataclass(frozen=True)
class Step:
    """One answer of the source, or one decision about deletions."""

    kind: str
    content: Any


_foreign = st.builds(
    lambda i, s: {"activityId": i, "unit": "km", "splits": [{"distance": 1.0, "seconds": s}]},
    _ids,
    st.sampled_from([300, 310]),
)
_extended = st.builds(Step, st.just("extended"), pages)
_summaries = st.builds(Step, st.just("summary"), pages)
_with_recordings = st.builds(
    lambda page, one: Step("extended", [*page, one]), st.lists(_sound_records, max_size=2), _recordings
)
_details = st.builds(
    Step, st.just("details"), st.lists(st.one_of(_recordings, _without_series), min_size=1, max_size=3)
)
_splits = st.builds(Step, st.just("splits"), st.lists(_foreign, min_size=1, max_size=2))
_deletions = st.builds(
    lambda gone, back, without: Step(
        "deletions", {"vanished": gone, "returned": back, "without_details": without}
    ),
    st.lists(_ids, max_size=3),
    st.lists(_ids, max_size=3),
    st.lists(_ids, max_size=1),
)
histories = st.lists(
    st.one_of(_extended, _extended, _summaries, _with_recordings, _details, _splits, _deletions), max_size=6
)
forward = st.lists(
    st.one_of(_extended, _extended, _with_recordings, _details, _splits, _deletions), max_size=6
)


def drafts(shelf: Shelf, history: list[Step]) -> list[RawObject]:
    """The objects of a history, a minute apart."""
    return [shelf.draft(step.kind, minute, step.content) for minute, step in enumerate(history)]  # type: ignore[arg-type]


def fold(objects: list[RawObject], cuts: set[int] | None = None) -> RunDatabase:
    """A database with the objects, applied in groups that begin at the cuts."""
    database = open_database()
    group: list[RawObject] = []
    for number, one in enumerate(objects):
        if cuts and number in cuts:
            database.apply(group)
            group = []
        group.append(one)
    database.apply(group)
    return database


def publish(path: Path, *objects: RawObject) -> None:
    """Apply objects to the database at a path and publish it."""
    with DuckDBManager(path) as _:
        pass
    manager = DuckDBManager(path)
    try:
        for one in objects:
            manager.observe(one, lambda _: None)
        manager.publish()
    finally:
        manager.close()
