"""The club that the settings lead to."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from myrunstreak.club.registry import Registry, RunnerRefused
from myrunstreak.contract.club import (
    CLUB_FOLDER,
    REGISTRY_NAME,
    RUNNERS_FOLDER,
    ClubSettings,
    Runner,
    runner_settings,
)
from myrunstreak.contract.settings import Settings
from myrunstreak.errors import InvalidQuestion, InvalidSettings
from myrunstreak.store.blobs import open_blobs
from myrunstreak.store.blobs.port import Blobs

from scripts.local_settings import load_club


@dataclass(frozen=True)
class Club:
    """A club.

    Attributes:
        shared: the settings that its runners have in common.
        places: where its parts are.
    """

    shared: Settings
    places: ClubSettings
    registry: Registry

    @classmethod
    def open(cls, shared: Settings) -> Club:
        """The club of this machine's settings.

        Raises:
            InvalidSettings: it has records, and not the object that says whose they are.
        """
        places = load_club()
        club = cls(shared, places, Registry.open(places, shared.aws_region))
        club._require_registry()
        return club

    def find(self, name: str) -> Runner:
        """The runner of a name or an id, where they are in the club.

        Raises:
            RunnerRefused: there is none, or they are being added or removed.
        """
        runner = self.registry.find(name)
        if runner.left_at is not None:
            raise RunnerRefused(
                f"{runner.name} is being added or removed. `myrunstreak club remove {shlex.quote(runner.name)}` removes "
                "what there is."
            )
        return runner

    def members(self) -> list[Runner]:
        """The runners in the club, the first added first."""
        return [one for one in self.registry.runners() if one.left_at is None]

    def settings_of(self, runner: Runner) -> Settings:
        """The settings of one runner, as if there were no others."""
        return runner_settings(self.shared, self.places, runner)

    def environment_of(self, runner: Runner) -> dict[str, str]:
        """What in the environment makes those settings of the shared ones."""
        settings, shared = self.settings_of(runner), self.shared.to_env()
        whole = settings.to_env() | {"RAW_ARCHIVE": str(settings.archive)}
        return {name: value for name, value in whole.items() if value != shared.get(name)}

    @property
    def is_local(self) -> bool:
        """Whether it is in a folder of this machine."""
        return isinstance(self.places.folder, Path)

    def require_local(self, otherwise: str) -> None:
        """Refuse what is only for a club on this machine.

        Raises:
            InvalidQuestion: the club is in AWS, with what to do instead.
        """
        if not self.is_local:
            raise InvalidQuestion(f"The club is in {self.places.club}. {otherwise}")

    def record_of(self, runner: Runner) -> Blobs:
        """The folder of one runner's record."""
        return self.root.within(f"{RUNNERS_FOLDER}/{runner.id}")

    def _require_registry(self) -> None:
        if self.registry.exists:
            return
        records = self.root.within(RUNNERS_FOLDER)
        if next(iter(records.names()), None) is not None:
            raise InvalidSettings(
                f"{CLUB_FOLDER}/{REGISTRY_NAME} is gone from {self.places.club}, and {RUNNERS_FOLDER}/ has records: it "
                "says whose they are. Put the last state of it back before you do anything else."
            )

    @cached_property
    def root(self) -> Blobs:
        """The club's folder."""
        return open_blobs(self.places.folder, self.shared.aws_region)
