"""A database that is damaged, foreign or too new is never replaced: the error says what it is and how to restore."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

import duckdb
import pytest
from myrunstreak.contract.settings import Settings
from myrunstreak.errors import StoreCorrupt
from myrunstreak.store.manager import DuckDBManager
from myrunstreak.store.schema.migrations import SchemaTooNew, latest_version

from scripts.record.reading import open_record
from tests.application.store.blocks import catalog_blocks, row_blocks
from tests.application.store.histories import publish
from tests.stage.drafts import Shelf, run
from tests.stage.paths import ROOT


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The file of a database with 300 runs."""
    folder = tmp_path_factory.mktemp("sound")
    shelf = Shelf(folder)
    page = shelf.page(0, *(run(number, notes="n" * number, hasDetails=1) for number in range(300)))
    publish(folder / "runs.duckdb", page)
    return (folder / "runs.duckdb").read_bytes()


@contextmanager
def _open_to_write(path: Path) -> Generator[duckdb.DuckDBPyConnection]:
    with closing(DuckDBManager(path)) as manager:
        yield manager.connect()


def _refuses(path: Path, damaged: bytes) -> str:
    """Whether a damaged file is refused, by reader and writer alike, and left as it is; the message."""
    path.write_bytes(damaged)
    messages: list[str] = []
    for opened in (open_record(Settings(duckdb_path=str(path))), _open_to_write(path)):
        with pytest.raises(StoreCorrupt) as caught, opened:
            pass
        messages.append(str(caught.value))
    assert damaged == path.read_bytes()
    tag = f"{path.stat().st_mtime_ns}-{path.stat().st_size}-"
    for message in messages:
        assert f"The database {path} (version {tag}" in message
        assert "Restore it: `myrunstreak restore`" in message
        assert "\n" not in message
    return messages[0]


@pytest.mark.parametrize("share", [0.0, 0.0001, 0.003, 0.006, 0.1, 0.5, 0.9, 0.99999])
def test_a_file_that_ends_early_is_refused(tmp_path: Path, sound: bytes, share: float) -> None:
    """Cut off anywhere, down to nothing at all."""
    _refuses(tmp_path / "runs.duckdb", sound[: int(len(sound) * share)])


def test_a_flipped_bit_is_found_wherever_it_is(tmp_path: Path, sound: bytes) -> None:
    """Every block in use is read once when the file is opened, so that damage does not travel on."""
    rng = random.Random(7)
    whole = tmp_path / "whole.duckdb"
    whole.write_bytes(sound)
    blocks = [*row_blocks(whole), *catalog_blocks(whole)]
    for position in [
        *map(rng.choice, rng.sample(blocks * 3, 15)),
        *(rng.randrange(12_288) for _ in range(5)),
    ]:
        damaged = bytearray(sound)
        damaged[position] ^= 1 << rng.randrange(8)
        _refuses(tmp_path / "runs.duckdb", bytes(damaged))


@pytest.mark.parametrize(
    "foreign",
    [b"activityId,distance\n1,5.0\n", b"\0" * 300_000, b"SQLite format 3\0" + b"\0" * 4080],
    ids=["CSV", "zeros", "SQLite"],
)
def test_a_file_that_is_no_duckdb_database_is_refused(tmp_path: Path, foreign: bytes) -> None:
    """Text, zeros, another product's file."""
    _refuses(tmp_path / "runs.duckdb", foreign)


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE mine (a INTEGER)",
        "CREATE TABLE schema_version (version INTEGER); INSERT INTO schema_version VALUES (1)",
        "CREATE TABLE schema_version (name VARCHAR); INSERT INTO schema_version VALUES ('x')",
    ],
)
def test_somebody_elses_duckdb_database_is_refused(tmp_path: Path, sql: str) -> None:
    """It opens, but it is not ours: nothing is written into it."""
    foreign = tmp_path / "foreign.duckdb"
    with duckdb.connect(str(foreign)) as connection:
        connection.execute(sql)
    _refuses(tmp_path / "runs.duckdb", foreign.read_bytes())


def test_a_database_of_newer_code_is_refused_and_left_alone(tmp_path: Path, sound: bytes) -> None:
    """It is not damaged: the code is too old for it."""
    path = tmp_path / "runs.duckdb"
    path.write_bytes(sound)
    with duckdb.connect(str(path)) as connection:
        connection.execute("INSERT INTO schema_version VALUES (?, now()::TIMESTAMP)", [latest_version() + 1])
    newer = path.read_bytes()
    for opened in (open_record(Settings(duckdb_path=str(path))), _open_to_write(path)):
        with pytest.raises(SchemaTooNew, match="install or deploy the newer MyRunStreak") as caught, opened:
            pass
    assert f"schema version {latest_version() + 1}" in str(caught.value)
    assert newer == path.read_bytes()


def test_a_private_copy_with_a_run_stored_twice_is_not_published(tmp_path: Path, shelf: Shelf) -> None:
    """There is no index that keeps ids unique: publishing holds the loader to it."""
    path = tmp_path / "runs.duckdb"
    publish(path, shelf.page(0, run(1)))
    before = path.read_bytes()
    manager = DuckDBManager(path)
    manager.observe(shelf.page(1, run(2)), shelf.archive.add)
    manager.connect().execute("INSERT INTO activities SELECT * FROM activities WHERE activity_id = 2")
    with pytest.raises(StoreCorrupt, match="1 runs are stored more than once"):
        manager.publish()
    manager.close()
    assert before == path.read_bytes()


_SYNC = """
import resource, signal, sys
from pathlib import Path
from myrunstreak.errors import MyRunStreakError
from myrunstreak.store.manager import DuckDBManager
from tests.stage.drafts import Shelf, run
from tests.stage.paths import ROOT
shelf = Shelf(Path(sys.argv[1]) / "shelf")
pages = [shelf.page(n, *(run(n * 500 + i, notes=f"{i} " * 200) for i in range(500))) for n in range(4)]
if len(sys.argv) > 2:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
try:
    manager = DuckDBManager(Path(sys.argv[1]) / "runs.duckdb")
    for page in pages:
        manager.observe(page, lambda _: None)
    manager.publish()
except MyRunStreakError as error:
    print(type(error).__name__, error)
"""


def _sync(folder: Path, *limit: str, tmp: str | None = None) -> str:
    env = os.environ | {"PYTHONPATH": f"{ROOT / 'lambda_src'}:{ROOT}"} | ({"TMPDIR": tmp} if tmp else {})
    done = subprocess.run(
        [sys.executable, "-c", _SYNC, str(folder), *limit],
        capture_output=True,
        text=True,
        env=env,
        check=True,
    )
    return done.stdout.strip()


@pytest.mark.parametrize("room_kb", [1, 300, 1500])
def test_a_full_disk_is_one_clear_line_and_publishes_nothing(
    tmp_path: Path, sound: bytes, room_kb: int
) -> None:
    """Whether the copy, the tables or the file to publish meets the end of the disk."""
    (tmp_path / "runs.duckdb").write_bytes(sound)
    said = _sync(tmp_path, str(room_kb << 10))
    assert said.startswith("StoreUnavailable Cannot ")
    assert "\n" not in said
    assert "File too large" in said
    assert sound == (tmp_path / "runs.duckdb").read_bytes()


def test_without_a_folder_for_temporary_files_it_says_so(tmp_path: Path) -> None:
    """Nowhere to keep a private copy: one line, not a stack trace."""
    program = _SYNC.replace(
        "import resource", "import tempfile; tempfile.tempdir = '/nowhere/at/all'\nimport resource"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": f"{ROOT / 'lambda_src'}:{ROOT}"},
        check=True,
    )
    assert done.stdout.startswith("StoreUnavailable Cannot use the folder for temporary files")
