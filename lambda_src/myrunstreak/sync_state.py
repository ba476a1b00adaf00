"""Keeps the sync state in its secret or file."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date, datetime, timedelta

from myrunstreak.instants import Clock, as_utc, to_text, utc_now
from myrunstreak.redaction import redact
from myrunstreak.secrets import open_secret
from myrunstreak.secrets.document import DamagedDocument, JsonDocument
from myrunstreak.sync.state import LastAttempt, SyncState

FIRST_SYNC_LOOKS_BACK = timedelta(days=30)
ERROR_LENGTH = 500

# A mark further ahead than this was set by a clock that had jumped, and says nothing about what was fetched.
_TRUSTED_LEAD = timedelta(days=1)

_log = logging.getLogger(__name__)


class SyncStateManager:
    """Reads and changes the stored sync state.

    A state that is damaged as a whole counts as empty: it only saves work, and the record itself says what is stored.

    Attributes:
        warnings: what the runner should know although the state can be used.

    Raises (all methods): InvalidSettings, StoreUnavailable, as `myrunstreak.secrets.document` does.
    """

    def __init__(
        self,
        secret_name: str = "myrunstreak/sync-state",  # noqa: S107 - a name, not a secret
        region_name: str = "us-east-2",
        *,
        secret: JsonDocument | None = None,
        clock: Clock = utc_now,
    ) -> None:
        self._secret = secret or open_secret(secret_name, region_name)
        self._clock = clock
        self.warnings: list[str] = []

    def __repr__(self) -> str:
        return f"SyncStateManager({self._secret.name!r})"

    def load(self) -> SyncState:
        """The state as stored; an empty one before the first sync.

        A watermark in the future was set by a clock that had jumped: it counts as absent, so that the next
        sync looks at everything again.
        """
        try:
            return self._read(self._secret.read())
        except DamagedDocument:
            self._warn_of_damage()
            return SyncState()

    def update(self, change: Callable[[SyncState], SyncState]) -> SyncState:
        """Read, change and write in one go; the state as written."""
        result: list[SyncState] = []

        def apply(stored: dict[str, object]) -> dict[str, object]:
            result.append(change(self._read(stored)))
            return result[-1].to_json()

        try:
            self._secret.update(apply)
        except DamagedDocument:
            self._warn_of_damage()
            with self._secret.exclusive():
                self._secret.write(apply({}))
        return result[-1]

    def get_last_sync_date(self) -> datetime:
        """The watermark (aware, UTC): what changed before is stored. 30 days ago before the first sync."""
        return self.load().last_sync_at or self._now() - FIRST_SYNC_LOOKS_BACK

    def update_last_sync_date(self, sync_date: date | datetime, runs_synced: int = 0) -> None:
        """Move the watermark forward, never back, and record the success.

        Args:
            sync_date: an instant (naive: UTC), or a date, meaning its first moment in UTC.
            runs_synced: runs that the sync stored.
        """
        is_instant = isinstance(sync_date, datetime)
        mark = as_utc(sync_date if is_instant else datetime(sync_date.year, sync_date.month, sync_date.day))  # noqa: DTZ001

        def move(state: SyncState) -> SyncState:
            attempt = LastAttempt(at=self._now(), status="complete", runs_synced=runs_synced)
            newest = max(mark, state.last_sync_at or mark)
            return state.model_copy(update={"last_sync_at": newest, "last_attempt": attempt})

        self.update(move)

    def record_sync_attempt(
        self,
        success: bool,
        runs_synced: int = 0,
        error_message: str | None = None,
        *,
        status: str | None = None,
    ) -> None:
        """Record how a sync ended; the watermark stays.

        Args:
            error_message: stored without secrets, at most 500 characters of it.
            status: `complete` or `failed` by `success` unless given.
        """
        attempt = LastAttempt(
            at=self._now(),
            status=status or ("complete" if success else "failed"),
            error=redact(error_message)[:ERROR_LENGTH] if error_message else None,
            runs_synced=runs_synced,
        )
        self.update(lambda state: state.model_copy(update={"last_attempt": attempt}))

    def _warn_of_damage(self) -> None:
        if not self.warnings:
            self.warnings.append(
                f"The sync state in {self._secret.name} was no JSON object and counts as empty: the whole history is "
                "read again, and the next successful sync writes a new state. Nothing is lost."
            )
            _log.warning("%s", self.warnings[-1])

    def _read(self, stored: dict[str, object] | None) -> SyncState:
        state = SyncState.model_validate(stored or {})
        mark = state.last_sync_at
        if mark is not None and mark > self._now() + _TRUSTED_LEAD:
            _log.warning("The watermark %s lies in the future and counts as absent", to_text(mark))
            return state.model_copy(update={"last_sync_at": None})
        return state

    def _now(self) -> datetime:
        return as_utc(self._clock())
