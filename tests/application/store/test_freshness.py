"""The note of freshness: each instant only moves forward, by any writer and in any order."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from myrunstreak.contract.freshness import Freshness
from myrunstreak.contract.layout import FRESHNESS_NAME
from myrunstreak.errors import InvalidSettings, StoreConflict, StoreUnavailable
from myrunstreak.store.blobs.local import LocalBlobs
from myrunstreak.store.blobs.port import Superseded, Version
from myrunstreak.store.freshness import read_freshness, write_freshness

from tests.stage.examples import examples

START = datetime(2026, 11, 1, 6, tzinfo=UTC)
_folders = itertools.count()


def at(day: int, minutes: int = 1) -> Freshness:
    """What a sync says that began on a day and took so many minutes."""
    began = START + timedelta(days=day)
    return Freshness(data_as_of=began, last_success_at=began + timedelta(minutes=minutes))


class Contested(LocalBlobs):
    """A folder where another writer comes first so many times, each time with a note of its own."""

    def __init__(self, root: Path, others: list[Freshness]) -> None:
        super().__init__(root)
        self.others = others
        self.writes = 0

    def write(self, name: str, source: Path, expected: Version | None, note: str = "") -> Version:
        """Write, after the other writer."""
        if self.others:
            write_freshness(LocalBlobs(self._root), source.parent, self.others.pop(0))
            source.write_text("overwritten by the other writer", encoding="utf-8")
            raise Superseded("another writer was first")
        self.writes += 1
        return super().write(name, source, expected, note)


def written(folder: Path) -> Freshness:
    """What the note says."""
    return read_freshness((folder / FRESHNESS_NAME).read_bytes())


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3000)), min_size=1, max_size=6))
@examples(40)
def test_each_instant_is_the_latest_of_all_that_were_said(
    tmp_path_factory: pytest.TempPathFactory, said: list[tuple[int, int]]
) -> None:
    """In any order: a sync that ends late with older data does not turn the clock back."""
    folder = tmp_path_factory.mktemp("note") / str(next(_folders))
    notes = [at(day, minutes) for day, minutes in said]
    for note in notes:
        write_freshness(LocalBlobs(folder), folder.parent, note)
    expected = Freshness(
        data_as_of=max(note.data_as_of for note in notes if note.data_as_of),
        last_success_at=max(note.last_success_at for note in notes if note.last_success_at),
    )
    assert expected == written(folder)


def test_an_older_note_is_not_written_at_all(tmp_path: Path) -> None:
    """Nothing new is no new version in the bucket."""
    blobs = Contested(tmp_path / "data", [])
    for note in (at(2), at(2), at(1)):
        write_freshness(blobs, tmp_path, note)
    assert (1, at(2)) == (blobs.writes, written(tmp_path / "data"))


def test_a_lost_race_is_run_again_on_what_the_other_wrote(tmp_path: Path) -> None:
    """Earlier ones give way, a later one stays."""
    blobs = Contested(tmp_path / "data", [at(1), at(2)])
    write_freshness(blobs, tmp_path, at(3))
    assert (1, at(3)) == (blobs.writes, written(tmp_path / "data"))
    blobs = Contested(tmp_path / "data", [at(5)])
    write_freshness(blobs, tmp_path, at(4))
    assert (0, at(5)) == (blobs.writes, written(tmp_path / "data"))


def test_a_race_without_end_is_given_up(tmp_path: Path) -> None:
    """With the next step in the message, and the other writers' note in place."""
    blobs = Contested(tmp_path / "data", [at(0, minutes) for minutes in range(1, 20)])
    with pytest.raises(StoreConflict, match="the next sync writes the note"):
        write_freshness(blobs, tmp_path, at(3))
    assert START == written(tmp_path / "data").data_as_of


@pytest.mark.parametrize("text", ["", "nonsense", "[]", "null", '{"data_as_of": "soon"}'])
def test_a_note_that_cannot_be_understood_says_nothing_and_is_replaced(text: str, tmp_path: Path) -> None:
    """It holds no instant that could be lost; the database knows its own."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / FRESHNESS_NAME).write_text(text)
    assert Freshness() == written(folder)
    write_freshness(LocalBlobs(folder), tmp_path, at(1))
    assert at(1) == written(folder)


def test_a_note_of_newer_code_is_read_for_what_is_known() -> None:
    """A field more is no reason to forget the others."""
    text = at(1).model_dump_json()[:-1] + ', "mood": "good"}'
    assert at(1) == read_freshness(text.encode())


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """It is for the caller to say what that means."""
    (tmp_path / "data").write_text("a file where the folder should be")
    with pytest.raises((InvalidSettings, StoreUnavailable), match=FRESHNESS_NAME):
        write_freshness(LocalBlobs(tmp_path / "data"), tmp_path, at(1))


MARKS = st.sampled_from([None, START, START + timedelta(days=1), START + timedelta(days=2)])
RESTORES = st.sampled_from([None, "20261101T000000.000000Z", "20261102T000000.000000Z"])
NOTES = st.builds(
    Freshness, data_as_of=MARKS, last_success_at=MARKS, database_mark=MARKS, restored_at=RESTORES
)


@given(NOTES, MARKS, RESTORES)
def test_a_note_says_nothing_of_an_older_or_a_restored_database(
    note: Freshness, mark: datetime | None, restored_at: str | None
) -> None:
    """It speaks for the database that was found whole, and for what was added to that."""
    is_about_it = note.restored_at == restored_at and (
        note.database_mark is None or (mark is not None and mark >= note.database_mark)
    )
    assert (note if is_about_it else Freshness()) == note.about(mark, restored_at)


@given(NOTES, NOTES, NOTES)
def test_the_order_of_writers_does_not_matter(one: Freshness, two: Freshness, three: Freshness) -> None:
    """And what is kept claims no instant that the latest restore's own syncs did not."""
    merged = one.later(two).later(three)
    assert merged == three.later(one).later(two) == one.later(three.later(two))
    last = max(note.restored_at or "" for note in (one, two, three))
    ours = [note for note in (one, two, three) if (note.restored_at or "") == last]
    assert merged.data_as_of == max(filter(None, (note.data_as_of for note in ours)), default=None)
