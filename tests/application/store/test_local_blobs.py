"""Objects on disk survive a killed writer, and trouble with the disk is one clear line."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from myrunstreak.errors import InvalidSettings, StoreUnavailable
from myrunstreak.store.blobs.local import LocalBlobs

from tests.stage.paths import ROOT

# A writer that stops for ever before its new file takes the old one's place.
_WRITER = """
import sys, time
from pathlib import Path
from myrunstreak import files
from myrunstreak.store.blobs.local import LocalBlobs
def stop(path):
    print("stopped", flush=True)
    time.sleep(600)
files.sync_to_disk = stop
blobs = LocalBlobs(Path(sys.argv[1]))
blobs.write("runs.duckdb", Path(sys.argv[2]), blobs.fetch("runs.duckdb", Path(sys.argv[3])))
"""


def _file(folder: Path, text: str) -> Path:
    path = folder / f"source-{text[:8]}"
    path.write_text(text)
    return path


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_writer_killed_in_the_middle_leaves_the_old_object_whole(tmp_path: Path) -> None:
    """Its half-made file and its lock are no obstacle: the next write cleans up after it."""
    folder = tmp_path / "folder"
    blobs = LocalBlobs(folder)
    version = blobs.write("runs.duckdb", _file(tmp_path, "old"), None)
    env = os.environ | {"PYTHONPATH": str(ROOT / "lambda_src")}
    new = _file(tmp_path, "new" * 100_000)
    writer = subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(folder), str(new), str(tmp_path / "copy")],
        stdout=subprocess.PIPE,
        env=env,
    )
    assert writer.stdout is not None
    assert b"stopped\n" == writer.stdout.readline()
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    writer.stdout.close()
    assert {"runs.duckdb", ".runs.duckdb.lock"} < _names(folder)
    assert ["runs.duckdb"] == list(blobs.names())
    assert b"old" == blobs.read("runs.duckdb")
    started = time.monotonic()
    blobs.write("runs.duckdb", _file(tmp_path, "next"), version)
    assert time.monotonic() - started < 5
    assert {"runs.duckdb", ".runs.duckdb.lock"} == _names(folder)


def test_a_writer_leaves_the_unfinished_files_of_other_objects_alone(tmp_path: Path) -> None:
    """Two databases in one folder have a writer each: what the other one is at is no leftover."""
    blobs = LocalBlobs(tmp_path)
    blobs.write("a.duckdb", _file(tmp_path, "a"), None)
    theirs = tmp_path / ".partial-b.duckdb-1234"
    ours = tmp_path / ".partial-a.duckdb-1234"
    for partial in (theirs, ours):
        partial.write_text("half")
    blobs.write("a.duckdb", _file(tmp_path, "a2"), blobs.fetch("a.duckdb", tmp_path / "to"))
    assert (True, False) == (theirs.exists(), ours.exists())


def test_nobody_else_reads_the_database(tmp_path: Path) -> None:
    """Where one runs is private: files are the owner's alone."""
    blobs = LocalBlobs(tmp_path / "folder")
    blobs.write("runs.duckdb", _file(tmp_path, "x"), None)
    blobs.add("raw/a", b"x")
    assert [0o600, 0o600] == [
        (tmp_path / "folder" / name).stat().st_mode & 0o777 for name in ("runs.duckdb", "raw/a")
    ]


def test_a_path_that_cannot_be_is_the_operators_to_mend(tmp_path: Path) -> None:
    """A file where a folder belongs, or a folder where the file belongs."""
    (tmp_path / "file").write_text("x")
    (tmp_path / "runs.duckdb").mkdir()
    with pytest.raises(InvalidSettings, match=r"Cannot write .*file.*Check the path"):
        LocalBlobs(tmp_path / "file").write("runs.duckdb", _file(tmp_path, "x"), None)
    with pytest.raises(InvalidSettings, match=r"Cannot read .*runs\.duckdb.*Check the path"):
        LocalBlobs(tmp_path).fetch("runs.duckdb", tmp_path / "to")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
def test_a_full_disk_is_one_line_and_leaves_the_object(tmp_path: Path) -> None:
    """Later may help: nothing was changed."""
    blobs = LocalBlobs(tmp_path)
    blobs.write("runs.duckdb", _file(tmp_path, "old"), None)
    with pytest.raises(StoreUnavailable, match="No space left on device") as caught:
        blobs.fetch("runs.duckdb", Path("/dev/full"))
    assert "\n" not in str(caught.value)
    assert b"old" == blobs.read("runs.duckdb")
