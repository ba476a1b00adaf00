"""`status`, `verify` and `quarantine`: what they find, and that they change nothing they should not."""

from __future__ import annotations

import json
from pathlib import Path

from .conftest import Runner, a_run


def files_of(folder: Path) -> dict[str, bytes]:
    """Every file of a folder with its content."""
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def state_of(folder: Path) -> dict[str, object]:
    """The sync state, but for the requests of the hour: every command that asks Smashrun counts its own."""
    state: dict[str, object] = json.loads((folder / "data" / "sync-state.json").read_text())
    return {name: value for name, value in state.items() if name != "request_window"}


# -- status


def test_status_before_anything_says_what_to_do(stranger: Runner) -> None:
    """Without tokens and without a record: exit 3, and both commands are named."""
    outcome = stranger.types("status")
    assert 3 == outcome.code
    assert "myrunstreak auth" in outcome.out
    assert "myrunstreak sync" in outcome.out


def test_status_shows_the_streak_and_the_record(synced: Runner) -> None:
    """After a sync: the streak with its state, the tokens' life, the record, what waits."""
    outcome = synced.types("status")
    assert 0 == outcome.code
    for words in ("40 days (since", "not run yet today", "days left", "40 on 40 days", "2 records"):
        assert words in outcome.out


def test_status_as_json_has_everything(synced: Runner) -> None:
    """The same as data, without secrets."""
    facts = synced.types("status", "--json").json
    assert ("fresh", True) == (facts["sync"]["freshness"], facts["sync"]["backfill"]["complete"])
    assert ("at_risk", 40) == (facts["streak"]["state"], facts["streak"]["length_days"])
    assert (40, 2, 0) == tuple(facts["database"][name] for name in ("runs", "quarantined", "details_pending"))
    assert facts["tokens"]["usable"]
    assert "access_token" not in facts["tokens"]


def test_status_asks_nobody(synced: Runner) -> None:
    """Status works without a network."""
    before = len(synced.simulator.requests)
    synced.types("status")
    assert before == len(synced.simulator.requests)


# -- verify


def test_verify_finds_no_difference_after_a_sync(synced: Runner) -> None:
    """What is quarantined is known and no drift."""
    outcome = synced.types("verify")
    assert 0 == outcome.code
    assert "Compared 40 runs" in outcome.out


def test_verify_finds_every_kind_of_drift(synced: Runner) -> None:
    """A changed field, a run that is missing here and one that is gone there: all named, exit 4."""
    changed, gone = a_run(5)["activityId"], a_run(7)["activityId"]
    synced.simulator.edit(changed, touch=False, distance=9.5, notes="hills")
    synced.simulator.delete(gone)
    synced.simulator.add(a_run(60, activityId=77))
    outcome = synced.types("verify", "--json")
    assert 4 == outcome.code
    drift = outcome.json
    assert {
        "distance_km": {"here": 5.12345, "there": 9.5},
        "notes": {"here": "", "there": "hills"},
    } == {name: value for one in drift["changed"] for name, value in one["fields"].items()}
    assert ([77], [gone]) == (drift["missing_here"], drift["gone_there"])
    plain = synced.types("verify")
    assert (4, True) == (plain.code, f"run {changed}" in plain.out)


def test_verify_of_a_smashrun_without_runs(synced: Runner) -> None:
    """An account that was emptied: every run is gone there, none is changed."""
    for number in range(40):
        synced.simulator.delete(a_run(number)["activityId"])
    drift = synced.types("verify", "--json").json
    assert (40, [], []) == (len(drift["gone_there"]), drift["changed"], drift["missing_here"])


def test_verify_writes_nothing(synced: Runner) -> None:
    """Every file is as it was, drift or not; only its requests are counted in the sync state."""
    synced.simulator.edit(a_run(5)["activityId"], touch=False, distance=9.5)
    before, state = files_of(synced.folder), state_of(synced.folder)
    synced.types("verify")
    assert state == state_of(synced.folder)
    changed = {path for path, content in files_of(synced.folder).items() if before.get(path) != content}
    assert {str(synced.folder / "data" / "sync-state.json")} == changed


def test_verify_needs_a_record(runner: Runner) -> None:
    """Without a database there is nothing to verify: exit 2 and what to do."""
    outcome = runner.types("verify")
    assert (2, True) == (outcome.code, "myrunstreak sync" in outcome.err)


# -- quarantine


def test_quarantine_list_shows_record_and_reason(synced: Runner) -> None:
    """Each record with its id if it has one, its reason and its raw JSON."""
    text = synced.types("quarantine", "list").out
    assert "startDateTimeLocal" in text
    assert "without an id" in text
    records = synced.types("quarantine", "list", "--json").json
    assert {a_run(40)["activityId"], None} == {one["activity_id"] for one in records}
    assert {"noon", None} == {one["raw"].get("startDateTimeLocal") for one in records}


def test_quarantine_retry_stores_what_smashrun_has_mended(synced: Runner) -> None:
    """A record that is readable now is fetched by its id, stored and published; the watermark stays."""
    state = state_of(synced.folder)
    synced.simulator.edit(a_run(40)["activityId"], startDateTimeLocal=a_run(40)["startDateTimeLocal"])
    outcome = synced.types("quarantine", "retry", "--json")
    assert (0, 1, 1) == (outcome.code, outcome.json["stored"], outcome.json["remaining"])
    assert 41 == synced.types("status", "--json").json["database"]["runs"]
    assert state == state_of(synced.folder)


def test_quarantine_retry_changes_nothing_while_nothing_is_mended(synced: Runner) -> None:
    """What is as unreadable as before stays, once."""
    before = synced.types("quarantine", "list", "--json").json
    outcome = synced.types("quarantine", "retry", "--json")
    assert (0, 0, 2) == (outcome.code, outcome.json["stored"], outcome.json["remaining"])
    assert before == synced.types("quarantine", "list", "--json").json
