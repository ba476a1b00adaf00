"""A Smashrun, a disk or a bucket, and syncs between them: the real ones, over real HTTP."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from myrunstreak.composition import Services, open_services
from myrunstreak.contract.events import SyncEvent, SyncResult
from myrunstreak.contract.settings import Settings
from myrunstreak.secrets import open_secret
from myrunstreak.smashrun.client import SmashrunClient
from myrunstreak.store.blobs import open_blobs
from myrunstreak.store.manager import DuckDBManager
from myrunstreak.store.raw_archive import RawArchive
from myrunstreak.sync.state import SyncState
from myrunstreak.sync_state import SyncStateManager

from scripts.record.reading import open_record
from scripts.simulator import FakeClock, Simulator, Switches
from tests.stage import content
from tests.stage.history import NOW, Record

REGION = "us-east-2"
SMALL_PAGES = Switches(largest_page=10, rate_limits=False)


class World:
    """One runner's Smashrun and the place where the record is kept.

    Args:
        folder: what lies on disk: tokens, state and, unless ``bucket`` is given, the record.
        activities: the history at Smashrun.
        now: what time it is at Smashrun.
        settings: fields of ``Settings`` that differ.
    """

    def __init__(
        self,
        folder: Path,
        activities: Iterable[Record],
        switches: Switches = SMALL_PAGES,
        *,
        now: datetime = NOW,
        **settings: Any,
    ) -> None:
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self.clock = FakeClock(now)
        self.sim = Simulator(activities, switches, self.clock, log=folder / "requests.jsonl").start()
        self.slept: list[float] = []
        self.settings = Settings(
            **{
                "smashrun_api_url": self.sim.api_url,
                "smashrun_authorize_url": self.sim.authorize_url,
                "smashrun_token_url": self.sim.token_url,
                "duckdb_path": str(folder / "data" / "runs.duckdb"),
                "tokens_secret": f"file:{folder / 'tokens.json'}",
                "sync_state_secret": f"file:{folder / 'state.json'}",
                **settings,
            }
        )
        if open_secret(self.settings.tokens_secret, REGION).read() is None:
            self.authorise()

    def close(self) -> None:
        """Stop the simulator; a mistake in it fails the test."""
        self.sim.stop()
        assert [] == self.sim.failures

    # Smashrun

    def authorise(self) -> None:
        """Store the tokens of a fresh consent."""
        answer = self.sim.issue_tokens()
        now = self.clock.now()
        tokens = {
            **answer,
            "obtained_at": now.isoformat(),
            "expires_at": (now + timedelta(seconds=answer["expires_in"])).isoformat(),
            "client_id": self.sim.client_id,
            "client_secret": self.sim.client_secret,
        }
        open_secret(self.settings.tokens_secret, REGION).write(tokens)

    def tokens(self) -> dict[str, Any]:
        """The stored pair."""
        return open_secret(self.settings.tokens_secret, REGION).read() or {}

    def next_day(self) -> None:
        """A day passes: the hour's request window is empty again."""
        self.clock.advance(86_400)

    # syncing

    def sync(
        self,
        event: dict[str, Any] | None = None,
        *,
        clock: Callable[[], datetime] | None = None,
        seconds_left: Callable[[], float] = lambda: math.inf,
        timeout: tuple[float, float] | None = None,
        arrange: Callable[[Services], object] | None = None,
    ) -> SyncResult:
        """Sync once; nothing waits, the clock moves instead."""
        now = clock or self.clock.now
        with open_services(
            self.settings, clock=now, sleep=self._sleep, seconds_left=seconds_left
        ) as services:
            if timeout:
                services = replace(services, client=self._client(services, timeout))
            if arrange:
                arrange(services)
            return services.sync(SyncEvent.parse(event))

    def clean_sync(self, event: dict[str, Any] | None = None) -> SyncResult:
        """The next day's sync, with nothing going wrong and living tokens."""
        self.sim.clear_faults()
        self.next_day()
        return self.sync(event)

    def _client(self, services: Services, timeout: tuple[float, float]) -> SmashrunClient:
        return SmashrunClient(
            self.settings.smashrun_api_url,
            services.tokens,
            services.limiter,
            clock=services.clock,
            sleep=self._sleep,
            seconds_left=services.seconds_left,
            timeout=timeout,
        )

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.clock.advance(seconds)

    # what is there

    @property
    def database_file(self) -> Path:
        """The published database on disk."""
        return Path(self.settings.duckdb_path)

    def state(self) -> SyncState:
        """The stored sync state."""
        return SyncStateManager(self.settings.sync_state_secret, clock=self.clock.now).load()

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of a query on the published database."""
        with open_record(self.settings, external_access=True) as connection:
            return connection.execute(sql).fetchall()

    def content(self, of: Callable[..., Any] = content.content) -> dict[str, content.Rows]:
        """The published database's content."""
        with open_record(self.settings, external_access=True) as connection:
            return of(connection)

    def recordings(self) -> content.Rows:
        """The samples kept beside the database."""
        return content.points(self.database_file.parent / "recordings")

    def rebuilt(self) -> dict[str, content.Rows]:
        """Everything that the archive alone gives."""
        again = self.folder / "again"
        shutil.rmtree(again, ignore_errors=True)
        store = DuckDBManager(again / "runs.duckdb")
        try:
            archive = RawArchive(
                open_blobs(self.settings.archive, REGION), self.settings.source_name, store.work
            )
            store.catch_up(archive)
            return content.everything(store.connect())
        finally:
            store.close()

    def archived(self) -> list[str]:
        """Names of the archived objects."""
        return list(open_blobs(self.settings.archive, REGION).names())


MakeWorld = Callable[..., World]


def copy_world(
    template: World, folder: Path, activities: Iterable[Record], switches: Switches = SMALL_PAGES
) -> World:
    """A world whose disk begins as the template's: synced once. Its Smashrun is its own."""
    shutil.copytree(template.folder, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("again"))
    return World(folder, activities, switches)


def assert_rebuilds(world: World) -> None:
    """The archive alone gives every row of the database, times and all."""
    assert world.rebuilt() == world.content(content.everything)


def requests_left(world: World, requests: int) -> Callable[[], float]:
    """Time that is up after so many requests from now."""
    start = len(world.sim.requests)
    return lambda: 1000.0 if len(world.sim.requests) - start < requests else 0.0
