"""The process that runs one statement of an assistant's: it reads it from standard input and prints one JSON document.

DuckDB's own limits do not hold for every function: one call can take all memory of the machine, and cannot be broken
off. So the limits are the operating system's, on a process that may die of them.
"""

from __future__ import annotations

import faulthandler
import json
import os
import sys
import threading
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from myrunstreak.errors import InvalidQuestion, MyRunStreakError
from pydantic import BaseModel, Field

if TYPE_CHECKING:
    from myrunstreak.contract.settings import Settings
    from myrunstreak.store.published import Reading

MOST_ROWS: Final = 200
MOST_BYTES: Final = 100_000
SECONDS: Final = 5
# After the engine was asked to stop: some functions do not hear it.
GRACE_S: Final = 2
# Beside what the process takes when the record is open.
_MEMORY: Final = 768 * 2**20
# What the engine says of the memory that it does not get, and of the file that it may not write instead.
_NO_ROOM: Final = ("Out of Memory", "duckdb_temp_storage", "bad allocation", "std::bad_alloc")


class SqlAnswer(BaseModel):
    """The rows of a statement."""

    data_as_of: datetime | None = Field(description="UTC instant up to which the record is Smashrun's")
    columns: list[str]
    rows: list[list[Any]] = Field(description="each with one value a column")
    cut: str | None = Field(description="what was left out and why; null: the rows are all there are")


class SqlFailure:
    """Why there are none."""

    KEY: Final = "problem"


def main() -> None:
    """Answer the statement on standard input."""
    from scripts.local_settings import load_settings

    statement = sys.stdin.buffer.read().decode()
    try:
        document = answer(load_settings(), statement).model_dump(mode="json")
    except MyRunStreakError as error:
        document = {SqlFailure.KEY: str(error)}
    except MemoryError:
        document = {SqlFailure.KEY: _too_much("memory")}
    print(json.dumps(document, ensure_ascii=False))


def answer(settings: Settings, statement: str) -> SqlAnswer:
    """Run a statement within the limits.

    Raises:
        MyRunStreakError: there is no record, or the statement may not be run here or takes too much.
    """
    from myrunstreak.store.published import PublishedDatabase

    with closing(PublishedDatabase(settings)) as published, published.read() as reading:
        data_as_of = find_data_as_of(settings, reading)
        limit_this_process()
        try:
            names, rows, cut = _rows(settings, reading, statement)
        finally:
            # The time is the statement's: an answer that is there is not to be cut off on a busy machine.
            faulthandler.cancel_dump_traceback_later()
        return SqlAnswer(data_as_of=data_as_of, columns=names, rows=rows, cut=cut)


def _rows(
    settings: Settings, reading: Reading, statement: str
) -> tuple[list[str], list[list[Any]], str | None]:
    from scripts.record.statements import json_value, run_statement, statement_errors

    late = threading.Event()

    def stop() -> None:
        late.set()
        reading.connection.interrupt()

    timer = threading.Timer(SECONDS, stop)
    timer.daemon = True
    timer.start()
    found: list[list[Any]] = []
    size = 0
    try:
        with statement_errors():
            names, rows = run_statement(reading.connection, statement, settings.counted_labels)
            for row in rows:
                if len(found) == MOST_ROWS:
                    return names, found, f"Only the first {MOST_ROWS} rows are shown; there are more."
                values = [json_value(value) for value in row]
                size += len(json.dumps(values))
                if size > MOST_BYTES:
                    kept = f"Only the first {len(found)} rows are shown: the next one is beyond {MOST_BYTES // 1000} kB."
                    return names, found, kept
                found.append(values)
            return names, found, None
    except InvalidQuestion as error:
        if late.is_set():
            raise InvalidQuestion(_too_much(f"time, more than {SECONDS} seconds,")) from None
        if any(words in str(error) for words in _NO_ROOM):
            raise InvalidQuestion(_too_much("memory")) from None
        raise
    finally:
        timer.cancel()


def find_data_as_of(settings: Settings, reading: Reading) -> datetime | None:
    """The instant up to which what a reader sees is Smashrun's."""
    from myrunstreak.analytics.engine import Engine
    from myrunstreak.instants import utc_now

    engine = Engine(reading.prepared, now=utc_now(), settings=settings, freshness=reading.freshness)
    return engine.data_as_of


def limit_this_process() -> None:
    """Let this process take that much more memory, write no file, and end itself when the time is long over."""
    faulthandler.dump_traceback_later(SECONDS + GRACE_S, exit=True, file=open(os.devnull, "w"))  # noqa: SIM115, PTH123
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        most = pages * resource.getpagesize() + _MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _too_much(what: str) -> str:
    return f"The statement took too much {what} and was stopped. Ask for less at once."


if __name__ == "__main__":
    main()
