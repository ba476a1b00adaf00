"""`status` where parts of the record are damaged: each is named with what to do, and hides none of the others."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import pytest

from .conftest import Runner


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:200_000])


def _garble(path: Path) -> None:
    path.write_bytes(b"\x00\xff not ours {" * 500)


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _replace_by_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


# A part: its file, the label of its line, and the line of a sound one.
PARTS = {
    "database": ("runs.duckdb", "Database", "40 on 40 days"),
    "tokens": ("tokens.json", "Tokens", "days left"),
    "sync": ("sync-state.json", "Sync state", "History         complete"),
}
FAULTS: dict[str, Callable[[Path], None]] = {
    "cut": _cut,
    "garbled": _garble,
    "empty": _empty,
    "a folder": _replace_by_folder,
}
CASES = [
    (part, fault)
    for part in PARTS
    for fault in FAULTS
    # A short file is whole after the cut, and an empty document is none yet.
    if not (part != "database" and fault in {"cut", "empty"})
]


def damage(runner: Runner, *cases: tuple[str, str]) -> None:
    """Do this to these parts of the record."""
    for part, fault in cases:
        FAULTS[fault](runner.folder / "data" / PARTS[part][0])


def check(runner: Runner, *cases: tuple[str, str]) -> None:
    """Each damaged part says where it lies; each sound one is shown as always; JSON says the same."""
    broken = {part for part, _ in cases}
    answer = runner.types("status")
    assert (3 if broken == {"tokens"} else 1) == answer.code
    for part, (name, label, sound) in PARTS.items():
        line = next((line for line in answer.out.splitlines() if line.startswith(label)), "")
        if part in broken:
            assert str(runner.folder / "data" / name) in line
        else:
            assert sound in answer.out
    assert "data/raw, 2 objects" in answer.out
    facts = runner.types("status", "--json").json
    assert broken == {part for part in PARTS if "error" in facts[part]}


@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_a_damaged_part_hides_no_other(synced: Runner, case: tuple[str, str]) -> None:
    """One file is damaged: the other parts are shown, and the line of this one names it."""
    damage(synced, case)
    check(synced, case)


@pytest.mark.parametrize(
    "cases", [pair for pair in combinations(CASES, 2) if pair[0][0] != pair[1][0]], ids=str
)
def test_two_damaged_parts_are_both_named(synced: Runner, cases: tuple[tuple[str, str], ...]) -> None:
    """Two files at once."""
    damage(synced, *cases)
    check(synced, *cases)


def test_what_the_line_says_heals_the_database(synced: Runner) -> None:
    """The command that it names makes the same record again from the archive."""
    before = synced.types("streak", "--json").json["current"]
    damage(synced, ("database", "garbled"))
    assert "`myrunstreak restore`" in synced.types("status").out
    assert "`myrunstreak restore --from-archive`" in synced.types("restore").out
    assert 0 == synced.types("restore", "--from-archive", "--yes").code
    assert before == synced.types("streak", "--json").json["current"]


def test_a_folder_keeps_its_rights(synced: Runner) -> None:
    """What stands in the place of a file of secrets is not closed, which would lock the runner out."""
    damage(synced, ("tokens", "a folder"))
    folder = synced.folder / "data" / "tokens.json"
    folder.chmod(0o755)
    synced.types("status")
    assert 0o755 == folder.stat().st_mode & 0o777
