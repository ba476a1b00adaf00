"""`myrunstreak restore`: what there is, what it would change, what it keeps, and what it refuses."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from myrunstreak.store.blobs.local import LocalBlobs

from scripts.commands import restore
from scripts.restore.sources import EarlierState, Sources
from tests.stage.paths import ROOT
from tests.stage.terminal import Terminal, type_on, without_colours

from .conftest import Runner, a_run

IDS = "SELECT list(activity_id ORDER BY activity_id) AS ids FROM runs"


def everything_in(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(file): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def ids(runner: Runner) -> list[int]:
    """The runs of the published record."""
    return runner.types("sql", IDS, "--json").json[0]["ids"]


def keep_a_backup(runner: Runner, name: str) -> Path:
    """A copy of the present database among the backups."""
    file = runner.folder / "data" / "backups" / f"{name}.duckdb"
    file.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(runner.database, file)
    return file


@pytest.fixture
def grown(synced: Runner) -> Runner:
    """A record with a backup of two runs ago."""
    keep_a_backup(synced, "weekly/2026-W47")
    for number in (-1, -2):
        synced.simulator.add(a_run(number))
    assert 0 == synced.types("sync").code
    return synced


def test_alone_it_lists_what_there_is_and_how_to_choose_it(grown: Runner) -> None:
    """The newest first, on a disk backups alone."""
    keep_a_backup(grown, "monthly/2026-11")
    (grown.database.parent / "backups" / "weekly" / "notes.txt").write_text("mine")
    outcome = grown.types("restore")
    lines = outcome.out.splitlines()
    assert ["--backup monthly/2026-11", "--backup weekly/2026-W47"] == [
        " ".join(line.split()[:2]) for line in lines[1:3]
    ]
    assert "--from-archive" in lines[3]
    listed = grown.types("restore", "--json").json["states"]
    assert ["monthly/2026-11", "weekly/2026-W47"] == [one["backup"] for one in listed]
    assert (grown.database.parent / "backups/weekly/2026-W47.duckdb").stat().st_size == listed[1]["bytes"]


def test_a_record_without_any_says_so(synced: Runner) -> None:
    """The archive is there all the same."""
    outcome = synced.types("restore")
    assert (0, 2) == (outcome.code, len(outcome.out.splitlines()))
    assert "--from-archive" in outcome.out


@pytest.mark.parametrize("source", [("--backup", "weekly"), ("--from-archive",)])
def test_a_dry_run_shows_the_change_and_makes_none(grown: Runner, source: tuple[str, ...]) -> None:
    """Not a byte, not a file: locks, notes and folders included."""
    before = everything_in(grown.folder)
    outcome = grown.types("restore", *source, "--dry-run")
    assert (0, before) == (outcome.code, everything_in(grown.folder)), outcome.err
    rows = {line[:16].strip(): line[16:].split() for line in outcome.out.splitlines()[1:5]}
    after = "40" if "weekly" in source else "42"
    assert ["42", after] == rows["runs"]
    assert "Nothing was changed: --dry-run." == outcome.out.splitlines()[-1]
    facts = grown.types("restore", *source, "--dry-run", "--json").json
    assert (42, int(after), False, None) == (
        facts["before"]["runs"],
        facts["after"]["runs"],
        facts["restored"],
        facts["kept"],
    )


def test_a_restored_backup_is_brought_up_to_date_by_the_next_sync(grown: Runner) -> None:
    """What it replaced is kept byte for byte; nothing is lost in the end."""
    expected, replaced = ids(grown), grown.database.read_bytes()
    outcome = grown.types("restore", "--backup", "2026-W47", "--yes")
    assert 0 == outcome.code, outcome.err
    assert 40 == len(ids(grown))
    [kept] = (grown.database.parent / "backups" / "replaced").iterdir()
    assert replaced == kept.read_bytes()
    assert f"backups/replaced/{kept.name}" in outcome.out
    assert 0 == grown.types("sync").code
    assert expected == ids(grown)


def test_the_way_back_that_it_prints_works(grown: Runner) -> None:
    """Typed as it stands, and the newest one by the name of its folder."""
    grown.types("restore", "--backup", "weekly", "--yes")
    said = grown.types("restore", "--backup", "replaced", "--yes", "--json").json
    assert 42 == said["after"]["runs"] == len(ids(grown))
    outcome = grown.types("restore", "--backup", "weekly", "--yes")
    command = outcome.out.partition("bring it back: `myrunstreak ")[2].partition("`")[0].split()
    assert 0 == grown.types(*command, "--yes").code
    assert 42 == len(ids(grown))


def test_a_damaged_database_is_kept_too_and_its_message_leads_here(grown: Runner) -> None:
    """The archive gives everything back, with what the API and the page show."""
    expected = ids(grown)
    damaged = grown.database.read_bytes()[:20_000]
    grown.database.write_bytes(damaged)
    message = grown.types("streak").err
    assert "`myrunstreak restore`" in message
    outcome = grown.types("restore", "--from-archive", "--yes")
    assert (0, True) == (outcome.code, "ends too early" in outcome.out), outcome.err
    [kept] = (grown.database.parent / "backups" / "replaced").iterdir()
    assert damaged == kept.read_bytes()
    assert expected == ids(grown)
    recordings = sorted((grown.database.parent / "recordings").rglob("*.parquet"))
    assert recordings
    outcome = grown.types("restore", "--backup", "replaced", "--yes")
    assert (1, 1) == (outcome.code, len(outcome.err.splitlines()))


def test_lost_recordings_come_back_from_the_archive(grown: Runner) -> None:
    """The database never speaks of a recording that is not there."""
    folder = grown.database.parent / "recordings"
    points = "SELECT count(*) FROM read_parquet('{}/**/*.parquet')"
    before = duckdb.sql(points.format(folder)).fetchone()
    shutil.rmtree(folder)
    assert 0 == grown.types("restore", "--from-archive", "--yes").code
    assert before == duckdb.sql(points.format(folder)).fetchone()


def test_a_damaged_recording_stops_it_in_one_line(grown: Runner) -> None:
    """Before the database is replaced."""
    [file] = (grown.database.parent / "recordings").rglob("*.parquet")
    file.write_bytes(b"PAR1 no longer")
    before = grown.database.read_bytes()
    outcome = grown.types("restore", "--from-archive", "--yes")
    assert (1, 1, before) == (outcome.code, len(outcome.err.splitlines()), grown.database.read_bytes())
    assert "recordings" in outcome.err


def emptied(file: Path) -> None:
    """No run was ever stored."""
    with duckdb.connect(str(file)) as connection:
        connection.execute("DELETE FROM activities")


def of_the_future(file: Path) -> None:
    """A newer program has migrated it."""
    with duckdb.connect(str(file)) as connection:
        connection.execute(
            "INSERT INTO schema_version SELECT max(version) + 1, now()::TIMESTAMP FROM schema_version"
        )


def of_another_runner(file: Path) -> None:
    """Another user of Smashrun's."""
    with duckdb.connect(str(file)) as connection:
        connection.execute("UPDATE file_facts SET value = '999999' WHERE name = 'owner'")


def of_another_smashrun(file: Path) -> None:
    """The real one's, where this is a simulator's."""
    with duckdb.connect(str(file)) as connection:
        connection.execute("UPDATE file_facts SET value = 'smashrun' WHERE name = 'source'")


USELESS: dict[str, Callable[[Path], object]] = {
    "ends too early": lambda file: file.write_bytes(file.read_bytes()[:20_000]),
    "is no DuckDB file": lambda file: file.write_text("a letter"),
    "holds none of MyRunStreak's tables": lambda file: (file.unlink(), duckdb.connect(str(file)).close()),
    "holds no runs": emptied,
    "is newer than this program": of_the_future,
    "holds the runs of": of_another_runner,
    "holds runs from smashrun": of_another_smashrun,
}


@pytest.mark.parametrize("reason", USELESS)
@pytest.mark.parametrize("is_damaged", [False, True], ids=["sound", "damaged"])
def test_what_cannot_take_its_place_is_refused_in_one_line(
    grown: Runner, reason: str, is_damaged: bool
) -> None:
    """Whether the present database can say whose it is or only the archive; nothing is changed."""
    USELESS[reason](grown.database.parent / "backups/weekly/2026-W47.duckdb")
    if is_damaged:
        grown.database.write_bytes(b"gone")
    before = everything_in(grown.folder)
    outcome = grown.types("restore", "--backup", "weekly", "--yes")
    assert (True, 1) == (outcome.code in {1, 2}, len(outcome.err.splitlines())), outcome.err
    assert reason in outcome.err
    assert "Nothing was changed" in outcome.err
    assert before == everything_in(grown.folder)


def test_a_newer_or_missing_database_can_be_replaced(grown: Runner) -> None:
    """Going back to an older program is one of the reasons to restore."""
    of_the_future(grown.database)
    outcome = grown.types("restore", "--backup", "weekly", "--yes")
    assert (0, True) == (outcome.code, "is newer than this program" in outcome.out)
    grown.database.unlink()
    facts = grown.types("restore", "--backup", "weekly", "--yes", "--json").json
    assert (None, None, True) == (facts["before"], facts["kept"], facts["restored"])
    assert 40 == len(ids(grown))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--version", "x", "--yes"), "has no versions"),
        (("--backup", "monthly", "--yes"), "no backup 'monthly'"),
        (("--backup", "2026-W01", "--yes"), "no backup '2026-W01'"),
        (("--backup", "weekly", "--from-archive"), "Choose one of --backup and --from-archive"),
        (("--backup", "weekly"), "--yes"),
    ],
)
def test_what_is_not_there_or_not_clear_is_one_line(
    grown: Runner, arguments: tuple[str, ...], says: str
) -> None:
    """The last one: without a terminal there is no question, and no waiting."""
    before = everything_in(grown.folder)
    outcome = grown.types("restore", *arguments)
    assert (2, 1, True) == (outcome.code, len(outcome.err.splitlines()), says in outcome.err), outcome.err
    assert before == everything_in(grown.folder)


def test_an_archive_that_is_not_there_is_one_line(grown: Runner) -> None:
    """Nothing to build from."""
    shutil.rmtree(grown.database.parent / "raw")
    before = everything_in(grown.folder)
    outcome = grown.types("restore", "--from-archive", "--yes")
    assert (2, True) == (outcome.code, "RAW_ARCHIVE" in outcome.err)
    assert before == everything_in(grown.folder)


@pytest.mark.parametrize(
    ("said", "code", "runs"), [("y\n", 0, 40), ("\n", 1, 42), ("no\n", 1, 42), ("", 1, 42)]
)
def test_on_a_terminal_it_asks(
    grown: Runner, monkeypatch: pytest.MonkeyPatch, said: str, code: int, runs: int
) -> None:
    """Only yes is yes; the end of the terminal is no."""
    terminal, keyboard = Terminal(), Terminal()
    keyboard.write(said)
    keyboard.seek(0)
    monkeypatch.setattr("sys.stdin", keyboard)
    assert code == type_on(terminal, ("restore", "--backup", "weekly"), monkeypatch)
    shown = without_colours(terminal.text)
    assert ("Nothing was changed" in shown) == (code != 0 and said != "")
    assert runs == len(ids(grown))


def test_a_sync_under_way_on_this_machine_is_waited_for_by_the_runner(grown: Runner) -> None:
    """The lock is the sync's own."""
    with grown.database.with_name(".runs.duckdb.sync.lock").open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        outcome = grown.types("restore", "--backup", "weekly", "--yes")
    assert (1, True) == (outcome.code, "Another sync is running" in outcome.err)
    assert 42 == len(ids(grown))


@pytest.mark.parametrize("moment", ["looking", "keeping"])
def test_a_sync_that_comes_between_loses_nothing(
    grown: Runner, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """After the look, or after the copy is kept: one line, and run again it works."""
    grown.simulator.add(a_run(-3))
    original = LocalBlobs.add

    def add(self: LocalBlobs, name: str, content: bytes) -> None:
        original(self, name, content)
        if name.startswith("replaced/"):
            later = grown.folder / "later"
            shutil.copyfile(grown.database, later)
            later.replace(grown.database)  # the same content, and another state all the same

    def after_the_look(*_: object) -> None:
        assert 0 == grown.types("sync").code

    with monkeypatch.context() as patch:
        if moment == "looking":
            patch.setattr(restore, "_show_change", after_the_look)
        else:
            patch.setattr(LocalBlobs, "add", add)
        outcome = grown.types("restore", "--backup", "weekly", "--yes")
    assert (1, 1, True) == (
        outcome.code,
        len(outcome.err.splitlines()),
        "changed by a sync meanwhile" in outcome.err,
    )
    assert 0 == grown.types("restore", "--backup", "weekly", "--yes").code
    assert 0 == grown.types("sync").code
    assert 43 == len(ids(grown))


KILLED = """
import sys
from tests.stage.killed_sync import Countdown, instrument
from scripts.cli import app
instrument(Countdown(int(sys.argv[1]) if sys.argv[1] else None))
app(["restore", "--backup", "weekly", "--yes"], prog_name="myrunstreak")
"""


def restore_in_a_process(runner: Runner, fatal: int | None) -> list[str]:
    """The steps that it passed, to its end or to the one that killed it."""
    done = subprocess.run(
        [sys.executable, "-c", KILLED, "" if fatal is None else str(fatal)],
        cwd=runner.folder,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'lambda_src'}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (0 if fatal is None else -signal.SIGKILL) == done.returncode, done.stderr
    return done.stdout.splitlines()


def test_a_restore_that_is_killed_anywhere_can_be_run_again(grown: Runner) -> None:
    """The record is the one before or the one after, never neither; run again, it ends as if nothing had happened."""
    start = grown.folder.with_name("start")
    shutil.copytree(grown.folder, start)
    steps = [line for line in restore_in_a_process(grown, None) if line.startswith(("before", "after"))]
    assert "before archive" in steps
    assert "after database" in steps
    telling = [
        number for number, name in enumerate(steps) if "fsync" not in name and "transaction" not in name
    ]
    for fatal in telling:
        shutil.rmtree(grown.folder / "data")
        shutil.copytree(start / "data", grown.folder / "data")
        restore_in_a_process(grown, fatal)
        assert len(ids(grown)) in {40, 42}, steps[fatal]
        assert 0 == grown.types("restore", "--backup", "weekly", "--yes").code
        assert 40 == len(ids(grown)), steps[fatal]
    assert 0 == grown.types("sync").code
    assert 42 == len(ids(grown))


def test_the_list_fits_a_terminal_of_80_columns(grown: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the ids of S3's, the longest names of ours, and more states than are shown."""
    moment = datetime(2026, 11, 27, 18, 29, tzinfo=UTC)
    states = [
        EarlierState("version", "3sL4kqtJlcpXroDTDmJrmSpXd3dIbrHY", moment, 123_456_789),
        EarlierState("backup", "replaced/20261127T182901.123456Z", moment, 12_345),
        *[EarlierState("backup", f"weekly/2026-W{week:02d}", moment, 1) for week in range(30)],
    ]
    monkeypatch.setattr(Sources, "states", lambda _: states)
    terminal = Terminal()
    assert 0 == type_on(terminal, ["restore"], monkeypatch)
    lines = without_colours(terminal.text).splitlines()
    assert max(map(len, lines)) <= 80
    assert "--version 3sL4kqtJlcpXroDTDmJrmSpXd3dIbrHY  2026-11-27 18:29  123.5 MB" in lines[1]
    assert any("and 12 older ones (all with --json)" in line for line in lines)
