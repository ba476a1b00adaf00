"""A published file that its writer proved whole is read from end to end once a week, and whenever it is another."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from myrunstreak.contract.settings import Settings
from myrunstreak.errors import StoreCorrupt
from myrunstreak.store.blobs import open_blobs, split_object
from myrunstreak.store.blobs.local import LocalBlobs
from myrunstreak.store.copies.proof import Proof
from myrunstreak.store.manager import DuckDBManager
from myrunstreak.store.published import PublishedDatabase

from tests.application.store.blocks import row_blocks
from tests.application.store.places import Bucket, Folder
from tests.stage.drafts import Shelf, run

_MONDAY = datetime(2026, 11, 23, 6, tzinfo=UTC)


def _publish(location: str, shelf: Shelf, number: int, at: datetime) -> None:
    manager = DuckDBManager(location, clock=lambda: at)
    manager.observe(shelf.page(number, run(number + 1, notes="n" * 50)), lambda _: None)
    manager.publish()
    manager.close()


def _proof(location: str, to: Path) -> Proof:
    folder, name = split_object(Settings(duckdb_path=location).database)
    version = open_blobs(folder, "us-east-2").fetch(name, to)
    assert version is not None
    proof = Proof.parse(version.note)
    assert proof is not None
    return proof


def _flip_a_bit_of_data(path: Path) -> None:
    content = bytearray(path.read_bytes())
    # Headers and catalog are looked at whenever the file is opened.
    content[random.Random(3).choice(row_blocks(path)[-1])] ^= 4
    path.write_bytes(content)


def test_every_publication_proves_its_own_content(
    place: Folder | Bucket, shelf: Shelf, tmp_path: Path
) -> None:
    """On disk and on S3: the checksum is the file's, the day the one of the last reading from end to end."""
    days = [0, 1, 6, 7, 8]
    read_on: list[int] = []
    for number, day in enumerate(days):
        _publish(place.location, shelf, number, _MONDAY + timedelta(days=day))
        proof = _proof(place.location, tmp_path / "fetched")
        assert proof.holds(tmp_path / "fetched", proof.read_on)
        read_on.append((proof.read_on - _MONDAY.date()).days)
    assert [0, 0, 0, 7, 7] == read_on


def test_damage_is_found_although_the_file_was_proven(tmp_path: Path, shelf: Shelf) -> None:
    """Its checksum is another: so it is read from end to end, by the reader and by the writer."""
    path = tmp_path / "runs.duckdb"
    _publish(str(path), shelf, 0, _MONDAY)
    _flip_a_bit_of_data(path)
    with pytest.raises(StoreCorrupt):
        DuckDBManager(path, clock=lambda: _MONDAY).connect()
    with pytest.raises(StoreCorrupt), PublishedDatabase(Settings(duckdb_path=str(path))).read():
        pass


def test_a_proof_is_believed_for_a_week(tmp_path: Path, shelf: Shelf) -> None:
    """Damage from before the proof, which the checksum cannot show, is found by the next reading from end to end."""
    path = tmp_path / "runs.duckdb"
    _publish(str(path), shelf, 0, _MONDAY)
    _flip_a_bit_of_data(path)
    damaged = shutil.copyfile(path, tmp_path / "damaged")
    blobs = LocalBlobs(tmp_path)
    version = blobs.fetch("runs.duckdb", tmp_path / "to")
    blobs.write("runs.duckdb", damaged, version, str(Proof.of(damaged, _MONDAY.date())))

    opened = DuckDBManager(path, clock=lambda: _MONDAY + timedelta(days=6))
    opened.connect()
    opened.close()
    for day in (7, -1):
        with pytest.raises(StoreCorrupt):
            DuckDBManager(path, clock=lambda day=day: _MONDAY + timedelta(days=day)).connect()


@given(
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**50),
    st.dates(date(2000, 1, 1)),
    st.sampled_from([str, lambda _: ""]),
)
def test_a_note_says_what_was_proven_or_nothing(
    crc32: int, size: int, day: date, written: Callable[[Proof], str]
) -> None:
    """What is written is read back; anything else proves nothing."""
    proof = Proof(crc32, size, day)
    assert (proof if written(proof) else None) == Proof.parse(written(proof))
    assert Proof.parse(f"{proof}x") is None
    assert Proof.parse(f"x{proof}") is None


@pytest.mark.parametrize(
    "note", ["", "crc32=zzzzzzzz bytes=1 read=2026-11-23", "crc32=00000000 bytes=1 read=2026-13-23"]
)
def test_a_note_that_is_none_of_ours_proves_nothing(note: str) -> None:
    """Of newer code, or of another program."""
    assert Proof.parse(note) is None
