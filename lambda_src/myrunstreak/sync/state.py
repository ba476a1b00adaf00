"""What a sync leaves for the next one: watermark, back-fill, last attempt, the requests of the hour."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
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

from myrunstreak.contract.events import SyncFigures
from myrunstreak.instants import parse_instant, to_text

_log = logging.getLogger(__name__)


def _readable(value: object) -> datetime | None:
    moment = parse_instant(value)
    if moment is None and value is not None:
        raise ValueError("not an instant")
    return moment


Instant = Annotated[datetime | None, BeforeValidator(_readable), PlainSerializer(lambda m: m and to_text(m))]


class _Tolerant(BaseModel):
    """Keeps unknown fields; a field that cannot be read counts as absent, so that the sync starts over."""

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
        begun: when its first page was requested; once compared, the record is Smashrun's up to then.
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
    """How many runs waited for their details after the last sync, and when that number last fell."""

    pending: Annotated[int, Field(ge=0)] = 0
    fell_at: Instant = None

    def after(self, pending: int, now: datetime) -> DetailsProgress:
        """The progress when this many wait."""
        fell = pending == 0 or pending < self.pending or self.fell_at is None
        return DetailsProgress(pending=pending, fell_at=now if fell else self.fell_at)

    def stalled_days(self, now: datetime) -> float:
        """Days since details last came while others wait; 0 where none waits."""
        if not self.pending or self.fell_at is None:
            return 0.0
        return round(max(timedelta(0), now - self.fell_at) / timedelta(days=1), 2)


class Identity(_Tolerant):
    """The user of an authorisation, as Smashrun said."""

    authorisation: str | None = None
    user_id: str | None = None
    name: str | None = None


class SyncLogRow(SyncFigures):
    """One row of `sync_log`: when a sync ran, and what it did. Instants are ISO 8601 text, as in its result."""

    sync_id: str
    started_at: str
    finished_at: str


class SyncState(_Tolerant):
    """The whole state.

    Attributes:
        database_mark: the database's own mark when this was written.
        restored_at: the restore that the database came from then.
        deletes_accepted_at: deletions up to then were accepted by the runner.
        rereading: how far the old pages are read again.
        listing: a list of changes that is still to be read or compared.
        identity: the user of the last sync's tokens.
        archive_whole_at: when the raw archive was last found to hold everything that the database contains.
        unlogged: rows for `sync_log` of syncs that had nothing to publish.
    """

    last_sync_at: Instant = None
    last_attempt: LastAttempt | None = None
    backfill: Backfill = Backfill()
    request_window: dict[str, int] = Field(default_factory=dict[str, int])
    database_mark: Instant = None
    restored_at: str | None = None
    details: DetailsProgress = DetailsProgress()
    identity: Identity = Identity()
    archive_whole_at: Instant = None
    listing: Listing = Listing()
    rereading: Rereading = Rereading()
    deletes_accepted_at: Instant = None
    unlogged: list[SyncLogRow] = Field(default_factory=list[SyncLogRow])

    def to_json(self) -> dict[str, object]:
        """The JSON object to store; `SyncState.model_validate` reads it back."""
        return self.model_dump(mode="json")
