"""A schedule, and what generates others."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest
from hypothesis import strategies as st

from scripts.schedule.jobs import Job, Schedule
from tests.stage.schedulers import SchedulingMachine

EXECUTABLE: Final = "/home/runner/runs/.venv/bin/myrunstreak"

_clock: Final = st.times().map(lambda time: f"{time:%H:%M}")
# What a path may hold, quotation marks aside: systemd refuses those in a program's path.
_name: Final = st.text(
    st.characters(codec="utf-8", exclude_categories=("C", "Z"), exclude_characters="/\\\"'")
    | st.sampled_from(" %$&;#`|*?~<>(){}!"),
    min_size=1,
).map(lambda text: f"x{text}x")
_path: Final = st.lists(_name, min_size=1, max_size=3).map(lambda names: "/" + "/".join(names))


@st.composite
def schedules(draw: st.DrawFn, *, zones: bool) -> Schedule:
    """Any schedule; without zones: by the machine's clock."""
    executable = draw(_path)
    zone = draw(st.sampled_from([None, "Europe/Amsterdam", "UTC"])) if zones else None
    jobs = [Job("sync", executable, (draw(_clock),), zone)]
    reminders = draw(st.lists(_clock, max_size=6, unique=True))
    if reminders:
        jobs.append(Job("reminder", executable, tuple(sorted(reminders)), zone))
    if draw(st.booleans()):
        jobs.append(Job("digest", executable, ("07:30",), zone))
    return Schedule(Path(draw(_path)), tuple(jobs))


def a_schedule(
    folder: Path, *, zone: str | None = None, reminders: tuple[str, ...] = ("18:30", "21:30")
) -> Schedule:
    """Sync, reminders and digest of a folder."""
    jobs = [Job("sync", EXECUTABLE, ("06:00",), zone), Job("digest", EXECUTABLE, ("07:30",), zone)]
    if reminders:
        jobs.insert(1, Job("reminder", EXECUTABLE, reminders, zone))
    return Schedule(folder, tuple(jobs))


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SchedulingMachine:
    """A machine with every program."""
    return SchedulingMachine.make(
        tmp_path / "machine", monkeypatch, "systemctl", "loginctl", "launchctl", "crontab"
    )
