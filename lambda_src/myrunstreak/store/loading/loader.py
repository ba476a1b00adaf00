"""Archived objects into the database, in bulk, and one element after the other where that fails.

The database is the sum of the archived objects it has seen (``archive_log``). Applying one twice changes
nothing, and how objects are grouped does not matter; so a sync, its repetition after a lost race and a
rebuild are one path.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from myrunstreak.smashrun.activity import FORMS
from myrunstreak.store.loading.deletions import mark_deletions
from myrunstreak.store.loading.details import DetailLoader
from myrunstreak.store.loading.elements import (
    elements_of,
    find_failing,
    id_of,
    is_about_content,
    reason_of,
    with_elements,
)
from myrunstreak.store.loading.pages import PageLoader
from myrunstreak.store.loading.portions import DETAILS, Portion, portions
from myrunstreak.store.loading.quarantine import Quarantine
from myrunstreak.store.loading.reading import as_list
from myrunstreak.store.recordings import Recordings
from myrunstreak.store.stored_runs import StoredRuns
from myrunstreak.store.transactions import transaction
from myrunstreak.sync.values import Applied, Form, PageReport, RawObject

if TYPE_CHECKING:
    import duckdb


class ObjectLoader(StoredRuns):
    """Applies archived objects to the tables on one open connection.

    Args:
        connection: an open, migrated database.
        recordings: where recordings go; None leaves them out.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, recordings: Recordings | None = None) -> None:
        super().__init__(connection)
        self._recordings = recordings
        self._pages = PageLoader(connection)
        self._details = DetailLoader(connection)
        self._quarantine = Quarantine(connection)

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
            return self._apply_piecemeal(page, [page], error)

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
            if not any(item.damage for item in objects):
                return self._apply_whole(portion)
            error: Exception = ValueError("it is damaged")
        except Exception as failure:
            if not is_about_content(failure):
                raise
            error = failure
        if len(objects) == 1:
            return self._apply_piecemeal(objects[0], portion.complete, error)[1]
        total = Applied()
        for item in objects:
            complete = [each for each in portion.complete if each.name == item.name]
            total += self.apply_portion(Portion([item], complete))
        return total

    def _apply_whole(self, portion: Portion) -> Applied:
        objects = portion.objects
        match portion.kind:
            case "summary" | "extended":
                return self._apply_pages(objects, self._stage(objects), portion.complete)
            case "details":
                applied = self._store_details(objects)
                self._log(portion.complete)
                return applied
            case "splits":
                with transaction(self.connection):
                    self._details.apply_smashrun_splits(objects)
                    self._log(portion.complete)
                return Applied()
            case _:
                return self._apply_deletions(objects)

    def _stage(self, pages: Sequence[RawObject]) -> PageReport:
        form: Form = "summary" if pages[0].kind == "summary" else "extended"
        return self._pages.stage(pages, form)

    def _apply_pages(
        self, pages: Sequence[RawObject], report: PageReport, complete: Sequence[RawObject]
    ) -> Applied:
        self._move_recordings()
        with transaction(self.connection):
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
                applied += self._store_listed_details(portion.objects)
        return applied

    def _store_listed_details(self, pages: Sequence[RawObject]) -> Applied:
        try:
            return self._store_details(pages, from_lists=True)
        except Exception as error:
            if not is_about_content(error):
                raise
            total = Applied()
            for page in pages:
                total += self._apply_piecemeal(page, [], error, from_lists=True)[1]
            return total

    def _apply_piecemeal(
        self, item: RawObject, complete: Sequence[RawObject], error: Exception, *, from_lists: bool = False
    ) -> tuple[PageReport, Applied]:
        """Apply those records of an object that can be applied; the others wait, and the object is set aside."""
        texts, complaint = ([], item.damage) if item.damage else elements_of(item)
        is_page = item.kind in {"summary", "extended"} and not from_lists
        bad = find_failing(texts, lambda some: self._try(with_elements(item, some), from_lists=from_lists))
        rest = with_elements(item, [text for number, text in enumerate(texts) if number not in bad])
        report, applied = PageReport(), Applied()
        reasons = {texts[number]: f"it cannot be applied: {why}" for number, why in bad.items()}
        try:
            if from_lists:
                applied = self._store_details([rest], from_lists=True)
            elif is_page:
                report = self._stage([rest])
                applied = self._apply_pages([rest], report, [])
            elif item.kind != "deletions":
                applied = self._apply_whole(Portion([rest], []))
        except Exception as second:
            if not is_about_content(second):
                raise
            complaint = reason_of(second, rest)
        with transaction(self.connection):
            new = 0
            for raw, reason in reasons.items():
                known = id_of(raw)
                if is_page:
                    new += self._quarantine.add(
                        raw, reason, activity_id=known, form=item.kind, first_seen_at=item.observed_utc
                    )
                    continue
                if known is not None:
                    part = "splits" if item.kind == "splits" else "details"
                    self._queue.note_failure(known, reason, item.observed_at, part)
                complaint = f"{complaint + '; ' if complaint else ''}run {known}: {reason}"
            if complaint or not bad:
                new += self._aside.note(item, complaint or reason_of(error, item))
            self._log(complete)
        rest.file.unlink(missing_ok=True)
        applied += Applied(quarantined=new)
        return replace(
            report, malformed=report.malformed + len(bad), quarantined=report.quarantined + 1
        ), applied

    def _try(self, item: RawObject, *, from_lists: bool) -> str | None:
        """Why an object cannot be applied, None if it can; the database stays as it is."""
        self.connection.begin()
        try:
            if item.kind in {"summary", "extended"} and not from_lists:
                self._stage([item])
                self._pages.apply()
            elif item.kind == "splits":
                self._details.apply_smashrun_splits([item])
            elif item.kind != "deletions":
                self._details.stage([item], from_lists=from_lists)
                self._details.apply()
        except Exception as error:
            if not is_about_content(error):
                raise
            return reason_of(error, item)
        finally:
            self.connection.rollback()
        return None

    def _move_recordings(self) -> None:
        """Let the recordings follow the staged pages' runs to other years."""
        if self._recordings and (moved := self._pages.moved_recordings()):
            self._recordings.move(self.connection, moved)

    def _store_details(self, objects: Sequence[RawObject], *, from_lists: bool = False) -> Applied:
        ids = self._details.stage(objects, from_lists=from_lists)
        with transaction(self.connection):
            # As recorded: what is made of the points smooths their clocks.
            part = self._recordings.part(self.connection) if self._recordings else None
            self._details.apply()
            if self._recordings and part:
                self._recordings.add(self.connection, part)
        return Applied(details=len(ids))

    def _apply_deletions(self, objects: Sequence[RawObject]) -> Applied:
        total = Applied()
        for item in objects:
            with transaction(self.connection):
                deleted, revived = mark_deletions(self.connection, item)
                self._log([item])
            total += Applied(deleted=deleted, revived=revived)
        return total

    def retry_quarantine(self, *, all_records: bool = False) -> Applied:
        """Try to store again what older code (or, with ``all_records``, any code) refused."""
        if not all_records and not self._quarantine.holds_records_of_older_code():
            return Applied()
        total, before = Applied(), self.quarantine_backlog()
        for form in FORMS:
            total += self._retry(self._quarantine.hashes(form), form)
        return total + Applied(settled=max(0, before - self.quarantine_backlog()))

    def _retry(self, hashes: Sequence[str], form: Form) -> Applied:
        if not hashes:
            return Applied()
        try:
            with transaction(self.connection):
                report = self._pages.stage_quarantined(form, hashes)
                self._move_recordings()
                self._pages.apply()
            return Applied(new=report.new, updated=report.updated, revived=report.revived)
        except Exception as error:
            if not is_about_content(error):
                raise
            if len(hashes) == 1:
                self._quarantine.refuse_again(hashes[0], f"it cannot be applied: {error}".splitlines()[0])
                return Applied()
        middle = len(hashes) // 2
        return self._retry(hashes[:middle], form) + self._retry(hashes[middle:], form)

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
                "names": as_list(item.name for item in objects),
                "kinds": as_list(item.kind for item in objects),
                "observed": as_list(item.observed_utc for item in objects),
            },
        )
