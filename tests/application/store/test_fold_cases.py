"""What becomes of a run: new, edited, edited back, deleted, revived, described in either form of the list."""

from __future__ import annotations

from typing import Any

from myrunstreak.store.database import RunDatabase
from myrunstreak.sync.values import Applied, RawObject

from tests.stage.drafts import Shelf, content, naive, open_database, rows, run, value


def _times(database: RunDatabase) -> tuple[Any, ...]:
    return rows(database, "SELECT first_seen_at, synced_at, deleted_at FROM activities")[0]


def _observe(database: RunDatabase, page: RawObject) -> bool:
    """Whether a page, observed as the sync does, said anything new."""
    archived: list[RawObject] = []
    report, _ = database.observe_page(page, archived.append)
    assert bool(archived) == report.changes
    return report.changes


def test_a_new_run_is_dated_by_its_first_observation(shelf: Shelf) -> None:
    """First seen and present content date from the same page; nothing is deleted."""
    database = open_database()
    assert Applied(new=1) == database.apply([shelf.page(0, run(1))])
    assert (naive(0), naive(0), None) == _times(database)


def test_the_same_content_again_is_no_change_and_is_not_rewritten(shelf: Shelf) -> None:
    """A page with nothing but known content is neither archived nor applied."""
    database = open_database()
    database.apply([shelf.page(0, run(1), run(2))])
    before = content(database)
    assert not _observe(database, shelf.page(1, run(2), run(1)))
    assert before == content(database)
    assert Applied() == database.apply([shelf.page(2, run(1), run(2))])
    assert content(database, without=["archive_log"]) == {
        t: r for t, r in before.items() if t != "archive_log"
    }


def test_an_edit_keeps_the_first_sight_and_dates_the_content(shelf: Shelf) -> None:
    """Edited, and edited back: each is one update, and the content dates from when it was seen to change."""
    database = open_database()
    database.apply([shelf.page(0, run(1))])
    assert Applied(updated=1) == database.apply([shelf.page(1, run(1, distance=6.0))])
    assert (naive(0), naive(1), None) == _times(database)
    assert Applied(updated=1) == database.apply([shelf.page(2, run(1))])
    assert (naive(0), naive(2), None) == _times(database)
    assert 5.0 == value(database, "SELECT distance_km FROM runs")


def test_a_run_twice_on_a_page_is_one_run_and_the_later_row_counts(shelf: Shelf) -> None:
    """Duplicates within a page and across pages are removed by the loader: there is no index to do it."""
    database = open_database()
    assert Applied(new=1) == database.apply([shelf.page(0, run(1), run(1, distance=6.0))])
    database.apply([shelf.page(1, run(1, distance=6.0), run(2)), shelf.page(2, run(2), run(3))])
    assert [(1, 6.0), (2, 5.0), (3, 5.0)] == rows(
        database, "SELECT activity_id, distance_km FROM runs ORDER BY 1"
    )
    database.check()


def test_a_deleted_run_keeps_its_row_and_leaves_the_views(shelf: Shelf) -> None:
    """A tombstone, not a hole: what was known of the run stays."""
    database = open_database()
    database.apply([shelf.page(0, run(1), run(2))])
    assert Applied(deleted=1) == database.apply([shelf.vanished(1, 1)])
    assert ({2}, {1}) == (database.live_ids(), database.deleted_ids())
    assert Applied() == database.apply([shelf.vanished(2, 1)])
    assert [(naive(1),)] == rows(database, "SELECT deleted_at FROM activities WHERE activity_id = 1")


def test_a_run_that_a_list_shows_again_is_alive(shelf: Shelf) -> None:
    """Undeleted at the source: the list page revives it, changed or not."""
    database = open_database()
    database.apply([shelf.page(0, run(1), run(2)), shelf.vanished(1, 1, 2)])
    assert Applied(revived=1) == database.apply([shelf.page(2, run(1))])
    assert (naive(0), naive(0), None) == _times(database)
    assert Applied(updated=1, revived=1) == database.apply([shelf.page(3, run(2, notes="again"))])
    assert {1, 2} == database.live_ids()


def test_a_run_that_only_the_id_list_shows_again_is_alive(shelf: Shelf) -> None:
    """An undelete moves no change time, so that no list page need show it: the id list revives it."""
    database = open_database()
    database.apply([shelf.page(0, run(1)), shelf.vanished(1, 1)])
    assert Applied(revived=1) == database.apply([shelf.returned(2, 1)])
    assert Applied() == database.apply([shelf.returned(3, 1)])
    assert {1} == database.live_ids()


def test_a_page_from_before_the_deletion_does_not_revive(shelf: Shelf) -> None:
    """What was seen earlier says nothing against what is known since."""
    database = open_database()
    database.apply([shelf.page(2, run(1)), shelf.vanished(3, 1), shelf.page(1, run(1, notes="older"))])
    assert {1} == database.deleted_ids()
    assert "" == value(database, "SELECT notes FROM activities")


def test_a_decision_older_than_the_present_content_deletes_nothing(shelf: Shelf) -> None:
    """A run that was seen to change after it was missed is there."""
    database = open_database()
    database.apply([shelf.page(0, run(1)), shelf.page(2, run(1, notes="here")), shelf.vanished(1, 1)])
    assert {1} == database.live_ids()


def test_an_id_that_was_never_stored_cannot_vanish(shelf: Shelf) -> None:
    """Decisions about unknown runs are no rows."""
    database = open_database()
    assert Applied() == database.apply([shelf.vanished(0, 9), shelf.returned(1, 9)])
    assert [] == rows(database, "SELECT * FROM activities")


def test_a_summary_keeps_what_only_the_extended_form_carries(shelf: Shelf) -> None:
    """Where Smashrun offers only summaries for a while, place and climb are not forgotten, known or new."""
    database = open_database()
    extended = run(1, city="Utrecht", elevationGain=12, newField="x")
    database.apply([shelf.page(0, extended)])
    assert not _observe(database, shelf.page(1, run(1), form="summary"))
    assert _observe(database, shelf.page(2, run(1, notes="edited"), form="summary"))
    row = rows(database, "SELECT city, elevation_gain_m, extra, notes FROM runs")
    assert [("Utrecht", 12.0, '{"newField":"x"}', "edited")] == row


def test_an_extended_item_completes_a_summary(shelf: Shelf) -> None:
    """The extended block arrives later: one update."""
    database = open_database()
    database.apply([shelf.page(0, run(1), form="summary")])
    assert Applied(updated=1) == database.apply([shelf.page(1, run(1, city="Utrecht"))])
    assert "Utrecht" == value(database, "SELECT city FROM runs")


def test_unknown_fields_are_kept_as_they_came(shelf: Shelf) -> None:
    """What Smashrun adds tomorrow is stored today; what belongs to the details is not mistaken for new."""
    database = open_database()
    database.apply([shelf.page(0, run(1, vo2Max=51.5, gear={"shoe": "A"}, songs=[], bodyWeight=70))])
    assert '{"vo2Max":51.5,"gear":{"shoe":"A"}}' == value(database, "SELECT extra FROM runs")


def test_labels_never_seen_before_are_kept(shelf: Shelf) -> None:
    """A strict list of labels once cost a client 307 runs."""
    database = open_database()
    database.apply(
        [shelf.page(0, run(1, weatherType="volcanicash", howFelt="Zen", terrain="moon dust", source=""))]
    )
    assert [("volcanicash", "Zen", "moon dust", "")] == rows(
        database, "SELECT weather_type, how_felt, terrain, source FROM runs"
    )


def test_two_runs_in_one_minute_are_two_runs(shelf: Shelf) -> None:
    """Identity is the id, not the start."""
    database = open_database()
    database.apply([shelf.page(0, run(2**40), run(2**40 + 1))])
    assert [(2, 10.0)] == rows(database, "SELECT runs, distance_km FROM daily")


def test_an_empty_page_is_no_news(shelf: Shelf) -> None:
    """The end of a list changes nothing."""
    database = open_database()
    assert not _observe(database, shelf.page(0))
    assert Applied() == database.apply([shelf.page(1)])


def test_a_page_that_duckdb_cannot_read_costs_neither_its_neighbours_nor_itself(shelf: Shelf) -> None:
    """Lone surrogates are valid for Smashrun's JSON and not for DuckDB's: replaced, in that page alone."""
    database = open_database()
    broken = '[{"activityId": 3, "distance":-1.50}]'
    pages = [
        shelf.page(0, run(1, notes="\ud800")),
        shelf.verbatim(1, broken),
        shelf.page(2, run(2, notes="é🏃\x00")),
    ]
    database.apply(pages)
    assert [("?",), ("é🏃\x00",)] == rows(database, "SELECT notes FROM runs ORDER BY activity_id")
    assert broken[1:-1] == value(database, "SELECT raw FROM quarantine")
