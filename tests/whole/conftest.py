"""Worlds to sync in, and the contents that undisturbed syncs lead to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.stage.history import Record, history
from tests.stage.world import MakeWorld, World, copy_world


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """Closes at the end of the test what it opened."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def make_world(tmp_path: Path, stack: ExitStack) -> MakeWorld:
    """Make a world: `make_world(activities, switches, duckdb_path=...)`, each in a folder of its own."""
    made: list[World] = []

    def make(activities: list[Record] | None = None, *args: Any, **settings: Any) -> World:
        folder = tmp_path / f"world-{len(made)}"
        made.append(World(folder, history() if activities is None else activities, *args, **settings))
        stack.callback(made[-1].close)
        return made[-1]

    return make


@pytest.fixture(scope="session")
def synced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world that has synced `history()` once. Not to be changed: copy it."""
    world = World(tmp_path_factory.mktemp("synced") / "world", history())
    world.sync()
    yield world
    world.close()


@pytest.fixture
def synced_world(synced: World, tmp_path: Path, stack: ExitStack) -> World:
    """A world of its own for the test, already synced once."""
    world = copy_world(synced, tmp_path / "world", history())
    stack.callback(world.close)
    return world
