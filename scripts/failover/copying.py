"""Copies a record's objects from one bucket to another, inside S3: the database last."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from myrunstreak.aws import aws_client, aws_errors
from myrunstreak.contract.layout import (
    DATABASE_NAME,
    FRESHNESS_NAME,
    LEASE_NAME,
    PAGE_FOLDER,
    RAW_FOLDER,
    SESSIONS_FOLDER,
)
from myrunstreak.errors import InvalidSettings

from scripts.failover.homes import Home

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

Show = Callable[[str, int, int | None], None]

# The sync makes the page from the record, sign-ins belong to an address, and the note of freshness to its database.
_LEFT: Final = (f"{PAGE_FOLDER}/", f"{SESSIONS_FOLDER}/", FRESHNESS_NAME, LEASE_NAME)
_RAW: Final = f"{RAW_FOLDER}/"
_AT_ONCE: Final = 16


def copy_record(source: Home, target: Home, show: Show) -> int:
    """Copy what the target lacks or has otherwise; how many objects that were.

    Objects of the raw archive are never changed, so one that is there stays. The bucket keeps the version of any
    other object that is replaced.

    Raises:
        InvalidSettings: the source holds no database.
    """
    theirs, ours = _list(source), _list(target)
    if DATABASE_NAME not in theirs:
        raise InvalidSettings(
            f"There is no {source.database}, so there is nothing to take over. Check the name of the stack."
        )
    wanted = [
        key
        for key, tag in theirs.items()
        if not key.startswith(_LEFT)
        and key != DATABASE_NAME
        and (key not in ours if key.startswith(_RAW) else ours.get(key) != tag)
    ]
    _copy(source, target, wanted, show)
    if ours.get(DATABASE_NAME) == theirs[DATABASE_NAME]:
        return len(wanted)
    _copy(source, target, [DATABASE_NAME], show)
    return len(wanted) + 1


def unite_archives(one: Home, other: Home, show: Show) -> int:
    """Copy the objects of the raw archive that only the second has to the first; how many."""
    there = _list(one, _RAW)
    missing = [key for key in _list(other, _RAW) if key not in there]
    _copy(other, one, missing, show)
    return len(missing)


def _list(home: Home, prefix: str = "") -> dict[str, str]:
    """The bucket's objects: ETags by key."""
    with aws_errors(f"s3://{home.bucket}", "list"):
        pages = _s3(home).get_paginator("list_objects_v2").paginate(Bucket=home.bucket, Prefix=prefix)
        return {
            entry.get("Key", ""): entry.get("ETag", "")
            for page in pages
            for entry in page.get("Contents", [])
        }


def _copy(source: Home, target: Home, keys: list[str], show: Show) -> None:
    client = _s3(target)

    def copy(key: str) -> None:
        with aws_errors(f"s3://{source.bucket}/{key} to {target.bucket}", "copy"):
            client.copy_object(
                Bucket=target.bucket, Key=key, CopySource={"Bucket": source.bucket, "Key": key}
            )

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for done, _ in enumerate(pool.map(copy, keys), 1):
            show("Copying the record", done, len(keys))


def _s3(home: Home) -> S3Client:
    return aws_client("s3", home.region)
