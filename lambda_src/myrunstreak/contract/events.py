"""The events that start a sync and a message, and what they return."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from myrunstreak.contract.unknown_names import did_you_mean
from myrunstreak.errors import InvalidSettings

_EXAMPLES: Final = 'Accepted, for example: {"full": true}, {"since": "2024-01-01"}, {"details": false}.'
# What EventBridge puts around an event where a rule without input starts the function.
_ENVELOPE: Final = frozenset(
    {"version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"}
)
_ENVELOPE_SIGNS: Final = frozenset({"source", "detail-type"})


class SyncEvent(BaseModel):
    """What an invocation asks of the sync; every field is optional, and an unknown field is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    full: bool = Field(default=False, description="walk the whole history")
    since: date | datetime | None = Field(default=None, description="treat as changed since")
    details: bool = Field(default=True, description="fetch details of new and changed runs")
    accept_deletes: bool = Field(default=False, description="mark deletions that the brake would withhold")
    short: bool = Field(default=False, description="read the lists only: no old pages, no details")
    scheduled_time: str | None = Field(
        default=None, description="when the scheduler meant to start, for the log"
    )

    @field_validator("since")
    @classmethod
    def _in_range(cls, value: date | datetime | None) -> date | datetime | None:
        # Smashrun's lists take seconds since 1970, and the overlap is taken off before.
        if value is not None and not 1971 <= value.year <= 2999:
            raise ValueError("a date from 1971 to 2999")
        return value

    @classmethod
    def parse(cls, event: dict[str, Any] | None) -> SyncEvent:
        """Read an invocation's event.

        Raises:
            InvalidSettings: a field is unknown, or its value cannot be understood.
        """
        try:
            return cls.model_validate(_without_envelope(event))
        except ValidationError as error:
            raise InvalidSettings(f"The sync event{_describe(cls, error)} {_EXAMPLES}") from None

    @property
    def since_utc(self) -> datetime | None:
        """``since`` as an aware UTC instant; a bare date means its first moment in UTC."""
        if self.since is None:
            return None
        if isinstance(self.since, datetime):
            return self.since.astimezone(UTC) if self.since.tzinfo else self.since.replace(tzinfo=UTC)
        return datetime(self.since.year, self.since.month, self.since.day, tzinfo=UTC)


class MessageEvent(BaseModel):
    """What an invocation asks of the messages; an unknown field is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["reminder", "digest"] = Field(
        description="reminder: today is still open; digest: milestones, the week and the year"
    )
    scheduled_time: datetime | None = Field(
        default=None, description="when the scheduler meant to start; None: now"
    )

    @field_validator("scheduled_time")
    @classmethod
    def _in_utc(cls, value: datetime | None) -> datetime | None:
        return value and (value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC))

    @classmethod
    def parse(cls, event: dict[str, Any] | None) -> MessageEvent:
        """Read an invocation's event.

        Raises:
            InvalidSettings: a field is unknown or missing, or its value cannot be understood.
        """
        try:
            return cls.model_validate(_without_envelope(event))
        except ValidationError as error:
            raise InvalidSettings(
                f'The message event{_describe(cls, error)} Accepted: {{"kind": "reminder"}} or {{"kind": "digest"}}, '
                'and with either "scheduled_time": "2026-11-27T18:30:00Z".'
            ) from None


class AtRest(BaseModel):
    """What the sync's handler returns where another region keeps the record: nothing was tried, and nothing failed."""

    model_config = ConfigDict(frozen=True)

    status: Literal["at_rest"] = "at_rest"
    reason: str = Field(description="which region keeps the record, and what to do")


class MessageResult(BaseModel):
    """What became of a start: what the handler returns."""

    model_config = ConfigDict(frozen=True)

    sent: bool = Field(description="whether a channel has taken a message now")
    reason: str = Field(description="why it was sent, or why not")
    state: str = Field(description="done_today, at_risk, broken, or unknown where it cannot be seen")
    text: str = Field(description="what is said; empty where there is nothing to say")


def _without_envelope(event: dict[str, Any] | None) -> Any:
    if isinstance(event, dict) and not _ENVELOPE_SIGNS.isdisjoint(event):
        return {name: value for name, value in event.items() if name not in _ENVELOPE}
    return event or {}


def _describe(model: type[BaseModel], error: ValidationError) -> str:
    first = error.errors()[0]
    field = str(first["loc"][0])[:60] if first["loc"] else ""
    if first["type"] == "extra_forbidden":
        known = sorted(model.model_fields)
        return f" has a field {field!r}, which is unknown.{did_you_mean(field, known)} Known: {', '.join(known)}."
    place = f"'s field {field!r}" if field else ""
    return f"{place} is {first['input']!r}: {first['msg'].removeprefix('Value error, ')}."


class DeletedRun(BaseModel):
    """A run that was marked deleted."""

    model_config = ConfigDict(frozen=True)

    activity_id: int
    date: str
    distance_km: float | None


class ShortenedStreak(BaseModel):
    """A streak that deletions cut; `days_left` is the length of its longest part."""

    model_config = ConfigDict(frozen=True)

    start_date: str
    end_date: str
    days: int
    days_left: int


class SyncFigures(BaseModel):
    """What one sync did, in its result and in its row of `sync_log`."""

    model_config = ConfigDict(frozen=True)

    status: Literal["complete", "partial"]
    runs_fetched: int = Field(description="records read from Smashrun's lists, repeats left out")
    runs_new: int
    runs_updated: int
    runs_deleted: int
    runs_revived: int
    runs_quarantined: int
    details_fetched: int
    details_pending: int = Field(description="runs whose details will still be fetched")
    data_as_of: str | None = Field(description="UTC instant up to which the stored record is Smashrun's")
    requests: int = Field(description="HTTP requests sent to Smashrun")


class SyncResult(SyncFigures):
    """The summary of one sync: what the handler returns and the command line prints."""

    model_config = ConfigDict(extra="forbid")

    details_given_up: int = Field(
        default=0, description="runs whose details failed too often: they wait for a change of the run"
    )
    details_stalled_days: float = Field(
        default=0.0, description="days for which details have been waiting and none came"
    )
    duration_s: float
    deletes_withheld: int = Field(default=0, description="runs missing at the source that the brake kept")
    runs_drifted: int = Field(
        default=0, description="those of the updated runs whose change Smashrun had not stamped"
    )
    archive_objects_lost: int = Field(
        default=0, description="objects that the database was made of and the raw archive does not hold"
    )
    deletions: list[DeletedRun] = Field(
        default_factory=list[DeletedRun], description="the newest 50 of the runs that were marked deleted"
    )
    streaks_shortened: list[ShortenedStreak] = Field(
        default_factory=list[ShortenedStreak],
        description="the longest 10 of the streaks that deletions shortened",
    )
    pages_rendered: int = Field(default=0, description="files of the runner's page that were written")
    page_failed: bool = Field(default=False, description="whether the page could not be rendered")
    published: bool = Field(default=False, description="whether a new database was published")
    warnings: list[str] = Field(default_factory=list)
