"""Installing and removing: idempotent, whole or not at all, and without a trace."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

import pytest
from myrunstreak.errors import MyRunStreakError

from scripts.schedule.crontab import Crontab
from scripts.schedule.launchd import Launchd
from scripts.schedule.mechanism import Installed, Mechanism
from scripts.schedule.systemd import Systemd
from tests.stage.schedulers import SchedulingMachine
from tests.tools.schedule.conftest import a_schedule

NAMES: Final = ("systemd", "launchd", "crontab")


@pytest.fixture(params=NAMES)
def mechanism(request: pytest.FixtureRequest, machine: SchedulingMachine) -> Mechanism:
    """Each of them."""
    return make(request.param, machine)


def make(name: str, machine: SchedulingMachine) -> Mechanism:
    """The mechanism of a name, on a machine."""
    made: list[Mechanism] = [Systemd(), Launchd(), Crontab(machine.home / "runs" / "data" / "schedule.log")]
    return next(one for one in made if one.name == name)


@pytest.fixture
def folder(machine: SchedulingMachine) -> Path:
    """The folder with `.env`, within the home folder."""
    folder = machine.home / "runs"
    folder.mkdir()
    (folder / ".env").touch()
    return folder


def test_what_is_installed_is_found(mechanism: Mechanism, folder: Path) -> None:
    """As it was written, and at work."""
    assert mechanism.find() is None
    schedule = a_schedule(folder)
    mechanism.install(schedule)
    assert Installed(schedule, is_as_written=True) == mechanism.find()
    assert [] == mechanism.idle(schedule)


def test_to_install_again_changes_nothing(
    mechanism: Mechanism, machine: SchedulingMachine, folder: Path
) -> None:
    """Neither files nor what is started."""
    mechanism.install(a_schedule(folder))
    once = machine.contents()
    mechanism.install(a_schedule(folder))
    assert once == machine.contents()


def test_a_new_installation_replaces_the_one_before_wholly(
    mechanism: Mechanism, machine: SchedulingMachine, folder: Path
) -> None:
    """Of times that are gone nothing is left."""
    mechanism.install(a_schedule(folder, reminders=()))
    alone = machine.contents()
    mechanism.install(a_schedule(folder))
    assert alone != machine.contents()
    mechanism.install(a_schedule(folder, reminders=()))
    assert alone == machine.contents()


def test_removing_leaves_no_trace(mechanism: Mechanism, machine: SchedulingMachine, folder: Path) -> None:
    """No file, no link, no folder, no stamp and no log."""
    machine.crontab = b"0 5 * * * make coffee\n"
    before = machine.contents()
    mechanism.install(a_schedule(folder))
    for log in (
        folder / "data" / "schedule.log",
        machine.home / "Library" / "Logs" / "myrunstreak" / "sync.log",
    ):
        if log.parent.is_dir():
            log.write_text("done\n")  # as a job does
    assert before != machine.contents()
    mechanism.remove()
    assert before == machine.contents()
    assert [] == list(machine.home.rglob("stamp-*"))
    assert mechanism.find() is None


def test_removing_leaves_what_is_of_others(
    mechanism: Mechanism, machine: SchedulingMachine, folder: Path
) -> None:
    """In the same folders."""
    others = [
        machine.home / ".config/systemd/user/other.timer",
        machine.home / ".config/systemd/user/timers.target.wants/other.timer",
        machine.home / "Library/LaunchAgents/org.example.plist",
        machine.home / "Library/Logs/other.log",
        folder / "data" / "runs.duckdb",
    ]
    for path in others:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("theirs")
    before = machine.contents()
    mechanism.install(a_schedule(folder))
    mechanism.remove()
    assert before == machine.contents()


def test_a_crontab_that_was_not_there_is_gone_again(machine: SchedulingMachine, folder: Path) -> None:
    """An empty one would be a trace."""
    crontab = make("crontab", machine)
    crontab.install(a_schedule(folder))
    assert machine.crontab
    crontab.remove()
    assert machine.crontab is None


STEPS: Final = [
    ("systemd", "daemon-reload"),
    ("systemd", "enable"),
    ("launchd", "bootstrap"),
    ("crontab", "-l"),
    ("crontab", "-"),
]
STEPS_BACK: Final = [("systemd", "disable"), ("launchd", "bootout")]


@pytest.mark.parametrize(("name", "step"), STEPS)
def test_a_first_installation_that_fails_leaves_nothing(
    machine: SchedulingMachine, folder: Path, name: str, step: str
) -> None:
    """At each step that may be refused; the error is one line with the reason."""
    before = machine.contents()
    machine.refuse(step)
    with pytest.raises(MyRunStreakError, match=r"failed: Failed for a reason of its own\.") as failed:
        make(name, machine).install(a_schedule(folder))
    assert "\n" not in str(failed.value)
    assert before == machine.contents()


@pytest.mark.parametrize(("name", "step"), STEPS + STEPS_BACK)
def test_an_installation_that_fails_leaves_the_one_before(
    machine: SchedulingMachine, folder: Path, name: str, step: str
) -> None:
    """With its times, and at work."""
    mechanism, schedule = make(name, machine), a_schedule(folder)
    mechanism.install(schedule)
    before = machine.contents()
    machine.refuse(step)
    with pytest.raises(MyRunStreakError, match="failed"):
        mechanism.install(a_schedule(folder, reminders=("20:00",)))
    assert before == machine.contents()
    assert Installed(schedule, is_as_written=True) == mechanism.find()
    assert [] == mechanism.idle(schedule)


@pytest.mark.parametrize(("name", "step"), [*STEPS_BACK, ("crontab", "-r")])
def test_a_removal_that_fails_leaves_everything(
    machine: SchedulingMachine, folder: Path, name: str, step: str
) -> None:
    """So that it can be tried again."""
    mechanism, schedule = make(name, machine), a_schedule(folder)
    mechanism.install(schedule)
    before = machine.contents()
    machine.refuse(step)
    with pytest.raises(MyRunStreakError, match="Everything is as it was before"):
        mechanism.remove()
    assert before == machine.contents()
    assert [] == mechanism.idle(schedule)


def test_a_manager_that_never_answers_leaves_the_files_as_they_were(
    machine: SchedulingMachine, folder: Path
) -> None:
    """Also where no step back succeeds."""
    before = machine.contents()
    for word in ("daemon-reload", "enable", "disable", "reset-failed"):
        machine.refuse(word, times=99)
    with pytest.raises(MyRunStreakError, match="daemon-reload"):
        Systemd().install(a_schedule(folder))
    assert before == {path: text for path, text in machine.contents().items() if "refuse-" not in path}


def test_a_schedule_that_cannot_be_started_again_is_said_to_be(
    machine: SchedulingMachine, folder: Path
) -> None:
    """Its files are back, and the message does not promise more."""
    systemd, schedule = Systemd(), a_schedule(folder)
    systemd.install(schedule)
    machine.refuse("enable", times=2)
    with pytest.raises(MyRunStreakError, match="is in its place but not started"):
        systemd.install(a_schedule(folder, reminders=()))
    assert Installed(schedule, is_as_written=True) == systemd.find()
    assert 3 == len(systemd.idle(schedule))


def test_the_reason_is_the_line_that_says_it(machine: SchedulingMachine, folder: Path) -> None:
    """Between what systemctl did before and where it says to read more."""
    saying = "Created symlink x.\nFailed to start x.timer: bad setting.\nSee 'systemctl status x.timer'."
    with (machine.programs / "systemctl").open("a") as program:
        program.write(f"if 'enable' in words: sys.exit({saying!r})\n")
    with pytest.raises(MyRunStreakError, match=r"failed: Failed to start x\.timer: bad setting\. Everything"):
        Systemd().install(a_schedule(folder))


def test_a_folder_that_cannot_be_made_is_one_line(
    mechanism: Mechanism, machine: SchedulingMachine, folder: Path
) -> None:
    """With its path and the system's reason."""
    for name in (".config", "Library", "runs/data"):
        (machine.home / name).write_text("in the way")
    before = machine.contents()
    with pytest.raises(MyRunStreakError, match=r"Cannot (write|make) .*: (File exists|Not a directory)\."):
        mechanism.install(a_schedule(folder))
    assert before == machine.contents()


def test_a_change_by_hand_is_seen(mechanism: Mechanism, machine: SchedulingMachine, folder: Path) -> None:
    """One that keeps the times, and one that does not."""
    schedule = a_schedule(folder)
    mechanism.install(schedule)
    change_by_hand(machine, "21:30", "21:31")
    assert Installed(schedule, is_as_written=True) != mechanism.find()
    mechanism.install(schedule)
    change_by_hand(machine, "myrunstreak schedule install", "hand")
    change_by_hand(machine, "<plist", "<!-- hand --><plist")
    assert Installed(schedule, is_as_written=False) == mechanism.find()


def change_by_hand(machine: SchedulingMachine, before: str, after: str) -> None:
    """Replace a text in what is installed; a time also as cron and launchd write it."""
    pairs = [(before, after)]
    if before == "21:30":
        pairs += [("30 21 *", "31 21 *"), ("<integer>30</integer>", "<integer>31</integer>")]
    files = [*machine.home.rglob("myrunstreak-*"), *machine.home.rglob("*.plist"), machine.state / "crontab"]
    for path in files:
        if path.is_file() and not path.is_symlink():
            text = path.read_text()
            for old, new in pairs:
                text = text.replace(old, new)
            path.write_text(text)


def test_a_file_that_is_missing_is_seen(machine: SchedulingMachine, folder: Path) -> None:
    """Without its service a timer starts nothing."""
    systemd = Systemd()
    systemd.install(a_schedule(folder))
    (systemd.folder / "myrunstreak-sync.service").unlink()
    assert Installed(None, is_as_written=False) == systemd.find()


def test_what_is_not_started_is_named(machine: SchedulingMachine, folder: Path) -> None:
    """A timer that was stopped, an agent that was unloaded, and all of them where the program is gone."""
    schedule = a_schedule(folder, reminders=())
    systemd, launchd = Systemd(), Launchd()
    systemd.install(schedule)
    launchd.install(schedule)
    (systemd.folder / "timers.target.wants" / "myrunstreak-sync.timer").unlink()
    (machine.state / "loaded" / "org.myrunstreak.digest").unlink()
    assert ["myrunstreak-sync.timer"] == systemd.idle(schedule)
    assert ["org.myrunstreak.digest"] == launchd.idle(schedule)
    shutil.rmtree(machine.programs)
    assert 2 == len(systemd.idle(schedule))
    assert 2 == len(launchd.idle(schedule))


def test_without_the_program_the_files_can_still_be_removed(machine: SchedulingMachine, folder: Path) -> None:
    """Nothing starts them any more."""
    before = machine.contents()
    systemd = Systemd()
    systemd.install(a_schedule(folder))
    shutil.rmtree(machine.programs)
    systemd.remove()
    assert before == machine.contents()


def test_without_the_program_nothing_can_be_installed(
    mechanism: Mechanism, machine: SchedulingMachine, folder: Path
) -> None:
    """One line says which is missing."""
    shutil.rmtree(machine.programs)
    before = machine.contents()
    assert not mechanism.is_here()
    with pytest.raises(MyRunStreakError, match=r"this machine has no (systemctl|launchctl|crontab)"):
        mechanism.install(a_schedule(folder))
    assert before == machine.contents()


def test_where_lingering_is_off_one_command_is_named(machine: SchedulingMachine, folder: Path) -> None:
    """And none where it is on, or where there is no loginctl."""
    [note] = Systemd().install(a_schedule(folder))
    assert note.endswith("loginctl enable-linger")
    (machine.state / "lingers").touch()
    assert [] == Systemd().install(a_schedule(folder))
    (machine.programs / "loginctl").unlink()
    assert [] == Systemd().install(a_schedule(folder))


def test_systemds_folders_follow_their_variables(
    machine: SchedulingMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A relative one does not count."""
    monkeypatch.setenv("XDG_CONFIG_HOME", "relative")
    assert machine.home / ".config/systemd/user" == Systemd().folder
    monkeypatch.setenv("XDG_CONFIG_HOME", "/elsewhere/config")
    assert Path("/elsewhere/config/systemd/user") == Systemd().folder


def test_a_manager_that_does_not_answer_is_not_here(machine: SchedulingMachine) -> None:
    """As in a container."""
    assert Systemd().is_here()
    machine.refuse("show")
    assert not Systemd().is_here()


def test_a_crontab_that_cannot_be_read_is_not_written(machine: SchedulingMachine, folder: Path) -> None:
    """It may hold lines of others; where the runner may have none, there is nothing of ours."""
    machine.crontab = b"0 5 * * * make coffee\n"
    machine.refuse("-l", times=2)
    crontab = make("crontab", machine)
    with pytest.raises(MyRunStreakError, match="a reason of its own"):
        crontab.find()
    with pytest.raises(MyRunStreakError, match="a reason of its own"):
        crontab.install(a_schedule(folder))
    assert b"0 5 * * * make coffee\n" == machine.crontab
