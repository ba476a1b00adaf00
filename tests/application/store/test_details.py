"""Details of a run: which are still to be fetched, and what an answer leaves behind."""

from __future__ import annotations

from typing import Any

from myrunstreak.store.database import RunDatabase
from myrunstreak.sync.values import Applied

from tests.stage.drafts import Shelf, naive, open_database, recorded, rows, run

DETAILED = run(1, hasDetails=1)


WHOLE = recorded(DETAILED, clock=[0, 300, 650], duration=[0, 300, 650], distance=[0, 1.0, 2.0])


def _queue(database: RunDatabase) -> list[tuple[Any, ...]]:
    return rows(
        database, "SELECT activity_id, enqueued_at, attempts, last_error FROM details_queue ORDER BY 1"
    )


def test_new_runs_with_details_wait_newest_first(shelf: Shelf) -> None:
    """Only what has a recording at the source is asked for, and what the runner looks at first comes first."""
    database = open_database()
    old, new = run(2, hasDetails=1, startDateTimeLocal="2026-09-01"), run(3, hasDetails=1)
    database.apply([shelf.page(0, old, new, run(4, hasDetails=0), run(5))])
    assert [3, 2] == database.pending_details()
    assert [3] == database.pending_details(1)
    assert 2 == database.pending_details_count()
    assert [(2, naive(0), 0, None), (3, naive(0), 0, None)] == _queue(database)


def test_details_take_the_run_off_the_queue(shelf: Shelf) -> None:
    """Once stored, they are not asked for again."""
    database = open_database()
    database.apply([shelf.page(0, DETAILED)])
    assert Applied(details=1) == database.apply([shelf.details(1, WHOLE)])
    assert [] == database.pending_details()
    assert [(naive(1), naive(1))] == rows(database, "SELECT details_at, splits_at FROM runs")


def test_a_changed_run_is_asked_for_again(shelf: Shelf) -> None:
    """An edit may have moved the recording; a page without news queues nothing."""
    database = open_database()
    database.apply([shelf.page(0, DETAILED), shelf.details(1, WHOLE), shelf.page(2, DETAILED)])
    assert [] == database.pending_details()
    database.apply([shelf.page(3, DETAILED | {"distance": 6.0})])
    assert [(1, naive(3), 0, None)] == _queue(database)


def test_details_older_than_a_change_leave_the_run_on_the_queue(shelf: Shelf) -> None:
    """They were fetched before the edit was seen: stored, but asked for again."""
    database = open_database()
    database.apply(
        [shelf.page(0, DETAILED), shelf.page(2, DETAILED | {"distance": 6.0}), shelf.details(1, WHOLE)]
    )
    assert [1] == database.pending_details()
    assert [("km", 2), ("mi", 2)] == rows(
        database, "SELECT unit, count(*) FROM splits GROUP BY unit ORDER BY unit"
    )


def test_older_details_never_replace_newer_ones(shelf: Shelf) -> None:
    """Applied late, they change nothing."""
    database = open_database()
    older = WHOLE | {"laps": [{"lapType": "work", "endDuration": 1, "endDistance": 1}]}
    database.apply([shelf.page(0, DETAILED), shelf.details(2, WHOLE)])
    assert Applied() == database.apply([shelf.details(1, older)])
    assert [] == rows(database, "SELECT * FROM laps")


def test_a_run_that_lost_its_details_leaves_the_queue(shelf: Shelf) -> None:
    """Edited to have none, or answered by 404: there is nothing to ask for."""
    database = open_database()
    database.apply([shelf.page(0, DETAILED, run(2, hasDetails=1)), shelf.page(1, run(1, hasDetails=0))])
    assert [2] == database.pending_details()
    database.apply([shelf.draft("deletions", 2, {"without_details": [2]})])
    assert [] == database.pending_details()


def test_a_deleted_run_is_not_asked_for_until_it_returns(shelf: Shelf) -> None:
    """Requests are scarce; the place in the queue is kept."""
    database = open_database()
    database.apply([shelf.page(0, DETAILED), shelf.vanished(1, 1)])
    assert ([], 0) == (database.pending_details(), database.pending_details_count())
    database.apply([shelf.returned(2, 1)])
    assert [1] == database.pending_details()


def test_a_run_whose_details_fail_goes_to_the_end(shelf: Shelf) -> None:
    """One broken recording does not hold up the others."""
    database = open_database()
    database.apply(
        [shelf.page(0, run(2, hasDetails=1), run(3, hasDetails=1, startDateTimeLocal="2026-10-02"))]
    )
    database.note_detail_failure(3, "x" * 900)
    assert [2, 3] == database.pending_details()
    assert [(2, naive(0), 0, None), (3, naive(0), 1, "x" * 500)] == _queue(database)


def test_details_of_unknown_runs_are_ignored(shelf: Shelf) -> None:
    """No orphaned splits and laps."""
    database = open_database()
    foreign = {"activityId": 9, "unit": "km", "splits": [{"distance": 1.0, "seconds": 300}]}
    assert Applied() == database.apply(
        [shelf.details(0, WHOLE, None, {}), shelf.draft("splits", 1, [foreign])]
    )
    assert [] == rows(database, "SELECT * FROM splits")


def test_details_from_before_the_run_was_known_are_ignored_in_any_order(shelf: Shelf) -> None:
    """As if they had come in their order: there was no run to tell of yet."""
    database = open_database()
    early = {"activityId": 1, "unit": "km", "splits": [{"distance": 1.0, "seconds": 300}]}
    database.apply([shelf.page(2, DETAILED), shelf.details(0, WHOLE), shelf.draft("splits", 1, [early])])
    assert [] == rows(database, "SELECT * FROM splits")
    assert [1] == database.pending_details()


def test_a_page_that_carries_recordings_saves_the_request_for_these_runs_alone(shelf: Shelf) -> None:
    """Where a list shows some recordings, the other runs on it still wait for theirs."""
    database = open_database()
    applied = database.apply([shelf.page(0, WHOLE, run(2, hasDetails=1))])
    assert Applied(new=2, details=1) == applied
    assert [2] == database.pending_details()
    assert [(1,)] == rows(database, "SELECT DISTINCT activity_id FROM splits")


def test_laps_are_kept_as_recorded(shelf: Shelf) -> None:
    """Totals at the end of each lap, in Smashrun's own numbers; what is no lap is left out."""
    database = open_database()
    laps = [
        {"lapType": "warmup", "endDuration": 383, "endDistance": 1.08046},
        None,
        {"lapType": "hill", "endDuration": "861"},
    ]
    database.apply([shelf.page(0, DETAILED), shelf.details(1, WHOLE | {"laps": laps})])
    assert [(1, 1, "warmup", 383.0, 1.08046), (1, 3, "hill", 861.0, None)] == rows(
        database, "SELECT * FROM laps"
    )
    database.apply([shelf.details(2, WHOLE | {"laps": laps[:1]})])
    assert [(1, 1, "warmup", 383.0, 1.08046)] == rows(database, "SELECT * FROM laps")


def test_smashruns_own_splits_stand_in_where_a_recording_gives_none(shelf: Shelf) -> None:
    """Running totals become each split's own figures; a tail of no length is left out; miles become km."""
    database = open_database()
    rows_km = [
        {"distance": 1.0, "seconds": 355, "heartRate": 142, "elevationGain": 0, "elevationLoss": 3},
        {"distance": 2.0, "seconds": 710, "heartRate": 153, "elevationGain": 4, "elevationLoss": 3},
        {"distance": 2.0, "seconds": 711},
    ]
    answers = [
        {"activityId": 1, "unit": "km", "splits": rows_km},
        {"activityId": 1, "unit": "mi", "splits": [{"distance": 0.5, "seconds": 300}]},
    ]
    database.apply([shelf.page(0, DETAILED), shelf.details(1, DETAILED)])
    assert [1] == database.pending_splits(10)
    database.apply([shelf.draft("splits", 2, answers)])
    assert [] == database.pending_splits(10)
    assert [
        (1, "km", 1, 1.0, 355.0, 355.0, 142.0, 0.0, 3.0),
        (1, "km", 2, 1.0, 355.0, 355.0, 153.0, 4.0, 0.0),
        (1, "mi", 1, 0.804672, 300.0, 300 / 0.804672, None, None, None),
    ] == rows(database, "SELECT * FROM splits ORDER BY unit, split_number")


def test_an_empty_answer_for_splits_is_not_asked_for_again(shelf: Shelf) -> None:
    """Smashrun has none either: that is known now."""
    database = open_database()
    empty = [{"activityId": 1, "unit": unit, "splits": []} for unit in ("km", "mi")]
    database.apply([shelf.page(0, DETAILED), shelf.details(1, DETAILED), shelf.draft("splits", 2, empty)])
    assert [] == database.pending_splits(10)


def test_splits_of_smashrun_older_than_the_details_are_out_of_date(shelf: Shelf) -> None:
    """They belong to the recording before; applied late, they change nothing."""
    database = open_database()
    answer = [{"activityId": 1, "unit": "km", "splits": [{"distance": 9.0, "seconds": 1}]}]
    database.apply([shelf.page(0, DETAILED), shelf.details(2, WHOLE)])
    before = rows(database, "SELECT * FROM splits ORDER BY ALL")
    database.apply([shelf.draft("splits", 1, answer)])
    assert before == rows(database, "SELECT * FROM splits ORDER BY ALL")
    assert [(naive(2),)] == rows(database, "SELECT splits_at FROM runs")
