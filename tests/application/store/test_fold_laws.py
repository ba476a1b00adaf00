"""The database is the sum of the archived objects: how they are grouped, and how often they come, does not matter."""

from __future__ import annotations

import os

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st
from myrunstreak.sync.values import RawObject

from tests.application.store.histories import Step, drafts, fold, histories, pages
from tests.stage.drafts import Run, Shelf, content, live, open_database, run
from tests.stage.examples import examples


@pytest.fixture(scope="module")
def drawer(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """One archive for all examples of a module."""
    return Shelf(tmp_path_factory.mktemp("drawer"))


def check_grouping(shelf: Shelf, history: list[Step], cuts: set[int]) -> None:
    """One by one, all at once and in any groups: the same rows."""
    objects = drafts(shelf, history)
    one_by_one = content(fold(objects, set(range(len(objects)))))
    assert one_by_one == content(fold(objects, cuts))
    assert one_by_one == content(fold(objects))


@examples(8)
@given(history=histories, cuts=st.sets(st.integers(1, 8)))
def test_how_objects_are_grouped_does_not_matter(drawer: Shelf, history: list[Step], cuts: set[int]) -> None:
    """A sync that reads page by page and a rebuild that reads years at once end with the same rows."""
    check_grouping(drawer, history, cuts)


@examples(6)
@given(history=histories, repeated=st.integers(0, 8))
def test_an_object_that_is_applied_again_at_once_changes_nothing(
    drawer: Shelf, history: list[Step], repeated: int
) -> None:
    """Applying is idempotent: a repetition after a lost race or a crash leaves every row as it was."""
    objects = drafts(drawer, history[: repeated + 1])
    database = fold(objects)
    before = content(database)
    database.apply(objects[-1:])
    assert before == content(database)


@examples(7)
@given(history=histories)
def test_observing_pages_as_a_sync_does_gives_what_the_archive_gives(
    drawer: Shelf, history: list[Step]
) -> None:
    """A sync leaves pages without news unarchived and unapplied; a rebuild from what it archived is the same."""
    database = open_database()
    archived: list[RawObject] = []
    for one in drafts(drawer, history):
        if one.kind in ("summary", "extended"):
            database.observe_page(one, archived.append)
        else:
            archived.append(one)
            database.apply([one])
    assert content(database) == content(fold(archived))


@examples(6)
@given(page=pages, sizes=st.lists(st.integers(1, 3), min_size=5, max_size=5), overlap=st.booleans())
def test_page_boundaries_lose_nothing(
    drawer: Shelf, page: list[Run], sizes: list[int], overlap: bool
) -> None:
    """However a list is cut into pages, and where pages overlap, the runs are the same."""
    whole = open_database()
    whole.apply([drawer.page(0, *page)])
    cut = open_database()
    rest, minute = list(page), 0
    for size in sizes:
        cut.apply([drawer.page(minute, *rest[:size])])
        rest, minute = rest[size - int(overlap and size > 1) :], minute + 1
    cut.apply([drawer.page(minute, *rest)])
    assert live(whole) == live(cut)


@examples(6)
@given(
    contents=st.lists(st.sampled_from([5.0, 6.0, 7.0]), min_size=2, max_size=5, unique=False),
    order=st.permutations(range(5)),
)
def test_the_newest_observation_wins_in_whatever_order_objects_arrive(
    drawer: Shelf, contents: list[float], order: list[int]
) -> None:
    """Two writers' objects may be applied out of order; what was seen last is what the run says."""
    objects = [drawer.page(minute, run(1, distance=float(minute) + d)) for minute, d in enumerate(contents)]
    assert live(fold(objects)) == live(fold([objects[i] for i in order if i < len(objects)]))


@pytest.mark.soak
def test_grouping_campaign(drawer: Shelf) -> None:
    """The same law over many more histories."""

    @seed(int(os.environ.get("SOAK_SEED", "1")))
    @settings(max_examples=int(os.environ.get("SOAK_COUNT", "200")) * 5, deadline=None)
    @given(history=histories, cuts=st.sets(st.integers(1, 8)))
    def campaign(history: list[Step], cuts: set[int]) -> None:
        check_grouping(drawer, history, cuts)

    campaign()
