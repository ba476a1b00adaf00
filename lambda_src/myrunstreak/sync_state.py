"""What one sync leaves for the next: watermark, back-fill, last attempt, the requests of the hour."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
    ValidatorFunctionWrapHandler,
    field_validator,
)
from pydantic_core import PydanticUseDefault

from myrunstreak.instants import Clock, as_utc, parse_instant, to_text, utc_now
from myrunstreak.redaction import redacted
from myrunstreak.secrets.documents import DamagedSecret, JsonSecret, open_secret

FIRST_SYNC_LOOKS_BACK = timedelta(days=30)
ERROR_LENGTH = 500

# A mark further ahead than this was set by a clock that had jumped, and says nothing about what was fetched.
_TRUSTED_LEAD = timedelta(days=1)

_log = logging.getLogger(__name__)


def _readable(value: object) -> datetime | None:
    moment = parse_instant(value)
    if moment is None and value is not None:
        raise ValueError("not an instant")
    return moment


Instant = Annotated[datetime | None, BeforeValidator(_readable), PlainSerializer(lambda m: m and to_text(m))]


class _Tolerant(BaseModel):
    """Keeps fields it does not know; one it cannot read counts as absent: starting over is right."""

    model_config = ConfigDict(frozen=True, extra="allow", hide_input_in_errors=True)

    @field_validator("*", mode="wrap")
    @classmethod
    def _or_default(cls, value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
        try:
            return handler(value)
        except ValidationError:
            _log.warning("A field of the sync state cannot be read and counts as absent (%s)", cls.__name__)
            raise PydanticUseDefault from None


class LastAttempt(_Tolerant):
    """How the last sync ended, successful or not."""

    at: Instant = None
    status: str | None = None
    error: str | None = None
    runs_synced: int = 0


class Backfill(_Tolerant):
    """How far the walk through the whole history has come; `changes_since` is when it started."""

    next_page: Annotated[int, Field(ge=0)] = 0
    complete: bool = False
    changes_since: Instant = None


class Listing(_Tolerant):
    """A list of changes that one sync could not read to its end, or not compare with the id list.

    Attributes:
        since: changes from then on are listed; None where nothing is pending.
        begun: when its first page was asked for: up to then the record is Smashrun's once it is compared.
        next_page: where it goes on.
        done: it was read to its end.
    """

    since: Instant = None
    begun: Instant = None
    next_page: Annotated[int, Field(ge=0)] = 0
    done: bool = False


class Rereading(_Tolerant):
    """Where the reading of old pages goes on, how many records a page has, and when pages were last read."""

    next_page: Annotated[int, Field(ge=0)] = 0
    page_size: Annotated[int, Field(ge=0)] = 0
    at: Instant = None


class DetailsProgress(_Tolerant):
    """How many runs waited for their details after the last sync, and when it last were fewer than before."""

    pending: Annotated[int, Field(ge=0)] = 0
    fell_at: Instant = None

    def after(self, pending: int, now: datetime) -> DetailsProgress:
        """The progress once so many wait."""
        fell = pending == 0 or pending < self.pending or self.fell_at is None
        return DetailsProgress(pending=pending, fell_at=now if fell else self.fell_at)

    def stalled_days(self, now: datetime) -> float:
        """Days for which details wait and none of them came; 0 where none waits."""
        if not self.pending or self.fell_at is None:
            return 0.0
        return round(max(timedelta(0), now - self.fell_at) / timedelta(days=1), 2)


class Identity(_Tolerant):
    """Whom Smashrun named as the user of an authorisation when it was asked."""

    authorisation: str | None = None
    user_id: str | None = None
    name: str | None = None


class SyncState(_Tolerant):
    """The whole state.

    Attributes:
        database_mark: the database's own mark when this was written.
        deletes_accepted_at: deletions up to then were accepted by the runner.
        rereading: how far the old pages are read again.
        listing: a list of changes that is still to be read or compared.
        identity: the user of the tokens that the last sync used.
        archive_whole_at: when the raw archive was last found to hold everything that the database contains.
        unlogged: rows for `sync_log` of syncs that had nothing to publish.
    """

    last_sync_at: Instant = None
    last_attempt: LastAttempt | None = None
    backfill: Backfill = Backfill()
    request_window: dict[str, int] = Field(default_factory=dict[str, int])
    database_mark: Instant = None
    details: DetailsProgress = DetailsProgress()
    identity: Identity = Identity()
    archive_whole_at: Instant = None
    listing: Listing = Listing()
    rereading: Rereading = Rereading()
    deletes_accepted_at: Instant = None
    unlogged: list[dict[str, Any]] = Field(default_factory=list[dict[str, Any]])

    def to_json(self) -> dict[str, object]:
        """The JSON object to store; `SyncState.model_validate` reads it back."""
        return self.model_dump(mode="json")


class SyncStateManager:
    """Reads and changes the stored sync state.

    A state that is damaged as a whole counts as an empty one: it only saves work, and the record itself says
    what is stored.

    Attributes:
        warnings: what the runner should be told although the state can be used.

    Raises (all methods): InvalidSettings, StoreUnavailable, as `myrunstreak.secrets.documents` does.
    """

    def __init__(
        self,
        secret_name: str = "myrunstreak/sync-state",  # noqa: S107 - a name, not a secret
        region_name: str = "us-east-2",
        *,
        secret: JsonSecret | None = None,
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
        except DamagedSecret:
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
        except DamagedSecret:
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
            error=redacted(error_message)[:ERROR_LENGTH] if error_message else None,
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
