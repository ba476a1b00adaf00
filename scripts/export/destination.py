"""Where an export goes, and in which format."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, get_args

from myrunstreak.errors import InvalidSettings

Format = Literal["csv", "ndjson", "parquet", "geojson", "xlsx", "gpx", "ics"]
_FORMATS: Final[tuple[Format, ...]] = get_args(Format)
# Formats that no terminal shows.
_BINARY: Final = frozenset({"parquet", "xlsx"})
_ENDINGS: Final[Mapping[str, Format]] = {".jsonl": "ndjson", **{f".{name}": name for name in _FORMATS}}


@dataclass(frozen=True)
class Destination:
    """A file, a folder or standard output.

    Attributes:
        format_name: what is written.
        place: the file or folder; None: standard output.
        is_folder: a file a run goes into the folder at `place`.
    """

    format_name: Format
    place: Path | None
    is_folder: bool = False


def choose_destination(name: str | None, named: Format | None, *, force: bool) -> Destination:
    """What a name and a format amount to; either may be missing.

    Args:
        name: of a file, or of a folder where it ends with a slash; `-` is standard output.
        force: a file that exists may be replaced.

    Raises:
        InvalidSettings: they do not fit each other, or the file exists.
    """
    place = None if name is None or name == "-" else Path(name)
    is_folder = place is not None and (place.is_dir() or str(name).endswith(("/", os.sep)))
    ending = None if place is None or is_folder else _ENDINGS.get(place.suffix.lower())
    format_name = named or ending
    if format_name is None:
        raise InvalidSettings(
            f"The format is missing: add --format ({', '.join(_FORMATS)}), or name a file by it, as in --to runs.xlsx."
        )
    if place is None:
        if format_name in _BINARY:
            raise InvalidSettings(
                f"{format_name} needs a file: name one with --to FILE, as in runs.{format_name}."
            )
        return Destination(format_name, None)
    if is_folder:
        if format_name != "gpx":
            raise InvalidSettings(
                f"{place} is a folder: name a file in it, as in {place / 'runs'}.{format_name}."
            )
        return Destination(format_name, place, is_folder=True)
    if ending and ending != format_name:
        raise InvalidSettings(
            f"{place.name} is named as {ending}, and --format says {format_name}: change one of them."
        )
    if place.exists() and not force:
        raise InvalidSettings(f"{place} exists already. Choose another file, or use --force to replace it.")
    return Destination(format_name, place)
