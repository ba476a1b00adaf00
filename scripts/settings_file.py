"""The one file that settings are read from: the first `.env` of ours from the working folder upwards, else config.env."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dotenv.parser import Binding, parse_stream
from myrunstreak.contract.club import ClubSettings
from myrunstreak.contract.settings import Settings
from myrunstreak.contract.unknown_names import Line, belongs_to_others, is_meant_for, refuse_unknown_lines
from myrunstreak.errors import InvalidSettings

from scripts.places import Places

# What a file may set: for a runner, and for a club.
VARIABLES: Final = Settings.variables() | ClubSettings.variables()
# Settings whose names other programs use too: they alone, beside names that we do not know, are another project's.
_SHARED_NAMES: Final = frozenset({"API_KEYS", "AWS_REGION", "CLUB", "ENVIRONMENT", "LOG_LEVEL", "TENANT"})


@dataclass(frozen=True)
class SettingsFile:
    """A file of settings.

    Attributes:
        path: where it is, absolute.
        lines: its assignments, and what cannot be understood.
        values: by name, those that say something; other programs' too.
    """

    path: Path
    lines: tuple[Line, ...]
    values: dict[str, str]

    def refuse_unknown(self) -> None:
        """Refuse a line that is no setting.

        Raises:
            InvalidSettings: one line with file and line number; never a value.
        """
        refuse_unknown_lines(self.path, self.lines, VARIABLES)

    @property
    def is_ours(self) -> bool:
        """Whether it is meant for this program: by a name that is ours, or nearly; else it is another project's."""
        names = [line.name for line in self.lines if line.name]
        if any(is_meant_for(name, VARIABLES - _SHARED_NAMES) for name in names):
            return True
        return any(name in VARIABLES for name in names) and not _has_strangers(names)


def find_settings_file(places: Places, start: Path) -> tuple[SettingsFile | None, list[Path]]:
    """The file that holds in a folder, if there is one, and each `.env` of another project that was passed over.

    Raises:
        InvalidSettings: a file on the way cannot be read.
    """
    passed: list[Path] = []
    for folder in (start, *start.parents):
        if _is_file(candidate := folder / ".env"):
            found = read_settings_file(candidate)
            if found.is_ours:
                return found, passed
            passed.append(found.path)
    config = places.config_file
    return (read_settings_file(config) if _is_file(config) else None), passed


def read_settings_file(path: Path) -> SettingsFile:
    """Read a file.

    Raises:
        InvalidSettings: it does not exist, or cannot be read.
    """
    path = path.resolve()
    if not _is_file(path):
        raise InvalidSettings(f"There is no file {path}. Copy .env.example to it and fill it in.")
    try:
        # Without interpolation: a secret may well contain a dollar sign.
        with path.open(encoding="utf-8-sig") as text:
            bindings = list(parse_stream(text))
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidSettings(
            f"Cannot read {path} ({type(error).__name__}). Make it a readable text file."
        ) from None
    values = {line.key: line.value for line in bindings if line.key and line.value and line.value.strip()}
    return SettingsFile(path, tuple(_assignments(bindings)), values)


def _has_strangers(names: Collection[str]) -> bool:
    return any(name not in VARIABLES and not belongs_to_others(name) for name in names)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False  # in a folder that is closed to this user


def _assignments(bindings: Collection[Binding]) -> Iterator[Line]:
    """The lines that are neither blank nor a comment."""
    for one in bindings:
        # A statement's text begins with the blank lines before it.
        number = one.original.line + len(one.original.string) - len(one.original.string.lstrip("\r\n"))
        if one.error:
            yield Line(number, None)
        elif one.key is not None:
            yield Line(number, one.key, has_value=one.value is not None)
