"""cron: a block of lines in the runner's crontab, the rest of which stays as it is to the byte."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import ClassVar, Final

from myrunstreak.errors import InvalidSettings, MyRunStreakError
from myrunstreak.files import file_errors

from scripts.schedule.jobs import ARGUMENTS, Job, Schedule, check_path
from scripts.schedule.mechanism import Installed, MechanismName
from scripts.schedule.programs import failure, has, must, run
from scripts.schedule.unit_files import remove_empty

BEGIN: Final = "# myrunstreak: begin"
END: Final = "# myrunstreak: end"
_HINT: Final = "# Written by `myrunstreak schedule install`, removed by `myrunstreak schedule remove`."

_MARKERS: Final = re.compile(rb"^(?:" + f"{BEGIN}|{END}".encode() + rb")[ \t\r]*$", re.MULTILINE)
_LINE: Final = re.compile(r"(\d{1,2}) (\d{1,2}) \* \* \* (.*)")
# What `crontab -l` says where there is no crontab, and where the runner may have none.
_NO_CRONTAB: Final = re.compile(rb"no crontab|no such file|not allowed", re.IGNORECASE)


def block(schedule: Schedule, log: Path) -> bytes:
    """The lines of a schedule, between the two that mark them; what the jobs print goes to the end of `log`."""
    check_path(log)
    lines = [_line(schedule.folder, job, at, log) for job in schedule.jobs for at in job.times]
    return "".join(f"{line}\n" for line in [BEGIN, _HINT, *lines, END]).encode()


def _line(folder: Path, job: Job, at: str, log: Path) -> str:
    hour, minute = (int(part) for part in at.split(":"))
    command = f"cd {shlex.quote(str(folder))} && {shlex.join(job.command)} >> {shlex.quote(str(log))} 2>&1"
    # In a crontab a percent sign ends the line, unless there is a backslash before it.
    return f"{minute} {hour} * * * {command.replace('%', chr(92) + '%')}"


def with_block(text: bytes, added: bytes) -> bytes:
    """A crontab with our block, and without the one before.

    The block comes first: variables such as SHELL or CRON_TZ hold for the lines after them, and those of others are
    not meant for our lines. And what comes after it needs no end of line that it did not have.

    Raises:
        InvalidSettings: the markers of the block before do not match.
    """
    return added + without_block(text)


def without_block(text: bytes) -> bytes:
    """A crontab without our block.

    Raises:
        InvalidSettings: its markers do not match.
    """
    begin, end = _place(text)
    return text[:begin] + text[end:]


def own_block(text: bytes) -> bytes:
    """Our block in a crontab; nothing where it has none.

    Raises:
        InvalidSettings: its markers do not match.
    """
    begin, end = _place(text)
    return text[begin:end]


def _place(text: bytes) -> tuple[int, int]:
    found = list(_MARKERS.finditer(text))
    if not found:
        return 0, 0
    if [one[0].strip() for one in found] != [BEGIN.encode(), END.encode()]:
        raise InvalidSettings(
            f"The crontab's lines `{BEGIN}` and `{END}` do not match: mend or remove them with `crontab -e`."
        )
    after = found[1].end()
    return found[0].start(), after + (text[after : after + 1] == b"\n")


def read_block(text: bytes) -> tuple[Schedule, Path] | None:
    """The schedule of a block and its log, None where it does not say one that we wrote."""
    jobs: dict[str, Job] = {}
    folder = log = None
    for line in text.decode(errors="surrogateescape").split("\n"):
        if not (match := _LINE.fullmatch(line)):
            continue
        try:
            words = shlex.split(match[3].replace(r"\%", "%"))
            _, folder, _, executable, *arguments, _, log, _ = words
        except ValueError:
            return None
        name = next((name for name, usual in ARGUMENTS.items() if usual == tuple(arguments)), None)
        if name is None:
            return None
        at = f"{int(match[2]):02d}:{int(match[1]):02d}"
        before = jobs[name].times if name in jobs else ()
        jobs[name] = Job(name, executable, (*before, at))
    return (Schedule(Path(folder), tuple(jobs.values())), Path(log)) if folder and log else None


class Crontab:
    """The runner's crontab. It knows this machine's clock alone.

    Args:
        log: where the jobs' output goes; cron would mail it.
    """

    name: ClassVar[MechanismName] = "crontab"
    knows_zones: ClassVar[bool] = False

    def __init__(self, log: Path) -> None:
        self._log = log

    def is_here(self) -> bool:
        """Whether there is a program `crontab`."""
        return has("crontab")

    def preview(self, schedule: Schedule) -> dict[str, str]:
        """The block."""
        return {"crontab": block(schedule, self._log).decode()}

    def find(self) -> Installed | None:
        """What the block says."""
        text = own_block(self._load()) if self.is_here() else b""
        if not text:
            return None
        if (found := read_block(text)) is None:
            return Installed(None, is_as_written=False)
        schedule, log = found
        return Installed(schedule, block(schedule, log) == text)

    def idle(self, schedule: Schedule) -> list[str]:  # noqa: ARG002 - cron starts what its table holds
        """None: cron has no list of what it is about to start."""
        return []

    def install(self, schedule: Schedule) -> list[str]:
        """Put the block into the crontab."""
        before = self._load()
        new = with_block(before, block(schedule, self._log))
        is_new = not self._log.parent.exists()
        with file_errors(
            "make", str(self._log.parent), remedy="Mend its permissions.", otherwise="Try again."
        ):
            self._log.parent.mkdir(parents=True, exist_ok=True)  # the shell makes no folder for the log
        try:
            self._save(new)
        except MyRunStreakError:
            if is_new:
                _tidy(self._log, schedule)
            raise
        return []

    def remove(self) -> None:
        """Take the block out of the crontab, and remove the log."""
        before = self._load()
        found = read_block(own_block(before))
        self._save(without_block(before))
        if found:
            schedule, log = found
            log.unlink(missing_ok=True)
            _tidy(log, schedule)

    def _load(self) -> bytes:
        done = run("crontab", "-l")
        if done.returncode == 0:
            return done.stdout
        if _NO_CRONTAB.search(done.stderr):
            return b""
        raise failure(("crontab", "-l"), done)

    def _save(self, text: bytes) -> None:
        try:
            if text:
                must("crontab", "-", given=text)
            else:
                must("crontab", "-r")
        except MyRunStreakError as error:
            raise MyRunStreakError(f"{error} Everything is as it was before.") from error


def _tidy(log: Path, schedule: Schedule) -> None:
    """Remove the folder that was made for the log, unless something else is in it by now."""
    below = schedule.folder if schedule.folder in log.parents else log.parent.parent
    remove_empty(log.parent, below=below)
