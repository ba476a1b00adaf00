"""`myrunstreak schedule`: what it installs, shows, removes and says."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Final

import pytest
from typer.testing import CliRunner

from scripts.cli import app
from tests.stage.schedulers import SchedulingMachine, zone_of_another_machine, zone_of_this_machine
from tests.tools.commands.conftest import Outcome

SECRET: Final = "a-very-secret-thing"
TOPIC: Final = "arn:aws:sns:us-east-2:123456789012:runner"
PROGRAM: Final = str(Path(sys.executable).with_name("myrunstreak"))


class Here(SchedulingMachine):
    """A machine on which commands are typed, in a folder with `.env`."""

    @property
    def folder(self) -> Path:
        """The folder."""
        return self.home / "runs"

    def set(self, **settings: str) -> None:
        """Write `.env`."""
        lines = [f"{name}={value}\n" for name, value in settings.items()]
        (self.folder / ".env").touch(0o600)
        (self.folder / ".env").write_text("".join([f"SMASHRUN_CLIENT_SECRET={SECRET}\n", *lines]))

    def types(self, *words: str) -> Outcome:
        """Type a command."""
        result = CliRunner().invoke(app, ["schedule", *words], prog_name="myrunstreak")
        outcome = Outcome(result.exit_code, result.stdout, result.stderr)
        assert "Traceback" not in outcome.out + outcome.err
        assert SECRET not in outcome.out + outcome.err
        return outcome

    def refused(self, *words: str, code: int) -> str:
        """Type a command that fails; its one line."""
        outcome = self.types(*words)
        assert (code, "") == (outcome.code, outcome.out)
        [line] = outcome.err.splitlines()
        assert line.startswith("myrunstreak: ")
        return line

    def installed(self) -> dict[str, list[str]]:
        """The mechanisms that hold something, with the names of their jobs."""
        found = self.types("show", "--json").json["installed"]
        return {one["mechanism"]: [job["name"] for job in one["jobs"]] for one in found}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Here:
    """A machine with systemd, and a folder whose `.env` asks for everything."""
    machine = Here.make(tmp_path / "machine", monkeypatch, "systemctl", "loginctl")
    machine.folder.mkdir()
    monkeypatch.chdir(machine.folder)
    machine.set(
        RUNNER_TIMEZONE=zone_of_this_machine(), REMIND_AT="21:30,18:30", DIGEST="true", MESSAGES_TOPIC=TOPIC
    )
    (machine.state / "lingers").touch()
    return machine


def test_a_machine_with_nothing_on_it_says_how_to_begin(here: Here) -> None:
    """With and without `show`, and there is nothing to remove."""
    for words in ((), ("show",)):
        assert (0, True) == ((shown := here.types(*words)).code, "myrunstreak schedule install" in shown.out)
    assert {"installed": [], "warnings": []} == here.types("show", "--json").json
    assert "Nothing was installed.\n" == here.types("remove").out
    assert {"removed": []} == here.types("remove", "--json").json


def test_what_is_installed_is_shown_with_its_next_start(here: Here) -> None:
    """Command, times, zone and the next of them; nothing is left to warn about."""
    installed = here.types("install", "--json").json
    assert ("systemd", str(here.folder), []) == (
        installed["mechanism"],
        installed["folder"],
        installed["notes"],
    )
    shown = here.types("show", "--json").json
    assert [] == shown["warnings"]
    [one] = shown["installed"]
    jobs = {job["name"]: job for job in one["jobs"]}
    assert {
        "sync": (["06:00"], [PROGRAM, "sync"]),
        "reminder": (["18:30", "21:30"], [PROGRAM, "message", "reminder", "--send"]),
        "digest": (["07:30"], [PROGRAM, "message", "digest", "--send"]),
    } == {name: (job["times"], job["command"]) for name, job in jobs.items()}
    for job in jobs.values():
        start = datetime.fromisoformat(job["next"])
        assert f"{start:%H:%M}" in job["times"]
        assert 0 < (start - datetime.now(start.tzinfo)).total_seconds() <= 86_400 + 3_600
        assert zone_of_this_machine() == job["zone"]


def test_the_table_fits_a_terminal(here: Here) -> None:
    """A row for each time, none wider than 80 columns on any terminal."""
    here.set(
        RUNNER_TIMEZONE=zone_of_this_machine(), REMIND_AT="10:00,11:00,12:00,13:00,14:00,15:00", DIGEST="true"
    )
    shown = here.types("install", "--sync-at", "05:15").out
    rows = [line for line in shown.splitlines() if line.split(" ")[0] in {"sync", "reminder", "digest"}]
    assert 8 == len(rows)
    assert rows[0].startswith("sync      05:15  sync")
    assert 80 >= max(len(row) for row in rows)
    assert f"Folder: {here.folder}\n" in shown
    assert shown.splitlines()[:11] == here.types("show").out.splitlines()[:11]


@pytest.mark.parametrize(
    ("programs", "expected"),
    [
        (("systemctl", "crontab"), "systemd"),
        (("crontab",), "crontab"),
        (("launchctl", "crontab"), "launchd"),
    ],
)
def test_the_machine_decides_unless_the_runner_does(
    here: Here, programs: tuple[str, ...], expected: str
) -> None:
    """The mechanism that suits it best."""
    for one in here.programs.iterdir():
        one.unlink()
    for name in programs:
        here.add(name)
    assert expected == here.types("install", "--json").json["mechanism"]
    assert {expected: ["sync", "reminder", "digest"]} == here.installed()


def test_a_manager_that_does_not_answer_is_not_chosen(here: Here) -> None:
    """Cron is; and where there is none, one line says so."""
    here.refuse("show", times=2)
    assert "Install cron." in here.refused("install", code=1)
    here.add("crontab")
    assert "crontab" == here.types("install", "--json").json["mechanism"]


def test_without_reminders_one_line_says_how_to_turn_them_on(here: Here) -> None:
    """The sync is installed alone."""
    here.set()
    installed = here.types("install")
    assert 0 == installed.code
    assert (
        f"No reminders: set RUNNER_TIMEZONE and REMIND_AT=18:30,21:30 in {here.folder}/.env"
        in installed.out.splitlines()[-1]
    )
    assert {"systemd": ["sync"]} == here.installed()


def test_messages_without_a_channel_are_a_note(here: Here) -> None:
    """They would fail each evening, where only the log says so."""
    here.set(RUNNER_TIMEZONE=zone_of_this_machine(), REMIND_AT="18:30")
    [note] = here.types("install", "--json").json["notes"]
    assert "myrunstreak message --add -" in note
    here.set(RUNNER_TIMEZONE=zone_of_this_machine(), REMIND_AT="18:30", MESSAGES_TOPIC=TOPIC)
    assert [] == here.types("install", "--json").json["notes"]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"REMIND_AT": "19:30"}, "REMIND_AT has changed"),
        ({"REMIND_AT": "", "DIGEST": ""}, "REMIND_AT and DIGEST have changed"),
        ({"RUNNER_TIMEZONE": zone_of_another_machine()}, "RUNNER_TIMEZONE has changed"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_settings_that_have_changed_since_are_named(here: Here, changed: dict[str, str], words: str) -> None:
    """What is shown is what is installed; to install again brings it up to date and keeps the sync's time."""
    here.types("install", "--sync-at", "05:15")
    before = here.types("show", "--json").json["installed"]
    here.set(
        **{"RUNNER_TIMEZONE": zone_of_this_machine(), "REMIND_AT": "18:30,21:30", "DIGEST": "true", **changed}
    )
    shown = here.types("show", "--json").json
    assert [f"{words}: run `myrunstreak schedule install` again."] == shown["warnings"]
    assert [job["times"] for job in before[0]["jobs"]] == [
        job["times"] for job in shown["installed"][0]["jobs"]
    ]
    assert shown["warnings"][0] in here.types("show").out
    assert ["05:15"] == here.types("install", "--json").json["jobs"][0]["times"]
    assert [] == here.types("show", "--json").json["warnings"]


def test_a_timer_that_was_stopped_is_a_warning(here: Here) -> None:
    """By its name."""
    here.types("install")
    (here.home / ".config/systemd/user/timers.target.wants/myrunstreak-reminder.timer").unlink()
    [warning] = here.types("show", "--json").json["warnings"]
    assert "myrunstreak-reminder.timer" in warning
    assert "myrunstreak schedule install" in warning


@pytest.mark.parametrize(
    ("before", "after"), [("Persistent=true", ""), ("OnCalendar=*-*-* 06", "OnCalendar=Mon 06")]
)
def test_a_change_by_hand_is_a_warning(here: Here, before: str, after: str) -> None:
    """One after which the units can be read, and one after which they cannot; both can be removed."""
    here.types("install")
    timer = here.home / ".config/systemd/user/myrunstreak-sync.timer"
    timer.write_text(timer.read_text().replace(before, after))
    assert "changed by hand" in here.types("show").out
    [warning] = here.types("show", "--json").json["warnings"]
    assert "changed by hand" in warning
    assert {"removed": ["systemd"]} == here.types("remove", "--json").json
    assert {} == here.installed()


def test_settings_of_this_shell_alone_are_named_without_their_values(
    here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the timers start does not see them; what `.env` has too is not named."""
    monkeypatch.setenv("SMASHRUN_CLIENT_SECRET", SECRET)
    monkeypatch.setenv("SMASHRUN_CLIENT_ID", "not-in-the-file")
    monkeypatch.setenv("REMIND_AT", "17:17")
    installed = here.types("install")
    assert "Only this shell has REMIND_AT, SMASHRUN_CLIENT_ID: " in installed.out
    assert "not-in-the-file" not in installed.out + installed.err
    here.set(
        RUNNER_TIMEZONE=zone_of_this_machine(),
        REMIND_AT="17:17",
        SMASHRUN_CLIENT_ID="not-in-the-file",
        MESSAGES_TOPIC=TOPIC,
    )
    assert [] == here.types("install", "--json").json["notes"]


def test_no_secret_is_in_what_is_written(here: Here) -> None:
    """By any mechanism."""
    here.add("crontab")
    here.add("launchctl")
    for name in ("systemd", "launchd", "crontab"):
        assert 0 == here.types("install", "--with", name).code
        files = [path for path in here.home.parent.rglob("*") if path.is_file() and path.name != ".env"]
        assert any(PROGRAM in path.read_text() for path in files)
        assert not [path for path in files if SECRET in path.read_text()]


def test_another_folders_schedule_is_not_replaced(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line names that folder; what is shown there says whose it is, and removing it makes room."""
    here.types("install")
    other = here.home / "other"
    other.mkdir()
    (other / ".env").touch()
    before = here.contents()
    monkeypatch.chdir(other)
    line = here.refused("install", code=2)
    assert f"belongs to another folder, {here.folder}," in line
    assert "`myrunstreak schedule remove`" in line
    assert f"WorkingDirectory={other}" in here.types("install", "--preview").out
    assert before == here.contents()
    [warning] = here.types("show", "--json").json["warnings"]
    assert str(here.folder) in warning
    here.types("remove")
    assert str(other) == here.types("install", "--json").json["folder"]


def test_from_a_folder_below_the_same_schedule_is_meant(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder is that of `.env`."""
    here.types("install")
    (here.folder / "below").mkdir()
    monkeypatch.chdir(here.folder / "below")
    assert [] == here.types("show", "--json").json["warnings"]
    assert str(here.folder) == here.types("install", "--json").json["folder"]


def test_another_mechanism_takes_over(here: Here) -> None:
    """The one before is removed; to install again keeps the mechanism and the time."""
    here.add("crontab")
    here.types("install", "--sync-at", "05:15")
    taken = here.types("install", "--with", "crontab", "--json").json
    assert ("crontab", ["05:15"]) == (taken["mechanism"], taken["jobs"][0]["times"])
    assert {"crontab": ["sync", "reminder", "digest"]} == here.installed()
    assert not (here.home / ".config").exists()
    again = here.types("install", "--json").json
    assert ("crontab", ["05:15"]) == (again["mechanism"], again["jobs"][0]["times"])
    assert {"removed": ["crontab"]} == here.types("remove", "--json").json


@pytest.mark.parametrize("step", ["-", "disable"])
def test_a_mechanism_that_fails_to_take_over_leaves_the_one_before(here: Here, step: str) -> None:
    """Whether it cannot be installed, or the other cannot be removed."""
    here.add("crontab")
    here.types("install")
    before = here.contents()
    here.refuse(step)
    assert "a reason of its own" in here.refused("install", "--with", "crontab", code=1)
    assert before == here.contents()
    assert {"systemd": ["sync", "reminder", "digest"]} == here.installed()


def test_a_preview_writes_nothing(here: Here) -> None:
    """It shows the texts under their places, also of what this machine does not have."""
    before = here.contents()
    shown = here.types("install", "--preview")
    path = here.home / ".config/systemd/user/myrunstreak-sync.timer"
    assert f"{path}\n" in shown.out
    assert "OnCalendar=*-*-* 06:00:00" in shown.out
    for name, place in (("launchd", "org.myrunstreak.sync.plist"), ("crontab", "crontab")):
        preview = here.types("install", "--with", name, "--preview", "--json").json
        assert (name, True) == (preview["mechanism"], preview["preview"])
        assert preview["files"][0]["place"].endswith(place)
        assert PROGRAM in preview["files"][0]["text"]
    assert before == here.contents()
    here.types("install")
    assert f"{path}\n{path.read_text()}" in shown.out


@pytest.mark.parametrize("name", ["crontab", "launchd"])
def test_messages_of_another_zone_need_systemd(here: Here, name: str) -> None:
    """The others know the machine's clock alone: one line, and nothing is changed."""
    here.add("crontab")
    here.add("launchctl")
    zone = zone_of_another_machine()
    here.set(RUNNER_TIMEZONE=zone, REMIND_AT="18:30")
    before = here.contents()
    assert f"Set this machine's zone to {zone}" in here.refused("install", "--with", name, code=2)
    assert before == here.contents()
    here.set(RUNNER_TIMEZONE=zone)
    notes = here.types("install", "--with", name, "--json").json["notes"]
    assert any("by this machine's clock" in note and zone in note for note in notes)
    assert {name: ["sync"]} == here.installed()
    here.set(RUNNER_TIMEZONE=zone, REMIND_AT="18:30")
    [warning] = here.types("show", "--json").json["warnings"]
    assert f"Set this machine's zone to {zone}" in warning


def test_a_damaged_crontab_is_left_alone(here: Here) -> None:
    """Every command says in one line how to mend it."""
    here.add("crontab")
    here.crontab = b"# myrunstreak: begin\n0 6 * * * x\n"
    before = here.contents()
    for word in ("install", "show", "remove"):
        assert "crontab -e" in here.refused(word, code=2)
    assert before == here.contents()


@pytest.mark.parametrize("time", ["6", "24:00", "6:00", "06:00,07:00", ""])
def test_a_time_that_is_none_is_wrong_usage(here: Here, time: str) -> None:
    """Exit 2, with one to write."""
    outcome = here.types("install", "--sync-at", time)
    assert (2, "") == (outcome.code, outcome.out)
    assert "is not a time of day; write one such as 06:00." in outcome.err
    assert {} == here.installed()


def test_with_config_env_the_jobs_start_in_the_data_folder(
    here: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From any folder without a `.env`; there they find the same settings, and the folder is made."""
    config = here.home / ".config" / "myrunstreak" / "config.env"
    config.parent.mkdir(parents=True)
    config.write_text("UNITS=mi\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    installed = here.types("install", "--json").json
    data = tmp_path / "share" / "myrunstreak"
    assert (str(data), True) == (installed["folder"], data.is_dir())
    reminders, places = installed["notes"]
    assert f" in {config}, " in reminders
    assert "XDG_DATA_HOME" in places
    monkeypatch.chdir(data)
    shown = here.types("show", "--json").json
    assert [] == shown["warnings"]
