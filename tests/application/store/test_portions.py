"""Archived objects are read in portions of bounded size, and how they are cut changes no row."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path
from typing import Any

import pytest
from myrunstreak.store.loading import portions as cutting
from myrunstreak.store.loading.portions import Limit, NotAnArray, portions, records_of

from tests.stage.drafts import Run, Shelf, content, open_database, recorded, run

SMALL = Limit(400, 2_000)


def value(dice: random.Random, depth: int = 0) -> Any:
    """Anything JSON may hold, with the signs that a reader of brackets could stumble over."""
    leaves = [dice.random(), None, True, -3, 'a"\\[]{},é\\\\"'[: dice.randrange(12)], "", []]
    kind = dice.randrange(9 if depth < 4 else 7)
    if kind == 7:
        return [value(dice, depth + 1) for _ in range(dice.randrange(4))]
    if kind == 8:
        return {f'k"]{key}': value(dice, depth + 1) for key in range(dice.randrange(3))}
    return leaves[kind]


def test_the_records_of_an_array_come_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever a chunk of the file ends: within a text, after a backslash, between two records."""
    dice, file = random.Random(11), tmp_path / "some.json.gz"
    for _ in range(400):
        monkeypatch.setattr(cutting, "_CHUNK_BYTES", dice.randrange(1, 30))
        records = [value(dice) for _ in range(dice.randrange(6))]
        text = " " * dice.randrange(2) + json.dumps(records, indent=dice.choice([None, 1]))
        file.write_bytes(gzip.compress(text.encode()))
        assert records == [json.loads(one) for one in records_of(file)]


@pytest.mark.parametrize("text", ['{"a": [1]}', '"[1]"', "[1, [2]", "]", "", "x[1]", "1", '["'])
def test_what_is_no_whole_array_is_said_to_be_none(tmp_path: Path, text: str) -> None:
    """An object, a text, an end that is missing."""
    file = tmp_path / "some.json.gz"
    file.write_bytes(gzip.compress(text.encode()))
    with pytest.raises(NotAnArray):
        list(records_of(file))


def detailed(activity_id: int, points: int) -> Run:
    """A run with a recording."""
    ramp = [float(number) for number in range(points)]
    return recorded(
        run(activity_id, hasDetails=1), clock=ramp, duration=ramp, distance=[one / 100 for one in ramp]
    )


def test_a_large_object_is_read_a_run_at_a_time(shelf: Shelf) -> None:
    """Small neighbours are read together, a large object in pieces; its last piece completes it."""
    small = [shelf.details(minute, detailed(minute, 3)) for minute in range(1, 4)]
    large = shelf.details(5, *(detailed(number, 100) for number in range(5, 8)))
    found = [(len(one.objects), [c.name for c in one.complete]) for one in portions([*small, large], SMALL)]
    assert [(3, [one.name for one in small]), (1, []), (1, []), (1, [large.name])] == found
    assert not list(large.file.parent.glob("piece-*"))


def test_where_an_object_is_cut_changes_no_row(shelf: Shelf) -> None:
    """Details, a page with recordings, splits: whole, or every record by itself."""
    dice = random.Random(5)
    ids = range(1, 9)
    objects = [
        shelf.page(0, *(run(number, hasDetails=1) for number in ids)),
        shelf.details(1, *(detailed(number, dice.randrange(2, 300)) for number in ids)),
        shelf.page(2, *(detailed(number, 150) | {"notes": "again"} for number in [2, 5])),
        shelf.details(3, detailed(5, 40), {"activityId": None}, None, 7, detailed(7, 0)),
    ]
    whole, cut = open_database(), open_database()
    whole.apply(objects)
    for portion in portions(objects, Limit(1, 1)):
        cut.apply_portion(portion)
    assert 8 < len(content(whole)["splits"])
    assert content(whole) == content(cut)


def test_an_object_that_is_no_array_is_handed_on_whole(shelf: Shelf) -> None:
    """Its reader says what is wrong with it."""
    odd = shelf.draft("details", 1, {"message": "x" * 3_000})
    (portion,) = portions([odd], SMALL)
    assert ([odd], [odd]) == (list(portion.objects), list(portion.complete))
