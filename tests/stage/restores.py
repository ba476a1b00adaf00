"""Restores of a world's record, and what its readers are told meanwhile."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from myrunstreak.analytics.engine import Engine
from myrunstreak.analytics.models import StreakAnswer
from myrunstreak.composition import open_services
from myrunstreak.contract.events import SyncEvent
from myrunstreak.contract.settings import Settings
from myrunstreak.store.published import PublishedDatabase

from scripts.display.progress import SyncProgress
from scripts.display.terminal import standard_error
from scripts.record.reading import open_record
from scripts.restore.candidate import Choice, find_candidate
from scripts.restore.replacement import look_at_present, replace_database
from scripts.restore.sources import Sources
from tests.stage.content import Rows, live_content
from tests.stage.world import World


def restore(world: World, choice: Choice) -> str | None:
    """What `myrunstreak restore --yes` does, on the world's clock; the backup of what it replaced."""
    world.clock.advance(1)
    now, sources = world.clock.now(), Sources(world.settings)
    with TemporaryDirectory() as folder, SyncProgress(standard_error()) as progress:
        work = Path(folder)
        present = look_at_present(sources, world.settings, work, now)
        found = find_candidate(choice, sources, present, world.settings, work, now, progress)
        return replace_database(sources, present, found.file, world.settings, now)


def streak_of(world: World) -> StreakAnswer:
    """What a reader hears about the streak at the world's present instant."""
    with closing(PublishedDatabase(world.settings)) as published, published.read() as reading:
        engine = Engine(
            reading.connection,
            now=world.clock.now(),
            settings=world.settings,
            freshness=reading.freshness,
        )
        return engine.streak()


def fresh_content(world: World, folder: Path) -> dict[str, Rows]:
    """The truth: what a first sync into a new folder gives."""
    values: dict[str, Any] = world.settings.model_dump(exclude_none=True)
    values |= {
        "duckdb_path": str(folder / "runs.duckdb"),
        "sync_state_secret": f"file:{folder / 'state.json'}",
    }
    settings = Settings(**values)
    with open_services(settings, clock=world.clock.now, sleep=world.clock.advance) as services:
        services.sync(SyncEvent())
    with open_record(settings) as connection:
        return live_content(connection)
