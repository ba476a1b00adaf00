"""The runs' database: what it holds, what an archived object changes in it, what is still to be done.

The database is the sum of the archived objects it has seen (``archive_log``). Applying one twice changes
nothing, and how objects are grouped does not matter; so a sync, its repetition after a lost race and a
rebuild are one path.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from myrunstreak.contract.activity_types import choice_for_database
from myrunstreak.instants import parse_instant, utc_now
from myrunstreak.smashrun.activity import FORMS
from myrunstreak.store.archive_audit import forget_lost, lost_objects
from myrunstreak.store.efforts.best_efforts import (
    EFFORTS_FACT,
    EFFORTS_UNTIL_FACT,
    EFFORTS_VERSION,
    FIRST_EFFORTS_VERSION,
    BestEfforts,
)
from myrunstreak.store.loading.deletions import mark_deletions
from myrunstreak.store.loading.details import DetailFold
from myrunstreak.store.loading.fitting import RunFit
from myrunstreak.store.loading.pages import PARSER_VERSION, PageFold
from myrunstreak.store.loading.portions import DETAILS, Portion, portions
from myrunstreak.store.loading.reading import as_list
from myrunstreak.store.loading.set_aside import (
    Refusals,
    elements,
    id_of,
    in_words,
    is_about_content,
    refused,
    with_elements,
)
from myrunstreak.store.recordings import Recordings
from myrunstreak.store.stored_runs import StoredRuns
from myrunstreak.sync.state import SyncLogRow
from myrunstreak.sync.values import Applied, DetailPart, Form, LostObject, PageReport, RawObject

if TYPE_CHECKING:
    import duckdb

# What `rebuild` reproduces row by row; the other tables are the file's own book-keeping.
CONTENT_TABLES: Final = (
    "activities",
    "splits",
    "splits_beyond_run",
    "laps",
    "best_efforts",
    "efforts_beyond_run",
    "quarantine",
    "objects_set_aside",
    "archive_log",
)


class RunDatabase(StoredRuns):
    """The tables on one open connection, to be changed.

    Args:
        connection: an open, migrated database.
        recordings: where recordings go; None leaves them out.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, recordings: Recordings | None = None) -> None:
        super().__init__(connection)
        self._recordings = recordings
        self._pages = PageFold(connection)
        self._details = DetailFold(connection)
        self._refusals = Refusals(connection)

    def close(self) -> None:
        """Close the connection, and drop what was not kept."""
        self.connection.close()
        if self._recordings:
            self._recordings.forget()

    # -- applying ---------------------------------------------------------------------------------

    def observe_page(
        self, page: RawObject, archive: Callable[[RawObject], None]
    ) -> tuple[PageReport, Applied]:
        """Apply one list page if it says anything new; ``archive`` is called before anything is stored.

        A page that cannot even be staged is archived all the same, so that its records survive.
        """
        report: PageReport | None = None
        try:
            report = self._stage([page])
            if not report.changes:
                return report, Applied()
            archive(page)
            return report, self._apply_pages([page], report, [page])
        except Exception as error:
            if report is None:
                archive(page)
            if not is_about_content(error):
                raise
            return self._apply_in_parts(page, [page], error)

    def apply(self, objects: Iterable[RawObject]) -> Applied:
        """Apply archived objects in their order, in bulk where neighbours are alike."""
        total = Applied()
        for portion in portions(objects):
            total += self.apply_portion(portion)
        return total

    def apply_portion(self, portion: Portion) -> Applied:
        """Apply archived objects that are read at once; what cannot be applied is set aside with its reason."""
        objects = portion.objects
        try:
            if not any(one.damage for one in objects):
                return self._apply_sound(portion)
            error: Exception = ValueError("it is damaged")
        except Exception as failure:
            if not is_about_content(failure):
                raise
            error = failure
        if len(objects) == 1:
            return self._apply_in_parts(objects[0], portion.complete, error)[1]
        total = Applied()
        for one in objects:
            total += self.apply_portion(
                Portion([one], [each for each in portion.complete if each.name == one.name])
            )
        return total

    def _apply_sound(self, portion: Portion) -> Applied:
        objects = portion.objects
        match portion.kind:
            case "summary" | "extended":
                return self._apply_pages(objects, self._stage(objects), portion.complete)
            case "details":
                applied = self._fold_details(objects)
                self._log(portion.complete)
                return applied
            case "splits":
                with self._transaction():
                    self._details.apply_foreign_splits(objects)
                    self._log(portion.complete)
                return Applied()
            case _:
                return self._apply_deletions(objects)

    def keep_recordings(self) -> None:
        """Put the points of what was applied where recordings are kept. Do it before the database is published."""
        if self._recordings:
            self._recordings.keep(self.connection)

    def _stage(self, pages: Sequence[RawObject]) -> PageReport:
        form: Form = "summary" if pages[0].kind == "summary" else "extended"
        return self._pages.stage(pages, form)

    def _apply_pages(
        self, pages: Sequence[RawObject], report: PageReport, complete: Sequence[RawObject]
    ) -> Applied:
        self._move_recordings()
        with self._transaction():
            self._pages.apply()
            self._log(complete)
        applied = Applied(
            new=report.new,
            updated=report.updated,
            drifted=report.drifted,
            revived=report.revived,
            quarantined=report.quarantined,
            settled=report.settled,
        )
        # An answer that carries recordings saves the request for them.
        if report.with_recordings:
            for portion in portions(pages, DETAILS):
                applied += self._fold_listed_details(portion.objects)
        return applied

    def _fold_listed_details(self, pages: Sequence[RawObject]) -> Applied:
        try:
            return self._fold_details(pages, from_lists=True)
        except Exception as error:
            if not is_about_content(error):
                raise
            total = Applied()
            for page in pages:
                total += self._apply_in_parts(page, [], error, from_lists=True)[1]
            return total

    def _apply_in_parts(
        self, one: RawObject, complete: Sequence[RawObject], error: Exception, *, from_lists: bool = False
    ) -> tuple[PageReport, Applied]:
        """Apply those records of an object that can be; the others wait, and the object is set aside."""
        texts, complaint = ([], one.damage) if one.damage else elements(one)
        bad = refused(texts, lambda some: self._trial(with_elements(one, some), from_lists=from_lists))
        rest = with_elements(one, [text for number, text in enumerate(texts) if number not in bad])
        report, applied = PageReport(), Applied()
        reasons = {texts[number]: f"it cannot be applied: {why}" for number, why in bad.items()}
        try:
            if from_lists:
                applied = self._fold_details([rest], from_lists=True)
            elif one.kind in {"summary", "extended"}:
                report = self._stage([rest])
                applied = self._apply_pages([rest], report, [])
            elif one.kind != "deletions":
                applied = self._apply_sound(Portion([rest], []))
        except Exception as second:
            if not is_about_content(second):
                raise
            complaint = in_words(second, rest)
        with self._transaction():
            new = 0
            if one.kind in {"summary", "extended"} and not from_lists:
                new = self._refusals.add(one, reasons)
            else:
                for raw, reason in reasons.items():
                    known = id_of(raw)
                    if known is not None:
                        what = "splits" if one.kind == "splits" else "details"
                        self._queue.note_failure(known, reason, one.observed_at, what)
                    complaint = f"{complaint + '; ' if complaint else ''}run {known}: {reason}"
            if complaint or not bad:
                new += self._aside.note(one, complaint or in_words(error, one))
            self._log(complete)
        rest.file.unlink(missing_ok=True)
        applied += Applied(quarantined=new)
        return replace(
            report, malformed=report.malformed + len(bad), quarantined=report.quarantined + 1
        ), applied

    def _trial(self, one: RawObject, *, from_lists: bool) -> str | None:
        """Why an object cannot be applied, None if it can; nothing is changed by that."""
        self.connection.begin()
        try:
            if one.kind in {"summary", "extended"} and not from_lists:
                self._stage([one])
                self._pages.apply()
            elif one.kind == "splits":
                self._details.apply_foreign_splits([one])
            elif one.kind != "deletions":
                self._details.stage([one], from_lists=from_lists)
                self._details.apply()
        except Exception as error:
            if not is_about_content(error):
                raise
            return in_words(error, one)
        finally:
            self.connection.rollback()
        return None

    def _move_recordings(self) -> None:
        """Let the recordings follow the staged pages' runs to other years."""
        if self._recordings and (moved := self._pages.moved_recordings()):
            self._recordings.move(self.connection, moved)

    def _fold_details(self, objects: Sequence[RawObject], *, from_lists: bool = False) -> Applied:
        ids = self._details.stage(objects, from_lists=from_lists)
        with self._transaction():
            # As recorded: what is made of the points smooths their clocks.
            part = self._recordings.part(self.connection) if self._recordings else None
            self._details.apply()
            if self._recordings and part:
                self._recordings.add(self.connection, part)
        return Applied(details=len(ids))

    def _apply_deletions(self, objects: Sequence[RawObject]) -> Applied:
        total = Applied()
        for one in objects:
            with self._transaction():
                deleted, revived = mark_deletions(self.connection, one)
                self._log([one])
            total += Applied(deleted=deleted, revived=revived)
        return total

    def retry_quarantine(self, *, all_records: bool = False) -> Applied:
        """Try to store again what older code (or, with ``all_records``, any code) refused."""
        if not all_records and not self._count(
            "SELECT count(*) FROM quarantine WHERE parser_version < ?", [PARSER_VERSION]
        ):
            return Applied()
        total, before = Applied(), self.quarantine_backlog()
        for form in FORMS:
            total += self._retry(self._refusals.waiting(form), form)
        return total + Applied(settled=max(0, before - self.quarantine_backlog()))

    def _retry(self, hashes: Sequence[str], form: Form) -> Applied:
        if not hashes:
            return Applied()
        try:
            with self._transaction():
                report = self._pages.stage_quarantined(form, hashes)
                self._move_recordings()
                self._pages.apply()
            return Applied(new=report.new, updated=report.updated, revived=report.revived)
        except Exception as error:
            if not is_about_content(error):
                raise
            if len(hashes) == 1:
                self._refusals.refuse_again(hashes[0], f"it cannot be applied: {error}".splitlines()[0])
                return Applied()
        middle = len(hashes) // 2
        return self._retry(hashes[:middle], form) + self._retry(hashes[middle:], form)

    def lift(self, names: set[str]) -> None:
        """Take objects for not set aside: they are about to be applied again."""
        with self._transaction():
            self._aside.lift(names)

    def refresh_best_efforts(self, after_each: Callable[[], None] = lambda: None) -> bool:
        """Compute the best efforts of all recordings anew where older code did it, or none; whether it was done.

        Args:
            after_each: called after each year; what it raises ends the work, and the next time goes on there.
        """
        version = self.fact(EFFORTS_FACT) or FIRST_EFFORTS_VERSION
        if self._recordings is None or version == EFFORTS_VERSION:
            return False
        done, _, until = (self.fact(EFFORTS_UNTIL_FACT) or "").partition(" ")
        for number, file in enumerate(self._recordings.files(), start=1):
            if done == EFFORTS_VERSION and number <= int(until):
                continue
            with self._transaction():
                BestEfforts(self.connection).replace_from_file(str(file))
            self.set_fact(EFFORTS_UNTIL_FACT, f"{EFFORTS_VERSION} {number}")
            after_each()
        with self._transaction():
            RunFit(self.connection).fit("SELECT activity_id FROM activities")
        self.set_fact(EFFORTS_FACT, EFFORTS_VERSION)
        self.connection.execute("DELETE FROM file_facts WHERE name = ?", [EFFORTS_UNTIL_FACT])
        return True

    def forget_applied(self, names: Sequence[str]) -> None:
        """Take objects for not applied: they are about to be applied again."""
        self.connection.execute(
            "DELETE FROM archive_log WHERE list_contains(from_json(?, '[\"VARCHAR\"]'), name)",
            [as_list(names)],
        )

    def _log(self, objects: Sequence[RawObject]) -> None:
        self.connection.execute(
            """
            INSERT INTO archive_log
            SELECT name, kind, observed_at
            FROM (
                SELECT
                    unnest(from_json($names, '["VARCHAR"]')) AS name,
                    unnest(from_json($kinds, '["VARCHAR"]')) AS kind,
                    unnest(from_json($observed, '["TIMESTAMP"]')) AS observed_at
            )
            WHERE name NOT IN (SELECT name FROM archive_log)
            """,
            {
                "names": as_list(one.name for one in objects),
                "kinds": as_list(one.kind for one in objects),
                "observed": as_list(one.observed_utc for one in objects),
            },
        )

    def note_archived(self, objects: Sequence[RawObject]) -> None:
        """Note objects that are archived and say nothing new."""
        with self._transaction():
            self._log(objects)

    def lost_objects(self, held: Collection[str]) -> list[LostObject]:
        """What the database contains and an archive that holds these names has lost."""
        return lost_objects(self.connection, held)

    def forget_lost(self, lost: Sequence[LostObject], now: datetime) -> int:
        """Take lost objects out of the log and queue their details again; how many runs wait for them."""
        with self._transaction():
            return forget_lost(self.connection, lost, now.astimezone(UTC).replace(tzinfo=None))

    def note_detail_failure(
        self, activity_id: int, error: str, now: datetime | None = None, what: DetailPart = "details"
    ) -> None:
        """Remember that a run's details could not be fetched or stored; it rests from now on for a while."""
        with self._transaction():
            self._queue.note_failure(activity_id, error, now or utc_now(), what)

    def ask_for_details_again(self) -> int:
        """Take back every failure to fetch details; how many there were."""
        with self._transaction():
            return self._queue.ask_again()

    def set_fact(self, name: str, value: str) -> None:
        """Record a fact about the file itself."""
        with self._transaction():
            self.connection.execute("DELETE FROM file_facts WHERE name = ?", [name])
            self.connection.execute("INSERT INTO file_facts VALUES (?, ?)", [name, value])

    def choose_activity_types(self, labels: Sequence[str] | None) -> bool:
        """Let everybody who opens the database count activities of these labels; False where they do already."""
        if self._value("SELECT activity_types()") == (None if labels is None else list(labels)):
            return False
        self.connection.execute(choice_for_database(labels))
        return True

    def log_syncs(self, rows: Sequence[SyncLogRow]) -> None:
        """Add rows to ``sync_log``; one that is there already is left as it is."""
        for logged in rows:
            row = logged.model_dump()
            for name in ("started_at", "finished_at", "data_as_of"):
                moment = parse_instant(row[name])
                row[name] = moment.replace(tzinfo=None) if moment else None
            names = ", ".join(row)
            marks = ", ".join(f"${name}" for name in row)
            self.connection.execute(
                f"INSERT INTO sync_log ({names}) SELECT {marks} "
                "WHERE NOT EXISTS (SELECT 1 FROM sync_log WHERE sync_id = $sync_id)",
                row,
            )

    @contextmanager
    def _transaction(self) -> Generator[None]:
        self.connection.begin()
        try:
            yield
        except BaseException:
            self.connection.rollback()
            raise
        self.connection.commit()
