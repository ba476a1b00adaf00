"""Writes the lake: the rows of runners whose records have changed, in batches, by one writer at a time.

A runner whose rows are being changed has no version in the table of runners, and gets it when all are there: a batch
that was broken off is done again from the beginning, and ends as if it had not been.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeVar

from myrunstreak.errors import MyRunStreakError
from myrunstreak.lake.catalog import Catalog, LakeConflict, full_name
from myrunstreak.lake.differences import Written, make_equal
from myrunstreak.lake.record import PublishedRecords, StagedRecord
from myrunstreak.lake.structure import exchange, prepare
from myrunstreak.lake.tables import DAYS, RUNNERS, RUNS, Table

T = TypeVar("T")

# So many runners' rows lie in scratch files, and are compared in memory, at a time.
PORTION: Final = 200
_PORTION_S: Final = 120.0
_PAUSES_S: Final = (0.2, 0.5, 1.0, 2.0, 4.0)

_log = logging.getLogger(__name__)


@dataclass
class Outcome:
    """What became of a batch.

    Attributes:
        runners: how many runners' rows were looked at and are in the lake.
        unchanged: how many of them were there already.
        failures: by runner, why the record could not be read; the others' rows are in the lake.
        left: runners for whom there was no time.
        conflicts: how often another engine committed first.
    """

    runners: int = 0
    unchanged: int = 0
    written: Written = field(default_factory=Written)
    failures: dict[str, MyRunStreakError] = field(default_factory=dict[str, MyRunStreakError])
    left: Sequence[str] = ()
    conflicts: int = 0


class LakeWriter:
    """Changes the tables.

    Args:
        sleep: waits so many seconds between two tries.
    """

    def __init__(
        self, catalog: Catalog, records: PublishedRecords, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._catalog = catalog
        self._records = records
        self._sleep = sleep
        self._conflicts = 0

    def apply(
        self, runners: Collection[str], seconds_left: Callable[[], float] = lambda: math.inf
    ) -> Outcome:
        """Bring the rows of these runners up to their published records.

        Args:
            seconds_left: time until the work has to end; it takes a portion more only with two minutes left.

        Raises:
            LakeConflict: other engines kept committing first.
            InvalidSettings, StoreUnavailable: the lake cannot be written.
        """
        outcome = Outcome()
        self._retry(lambda: prepare(self._catalog))
        known = self._retry(self._known)
        wanted = sorted(set(runners))
        for start in range(0, len(wanted), PORTION):
            if seconds_left() < _PORTION_S:
                outcome.left = wanted[start:]
                break
            self._apply_portion(wanted[start : start + PORTION], known, outcome)
        return replace(outcome, conflicts=self._conflicts)

    def remove(self, runner: str) -> dict[str, int]:
        """Take a runner out of every table, and every file with rows of theirs out of the bucket; the rows by table."""
        return self._retry(lambda: exchange(self._catalog, f"runner_id <> '{runner}'"))

    def empty(self) -> dict[str, int]:
        """Begin with empty tables; the rows that they had."""
        return self._retry(lambda: exchange(self._catalog, "false"))

    def _apply_portion(
        self, runners: Sequence[str], known: Mapping[str, tuple[str, str]], outcome: Outcome
    ) -> None:
        staged: list[StagedRecord] = []
        try:
            for runner in runners:
                try:
                    record = self._records.stage(runner, known.get(runner))
                except MyRunStreakError as error:
                    outcome.failures[runner] = error
                    continue
                outcome.runners += 1
                outcome.unchanged += record is None
                staged += [record] if record else []
            if staged:
                outcome.written += self._retry(lambda: self._write(staged, known))
        finally:
            for record in staged:
                for file in (record.files or {}).values():
                    file.unlink(missing_ok=True)

    def _write(self, staged: Sequence[StagedRecord], known: Mapping[str, tuple[str, str]]) -> Written:
        changing = [record.runner for record in staged if record.files is not None]
        # Those that are there lose their versions first; the commit of a table is the last that another engine sees.
        marks = [(runner, "", known[runner][1]) for runner in changing if runner in known]
        self._make_equal(RUNNERS, [runner for runner, *_ in marks], _as_source(marks))
        written = Written()
        for table in (RUNS, DAYS):
            files = [str(record.files[table.name]) for record in staged if record.files]
            written += self._make_equal(table, changing, f"read_parquet({files})" if files else None)
        kept = [(record.runner, record.version, record.sharing) for record in staged if record.version]
        self._make_equal(RUNNERS, [record.runner for record in staged], _as_source(kept))
        return written

    def _make_equal(self, table: Table, runners: Sequence[str], source: str | None) -> Written:
        if not runners:
            return Written()
        with self._catalog.read_newest() as connection:
            return make_equal(connection, table, runners, source)

    def _known(self) -> dict[str, tuple[str, str]]:
        """The version and the sharing that the lake has of each runner."""
        with self._catalog.read_newest() as connection:
            rows = connection.execute(
                f"SELECT runner_id, version, sharing FROM {full_name(RUNNERS.name)}"
            ).fetchall()
        return {str(runner): (str(version), str(sharing)) for runner, version, sharing in rows}

    def _retry(self, work: Callable[[], T]) -> T:
        """Do it again, from the tables' new state, while other engines commit first."""
        for pause_s in _PAUSES_S:
            try:
                return work()
            except LakeConflict:
                self._conflicts += 1
                _log.info("Another engine changed the lake at the same time; trying again")
                self._sleep(pause_s)
        return work()


def _as_source(rows: Sequence[tuple[str, str, str]]) -> str | None:
    """Rows of the table of runners, for a statement."""
    if not rows:
        return None
    values = ", ".join(f"({', '.join(_literal(value) for value in row)})" for row in rows)
    return f"(VALUES {values}) AS rows ({RUNNERS.names})"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
