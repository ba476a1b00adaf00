"""The pictures of the documents: of real runs, the same bytes for the same code, and nothing of this folder in them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scripts.demo.__main__ import Options
from scripts.documents.pictures import draw_terminals


def test_two_drawings_are_the_same_bytes_and_leave_data_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A first run, as in an empty folder; no address but the format's own and that of the simulated Smashrun."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "runs.duckdb").write_text("mine")
    runs = [
        {
            "activityId": 900_000 + number,
            "duration": 1800,
            "distance": 5.0,
            "startDateTimeLocal": f"2025-11-{number + 1:02}T07:00:00+01:00",
            "source": "garminpush",
            "hasDetails": 0,
        }
        for number in range(20)
    ]
    data = tmp_path / "runs.json"
    data.write_text(json.dumps(runs))
    for number in range(2):
        work = tmp_path / f"work{number}"
        work.mkdir()
        draw_terminals(work, tmp_path / f"images{number}", Options(data=data))
    first, second = (sorted((tmp_path / f"images{number}").iterdir()) for number in range(2))
    assert ["calendar.svg", "make-run.svg"] == [file.name for file in first]
    assert [file.read_bytes() for file in first] == [file.read_bytes() for file in second]
    svg = first[1].read_text().replace("&#160;", " ")
    assert "everything was new" in svg
    assert "@font-face" not in svg
    addresses = {
        word for word in svg.replace("'", '"').split('"') if "://" in word and "127.0.0.1" not in word
    }
    assert {"http://www.w3.org/2000/svg"} == addresses
    assert "mine" == (tmp_path / "data" / "runs.duckdb").read_text()
