"""The zip: the same files give the same bytes, on any machine at any time."""

from __future__ import annotations

import os
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infra.package import Kind
from scripts.lambda_package.target import PackageError

MB: Final = 1_000_000
ZIP_LIMIT: Final = 50 * MB  # Lambda's, for a package that is uploaded directly
UNZIPPED_LIMIT: Final = 250 * MB  # Lambda's, layers included
# Ours: what a cold start has to fetch. The lake writer's goes through S3, and starts once for a whole batch.
ZIP_GOALS: Final[dict[Kind, int]] = {"lambda": 33 * MB, "lake": 65 * MB}

_DATE: Final = (1980, 1, 1, 0, 0, 0)
_REGULAR_0644: Final = 0o100644 << 16
_UNIX: Final = 3


@dataclass(frozen=True)
class Entry:
    """One file of the archive; sizes in bytes."""

    name: str
    size: int
    packed: int


def write_zip(folder: Path, zip_file: Path) -> list[Entry]:
    """Pack a folder's files, sorted by name, with fixed dates, modes and compression."""
    files = sorted(
        (file.relative_to(folder).as_posix(), file) for file in folder.rglob("*") if file.is_file()
    )
    unfinished = zip_file.with_suffix(".unfinished")
    with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, file in files:
            info = zipfile.ZipInfo(name, _DATE)
            info.create_system = _UNIX
            info.external_attr = _REGULAR_0644
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, file.read_bytes(), compresslevel=6)
        entries = [Entry(info.filename, info.file_size, info.compress_size) for info in archive.infolist()]
    os.replace(unfinished, zip_file)  # noqa: PTH105  # one step: a half-written package is never seen
    return entries


def check_sizes(zip_bytes: int, unzipped_bytes: int, kind: Kind = "lambda") -> None:
    """Hold a package to Lambda's limits and to our own goal.

    Raises:
        PackageError: one is passed.
    """
    goal = ZIP_GOALS[kind]
    for what, size, limit, why in (
        ("zip", zip_bytes, max(ZIP_LIMIT, goal), "Lambda takes no larger one directly"),
        ("unzipped package", unzipped_bytes, UNZIPPED_LIMIT, "Lambda's limit, layers included"),
        ("zip", zip_bytes, goal, "this project's own goal, for quick cold starts"),
    ):
        if size > limit:
            raise PackageError(
                f"The {what} has {size / MB:.1f} MB, more than {limit // MB} MB ({why}). The list above says "
                "which package grew; take it out of lambda_src/pyproject.toml, or split the function."
            )
