"""A file is there when it is whole: a full disk and Ctrl-C leave what was there before, and nothing else."""

from __future__ import annotations

import io
import resource
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from myrunstreak.errors import StoreUnavailable

from scripts.export.destination import Destination, Format, choose_destination
from scripts.export.source import Source
from scripts.export.writing import write
from tests.stage.runs import on, opened

from .sources import source_of

RUNS = [on(f"2024-{month:02}-{day:02}", 100 * month + day) for month in (1, 2) for day in range(1, 21)]
FILES: list[Format] = ["csv", "ndjson", "parquet", "geojson", "xlsx", "ics"]


@contextmanager
def full_disk(size: int) -> Generator[None]:
    """No file may grow beyond so many bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def written(destination: Destination, source: Source) -> int:
    """Write to a file; how many runs are in it."""
    return write(
        destination,
        source,
        standard_output=io.StringIO(),
        units="km",
        bom=False,
        force=True,
        warn=lambda line: None,
    )


@pytest.mark.parametrize("kind", FILES)
def test_a_full_disk_leaves_the_file_as_it_was(tmp_path: Path, kind: Format) -> None:
    """One line names the file and what to do."""
    file = tmp_path / f"runs.{kind}"
    file.write_text("mine")
    with opened(RUNS) as connection:
        source = source_of(connection)
        with (
            full_disk(1_000),
            pytest.raises(StoreUnavailable, match=rf"Cannot write .*runs\.{kind}: .*another place"),
        ):
            written(choose_destination(str(file), None, force=True), source)
    assert {"mine"} == {one.read_text() for one in tmp_path.iterdir()}


@pytest.mark.parametrize("kind", [*FILES, "gpx"])
def test_a_stopped_export_leaves_nothing(tmp_path: Path, kind: Format) -> None:
    """Neither a part of a file nor a folder."""

    def stop(count: int) -> None:
        raise KeyboardInterrupt

    place = tmp_path / ("tracks" if kind == "gpx" else f"runs.{kind}")
    with opened(RUNS) as connection:
        source = replace(source_of(connection, database=tmp_path / "none" / "runs.duckdb"), advance=stop)
        destination = choose_destination(str(place) + "/" * (kind == "gpx"), kind, force=False)
        if kind == "parquet":
            assert len(RUNS) == written(destination, source)
            return
        with pytest.raises(KeyboardInterrupt):
            written(destination, source)
    assert [] == list(tmp_path.iterdir())
