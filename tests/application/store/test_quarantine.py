"""A record that cannot be stored waits in quarantine, raw and with its reason, until something settles it."""

from __future__ import annotations

import json
from typing import Any

from myrunstreak.store.database import RunDatabase
from myrunstreak.store.loading.quarantine import PARSER_VERSION
from myrunstreak.sync.values import Applied, RawObject

from tests.stage.drafts import Shelf, content, naive, open_database, rows, run

BAD = run(1, distance=-2)
NO_ID = {key: one for key, one in run(distance=7.25).items() if key != "activityId"}


def _waiting(database: RunDatabase) -> list[tuple[Any, ...]]:
    found = rows(
        database, "SELECT activity_id, reason, raw, first_seen_at FROM quarantine ORDER BY first_seen_at, raw"
    )
    return [(activity_id, reason, json.loads(raw), seen) for activity_id, reason, raw, seen in found]


def _observe(database: RunDatabase, page: RawObject) -> bool:
    return database.observe_page(page, lambda _: None)[0].changes


def test_what_cannot_be_stored_waits_with_its_reason_in_words(shelf: Shelf) -> None:
    """The raw record, the run's id where there is one, and what is wrong with it."""
    database = open_database()
    assert Applied(new=1, quarantined=2) == database.apply([shelf.page(0, run(2), BAD, NO_ID)])
    assert [
        (1, "distance is not a number of at least 0", BAD, naive(0)),
        (None, "activityId is missing", NO_ID, naive(0)),
    ] == sorted(_waiting(database), key=lambda row: row[1], reverse=True)
    assert {1} == database.quarantined_ids()
    assert 2 == database.quarantine_backlog()


def test_the_same_bad_record_again_is_no_news(shelf: Shelf) -> None:
    """One row per record, dated by its first sight, however often Smashrun lists it."""
    database = open_database()
    database.apply([shelf.page(0, BAD)])
    assert not _observe(database, shelf.page(1, BAD))
    database.apply([shelf.page(2, BAD, BAD)])
    assert [naive(0)] == [row[3] for row in _waiting(database)]


def test_a_later_sound_record_settles_it(shelf: Shelf) -> None:
    """Mended at the source: stored, and out of quarantine."""
    database = open_database()
    database.apply([shelf.page(0, BAD)])
    assert _observe(database, shelf.page(1, run(1)))
    assert [] == _waiting(database)
    assert {1} == database.live_ids()


def test_a_record_that_returns_to_what_is_stored_settles_it_too(shelf: Shelf) -> None:
    """Sound, broken, and sound again as before: the run has not changed, but nothing waits any more."""
    database = open_database()
    database.apply([shelf.page(0, run(1)), shelf.page(1, BAD)])
    assert 1 == database.quarantine_backlog()
    assert _observe(database, shelf.page(2, run(1)))
    assert [] == _waiting(database)
    assert [(naive(0),)] == rows(database, "SELECT synced_at FROM runs")


def test_a_record_that_breaks_after_it_was_stored_keeps_the_run(shelf: Shelf) -> None:
    """The run stays as it was last understood; the new record waits."""
    database = open_database()
    database.apply([shelf.page(0, run(1)), shelf.page(1, BAD)])
    assert {1} == database.live_ids()
    assert [1] == [row[0] for row in _waiting(database)]


def test_a_differently_broken_record_takes_the_place_of_the_older(shelf: Shelf) -> None:
    """One run waits once: with what Smashrun says of it now."""
    worse = run(1, distance="far")
    database = open_database()
    database.apply([shelf.page(0, BAD), shelf.page(1, worse)])
    assert [(worse, naive(1))] == [row[2:] for row in _waiting(database)]
    database.apply([shelf.page(2, BAD)])
    assert [(BAD, naive(2))] == [row[2:] for row in _waiting(database)]


def test_of_two_broken_records_on_one_page_the_later_waits(shelf: Shelf) -> None:
    """As for sound records: the later row counts, and neither makes the other vanish."""
    database = open_database()
    worse = run(1, distance="far")
    database.apply([shelf.page(0, BAD, worse)])
    assert [worse] == [row[2] for row in _waiting(database)]
    assert not _observe(database, shelf.page(1, BAD, worse))


def test_a_record_without_id_is_settled_by_the_run_with_its_figures(shelf: Shelf) -> None:
    """Start and distance tell which run it was; another distance or another day is another run."""
    database = open_database()
    database.apply([shelf.page(0, NO_ID)])
    database.apply(
        [
            shelf.page(1, run(5, distance=7.26)),
            shelf.page(2, run(6, startDateTimeLocal="2026-10-02", distance=7.25)),
        ]
    )
    assert 1 == database.quarantine_backlog()
    database.apply([shelf.page(3, run(7, distance=7.25))])
    assert [] == _waiting(database)


def test_a_record_without_id_is_not_settled_by_a_run_on_the_same_page(shelf: Shelf) -> None:
    """Listed beside a run with its figures, it is another run: it waits, and goes on waiting."""
    database = open_database()
    database.apply([shelf.page(0, NO_ID, run(7, distance=7.25))])
    assert 1 == database.quarantine_backlog()
    assert not _observe(database, shelf.page(1, run(7, distance=7.25), NO_ID))


def test_a_settled_record_that_is_listed_again_waits_anew(shelf: Shelf) -> None:
    """Smashrun has the last word: broken again is waiting again, from then on."""
    database = open_database()
    database.apply([shelf.page(0, BAD), shelf.page(1, run(1)), shelf.page(2, BAD)])
    assert [naive(2)] == [row[3] for row in _waiting(database)]


def test_a_group_of_pages_ends_as_page_after_page(shelf: Shelf) -> None:
    """Broken in the first page and mended in the last one of a group: nothing waits."""
    objects = [shelf.page(0, run(1)), shelf.page(1, BAD), shelf.page(2, run(1))]
    together, apart = open_database(), open_database()
    together.apply(objects)
    for one in objects:
        apart.apply([one])
    assert [] == _waiting(together)
    assert content(apart) == content(together)


def test_what_is_gone_at_the_source_no_longer_waits(shelf: Shelf) -> None:
    """A broken record of a run that was deleted on Smashrun is dropped."""
    database = open_database()
    database.apply([shelf.page(1, BAD), shelf.vanished(0, 1)])
    assert 1 == database.quarantine_backlog()
    database.apply([shelf.vanished(2, 1)])
    assert [] == _waiting(database)


def test_newer_code_tries_again_once(shelf: Shelf) -> None:
    """What this version refused is left alone; what an older one refused is tried, and marked with this version."""
    database = open_database()
    database.apply([shelf.page(0, BAD), shelf.page(1, {"activityId": 2}, form="summary")])
    before = _waiting(database)
    database.connection.execute("UPDATE quarantine SET reason = 'untouched'")
    assert Applied() == database.retry_quarantine()
    assert [("untouched",)] == rows(database, "SELECT DISTINCT reason FROM quarantine")
    database.connection.execute(
        "UPDATE quarantine SET parser_version = parser_version - 1 WHERE activity_id = 2"
    )
    database.retry_quarantine()
    assert before == _waiting(database)
    assert [(PARSER_VERSION,)] == rows(database, "SELECT DISTINCT parser_version FROM quarantine")


def _refused_by_an_older_parser(database: RunDatabase, *, without_id: bool = False) -> None:
    """Make the waiting record one that this code accepts."""
    mended = """replace(raw, '"distance": -2', '"distance": 1')"""
    database.connection.execute(
        f"UPDATE quarantine SET raw = {mended}, record_hash = md5({mended}), parser_version = 0"
    )
    if without_id:
        database.connection.execute("UPDATE quarantine SET activity_id = NULL")


def test_a_retry_that_succeeds_dates_the_run_by_when_it_was_seen(shelf: Shelf) -> None:
    """As a rebuild with the newer code would: the run's history begins when Smashrun first listed it."""
    database = open_database()
    database.apply([shelf.page(0, BAD)])
    _refused_by_an_older_parser(database)
    assert Applied(new=1, settled=1) == database.retry_quarantine()
    assert [] == _waiting(database)
    assert [(1, naive(0), naive(0))] == rows(
        database, "SELECT activity_id, first_seen_at, synced_at FROM runs"
    )


def test_a_retry_never_overwrites_newer_content(shelf: Shelf) -> None:
    """The waiting record is older than what is stored: it only stops waiting, and that is a change to publish."""
    database = open_database()
    database.apply([shelf.page(0, BAD)])
    _refused_by_an_older_parser(database, without_id=True)
    database.apply([shelf.page(1, run(1, distance=9.0))])
    assert 1 == database.quarantine_backlog()
    assert Applied(settled=1) == database.retry_quarantine(all_records=True)
    assert [(9.0, naive(0))] == rows(database, "SELECT distance_km, first_seen_at FROM runs")
    assert 0 == database.quarantine_backlog()
