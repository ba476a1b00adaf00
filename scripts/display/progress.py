"""The progress of a sync on a terminal; silent elsewhere."""

from __future__ import annotations

import math
import time
from types import TracebackType
from typing import Final, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

# Shorter waits are the normal pacing of requests.
_WORTH_SAYING_S: Final = 2.0


class SyncProgress:
    """Progress bars for a sync, removed from the terminal at its end.

    Args:
        console: shows the bars if it is a terminal.
        expected_runs: the expected length of the list, if it is known.
    """

    def __init__(self, console: Console, expected_runs: int | None = None) -> None:
        self._expected_runs = expected_runs
        self._bars = Progress(
            TextColumn("  {task.description:<40}"),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[count]}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}
        self._stage: TaskID | None = None

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def show_runs(self, listed: int) -> None:
        """Show the number of runs listed so far."""
        self.count("Reading the list of runs", listed, self._expected_runs)

    def show_details(self, done: int, of: int) -> None:
        """Show the number of runs with details."""
        self.count("Fetching laps and recordings", done, of)

    def stage(self, text: str) -> None:
        """Show a step that is not counted."""
        words = text[:1].upper() + text[1:]
        if self._stage is None:
            self._stage = self._bars.add_task(words, total=None, count="")
        self._bars.update(self._stage, description=words, visible=True)

    def count(self, what: str, done: int, of: int | None) -> None:
        """Show a step that is counted."""
        task = self._task(what)
        if of is not None and done > of:
            of = None  # more than expected
        shown = f"{done:,}" if of is None else f"{done:,} of {of:,}"
        if self._stage is not None:
            self._bars.update(self._stage, visible=False)
        self._bars.update(task, completed=done, total=of, count=shown)

    def sleep(self, seconds: float) -> None:
        """Wait, and show a long wait: the ``sleep`` of a sync with progress."""
        if seconds >= _WORTH_SAYING_S:
            self.stage(f"pausing {math.ceil(seconds)} s for Smashrun")
        time.sleep(seconds)

    def _task(self, what: str) -> TaskID:
        if what not in self._tasks:
            self._tasks[what] = self._bars.add_task(what, total=None, count="")
        return self._tasks[what]
