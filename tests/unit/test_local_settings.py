"""The settings of somebody at a keyboard: environment, `.env`, defaults for one machine."""

from __future__ import annotations

from pathlib import Path

import pytest
from myrunstreak.errors import InvalidSettings

from scripts.local_settings import load_settings


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with nothing in it."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_with_a_local_database_the_secrets_lie_beside_it() -> None:
    """Without a word from the environment or `.env`, everything is on this disk."""
    settings = load_settings({})
    assert settings.duckdb_path == "./data/runs.duckdb"
    assert settings.tokens_secret == "file:data/tokens.json"
    assert settings.sync_state_secret == "file:data/sync-state.json"


def test_they_follow_the_database() -> None:
    """Wherever it is put."""
    settings = load_settings({"DUCKDB_PATH": "/srv/run/my.duckdb"})
    assert settings.tokens_secret == "file:/srv/run/tokens.json"
    assert settings.sync_state_secret == "file:/srv/run/sync-state.json"


def test_with_a_database_on_s3_they_are_in_secrets_manager() -> None:
    """The defaults of a deployment."""
    settings = load_settings({"DUCKDB_PATH": "s3://bucket/runs.duckdb"})
    assert settings.tokens_secret == "myrunstreak/smashrun/tokens"
    assert settings.sync_state_secret == "myrunstreak/sync-state"


def test_what_is_said_is_kept() -> None:
    """Each of the two by itself."""
    settings = load_settings({"TOKENS_SECRET": "my/tokens"})
    assert settings.tokens_secret == "my/tokens"
    assert settings.sync_state_secret == "file:data/sync-state.json"


def test_the_environment_has_the_last_word(folder: Path) -> None:
    """An empty variable says nothing; secrets with a dollar sign stay as they are."""
    (folder / ".env").write_text(
        "SMASHRUN_CLIENT_ID=from-file\nLOG_LEVEL=DEBUG\nSMASHRUN_CLIENT_SECRET='a$HOME${X}b'\n"
    )
    settings = load_settings({"LOG_LEVEL": "ERROR", "SMASHRUN_CLIENT_ID": "", "X": "1"})
    assert (settings.smashrun_client_id, settings.log_level) == ("from-file", "ERROR")
    assert settings.smashrun_client_secret is not None
    assert settings.smashrun_client_secret.get_secret_value() == "a$HOME${X}b"


def test_from_a_folder_below_the_same_files_are_meant(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths of `.env`, and defaults, start from the folder of `.env`; those of the environment do not."""
    (folder / ".env").write_text(
        "RAW_ARCHIVE=archive/\nSYNC_STATE_SECRET=file:state.json\nAPI_KEYS=file:keys.json\n"
    )
    below = folder / "below"
    below.mkdir()
    monkeypatch.chdir(below)
    settings = load_settings({})
    assert settings.database == folder / "data" / "runs.duckdb"
    assert settings.archive == folder / "archive"
    assert settings.sync_state_secret == f"file:{folder}/state.json"
    assert settings.tokens_secret == f"file:{folder}/data/tokens.json"
    assert settings.api_keys == f"file:{folder}/keys.json"
    assert load_settings({"API_KEYS": "/a/parameter"}).api_keys == "/a/parameter"
    assert load_settings({"DUCKDB_PATH": "here.duckdb"}).database == Path("here.duckdb")


def test_a_file_that_was_named_has_to_be_there(folder: Path) -> None:
    """One line with the next step."""
    with pytest.raises(InvalidSettings, match=r"\.env\.example"):
        load_settings({}, folder / "other.env")
    (folder / "other.env").write_text("LOG_LEVEL=DEBUG\n")
    assert load_settings({}, folder / "other.env").log_level == "DEBUG"


def test_a_value_that_cannot_be_understood_is_named() -> None:
    """As everywhere else."""
    with pytest.raises(InvalidSettings, match="DUCKDB_PATH"):
        load_settings({"DUCKDB_PATH": "ftp://x/y"})
