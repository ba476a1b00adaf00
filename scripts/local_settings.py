"""Settings for commands: the environment, then one file, then defaults for one machine."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from myrunstreak.contract.club import CLUB_FOLDER, ClubSettings
from myrunstreak.contract.layout import DATABASE_NAME, parse_location
from myrunstreak.contract.references import FILE_PREFIX
from myrunstreak.contract.settings import Settings
from myrunstreak.contract.unknown_names import refuse_near_misses
from myrunstreak.errors import InvalidSettings
from myrunstreak.secrets.file import make_private

from scripts.places import Places
from scripts.settings_file import VARIABLES, SettingsFile, find_settings_file, read_settings_file

# The default places of the secrets beside a database on this disk.
LOCAL_SECRETS: Final = {
    "TOKENS_SECRET": "tokens.json",
    "SYNC_STATE_SECRET": "sync-state.json",
    "NOTIFY_URLS": "channels.json",
}
# Where keys are made unless API_KEYS says another place. It counts only once there is one: the server asks for keys
# where there is a place for them, and on this machine none is needed.
KEYS_NAME: Final = "api-keys.json"
# Settings that are a file behind `file:`, and name something in AWS without it.
_FILE_OR_NAME: Final = (*LOCAL_SECRETS, "API_KEYS")
ENVIRONMENT: Final = "environment"
DEFAULT: Final = "default"


@dataclass(frozen=True)
class SettingsSources:
    """Where the settings of a command come from.

    Attributes:
        file: the one file that is used, whole, absolute; None: there is none.
        folder: where relative paths of that file, and default paths, begin; what is scheduled starts in it.
        origins: by the name of every setting, of a club's only where it is set: `environment`, `default`, or the path
            of the file.
        passed_over: each `.env` from the working folder upwards that is another project's.
        places: where this user's settings and data lie.
    """

    file: Path | None
    folder: Path
    origins: Mapping[str, str]
    passed_over: tuple[Path, ...]
    places: Places

    @property
    def is_of_user(self) -> bool:
        """Whether what holds here is this user's in every folder: config.env, or the defaults of an installed command."""
        return self.folder == self.places.data_folder

    @property
    def writable_file(self) -> Path:
        """The file to write a setting into: the one that is used, else the one that would be."""
        if self.file:
            return self.file
        return self.places.config_file if self.is_of_user else self.folder / ".env"

    @property
    def outside_file(self) -> list[str]:
        """The settings that this environment has and the file does not: another process knows nothing of them."""
        return sorted(name for name, origin in self.origins.items() if origin == ENVIRONMENT)


def settings_sources(
    env: Mapping[str, str] | None = None, dotenv: Path | None = None, places: Places | None = None
) -> SettingsSources:
    """Where the settings come from; their values need not be valid.

    A variable of the environment that says the same as the file counts as the file's.

    Raises:
        InvalidSettings: a file cannot be read, or the given one does not exist.
    """
    return _sources(*_found(env, dotenv, places))


def load_settings(
    env: Mapping[str, str] | None = None, dotenv: Path | None = None, places: Places | None = None
) -> Settings:
    """The settings of this machine. Local paths are absolute.

    Args:
        env: the environment, which takes precedence; default: `os.environ`.
        dotenv: a file of settings; default: the first `.env` of ours from the working folder upwards, else config.env.
        places: where this user's settings and data lie; default: as this machine says.

    Relative paths of the environment begin at the working folder. Those of a `.env`, and default paths, begin at its
    folder, so that a command works on the same files in every folder below. Those of config.env begin at the user's
    data folder. Without a file an installed command has its defaults there too, and a checkout in the working folder.

    Raises:
        InvalidSettings: a value or a name is invalid, or the given file does not exist.
    """
    file, passed, given, places = _found(env, dotenv, places)
    if file:
        file.refuse_unknown()
    settings = Settings.from_env(_merge(file, given, _sources(file, passed, given, places)))
    mend_rights(settings, file.path if file and file.values.get("SMASHRUN_CLIENT_SECRET") else None)
    return settings


def load_club(
    env: Mapping[str, str] | None = None, dotenv: Path | None = None, places: Places | None = None
) -> ClubSettings:
    """The settings of this machine's club, from where ``load_settings`` has a runner's; the local folder is absolute.

    Raises:
        InvalidSettings: a file or a variable cannot be understood.
    """
    file, passed, given, places = _found(env, dotenv, places)
    if file:
        file.refuse_unknown()
    sources = _sources(file, passed, given, places)
    default = _default_place(sources.folder, places, CLUB_FOLDER, ClubSettings.model_fields["club"].default)
    return ClubSettings.from_env({"CLUB": default, **_merge(file, given, sources)})


@dataclass(frozen=True)
class UnderstoodSettings:
    """The settings as far as they can be understood.

    Attributes:
        settings, club: with the default in place of each value that is wrong.
        sources: where they come from.
        seen: the values as they were written, by the names of the settings; whole paths.
        problems: what is wrong, by the name of the setting; of the file as a whole, or of a name, under "".
    """

    settings: Settings
    club: ClubSettings
    sources: SettingsSources
    seen: Mapping[str, str]
    problems: Mapping[str, str]


def understand_settings() -> UnderstoodSettings:
    """The settings of this machine with what is wrong beside them: nothing is refused, and no file is changed."""
    problems: dict[str, str] = {}
    try:
        file, passed, given, places = _found(None, None, None)
    except InvalidSettings as error:
        problems[""] = str(error)
        environment = {name: value for name, value in os.environ.items() if value.strip()}
        file, passed, given, places = None, [], environment, Places.of_this_machine()
    sources = _sources(file, passed, given, places)
    try:
        if file:
            file.refuse_unknown()
        refuse_near_misses(given, VARIABLES)
    except InvalidSettings as error:
        problems[""] = str(error)
    merged = _merge(file, given, sources)
    seen = {name: merged[name] for name in VARIABLES if name in merged}
    problems |= Settings.problems(seen) | ClubSettings.problems(seen)
    right = {name: value for name, value in seen.items() if name not in problems}
    return UnderstoodSettings(Settings.from_env(right), ClubSettings.from_env(right), sources, seen, problems)


def with_place_for_keys(settings: Settings) -> Settings:
    """The settings with a place where keys can be made: beside a database on this disk unless one is set."""
    if settings.api_keys is not None or not isinstance(settings.database, Path):
        return settings
    place = f"{FILE_PREFIX}{settings.database.parent / KEYS_NAME}"
    return settings.model_copy(update={"api_keys": place})


def mend_rights(settings: Settings, dotenv: Path | None = None) -> None:
    """Make files of secrets, and a file of settings with one in it, readable by the owner only; print what changed."""
    references = [settings.tokens_secret, settings.sync_state_secret, settings.api_keys, settings.notify_urls]
    files = [Path(one.removeprefix(FILE_PREFIX)) for one in references if one and one.startswith(FILE_PREFIX)]
    for file in [*files, *([dotenv] if dotenv else [])]:
        if change := make_private(file.expanduser()):
            print(f"myrunstreak: {change}", file=sys.stderr)


_Found = tuple[SettingsFile | None, list[Path], dict[str, str], Places]


def _found(env: Mapping[str, str] | None, dotenv: Path | None, places: Places | None) -> _Found:
    places = places or Places.of_this_machine()
    given = {name: value for name, value in (os.environ if env is None else env).items() if value.strip()}
    if dotenv is not None:
        return read_settings_file(dotenv), [], given, places
    return *find_settings_file(places, Path.cwd()), given, places


def _sources(
    file: SettingsFile | None, passed: list[Path], given: Mapping[str, str], places: Places
) -> SettingsSources:
    written = file.values if file else {}
    origins: dict[str, str] = {}
    of_club = ClubSettings.variables() & (given.keys() | written.keys())
    for name in (*sorted(Settings.variables()), *sorted(of_club)):
        if name in given and given[name] != written.get(name):
            origins[name] = ENVIRONMENT
        else:
            origins[name] = str(file.path) if file and name in written else DEFAULT
    return SettingsSources(
        file=file.path if file else None,
        folder=_folder(file, places),
        origins=origins,
        passed_over=tuple(passed),
        places=places,
    )


def _merge(file: SettingsFile | None, given: Mapping[str, str], sources: SettingsSources) -> dict[str, str]:
    """What file and environment say, with whole paths and with this machine's defaults of paths."""
    merged = {**(file.values if file else {}), **given}
    default = str(Settings.model_fields["duckdb_path"].default)
    merged.setdefault("DUCKDB_PATH", _default_place(sources.folder, sources.places, DATABASE_NAME, default))
    for name in ("DUCKDB_PATH", "RAW_ARCHIVE", "CLUB", *_FILE_OR_NAME):
        if name in merged:
            start = Path.cwd() if name in given else sources.folder
            merged[name] = _absolute(merged[name], start, may_be_name=name in _FILE_OR_NAME)
    database = _local_path(merged["DUCKDB_PATH"])
    if database is not None:
        for name, file_name in LOCAL_SECRETS.items():
            merged.setdefault(name, f"{FILE_PREFIX}{database.parent / file_name}")
        if (keys := database.parent / KEYS_NAME).is_file():
            merged.setdefault("API_KEYS", f"{FILE_PREFIX}{keys}")
    return merged


def _folder(file: SettingsFile | None, places: Places) -> Path:
    if file and file.path != places.config_file.resolve():
        return file.path.parent
    return Path.cwd() if file is None and places.checkout else places.data_folder


def _default_place(folder: Path, places: Places, name: str, default: str) -> str:
    """In a folder of its own beside `.env`; in the user's data folder it is at home."""
    return str(folder / (name if folder == places.data_folder else default))


def _local_path(text: str) -> Path | None:
    try:
        location = parse_location(text)
    except ValueError:
        return None  # Settings says what is wrong
    return location if isinstance(location, Path) else None


def _absolute(text: str, start: Path, *, may_be_name: bool) -> str:
    prefix = FILE_PREFIX if text.startswith(FILE_PREFIX) else ""
    if may_be_name and not prefix:
        return text  # of a secret or a parameter in AWS
    path = _local_path(text.removeprefix(prefix))
    return text if path is None else f"{prefix}{start / path}"
