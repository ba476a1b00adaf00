"""Places where databases are published for the tests of reading them: a folder, and a bucket on a real server."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from myrunstreak.contract.settings import Settings
from myrunstreak.store.manager import DuckDBManager
from myrunstreak.store.published import PublishedDatabase, Reading

from tests.stage.aws import REGION, new_bucket
from tests.stage.drafts import Shelf, run
from tests.stage.s3_proxy import S3Proxy

Open = Callable[..., PublishedDatabase]


@pytest.fixture(scope="session")
def versions(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Databases by number: the one of number n holds n runs of n km each."""
    folder = tmp_path_factory.mktemp("versions")
    shelf, made = Shelf(folder / "shelf"), [folder / "none"]
    for number in range(1, 7):
        made.append(folder / f"{number}.duckdb")
        manager = DuckDBManager(made[-1])
        page = shelf.page(number, *(run(one, distance=float(number)) for one in range(1, number + 1)))
        manager.observe(page, lambda _: None)
        manager.publish()
        manager.close()
    return made


class Folder:
    """Where databases are published, on disk."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.location = str(root / "runs.duckdb")
        root.mkdir()

    def put(self, file: Path, name: str = "runs.duckdb") -> None:
        """Replace an object by a file, at once."""
        partial = self.root / f".{uuid.uuid4().hex}"
        shutil.copyfile(file, partial)
        partial.replace(self.root / name)

    def get(self, to: Path) -> None:
        """Fetch the database."""
        shutil.copyfile(self.location, to)

    def write(self, name: str, text: str) -> None:
        """Replace a small object."""
        (self.root / name).write_text(text)

    def remove(self, name: str) -> None:
        """Take an object away."""
        (self.root / name).unlink()


class Bucket:
    """The same, in a bucket."""

    def __init__(self) -> None:
        self.bucket = new_bucket()
        self.location = f"s3://{self.bucket}/data/runs.duckdb"
        self.s3 = boto3.client("s3", region_name=REGION)

    def put(self, file: Path, name: str = "runs.duckdb") -> None:
        """Replace an object by a file."""
        self.s3.put_object(Bucket=self.bucket, Key=f"data/{name}", Body=file.read_bytes())

    def get(self, to: Path) -> None:
        """Fetch the database."""
        to.write_bytes(self.s3.get_object(Bucket=self.bucket, Key="data/runs.duckdb")["Body"].read())

    def write(self, name: str, text: str) -> None:
        """Replace a small object."""
        self.s3.put_object(Bucket=self.bucket, Key=f"data/{name}", Body=text.encode())

    def remove(self, name: str) -> None:
        """Take an object away."""
        self.s3.delete_object(Bucket=self.bucket, Key=f"data/{name}")


@pytest.fixture
def in_bucket(proxy: S3Proxy) -> Bucket:
    """A new bucket at the end of it."""
    return Bucket()


@pytest.fixture(params=["disk", "S3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Folder | Bucket:
    """An empty place of each kind."""
    if request.param == "disk":
        return Folder(tmp_path / "published")
    bucket: Bucket = request.getfixturevalue("in_bucket")
    return bucket


@pytest.fixture
def open_it() -> Iterator[Open]:
    """Opens published records, and closes them at the end."""
    opened: list[PublishedDatabase] = []

    def open_it(place: Folder | Bucket, **more: Any) -> PublishedDatabase:
        opened.append(PublishedDatabase(Settings(duckdb_path=place.location, aws_region=REGION), **more))
        return opened[-1]

    yield open_it
    for one in opened:
        one.close()


def number(reading: Reading) -> int:
    """Which version a reader sees; not two at once."""
    row = reading.connection.execute(
        "SELECT count(*), min(distance_km), max(distance_km) FROM runs"
    ).fetchone()
    assert row is not None
    runs, least, most = row
    assert runs == least == most
    return int(runs)


def now(published: PublishedDatabase) -> int:
    """The version that is read now."""
    with published.read() as reading:
        return number(reading)
