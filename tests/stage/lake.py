"""A lake of an emulator's for tests: table buckets, and what lies in them down to the last byte."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from myrunstreak.contract.club import ClubSettings
from myrunstreak.lake.catalog import NAMESPACE, Bucket

from tests.stage.emulator import REGION, Emulator

_numbers = count(1)


@dataclass(frozen=True)
class TableBucket:
    """One table bucket of the emulator, with the lake's namespace in it."""

    emulator: Emulator
    name: str

    @classmethod
    def make(cls, emulator: Emulator) -> TableBucket:
        """A new one."""
        made = cls(emulator, f"lake-{next(_numbers)}")
        made.tables.create_table_bucket(name=made.name)
        made.tables.create_namespace(tableBucketARN=made.arn, namespace=[NAMESPACE])
        return made

    @cached_property
    def tables(self) -> Any:
        """What the bucket itself can do."""
        return self.emulator.client("s3tables")

    @property
    def arn(self) -> str:
        return f"arn:aws:s3tables:{REGION}:000000000000:bucket/{self.name}"

    @property
    def bucket(self) -> Bucket:
        """For the application."""
        return Bucket(self.arn, REGION, f"{self.emulator.url}/iceberg")

    def settings(self, folder: Path | str) -> ClubSettings:
        """A club whose lake this is."""
        return ClubSettings(club=str(folder), lake_tables=self.arn, lake_endpoint=self.bucket.endpoint)

    def objects(self) -> dict[str, bytes]:
        """Every object of the bucket, by its key."""
        s3 = self.emulator.client("s3")
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=self.name)
        keys = [one["Key"] for page in pages for one in page.get("Contents", [])]
        return {key: s3.get_object(Bucket=self.name, Key=key)["Body"].read() for key in keys}


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """An AWS of our own."""
    one = Emulator(tmp_path_factory.mktemp("emulator"), encrypted=False)
    one.start()
    yield one
    one.stop()


@pytest.fixture
def table_bucket(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> TableBucket:
    """An empty table bucket, and this process's clients go to the emulator."""
    for name, value in emulator.environment().items():
        monkeypatch.setenv(name, value)
    return TableBucket.make(emulator)
