"""Takes a folder away for good: every object, every earlier state of one, every note that one was deleted."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from myrunstreak.aws import aws_client, aws_errors
from myrunstreak.contract.layout import S3Location
from myrunstreak.errors import InvalidSettings, StoreUnavailable
from myrunstreak.files import file_errors

_MOST_AT_ONCE: Final = 1000


def erase(location: S3Location | Path, region: str) -> int:
    """Erase a folder and look again until nothing is found; how many states of objects, or files, there were.

    Raises:
        InvalidSettings: it may not be erased. What has been erased until then is gone.
        StoreUnavailable: it cannot be erased now; doing it again goes on.
    """
    if isinstance(location, Path):
        return _erase_local(location)
    return _erase(location, region, lambda _: True)


def erase_earlier(location: S3Location | Path, region: str) -> int:
    """Erase what the objects of a folder were before, and leave what they are; how many states there were.

    A folder of this machine has none. Raises as ``erase``.
    """
    return 0 if isinstance(location, Path) else _erase(location, region, lambda one: not one["IsLatest"])


def _erase(location: S3Location, region: str, is_wanted: Callable[[dict[str, Any]], bool]) -> int:
    if not location.key.endswith("/"):
        raise ValueError("a folder ends in a slash")
    client: Any = aws_client("s3", region)
    count = 0
    while found := sum(_erase_page(client, location, page) for page in _pages(client, location, is_wanted)):
        count += found
    return count


def _erase_local(folder: Path) -> int:
    with file_errors(
        "remove", str(folder), remedy="Make it a folder that this user may remove.", otherwise=""
    ):
        count = sum(1 for one in folder.rglob("*") if not one.is_dir() or one.is_symlink())
        if folder.is_dir():
            shutil.rmtree(folder)
        return count


def _pages(
    client: Any, location: S3Location, is_wanted: Callable[[dict[str, Any]], bool]
) -> Iterator[list[dict[str, str]]]:
    with aws_errors(str(location), "list the versions of"):
        pages = client.get_paginator("list_object_versions").paginate(
            Bucket=location.bucket, Prefix=location.key
        )
        for page in pages:
            yield [
                {"Key": one["Key"], "VersionId": one["VersionId"]}
                for one in (*page.get("Versions", []), *page.get("DeleteMarkers", []))
                if is_wanted(one)
            ]


def _erase_page(client: Any, location: S3Location, states: Sequence[dict[str, str]]) -> int:
    for start in range(0, len(states), _MOST_AT_ONCE):
        with aws_errors(str(location), "erase"):
            answer = client.delete_objects(
                Bucket=location.bucket,
                Delete={"Objects": list(states[start : start + _MOST_AT_ONCE]), "Quiet": True},
            )
        for problem in answer.get("Errors", [])[:1]:
            code = problem.get("Code", "")
            if code == "AccessDenied":
                raise InvalidSettings(
                    f"Cannot erase {location}: AWS denies it. Allow s3:DeleteObjectVersion and s3:DeleteObject there."
                )
            raise StoreUnavailable(f"Cannot erase all of {location}: AWS answered {code}. Try again.")
    return len(states)
