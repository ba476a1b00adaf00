"""Where things lie, on disk and on S3."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from myrunstreak.contract import layout
from myrunstreak.contract.layout import S3Location, beside, parse_location

_key = st.from_regex(r"[A-Za-z0-9._=-]{1,8}(/[A-Za-z0-9._=-]{1,8}){0,3}/?", fullmatch=True)


@given(key=_key)
def test_an_s3_location_is_read_back_from_its_text(key: str) -> None:
    """`parse_location(str(location)) == location`."""
    location = S3Location("my-bucket.1", key)
    assert location == parse_location(str(location))


@pytest.mark.parametrize(
    ("database", "expected"),
    [
        ("s3://bucket/runs.duckdb", "s3://bucket/raw/"),
        ("s3://bucket/a/b/runs.duckdb", "s3://bucket/a/b/raw/"),
        ("./data/runs.duckdb", "data/raw"),
        ("/data/runs.duckdb", "/data/raw"),
        ("runs.duckdb", "raw"),
    ],
)
def test_a_folder_beside_a_database(database: str, expected: str) -> None:
    """In the same folder, under the same prefix."""
    assert expected == str(beside(parse_location(database), "raw"))


def test_a_child_is_in_the_folder() -> None:
    """With or without a slash at the end of the prefix, or at the top of the bucket."""
    for prefix, expected in (("", "a/b"), ("x", "x/a/b"), ("x/", "x/a/b")):
        assert expected == S3Location("bucket", prefix).child("a/b").key


@pytest.mark.parametrize(
    "text", ["", " ", "s3://", "s3://b/x", "s3://UPPER/x", "https://x/y", "a\0b", "file://x"]
)
def test_what_is_neither_is_refused(text: str) -> None:
    """A misspelt scheme must not become a folder of that name."""
    with pytest.raises(ValueError, match="expected s3://bucket/key or a local path"):
        parse_location(text)


def test_a_tilde_is_the_users_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No folder called ~ appears; a home that is not there is a mistake."""
    monkeypatch.setenv("HOME", str(tmp_path))
    assert tmp_path / "runs.duckdb" == parse_location("~/runs.duckdb")
    with pytest.raises(ValueError, match="home"):
        parse_location("~nobody-of-this-name/runs.duckdb")


def test_names_of_folders_are_those_out_there() -> None:
    """Golden: renaming one moves what is already stored; that is a migration."""
    names = {name: value for name, value in vars(layout).items() if name.isupper() and isinstance(value, str)}
    assert {
        "DATABASE_NAME": "runs.duckdb",
        "RAW_FOLDER": "raw",
        "RECORDINGS_FOLDER": "recordings",
        "BACKUPS_FOLDER": "backups",
        "WEEKLY_FOLDER": "weekly",
        "MONTHLY_FOLDER": "monthly",
        "REPLACED_FOLDER": "replaced",
        "DEFINITIONS_NAME": "streaks.toml",
        "FRESHNESS_NAME": "freshness.json",
        "LEASE_NAME": "lease.json",
        "MESSAGES_FOLDER": "messages",
        "PAGE_FOLDER": "page",
        "SESSIONS_FOLDER": "sessions",
    } == names
