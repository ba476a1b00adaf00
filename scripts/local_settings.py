"""Settings for whoever works at a keyboard: the environment, then `.env`, then defaults for one machine."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from dotenv import dotenv_values, find_dotenv
from myrunstreak.contract.layout import parse_location
from myrunstreak.contract.settings import FILE_PREFIX, Settings
from myrunstreak.errors import InvalidSettings

# With a database on this disk the secrets lie beside it, unless somebody says otherwise.
LOCAL_SECRETS: Final = {"TOKENS_SECRET": "tokens.json", "SYNC_STATE_SECRET": "sync-state.json"}
# Which settings are a file only behind `file:`; without it they name something in AWS.
_FILE_OR_NAME: Final = (*LOCAL_SECRETS, "API_KEYS")


def load_settings(env: Mapping[str, str] | None = None, dotenv: Path | None = None) -> Settings:
    """The settings of this machine.

    Args:
        env: the environment, which has the last word; `os.environ` unless given.
        dotenv: a `.env` file; searched from the working directory upwards unless given.

    Paths that a `.env` of another folder gives, or leaves to the defaults, start from its folder, so that a
    command works on the same files wherever it is typed.

    Raises:
        InvalidSettings: a value cannot be understood, or the given file is not there.
    """
    said = {name: value for name, value in (os.environ if env is None else env).items() if value.strip()}
    file = _find(dotenv)
    noted = _read(file) if file else {}
    folder = file.parent if file else Path.cwd()
    merged = noted | said
    merged.setdefault("DUCKDB_PATH", str(Settings.model_fields["duckdb_path"].default))
    if folder != Path.cwd():
        for name in ("DUCKDB_PATH", "RAW_ARCHIVE", *_FILE_OR_NAME):
            if name in merged and name not in said:
                merged[name] = _from_folder(merged[name], folder, may_be_name=name in _FILE_OR_NAME)
    database = _local_path(merged["DUCKDB_PATH"])
    if database is not None:
        for name, file_name in LOCAL_SECRETS.items():
            merged.setdefault(name, f"{FILE_PREFIX}{database.parent / file_name}")
    return Settings.from_env(merged)


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
        values = dotenv_values(file, interpolate=False)
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidSettings(
            f"Cannot read {file} ({type(error).__name__}). Make it a readable text file."
        ) from None
    return {name: value for name, value in values.items() if value and value.strip()}


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
