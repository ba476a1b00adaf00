"""`myrunstreak doctor` and `config`: one fault is found in its place and hides nothing else."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import pytest
from myrunstreak.contract.settings import Settings
from myrunstreak.store.schema.migrations import migrate

from scripts.doctor.examination import CHECKS, examine
from scripts.doctor.finding import Case
from scripts.local_settings import understand_settings

from .conftest import Runner


@pytest.fixture(autouse=True)
def no_schedulers(stranger: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which nothing starts a program, and a home of its own."""
    (stranger.folder / "home").mkdir()
    monkeypatch.setenv("HOME", str(stranger.folder / "home"))
    monkeypatch.setenv("PATH", str(stranger.folder / "home"))


def found(runner: Runner, *words: str) -> dict[str, set[str]]:
    """The marks of each part."""
    items = runner.types("doctor", "--json", *words).json["items"]
    return {
        part: {one["mark"] for one in items if one["part"] == part} for part in {one["part"] for one in items}
    }


def truncate(runner: Runner) -> None:
    """Half of the database."""
    whole = runner.database.read_bytes()
    runner.database.write_bytes(whole[: len(whole) // 2])


def spoil_tokens(runner: Runner) -> None:
    """No JSON."""
    (runner.folder / "data" / "tokens.json").write_text("{half")


def forget_tokens(runner: Runner) -> None:
    """None."""
    (runner.folder / "data" / "tokens.json").unlink()


def lose_an_object(runner: Runner) -> None:
    """Out of the archive."""
    next((runner.folder / "data" / "raw").rglob("*.gz")).unlink()


def misspell_a_name(runner: Runner) -> None:
    """In `.env`."""
    (runner.folder / ".env").write_text("UNITS=km\nRUNNER_TIMEZON=UTC\n")


def misspell_a_value(runner: Runner) -> None:
    """In `.env`."""
    (runner.folder / ".env").write_text("UNITS=yards\n")


def spoil_the_file(runner: Runner) -> None:
    """Not a text."""
    (runner.folder / ".env").write_bytes(b"\xff\xfe\x00UNITS")


def spoil_definitions(runner: Runner) -> None:
    """Not TOML."""
    (runner.folder / "data" / "streaks.toml").write_text("[[[")


def put_a_file_for_the_archive(runner: Runner) -> None:
    """Where a folder was."""
    folder = runner.folder / "data" / "raw"
    folder.rename(folder.with_name("raw-elsewhere"))
    folder.write_text("")


BROKEN: list[tuple[Callable[[Runner], None], str]] = [
    (truncate, "Database"),
    (spoil_tokens, "Tokens"),
    (lose_an_object, "Archive"),
    (misspell_a_name, "Settings"),
    (misspell_a_value, "Settings"),
    (spoil_the_file, "Settings"),
    (spoil_definitions, "Definitions"),
    (put_a_file_for_the_archive, "Folders"),
]


def test_all_is_well(synced: Runner) -> None:
    """Exit 0; what is only to be known is no fault."""
    shown = synced.types("doctor")
    assert (0, "") == (shown.code, shown.err)
    assert "[broken]" not in shown.out
    parts = found(synced)
    assert {"ok"} == parts["Tokens"] == parts["Schema"] == parts["Archive"] == parts["Zone"] == parts["Clock"]
    assert {"look"} == parts["Schedule"]


@pytest.mark.parametrize(("spoil", "part"), BROKEN, ids=lambda one: getattr(one, "__name__", one))
def test_one_fault_is_found_and_hides_nothing(
    synced: Runner, spoil: Callable[[Runner], None], part: str
) -> None:
    """Every other part is looked at; what is broken is the part alone."""
    before = found(synced)
    spoil(synced)
    shown = synced.types("doctor", "--json")
    assert (1, "") == (shown.code, shown.err)
    assert not shown.json["is_well"]
    after = found(synced)
    assert "broken" in after[part]
    assert {part} >= {one for one in after if "broken" in after[one]} - {"Archive"} - {"Last sync"}
    assert set(before) - {"Schema", "Definitions"} <= set(after)
    assert "\n[broken] " in f"\n{synced.types('doctor').out}"


def test_missing_tokens_need_consent_and_nothing_else(synced: Runner) -> None:
    """Exit 3, with the command."""
    forget_tokens(synced)
    shown = synced.types("doctor")
    assert 3 == shown.code
    assert "myrunstreak auth\n" in shown.out


def test_a_file_that_others_can_read_is_named_and_left_as_it_is(synced: Runner) -> None:
    """With the command that closes it."""
    tokens = synced.folder / "data" / "tokens.json"
    tokens.chmod(0o644)
    shown = synced.types("doctor")
    assert f"chmod 600 {tokens}\n" in shown.out
    assert 0 == shown.code


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_closed_folder_is_broken(synced: Runner) -> None:
    """With the command that opens it."""
    folder = synced.folder / "data"
    folder.chmod(0o500)
    try:
        assert "broken" in found(synced)["Folders"]
    finally:
        folder.chmod(0o700)


@pytest.mark.parametrize(
    ("zone", "marks"),
    [("UTC", {"ok"}), ("Asia/Tokyo", {"look"}), ("Atlantis/City", {"look"}), ("", {"look"})],
)
def test_the_zone_is_held_to_the_latest_run(
    synced: Runner, zone: str, marks: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unset one and one that is none are to be looked at too."""
    monkeypatch.setenv("RUNNER_TIMEZONE", zone)
    assert marks == found(synced)["Zone"]


def test_a_clock_before_the_last_sync_is_broken(synced: Runner) -> None:
    """A day behind, with no question to Smashrun."""
    yesterday = datetime.now(UTC) - timedelta(days=1)
    [clock] = [
        one for one in examine(Case(understand_settings(), yesterday, online=False)) if one.part == "Clock"
    ]
    assert "broken" == clock.mark


def test_online_the_clock_is_held_to_smashruns(synced: Runner) -> None:
    """One request, for the time alone."""
    assert found(synced, "--online")["Clock"] <= {"ok", "look"}


def test_an_older_schema_is_said(stranger: Runner) -> None:
    """It still answers, and the next sync brings it up to date."""
    stranger.database.parent.mkdir()
    with duckdb.connect(str(stranger.database)) as connection:
        migrate(connection, "here")
        connection.execute("UPDATE schema_version SET version = 1")
    assert {"look"} == found(stranger)["Schema"]


def test_a_newer_schema_is_broken(synced: Runner) -> None:
    """The program is what is old."""
    with duckdb.connect(str(synced.database)) as connection:
        connection.execute("UPDATE schema_version SET version = version + 1")
    parts = found(synced)
    assert {"broken"} == parts["Database"]
    assert {"look"} == parts["Schema"] == parts["Archive"]


def test_a_damaged_database_comes_with_the_command_that_restores_it(synced: Runner) -> None:
    """On a line of its own, to be pasted."""
    truncate(synced)
    [item] = [one for one in synced.types("doctor", "--json").json["items"] if one["part"] == "Database"]
    assert "myrunstreak restore" == item["to_do"]


def test_nothing_at_all_is_no_fault_but_missing_tokens(stranger: Runner) -> None:
    """Before the first sync."""
    shown = stranger.types("doctor", "--json")
    assert 3 == shown.code
    assert {"Tokens"} == {one["part"] for one in shown.json["items"] if one["mark"] == "broken"}


def test_an_unforeseen_error_is_one_finding(synced: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of its part."""

    def fail(_: Case) -> Any:
        raise RuntimeError("boom\nsecond line")

    monkeypatch.setitem(CHECKS, "Clock", fail)
    items = synced.types("doctor", "--json").json["items"]
    assert ["RuntimeError: boom"] == [one["says"] for one in items if one["part"] == "Clock"]


# -- config -----------------------------------------------------------------------------------------


def settings_of(runner: Runner) -> dict[str, dict[str, Any]]:
    """Each setting by its name."""
    return {one["name"]: one for one in runner.types("config", "--json").json["settings"]}


def test_every_setting_says_what_it_means(stranger: Runner) -> None:
    """With its value and where it is from."""
    shown = settings_of(stranger)
    assert {name.upper() for name in Settings.model_fields} == set(shown)
    assert all(one["means"] for one in shown.values())
    assert ("environment", "UTC") == (shown["RUNNER_TIMEZONE"]["from"], shown["RUNNER_TIMEZONE"]["value"])
    assert ("default", "km") == (shown["UNITS"]["from"], shown["UNITS"]["value"])


def test_no_secret_is_shown(stranger: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the client, or one in the wrong place."""
    monkeypatch.setenv("NOTIFY_URLS", "tgram://123:very-secret-token/chat")
    monkeypatch.setenv("SMASHRUN_API_URL", "https://user:very-secret-word@example.org")
    for words in (("config",), ("config", "--json")):
        shown = stranger.types(*words)
        assert "very-secret" not in shown.out + shown.err
        assert stranger.simulator.client_secret not in shown.out + shown.err
    assert "set" == settings_of(stranger)["SMASHRUN_CLIENT_SECRET"]["value"]


def test_what_is_wrong_is_shown_with_the_rest(stranger: Runner) -> None:
    """Exit 2; the others are shown all the same."""
    (stranger.folder / ".env").write_text("UNITS=yards\nWEEK_START=sunday\n")
    shown = stranger.types("config")
    assert 2 == shown.code
    assert "UNITS = yards  (from the file)  WRONG\n" in shown.out
    assert "WEEK_START = sunday  (from the file)\n" in shown.out
    assert shown.err == "myrunstreak: UNITS is 'yards'; accepted: km or mi, in all that a person reads.\n"
    document = stranger.types("config", "--json").json
    assert str(stranger.folder / ".env") == document["file"]
    assert ["UNITS"] == [one["name"] for one in document["settings"] if one["problem"]]


def test_the_file_is_named_where_it_is_or_would_be(stranger: Runner) -> None:
    """Absolute, and alone on its line."""
    (stranger.folder / ".env").write_text("UNITS=mi\n")
    assert f"{stranger.folder / '.env'}\n" == stranger.types("config", "path").out
    assert str(stranger.folder / ".env") == json.loads(stranger.types("config", "path", "--json").out)["file"]


def test_what_is_shown_can_be_read_back(stranger: Runner) -> None:
    """The values are those that the settings take."""
    shown = settings_of(stranger)
    plain = {name: one["value"] for name, one in shown.items() if one["value"] not in (None, "set")}
    assert {} == Settings.problems(plain)
