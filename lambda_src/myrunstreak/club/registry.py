"""Who is in the club: one small object, of which every change replaces only the state that was read."""

from __future__ import annotations

import random
import re
import shlex
import time
import unicodedata
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from myrunstreak.contract.club import REGISTRY_NAME, ClubSettings, Runner
from myrunstreak.contract.settings import RUNNER_ID
from myrunstreak.errors import InvalidSettings, MyRunStreakError
from myrunstreak.store.blobs import open_blobs
from myrunstreak.store.blobs.port import Blobs
from myrunstreak.store.blobs.remembered import Remembered, RememberedObjects
from myrunstreak.store.blobs.replacing import replace_content

_LONGEST_NAME: Final = 40
# Two who change it at once come apart by waiting a part of this.
_APART_S: Final = 0.3


class RunnerRefused(MyRunStreakError):
    """A runner cannot be added, found or changed as asked."""

    exit_code = 2


class _Stored(BaseModel):
    """The stored document; the first added come first."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    runners: list[Runner] = Field(default_factory=list[Runner])

    @cached_property
    def by_id(self) -> dict[str, Runner]:
        return {one.id: one for one in self.runners}


class Registry:
    """The runners of a club.

    Args:
        folder: what is the club's own.
        sleep: waits so many seconds where another came first with a change.

    Every method may raise ``StoreUnavailable``, ``StoreConflict`` and ``InvalidSettings``.
    """

    def __init__(self, folder: Blobs, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._folder = folder
        self._sleep = sleep
        # Who may not read it must not take the club for empty.
        self._objects = RememberedObjects(folder, denied_is_absent=False)
        self._parsed: tuple[Remembered, _Stored] | None = None

    @classmethod
    def open(cls, club: ClubSettings, region: str, *, quick: bool = False) -> Self:
        """The runners of the club at a place; ``quick`` gives up an S3 that does not answer within seconds."""
        return cls(open_blobs(club.own_folder, region, quick=quick))

    @property
    def exists(self) -> bool:
        """Whether a runner was ever added."""
        return self._objects.read(REGISTRY_NAME) is not None

    def runners(self) -> Sequence[Runner]:
        """Every runner, the first added first; those who are being added or removed have ``left_at``."""
        return self._read().runners

    def get(self, runner_id: str) -> Runner | None:
        """The runner of an id."""
        return self._read().by_id.get(runner_id)

    def find(self, name: str) -> Runner:
        """The runner of a name, in capitals or not, or of an id.

        Raises:
            RunnerRefused: there is none.
        """
        found = _find(self.runners(), name)
        if found is None:
            raise RunnerRefused(
                f"There is no runner {name[:60]!r} in the club. `myrunstreak club list` shows all."
            )
        return found

    def require_free(self, name: str) -> str:
        """A name that a runner may be given, as it is kept.

        Raises:
            RunnerRefused: it cannot be one, or another runner has it.
        """
        return _free_name(self.runners(), name)

    def add(self, runner: Runner) -> None:
        """Add a runner.

        Raises:
            RunnerRefused: the name is taken or cannot be one, or the runner is in the club already.
        """

        def change(runners: list[Runner]) -> list[Runner]:
            name = _free_name(runners, runner.name)
            for one in runners:
                is_the_same = runner.smashrun_id is not None and runner.smashrun_id == one.smashrun_id
                if is_the_same or runner.id == one.id:
                    raise RunnerRefused(
                        f"{one.name} is in the club already: the same runner of Smashrun's. "
                        f"To authorise again: `myrunstreak club run {shlex.quote(one.name)} auth`."
                    )
            return [*runners, runner.model_copy(update={"name": name})]

        self._change(change)

    def change(self, runner_id: str, *, name: str | None = None, timezone: str | None = None) -> None:
        """Give a runner another name or zone.

        Raises:
            RunnerRefused: another runner has the name, it cannot be one, or there is no such runner.
            ValueError: there is no such zone.
        """

        def change(runner: Runner, others: Sequence[Runner]) -> dict[str, Any]:
            return {
                "name": runner.name if name is None else _free_name(others, name),
                "timezone": timezone or runner.timezone,
            }

        self._change_one(runner_id, change)

    def mark_left(self, runner_id: str, at: datetime) -> None:
        """From now on nothing is done with a runner's record but to remove it."""
        self._change_one(runner_id, lambda runner, _: {"left_at": runner.left_at or at})

    def admit(self, runner_id: str) -> None:
        """From now on a runner's record may be synced and shown."""
        self._change_one(runner_id, lambda _, __: {"left_at": None})

    def take_out(self, runner_id: str) -> None:
        """Forget a runner; one who is not there is forgotten already."""
        self._change(lambda runners: [one for one in runners if one.id != runner_id])

    def _change_one(
        self, runner_id: str, change: Callable[[Runner, Sequence[Runner]], dict[str, Any]]
    ) -> None:
        def change_all(runners: list[Runner]) -> list[Runner]:
            runner = next((one for one in runners if one.id == runner_id), None)
            if runner is None:
                raise RunnerRefused(f"There is no runner {runner_id} in the club any more.")
            fields = change(runner, [one for one in runners if one is not runner])
            changed = Runner.model_validate(runner.model_dump() | fields)
            return [changed if one is runner else one for one in runners]

        self._change(change_all)

    def _change(self, change: Callable[[list[Runner]], list[Runner]]) -> None:
        def rewrite(content: bytes | None) -> bytes | None:
            before = self._parse(content).runners if content is not None else []
            after = change(before)
            return (
                _Stored(runners=after).model_dump_json(exclude_none=True).encode()
                if after != before
                else None
            )

        replace_content(
            self._folder,
            REGISTRY_NAME,
            rewrite,
            after_loss=lambda: self._sleep(random.uniform(0, _APART_S)),  # noqa: S311 - no secret
            next_step="Nothing was changed: try again.",
        )

    def _read(self) -> _Stored:
        found = self._objects.read(REGISTRY_NAME)
        if found is None:
            return _Stored()
        known = self._parsed
        if known is None or known[0] is not found:
            self._parsed = known = (found, self._parse(found.content))
        return known[1]

    def _parse(self, content: bytes) -> _Stored:
        try:
            return _Stored.model_validate_json(content)
        except ValidationError:
            raise InvalidSettings(
                f"{self._folder.place.rstrip('/')}/{REGISTRY_NAME} does not hold a club's runners as this program "
                "writes them. Restore an earlier version of it."
            ) from None


def _find(runners: Sequence[Runner], name: str) -> Runner | None:
    wanted = _compared(name)
    return next((one for one in runners if one.id == name or _compared(one.name) == wanted), None)


def _free_name(runners: Sequence[Runner], name: str) -> str:
    kept = unicodedata.normalize("NFC", name.strip())
    # An id is no name, or one runner could be called as another is known.
    is_name = 1 <= len(kept) <= _LONGEST_NAME and kept.isprintable() and not re.search(RUNNER_ID, kept)
    if not is_name or kept.startswith("-"):
        raise RunnerRefused(
            f"{name[:60]!r} is no name for a runner; accepted: 1 to 40 letters, digits and signs on one line, not "
            "beginning with -."
        )
    other = _find(runners, kept)
    if other is not None and other.left_at is not None:
        raise RunnerRefused(
            f"{other.name} is still being added, or removed: "
            f"`myrunstreak club remove {shlex.quote(other.name)}` ends that. Then try again."
        )
    if other is not None:
        raise RunnerRefused(f"{other.name} is in the club already. Choose another name.")
    return kept


def _compared(name: str) -> str:
    return unicodedata.normalize("NFKC", name.strip()).casefold()
