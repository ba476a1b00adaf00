"""A home folder, and stand-ins for systemctl, loginctl, launchctl and crontab that keep what they are told there."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Self
from zoneinfo import available_timezones

import pytest
from myrunstreak.contract.settings import Settings

from scripts.schedule.zones import machine_zone, same_clock

# Each begins like this: it writes down its words, and refuses a command as often as the test says.
_BEGIN: Final = """\
#!{python} -IS
import os, sys
from pathlib import Path
state, words = Path({state!r}), sys.argv[1:]
with (state / "calls").open("a") as calls:
    print({name!r}, *words, file=calls)
for refusal in sorted(state.glob("refuse-*")):
    if refusal.name.partition("-")[2] in words:
        left = int(refusal.read_text()) - 1
        refusal.write_text(str(left)) if left else refusal.unlink()
        sys.exit("Failed for a reason of its own.")
home = Path(os.environ["HOME"])
"""
_PROGRAMS: Final = {
    # Links and stamps lie where the real one puts them.
    "systemctl": """
units = home / ".config/systemd/user"
wants, stamps = units / "timers.target.wants", home / ".local/share/systemd/timers"
timers = [word for word in words if word.endswith(".timer")]
if "enable" in words:
    for timer in timers:
        if not (units / timer).is_file() or not (units / timer.replace(".timer", ".service")).is_file():
            sys.exit(f"Failed to enable unit: Unit file {timer} does not exist.")
        for folder in (wants, stamps):
            folder.mkdir(parents=True, exist_ok=True)
        (wants / timer).unlink(missing_ok=True)
        (wants / timer).symlink_to(units / timer)
        (stamps / f"stamp-{timer}").touch()
elif "disable" in words:
    for timer in timers:
        (wants / timer).unlink(missing_ok=True)
elif "is-active" in words:
    print(*("active" if (wants / timer).is_symlink() else "inactive" for timer in timers), sep="\\n")
""",
    "loginctl": """
print("yes" if (state / "lingers").exists() else "no")
""",
    "launchctl": """
import re
loaded = state / "loaded"
loaded.mkdir(exist_ok=True)
if words[0] == "bootstrap":
    label = re.search("<key>Label</key>\\\\s*<string>(.*?)</string>", Path(words[2]).read_text())[1]
    if (loaded / label).exists():
        sys.exit("Bootstrap failed: 5: Input/output error")
    (loaded / label).touch()
else:
    label = loaded / words[1].rpartition("/")[2]
    if not label.exists():
        sys.exit(3)
    if words[0] == "bootout":
        label.unlink()
""",
    "crontab": """
table = state / "crontab"
if words == ["-l"]:
    if not table.exists():
        sys.exit("no crontab for runner")
    sys.stdout.buffer.write(table.read_bytes())
elif words == ["-r"]:
    table.unlink()
else:
    text = sys.stdin.buffer.read()
    if not text.endswith(b"\\n"):
        sys.exit("new crontab file is missing newline before EOF, can't install.")
    table.write_bytes(text)
""",
}


@dataclass
class SchedulingMachine:
    """A machine whose programs the test chooses.

    Attributes:
        home: the runner's home folder.
        state: where the stand-ins keep what they are told.
        programs: the folder of the only programs there are.
    """

    home: Path
    state: Path
    programs: Path

    @classmethod
    def make(cls, folder: Path, monkeypatch: pytest.MonkeyPatch, *programs: str) -> Self:
        """A machine in a folder, which this process takes for its own."""
        machine = cls(folder / "home", folder / "state", folder / "programs")
        for one in (machine.home, machine.state, machine.programs):
            one.mkdir(parents=True)
        for name in programs:
            machine.add(name)
        (machine.programs / "myrunstreak").symlink_to(Path(sys.executable).with_name("myrunstreak"))
        for name in {*Settings.variables(), "XDG_CONFIG_HOME", "XDG_DATA_HOME"}:
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("HOME", str(machine.home))
        monkeypatch.setenv("PATH", str(machine.programs))
        return machine

    def add(self, program: str) -> None:
        """Install a program."""
        begin = _BEGIN.format(python=sys.executable, state=str(self.state), name=program)
        (self.programs / program).write_text(begin + _PROGRAMS[program])
        (self.programs / program).chmod(0o755)

    def refuse(self, word: str, times: int = 1) -> None:
        """Have the next commands with this word fail."""
        (self.state / f"refuse-{word}").write_text(str(times))

    @property
    def calls(self) -> list[str]:
        """Every command so far, with the program's name."""
        path = self.state / "calls"
        return path.read_text().splitlines() if path.exists() else []

    @property
    def crontab(self) -> bytes | None:
        """The runner's crontab."""
        path = self.state / "crontab"
        return path.read_bytes() if path.exists() else None

    @crontab.setter
    def crontab(self, text: bytes) -> None:
        (self.state / "crontab").write_bytes(text)

    def contents(self) -> dict[str, str]:
        """All that there is of folders, files and links, apart from the record of the calls."""
        found: dict[str, str] = {}
        for path in sorted([*self.home.rglob("*"), *self.state.rglob("*")]):
            if path.name in {"calls", "loaded"} or path.name.startswith("stamp-"):
                continue
            is_file = path.is_file() and not path.is_symlink()
            found[str(path)] = (
                path.read_bytes().hex() if is_file else "link" if path.is_symlink() else "folder"
            )
        return found


def zone_of_this_machine() -> str:
    """An IANA zone whose time this machine has."""
    name, clock = machine_zone()
    names = available_timezones()
    now = datetime.now(UTC)
    return next(one for one in [name, *sorted(names)] if one in names and same_clock(one, clock, now))


def zone_of_another_machine() -> str:
    """An IANA zone whose time this machine does not have."""
    _, clock = machine_zone()
    far = ("Pacific/Kiritimati", "Pacific/Pago_Pago")
    return next(one for one in far if not same_clock(one, clock, datetime.now(UTC)))
