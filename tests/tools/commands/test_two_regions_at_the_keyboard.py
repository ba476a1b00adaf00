"""A record with a second region, at the keyboard: whose turn it is, and what a command does where it is the other's."""

from __future__ import annotations

import shutil

import pytest
from myrunstreak.store.lease import Lease

from .conftest import Runner


@pytest.fixture
def with_a_lease(synced: Runner, monkeypatch: pytest.MonkeyPatch) -> Runner:
    """A synced record that asks a note which region keeps it."""
    monkeypatch.setenv("LEASE", str(synced.folder / "lease.json"))
    return synced


def go_elsewhere(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another region with a copy of the record."""
    shutil.copytree(runner.folder / "data", runner.folder / "elsewhere")
    monkeypatch.setenv("DUCKDB_PATH", str(runner.folder / "elsewhere" / "runs.duckdb"))


def test_a_record_alone_says_nothing_of_regions(synced: Runner) -> None:
    """Neither in words nor in JSON."""
    assert "Region" not in synced.types("status").out
    assert "region" not in synced.types("status", "--json").json


def test_status_says_where_the_record_is_kept(with_a_lease: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    """Here before and after the first sync; elsewhere once another database has it."""
    assert "Region          the record is kept here" in with_a_lease.types("status").out
    assert 0 == with_a_lease.types("sync").code
    shown = with_a_lease.types("status", "--json").json["region"]
    place = f"{with_a_lease.database} (us-east-2)"
    assert {"is_here": True, "kept_in": place, "moving_from": None, "error": None} == shown
    go_elsewhere(with_a_lease, monkeypatch)
    elsewhere = with_a_lease.types("status")
    assert f"the record is kept in {place}, and not synced here" in " ".join(elsewhere.out.split())
    assert 0 == elsewhere.code


def test_status_says_that_a_move_has_not_ended(with_a_lease: Runner) -> None:
    """Run again, the command that moves it goes on."""
    place = with_a_lease.folder / "lease.json"
    Lease(place, "us-east-2", str(with_a_lease.database), "us-east-2").take("s3://copies/runs.duckdb")
    assert f"being moved to {with_a_lease.database} (us-east-2)" in with_a_lease.types("status").out
    refused = with_a_lease.types("sync")
    assert (1, True) == (refused.code, "still being moved here from s3://copies" in refused.err)


def test_no_command_that_uses_the_tokens_does_so_where_another_region_keeps_the_record(
    with_a_lease: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line with where it is kept; Smashrun is not asked."""
    assert 0 == with_a_lease.types("sync").code
    go_elsewhere(with_a_lease, monkeypatch)
    asked = with_a_lease.simulator.count()
    for command in (("sync",), ("sync", "--full"), ("verify",)):
        refused = with_a_lease.types(*command)
        assert 1 == refused.code, command
        assert 1 == len(refused.err.splitlines()), refused.err
        assert f"The record is kept in {with_a_lease.database}" in refused.err
    assert asked == with_a_lease.simulator.count()


def test_a_note_that_cannot_be_understood_hides_nothing_else_of_the_status(with_a_lease: Runner) -> None:
    """It stops the sync, not the look."""
    (with_a_lease.folder / "lease.json").write_text("{}")
    shown = with_a_lease.types("status")
    assert "does not say which region keeps the record" in shown.out
    assert "Runs" in shown.out
    assert 0 == shown.code
    assert 1 == with_a_lease.types("sync").code
