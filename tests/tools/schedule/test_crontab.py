"""The block in a crontab: it comes and goes, and the rest stays as it is to the byte."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from myrunstreak.errors import InvalidSettings

from scripts.schedule.crontab import BEGIN, END, block, own_block, read_block, with_block, without_block
from scripts.schedule.jobs import Job, Schedule
from tests.stage.examples import examples
from tests.tools.schedule.conftest import a_schedule, schedules

LOG = Path("/runs/data/schedule.log")
OURS = block(a_schedule(Path("/runs")), LOG)
# Lines of others, near misses of the markers among them, with every kind of end.
_lines = st.sampled_from(
    [
        b"0 5 * * * make coffee\n",
        b"MAILTO=me\r\n",
        b"#" + BEGIN.encode(),
        f" {END}\n".encode(),
        b"\n",
        b"\xff\x00",
    ]
)
crontabs = st.binary() | st.lists(_lines | st.binary(max_size=4)).map(b"".join)


@examples(500)
@given(crontabs)
def test_to_install_and_to_remove_gives_the_crontab_before(text: bytes) -> None:
    """Any text, to the byte."""
    assume(not own_block(text))
    assert text == without_block(with_block(text, OURS))


@examples(300)
@given(crontabs, crontabs)
def test_to_install_twice_is_to_install_once(text: bytes, after: bytes) -> None:
    """Also where lines were added after the first time; those stay too."""
    once = with_block(text, OURS)
    assert once == with_block(once, OURS)
    assert text + after == without_block(once + after)
    other = block(a_schedule(Path("/other")), LOG)
    assert with_block(text, other) == with_block(once, other)


@examples(200)
@given(schedules(zones=False), schedules(zones=False))
def test_a_block_says_the_schedule_it_was_made_of(schedule: Schedule, other: Schedule) -> None:
    """And the log, in a folder of any name."""
    log = other.folder / "schedule.log"
    assert (schedule, log) == read_block(block(schedule, log))


def test_a_block_that_was_moved_is_found_where_it_is() -> None:
    """What is around it stays."""
    assert b"before\nafter\n" == without_block(b"before\n" + OURS + b"after\n")
    assert OURS == own_block(b"before\n" + OURS + b"after\n")


@pytest.mark.parametrize(
    "text",
    [
        f"{BEGIN}\n",
        f"{END}\n",
        f"{END}\n{BEGIN}\n",
        f"{BEGIN}\n{BEGIN}\n{END}\n",
        f"{BEGIN}\n{END}\n{BEGIN}\n{END}\n",
    ],
)
def test_a_damaged_block_is_refused(text: str) -> None:
    """In one line: what is wrong and how to mend it."""
    with pytest.raises(InvalidSettings, match="do not match: mend or remove them with `crontab -e`"):
        with_block(text.encode(), OURS)
    with pytest.raises(InvalidSettings):
        own_block(text.encode())


@pytest.mark.parametrize(
    "line", ["0 6 * * * cd /runs && /x/myrunstreak other >> /log 2>&1", "0 6 * * * sync", "0 6 * * * 'sync"]
)
def test_a_block_that_says_something_else_says_no_schedule(line: str) -> None:
    """Rather than a wrong one."""
    assert read_block(f"{BEGIN}\n{line}\n{END}\n".encode()) is None


def test_each_time_has_a_line() -> None:
    """Minute, hour, every day."""
    lines = OURS.decode().splitlines()
    assert (BEGIN, END) == (lines[0], lines[-1])
    assert ["0 6 * * *", "30 18 * * *", "30 21 * * *", "30 7 * * *"] == [
        " ".join(line.split()[:5]) for line in lines[2:-1]
    ]


@pytest.mark.parametrize("name", ["runs", "it's 100% mine", 'a "b" $HOME `id` \u00fc; # &'])
def test_the_shell_starts_the_program_in_its_folder_and_fills_the_log(tmp_path: Path, name: str) -> None:
    """In a folder of any name, after cron has taken the percent signs for what they are."""
    folder = tmp_path / name
    folder.mkdir()
    program = folder / "myrunstreak"
    program.write_text(
        f"#!{sys.executable} -IS\nimport os, sys\nprint(os.getcwd(), sys.argv[1:])\nsys.exit('!')\n"
    )
    program.chmod(0o755)
    text = block(Schedule(folder, (Job("reminder", str(program), ("18:30",)),)), folder / "the log").decode()
    [line] = [line for line in text.splitlines() if line.startswith("30 18 * * * ")]
    assert not re.search(r"(?<!\\)%", line)
    command = line.removeprefix("30 18 * * * ").replace("\\%", "%")
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=False, cwd="/")
    assert "" == done.stdout + done.stderr
    assert f"{folder} ['message', 'reminder', '--send']\n!\n" == (folder / "the log").read_text()
