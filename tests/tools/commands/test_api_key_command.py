"""`myrunstreak api-key`: a key is shown once, on standard output, and its name with its dates afterwards."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from myrunstreak.api.keys import ApiKeys
from myrunstreak.contract.settings import Settings
from typer.testing import CliRunner

from scripts.cli import app
from scripts.local_settings import load_settings
from tests.tools.commands.conftest import Outcome


def types(*arguments: str) -> Outcome:
    """Run a command within this process."""
    result = CliRunner().invoke(app, ["api-key", *arguments], prog_name="myrunstreak")
    assert "Traceback" not in result.stdout + result.stderr
    return Outcome(result.exit_code, result.stdout, result.stderr)


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ApiKeys:
    """A folder of their own, and the keys as the API opens them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("API_KEYS", "file:data/keys.json")
    return ApiKeys.open(Settings(api_keys=f"file:{tmp_path}/data/keys.json"))


def test_a_new_key_is_all_that_goes_to_standard_output(opened: ApiKeys) -> None:
    """So that it can be piped to where it belongs; what is said about it does not hold it."""
    made = types("new", "--name", "phone")
    key = made.out.removesuffix("\n")
    assert (0, True) == (made.code, opened.accepts(f"Bearer {key}"))
    assert key not in made.err
    assert "not shown again" in made.err


def test_a_new_key_as_json_is_its_name_and_itself(opened: ApiKeys) -> None:
    """And nothing else, on either stream."""
    made = types("new", "--name", "phone", "--json")
    assert {"name", "key"} == set(made.json)
    assert "phone" == made.json["name"]
    assert opened.accepts(f"Bearer {made.json['key']}")
    assert made.json["key"] not in made.err


def test_the_list_tells_names_and_dates_and_no_key(opened: ApiKeys) -> None:
    """Nor its hash; revoked ones too."""
    key = types("new", "--name", "phone", "--json").json["key"]
    types("new", "--name", "watch")
    assert 0 == types("revoke", "phone").code
    assert not opened.accepts(f"Bearer {key}")
    listed, as_json = types("list"), types("list", "--json")
    assert [("phone", True), ("watch", False)] == [
        (one["name"], one["revoked_at"] is not None) for one in as_json.json["items"]
    ]
    assert all(set(one) == {"name", "created_at", "revoked_at"} for one in as_json.json["items"])
    lines = listed.out.splitlines()
    assert [True, True] == ["revoked 20" in lines[0], lines[1].endswith("active")]
    for one in opened.all():
        assert one.sha256 not in listed.out + as_json.out
        assert f"{one.created_at:%Y-%m-%d}" in listed.out


def test_without_keys_the_list_says_how_to_make_one(opened: ApiKeys) -> None:
    """As JSON it is an empty list."""
    assert [] == opened.all()
    assert "api-key new --name widget" in types("list").out
    assert {"items": []} == types("list", "--json").json


@pytest.mark.parametrize("arguments", [("new", "--name", "phone"), ("list",), ("revoke", "phone")])
def test_with_a_database_elsewhere_it_says_what_to_set(
    arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 2, one line, nothing on standard output: a bucket has no place for keys beside it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("API_KEYS", raising=False)
    monkeypatch.setenv("DUCKDB_PATH", "s3://bucket/runs.duckdb")
    asked = types(*arguments)
    assert (2, "") == (asked.code, asked.out)
    assert "API_KEYS is not set" in asked.err
    assert [] == list(tmp_path.iterdir())


def test_without_a_setting_the_first_key_is_made_beside_the_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until then none is asked for; then it is, also after it was revoked, until the file is removed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("API_KEYS", raising=False)
    assert {"items": []} == types("list", "--json").json
    assert load_settings().api_keys is None
    first, file = types("new", "--name", "widget"), tmp_path / "data" / "api-keys.json"
    assert (0, True) == (first.code, f"remove {file}" in first.err)
    assert f"file:{file}" == load_settings().api_keys
    assert ApiKeys.open(load_settings()).accepts(f"Bearer {first.out.strip()}")
    assert str(file) not in types("new", "--name", "phone").err
    for name in ("widget", "phone"):
        assert 0 == types("revoke", name).code
    assert not ApiKeys.open(load_settings()).accepts(f"Bearer {first.out.strip()}")
    file.unlink()
    assert load_settings().api_keys is None


def test_what_cannot_be_done_is_told_and_changes_nothing(opened: ApiKeys) -> None:
    """A name that is taken, an unusable one, an unknown one."""
    types("new", "--name", "phone")
    before = [one.model_dump_json() for one in opened.all()]
    for arguments in (("new", "--name", "phone"), ("new", "--name", "a/b"), ("revoke", "tablet")):
        refused = types(*arguments)
        assert (2, "") == (refused.code, refused.out), arguments
        assert refused.err.startswith("myrunstreak: ")
    assert before == [one.model_dump_json() for one in opened.all()]


def test_revoking_as_json_says_what_was_revoked(opened: ApiKeys) -> None:
    """And the key is."""
    types("new", "--name", "phone")
    assert {"name": "phone", "revoked": True} == json.loads(types("revoke", "phone", "--json").out)
    assert [False] == [one.alive for one in opened.all()]
