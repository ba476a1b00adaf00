"""A mechanism that reads a file for each job from a folder, and a program that has it read them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping
from contextlib import AbstractContextManager, suppress
from pathlib import Path

from myrunstreak.errors import MyRunStreakError
from myrunstreak.files import file_errors

from scripts.schedule.jobs import Schedule
from scripts.schedule.mechanism import Installed


class UnitFiles(ABC):
    """Files of ours in a folder that other programs use too.

    Args:
        folder: where they are.
        below: the folder under which one that has become empty is removed.
        names: every name that one of them may have.
    """

    def __init__(self, folder: Path, below: Path, names: Iterable[str]) -> None:
        self.folder = folder
        self._below = below
        self._names = tuple(names)

    @abstractmethod
    def texts(self, schedule: Schedule) -> dict[str, str]:
        """The files of a schedule, by name."""

    @abstractmethod
    def read(self, texts: Mapping[str, str]) -> Schedule | None:
        """The schedule of some files; None where they do not say one."""

    @abstractmethod
    def _start(self, names: Collection[str]) -> None:
        """Have the files of these names read, and their jobs started from now on; none: have it noticed."""

    @abstractmethod
    def _stop(self, names: Collection[str]) -> None:
        """Have the jobs of these files started no longer."""

    def preview(self, schedule: Schedule) -> dict[str, str]:
        """The files, by path."""
        return {str(self.folder / name): text for name, text in self.texts(schedule).items()}

    def find(self) -> Installed | None:
        """What the files say."""
        texts = self._load()
        if not texts:
            return None
        schedule = self.read(texts)
        return Installed(schedule, schedule is not None and self.texts(schedule) == texts)

    def _replace(self, new: Mapping[str, str]) -> None:
        """Put files in the place of those before, and the jobs with them; none: remove them."""
        before = self._load()
        try:
            self._stop(before)
            self._save(new)
            self._start(new)
        except BaseException as error:
            outcome = self._step_back(new, before)
            if isinstance(error, MyRunStreakError):
                raise type(error)(f"{error} {outcome}") from error
            raise

    def _step_back(self, new: Mapping[str, str], before: Mapping[str, str]) -> str:
        """Bring back the files before; how that ended."""
        with suppress(MyRunStreakError):
            self._stop(new)
        self._save(before)
        try:
            self._start(before)
        except MyRunStreakError:
            return "The schedule before is in its place but not started: run `myrunstreak schedule install` again."
        return "Everything is as it was before."

    def _load(self) -> dict[str, str]:
        paths = {name: self.folder / name for name in self._names}
        with self._errors("read"):
            # As they are to the byte: a step back writes them again.
            return {
                name: path.read_bytes().decode(errors="surrogateescape")
                for name, path in paths.items()
                if path.is_file()
            }

    def _save(self, texts: Mapping[str, str]) -> None:
        with self._errors("write"):
            if texts:
                self.folder.mkdir(parents=True, exist_ok=True)
            for name in self._names:
                if name in texts:
                    (self.folder / name).write_bytes(texts[name].encode(errors="surrogateescape"))
                else:
                    (self.folder / name).unlink(missing_ok=True)
        if not texts:
            remove_empty(self.folder, below=self._below)

    def _errors(self, action: str) -> AbstractContextManager[None]:
        remedy = "Mend its permissions, and try again."
        return file_errors(action, f"the files in {self.folder}", remedy=remedy, otherwise="Try again.")


def remove_empty(folder: Path, *, below: Path) -> None:
    """Remove a folder if nothing is in it, then the one above it, as long as they are below another."""
    while below in folder.parents:
        try:
            folder.rmdir()
        except FileNotFoundError:
            pass
        except OSError:
            return
        folder = folder.parent
