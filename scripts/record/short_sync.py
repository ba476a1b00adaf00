"""A short sync in the background, for the button of the page that this machine serves."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from myrunstreak.errors import MyRunStreakError
from myrunstreak.redaction import redact

if TYPE_CHECKING:
    from myrunstreak.contract.settings import Settings


class BackgroundSync:
    """Starts short syncs of a record, one at a time."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._failure: str | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start one, unless one is running."""
        if self._thread is not None and self._thread.is_alive():
            return
        self._failure = None
        self._thread = threading.Thread(target=self._run, name="short sync", daemon=True)
        self._thread.start()

    def failure(self) -> str | None:
        """Why the last one failed."""
        return self._failure

    def _run(self) -> None:
        from myrunstreak.composition import sync_briefly

        try:
            if sync_briefly(self._settings) is None:
                self._failure = "Smashrun was not read to the end this time; the next sync goes on."
        except MyRunStreakError as error:
            self._failure = redact(str(error))
        except Exception as error:  # the thread's end is told on the page
            self._failure = f"The sync failed ({type(error).__name__}); `myrunstreak sync --debug` says more."
