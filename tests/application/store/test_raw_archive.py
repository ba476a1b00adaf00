"""The archive: what was observed, immutable, in order; what a crash kept from being applied is found again."""

from __future__ import annotations

import gzip
import random
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from myrunstreak.store.raw_archive import RawArchive

from tests.stage.drafts import Shelf, at, run
from tests.stage.examples import examples

_moments = st.datetimes(datetime(2015, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
_zones = st.integers(-12, 14).map(lambda hours: timezone(timedelta(hours=hours)))


@pytest.fixture(scope="module")
def drawer(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """One archive for all examples of a module."""
    return Shelf(tmp_path_factory.mktemp("drawer"))


@examples(50)
@given(moments=st.lists(st.tuples(_moments, _zones), min_size=2, max_size=6, unique_by=lambda pair: pair[0]))
def test_names_sort_by_the_time_of_observation(
    drawer: Shelf, moments: list[tuple[datetime, timezone]]
) -> None:
    """Whatever zone the clock speaks of: ascending names are ascending instants."""
    drafts = [drawer.archive.draft("extended", b"[]", moment.astimezone(zone)) for moment, zone in moments]
    by_name = sorted(drafts, key=lambda draft: draft.name)
    assert sorted(moment for moment, _ in moments) == [draft.observed_at for draft in by_name]


def test_an_object_comes_back_as_it_was(shelf: Shelf) -> None:
    """Name, kind, instant and every byte of the answer."""
    body = b' [ {"activityId" : 1.0e0} ]\n'
    draft = shelf.archive.draft("details", body, at(0))
    shelf.add(draft)
    (found,) = shelf.archive.unapplied(set(), None)
    assert (draft.name, "details", at(0)) == (found.name, found.kind, found.observed_at)
    assert body == gzip.decompress(found.file.read_bytes())
    assert draft.name.startswith("test/2026/11/20261101T060000.000000Z-details-")


def test_the_same_observation_is_archived_once(shelf: Shelf) -> None:
    """A repetition finds its object there already."""
    for _ in range(2):
        shelf.add(shelf.page(0, run(1)))
    assert 1 == len(list(shelf.blobs.names()))


def test_what_a_crash_left_is_found_and_what_is_applied_is_not(shelf: Shelf) -> None:
    """Oldest first, also a few hours behind the newest that was applied: two writers stamp independently."""
    pages = [shelf.page(minutes, run(minutes)) for minutes in (0, 5, 60 * 20, 60 * 23)]
    shelf.add(*pages)
    applied = {pages[0].name, pages[3].name}
    missed = list(shelf.archive.unapplied(applied, at(60 * 23)))
    assert [pages[1].name, pages[2].name] == [one.name for one in missed]
    assert [] == list(shelf.archive.unapplied({page.name for page in pages}, at(60 * 23)))


def test_an_empty_database_finds_all_of_it(shelf: Shelf) -> None:
    """A lost or restored database is filled from the archive, over the turn of years."""
    pages = [shelf.page(60 * 24 * 40 * number, run(1, notes=str(number))) for number in range(12)]
    shelf.add(*reversed(pages))
    assert [page.name for page in pages] == [one.name for one in shelf.archive.unapplied(set(), None)]


def test_everything_since_a_moment_is_that_and_nothing_before(shelf: Shelf) -> None:
    """The moment itself is included."""
    pages = [shelf.page(minutes, run(minutes)) for minutes in (0, 1, 2)]
    shelf.add(*pages)
    assert [pages[1].name, pages[2].name] == [one.name for one in shelf.archive.since(at(1))]


def test_another_sources_objects_are_ignored(shelf: Shelf, tmp_path: Path) -> None:
    """The demo's answers never become the runner's; what is no object of ours is passed over too."""
    for source in ("api.smashrun.com", "loopback", "test2", "zebra"):
        other = RawArchive(shelf.blobs, source, tmp_path)
        other.add(other.draft("extended", b"[]", at(0)))
    shelf.blobs.add("test/notes.txt", b"mine")
    shelf.blobs.add("test/2026/11/20261101T060000.000000Z-unknown-00000000.json.gz", b"x")
    shelf.add(shelf.page(0, run(1)))
    assert [shelf.page(0, run(1)).name] == [one.name for one in shelf.archive.unapplied(set(), None)]
    assert ["api.smashrun.com", "loopback", "test", "test2", "zebra"] == shelf.archive.sources()


def test_a_damaged_object_is_named_and_never_read_as_something_else(shelf: Shelf) -> None:
    """Cut off or with a bit flipped, anywhere: the archive says which object, and what to do."""
    page = shelf.page(0, *(run(number, notes="n" * number) for number in range(60)))
    shelf.add(page)
    stored = shelf.folder / "raw" / page.name
    sound, rng = stored.read_bytes(), random.Random(3)
    cut = [sound[: int(len(sound) * share)] for share in (0.1, 0.5, 0.9)]
    # The first bytes hold a flag and a time that say nothing about the content.
    places = [0, 1, 2, *(rng.randrange(10, len(sound)) for _ in range(40))]
    flipped = [sound[:i] + bytes([sound[i] ^ 1 << rng.randrange(8)]) + sound[i + 1 :] for i in places]
    for damaged in [*cut, *flipped]:
        stored.write_bytes(damaged)
        (found,) = shelf.archive.unapplied(set(), None)
        assert page.name == found.name
        assert "it is damaged" in (found.damage or "")
        assert "sync --full" in (found.damage or "")


def test_an_empty_object_is_damaged(shelf: Shelf) -> None:
    """Nothing is not an empty page."""
    shelf.add(shelf.page(0, run(1)))
    (shelf.folder / "raw" / shelf.page(0, run(1)).name).write_bytes(b"")
    (found,) = shelf.archive.unapplied(set(), None)
    assert "it is empty" in (found.damage or "")
