"""`make run`: from nothing to a summary, again without news, and never over a real record."""

from __future__ import annotations

import gzip
import json
import os
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from myrunstreak.contract.settings import Settings
from typer.testing import CliRunner

from scripts.cli import app
from scripts.demo.__main__ import main
from tests.stage.paths import ROOT

Record = dict[str, Any]


def a_run(number: int, **fields: Any) -> Record:
    """One run, one a day back from yesterday."""
    wall = datetime.now(UTC).replace(hour=7, minute=0, second=0, microsecond=0) - timedelta(days=number + 1)
    stamp = (wall + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S")
    return {
        "activityId": 900_000 - number,
        "duration": 1800,
        "distance": 5.0,
        "startDateTimeLocal": wall.isoformat(),
        "source": "garminpush",
        "hasDetails": 0,
        "dateCreatedUTC": stamp,
        "dateUpdatedUTC": stamp,
        **fields,
    }


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory; the proxy settings that the demo makes are taken back."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("no_proxy", "")
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    return tmp_path


def data_file(*records: Record, name: str = "runs.json") -> Path:
    """A file for DATA=."""
    Path(name).write_text(json.dumps(records))
    return Path(name)


def demo(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """Run the demo: exit code, standard output, standard error."""
    code = main([str(one) for one in arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


def count(database: str = "data/runs.duckdb") -> int:
    """Runs in a database."""
    with duckdb.connect(database, read_only=True) as connection:
        [(runs,)] = connection.execute("SELECT count(*) FROM runs").fetchall()
    return runs


def test_a_first_run_goes_from_nothing_to_a_summary(capsys: pytest.CaptureFixture[str]) -> None:
    """It authorises by itself, syncs, and says where the streak and everything else is."""
    data = data_file(*(a_run(number) for number in range(12)), a_run(99, startDateTimeLocal="noon"))
    code, out, err = demo(capsys, "--data", data)
    assert (0, "") == (code, err)
    for words in (
        "Authorised by OAuth",
        "12 days",
        "not run yet today",
        "60.0 km",
        "1 record that cannot be stored",
        "startDateTimeLocal is not a date and time",
        "everything was new",
        "data/runs.duckdb",
        ".venv/bin/myrunstreak status",
    ):
        assert words in out
    assert 12 == count()


def test_a_second_run_is_incremental_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    """The tokens still work, nothing is fetched twice, and the summary says that there was nothing new."""
    data = data_file(*(a_run(number) for number in range(5)))
    demo(capsys, "--data", data)
    code, out, _ = demo(capsys, "--data", data)
    assert 0 == code
    assert "tokens of the last time still work" in out
    assert "nothing new" in out


def test_what_came_into_the_file_since_is_what_is_new(capsys: pytest.CaptureFixture[str]) -> None:
    """New, changed and vanished runs of the same file are found and counted."""
    demo(capsys, "--data", data_file(*(a_run(number) for number in range(1, 8))))
    changed = [a_run(0), a_run(1, distance=9.0), *(a_run(number) for number in range(2, 7))]
    code, out, _ = demo(capsys, "--data", data_file(*changed))
    assert 0 == code
    assert "1 new, 1 changed, 1 deleted" in out


def test_a_gzipped_file_serves_as_well(capsys: pytest.CaptureFixture[str]) -> None:
    """DATA may be compressed, whatever its name."""
    Path("runs.gz").write_bytes(gzip.compress(json.dumps([a_run(0)]).encode()))
    assert 0 == demo(capsys, "--data", "runs.gz")[0]


def test_an_empty_file_is_a_runner_without_runs(capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody has run yet: no streak, no error."""
    code, out, _ = demo(capsys, "--data", data_file())
    assert (0, True) == (code, "no current streak" in out)


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"",
        b"{}",
        b"[1]",
        b"[{]",
        b"\x1f\x8b broken",
        gzip.compress(b"[]" * 999, mtime=0)[:-9],
        b"\xff\xfe",
    ],
    ids=["missing", "empty", "an object", "numbers", "broken", "no gzip", "cut gzip", "no text"],
)
def test_a_bad_file_is_one_line(capsys: pytest.CaptureFixture[str], content: bytes | None) -> None:
    """Missing, empty, broken or not a list of runs: exit 2, one line with its name, nothing made."""
    if content is not None:
        Path("bad.json").write_bytes(content)
    code, out, err = demo(capsys, "--data", "bad.json")
    assert (2, "", 1) == (code, out, err.strip().count("\n") + 1)
    assert "bad.json" in err
    assert not Path("data").exists()


def test_other_runs_move_the_earlier_demo_aside(capsys: pytest.CaptureFixture[str]) -> None:
    """The demo never mixes two runners: the old one's files are kept in a folder of their own."""
    demo(capsys, "--data", data_file(*(a_run(number) for number in range(4)), name="one.json"))
    others = [a_run(number, activityId=5_000 + number) for number in range(3)]
    code, out, _ = demo(capsys, "--data", data_file(*others, name="two.json"))
    [old] = Path("data").glob("old-*")
    assert (0, True) == (code, str(old) in out)
    assert (3, 4) == (count(), count(str(old / "runs.duckdb")))
    assert list((old / "raw" / "loopback").rglob("*.json.gz"))


def test_a_real_record_is_left_alone(capsys: pytest.CaptureFixture[str]) -> None:
    """A database of real runs: exit 2, one line, not a byte changed."""
    data = data_file(a_run(0))
    demo(capsys, "--data", data)
    with duckdb.connect("data/runs.duckdb") as connection:
        connection.execute("UPDATE file_facts SET value = 'api.smashrun.com' WHERE name = 'source'")
    before = {path: path.read_bytes() for path in Path("data").rglob("*") if path.is_file()}
    code, out, err = demo(capsys, "--data", data)
    assert (2, "", 1) == (code, out, err.strip().count("\n") + 1)
    assert "api.smashrun.com" in err
    assert before == {path: path.read_bytes() for path in Path("data").rglob("*") if path.is_file()}


def test_a_sync_of_the_demos_record_is_refused_and_has_not_failed(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 2 and one line, as it would mix two runners; `status` speaks of the demo's own sync as before."""
    demo(capsys, "--data", data_file(a_run(0)))
    before = Path("data/sync-state.json").read_bytes()
    refused = CliRunner().invoke(app, ["sync"])
    assert (2, 1) == (refused.exit_code, len(refused.stderr.splitlines()))
    assert "a simulator on this machine (the demo)" in refused.stderr
    assert before == Path("data/sync-state.json").read_bytes()
    shown = json.loads(CliRunner().invoke(app, ["status", "--json"]).stdout)
    assert "complete" == shown["sync"]["last_attempt"]["status"]


def test_real_tokens_are_left_alone(capsys: pytest.CaptureFixture[str]) -> None:
    """Tokens of a real account where the demo's would go: exit 2, and they are not sent anywhere."""
    Path("data").mkdir()
    tokens = json.dumps({"access_token": "a-real-token-of-somebody", "client_id": "mine"})
    Path("data/tokens.json").write_text(tokens)
    code, out, err = demo(capsys, "--data", data_file(a_run(0)))
    assert (2, "") == (code, out)
    assert "a-real-token" not in err
    assert tokens == Path("data/tokens.json").read_text()


def test_no_secret_is_shown_and_files_are_private(capsys: pytest.CaptureFixture[str]) -> None:
    """Neither tokens nor the client secret appear; the files that hold them are readable by the runner only."""
    _, out, err = demo(capsys, "--data", data_file(a_run(0)))
    stored = json.loads(Path("data/tokens.json").read_text())
    for name in ("access_token", "refresh_token", "client_secret"):
        assert stored[name] not in out + err
    for name in ("tokens.json", "sync-state.json"):
        assert 0o600 == stat.S_IMODE(Path("data", name).stat().st_mode)


def test_the_environment_does_not_lead_the_demo_astray(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Settings of a real account, in the environment and in .env, are left aside; the advice still fits."""
    monkeypatch.setenv("SMASHRUN_API_URL", "https://smashrun.invalid/v1")
    monkeypatch.setenv("DUCKDB_PATH", "elsewhere/runs.duckdb")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    Path(".env").write_text("TOKENS_SECRET=file:elsewhere/tokens.json\n")
    code, out, _ = demo(capsys, "--data", data_file(a_run(0)))
    assert 0 == code
    assert not Path("elsewhere").exists()
    [status] = [line.strip() for line in out.splitlines() if line.endswith("myrunstreak status")]
    assert status.startswith("env DUCKDB_PATH=data/runs.duckdb TOKENS_SECRET=file:data/tokens.json ")


def test_what_it_says_to_type_next_works(capsys: pytest.CaptureFixture[str]) -> None:
    """Every `myrunstreak` command of the summary runs as printed."""
    _, out, _ = demo(capsys, "--data", data_file(*(a_run(number) for number in range(3))))
    Path(".venv").symlink_to(Path(sys.prefix))
    commands = [line.strip() for line in out.splitlines() if line.startswith("  .venv/bin/myrunstreak")]
    assert 2 == len(commands)
    for command in commands:
        done = subprocess.run(
            command, shell=True, capture_output=True, text=True, check=False, env=os.environ
        )
        assert 0 == done.returncode, done.stderr


def test_wrong_usage_has_its_own_exit_code() -> None:
    """An option that does not exist: exit 2."""
    with pytest.raises(SystemExit) as end:
        main(["--sideways"])
    assert 2 == end.value.code


def test_the_picture_in_the_readme_is_up_to_date_in_kind() -> None:
    """The committed picture shows what the summary shows today."""
    svg = (ROOT / "docs" / "images" / "make-run.svg").read_text().replace("&#160;", " ")
    for words in (
        "$ make run",
        "Current streak",
        "Longest streak",
        "Quarantine",
        "This time",
        "Your own runs",
    ):
        assert words in svg
