"""What every step of one sync works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from myrunstreak.instants import Clock
from myrunstreak.sync.outcome import Outcome
from myrunstreak.sync.ports import Archive, Limiter, Progress, Source, State, Store


@dataclass(frozen=True, kw_only=True)
class Context:
    """The ports, the settings and the outcome of one sync.

    Attributes:
        source, limiter: Smashrun, and the limiter that its client keeps to.
        store, archive, state: where runs, raw answers and the watermark are kept.
        source_name: short name of the record's origin; a database holds one origin's runs.
        clock: the present, aware.
        seconds_left: time until the sync has to commit.
        authorisation: which consent the tokens in use come from, as `TokenManager.authorisation` says.
        streak_minimum_km: the runner's rule for a run day.
        detail_requests: most runs whose details one sync fetches; 0 turns details off.
        outcome: filled by the steps, read by the commit.
        started: when the sync began, in UTC.
    """

    source: Source
    limiter: Limiter
    store: Store
    archive: Archive
    state: State
    source_name: str
    clock: Clock
    seconds_left: Callable[[], float]
    authorisation: Callable[[], str]
    streak_minimum_km: float
    detail_requests: int
    progress: Progress
    outcome: Outcome = field(default_factory=Outcome)
    started: datetime = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "started", self.now())

    def now(self) -> datetime:
        """The present, in UTC."""
        return self.clock().astimezone(UTC)

    @property
    def as_of(self) -> datetime:
        """When this sync began to list; by Smashrun's clock where ours runs ahead of it."""
        return min(self.started, self.source.server_time or self.started)
