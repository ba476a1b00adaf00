"""Settings for commands: the environment, then `.env`, then defaults for one machine."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from dotenv import find_dotenv
from dotenv.parser import Binding, parse_stream
from myrunstreak.contract.layout import parse_location
from myrunstreak.contract.settings import FILE_PREFIX, Settings
from myrunstreak.contract.unknown_names import Line, refuse_unknown_lines
from myrunstreak.errors import InvalidSettings
from myrunstreak.secrets.file import make_private

# The default places of the secrets beside a database on this disk.
LOCAL_SECRETS: Final = {"TOKENS_SECRET": "tokens.json", "SYNC_STATE_SECRET": "sync-state.json"}
# Settings that are a file behind `file:`, and name something in AWS without it.
_FILE_OR_NAME: Final = (*LOCAL_SECRETS, "API_KEYS", "NOTIFY_URLS")


def load_settings(env: Mapping[str, str] | None = None, dotenv: Path | None = None) -> Settings:
    """The settings of this machine.

    Args:
        env: the environment, which takes precedence; default: `os.environ`.
        dotenv: a `.env` file; default: the first one from the working directory upwards.

    Paths in the `.env` of another folder, and default paths, are relative to its folder, so that a command
    works on the same files in every folder below.

    Raises:
        InvalidSettings: a value or a name is invalid, or the given file does not exist.
    """
    given = {name: value for name, value in (os.environ if env is None else env).items() if value.strip()}
    file = _find(dotenv)
    written = _read(file) if file else {}
    folder = file.parent if file else Path.cwd()
    merged = written | given
    merged.setdefault("DUCKDB_PATH", str(Settings.model_fields["duckdb_path"].default))
    if folder != Path.cwd():
        for name in ("DUCKDB_PATH", "RAW_ARCHIVE", *_FILE_OR_NAME):
            if name in merged and name not in given:
                merged[name] = _from_folder(merged[name], folder, may_be_name=name in _FILE_OR_NAME)
    database = _local_path(merged["DUCKDB_PATH"])
    if database is not None:
        for name, file_name in LOCAL_SECRETS.items():
            merged.setdefault(name, f"{FILE_PREFIX}{database.parent / file_name}")
    settings = Settings.from_env(merged)
    mend_rights(settings, file if written.get("SMASHRUN_CLIENT_SECRET") else None)
    return settings


def settings_folder() -> Path:
    """The folder that a command starts from: that of `.env`, else the working directory."""
    file = _find(None)
    return file.parent if file else Path.cwd()


def settings_outside_dotenv() -> list[str]:
    """The names of the settings that this environment has and `.env` does not: another process knows nothing of them.

    Raises:
        InvalidSettings: `.env` cannot be read.
    """
    file = _find(None)
    written = _read(file) if file else {}
    return sorted(
        name
        for name in Settings.variables()
        if os.environ.get(name, "").strip() and os.environ[name] != written.get(name)
    )


def mend_rights(settings: Settings, dotenv: Path | None = None) -> None:
    """Make the files of secrets, and a `.env` with one in it, readable by the owner only; print what changed."""
    references = [settings.tokens_secret, settings.sync_state_secret, settings.api_keys, settings.notify_urls]
    files = [Path(one.removeprefix(FILE_PREFIX)) for one in references if one and one.startswith(FILE_PREFIX)]
    for file in [*files, *([dotenv] if dotenv else [])]:
        if change := make_private(file.expanduser()):
            print(f"myrunstreak: {change}", file=sys.stderr)


def _find(dotenv: Path | None) -> Path | None:
    if dotenv is not None:
        if not dotenv.is_file():
            raise InvalidSettings(f"There is no file {dotenv}. Copy .env.example to it and fill it in.")
        return dotenv.resolve()
    found = find_dotenv(usecwd=True)
    return Path(found).resolve() if found else None


def _read(file: Path) -> dict[str, str]:
    try:
        # Without interpolation: a secret may well contain a dollar sign.
        with file.open(encoding="utf-8-sig") as text:
            bindings = list(parse_stream(text))
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidSettings(
            f"Cannot read {file} ({type(error).__name__}). Make it a readable text file."
        ) from None
    refuse_unknown_lines(file, _assignments(bindings), Settings.variables())
    return {line.key: line.value for line in bindings if line.key and line.value and line.value.strip()}


def _assignments(bindings: Iterable[Binding]) -> Iterator[Line]:
    """The lines that are neither blank nor a comment."""
    for one in bindings:
        # A statement's text begins with the blank lines before it.
        number = one.original.line + len(one.original.string) - len(one.original.string.lstrip("\r\n"))
        if one.error:
            yield Line(number, None)
        elif one.key is not None:
            yield Line(number, one.key, has_value=one.value is not None)


def _local_path(text: str) -> Path | None:
    try:
        location = parse_location(text)
    except ValueError:
        return None  # Settings says what is wrong
    return location if isinstance(location, Path) else None


def _from_folder(text: str, folder: Path, *, may_be_name: bool) -> str:
    prefix = FILE_PREFIX if text.startswith(FILE_PREFIX) else ""
    if may_be_name and not prefix:
        return text  # of a secret or a parameter in AWS
    path = _local_path(text.removeprefix(prefix))
    if path is None or str(path).startswith("~"):
        return text
    return f"{prefix}{folder / path}{'/' if text.endswith('/') else ''}"
