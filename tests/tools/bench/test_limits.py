"""Control groups as Lambda limits a function: what is written, who joins, what stays behind."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from scripts.bench import limits
from scripts.bench.limits import LimitsUnavailable, lambda_limits


def first_version(groups: Path) -> Path:
    """Where the machine has one tree a controller."""
    for name, file in (("cpu", "cpu.cfs_quota_us"), ("memory", "memory.limit_in_bytes")):
        (groups / name).mkdir()
        (groups / name / file).write_text("-1")
    return groups


def second_version(groups: Path, controllers: str = "cpuset cpu io memory pids") -> Path:
    """Where the machine has one tree for all."""
    (groups / "cgroup.controllers").write_text(controllers)
    return groups


def written(folder: Path) -> dict[str, str]:
    """What the group's files say."""
    return {file.name: file.read_text() for file in sorted(folder.iterdir())}


def test_both_versions_limit_memory_and_processor(tmp_path: Path) -> None:
    """512 MB, and 29 of every 100 milliseconds."""
    for make in (first_version, second_version):
        groups = tmp_path / make.__name__
        groups.mkdir()
        with lambda_limits(make(groups)) as found:
            files = {name: text for folder in found.folders for name, text in written(folder).items()}
            found.join()
            assert {str(os.getpid())} == {(one / "cgroup.procs").read_text() for one in found.folders}
            # Unlike files of the kernel's, these would keep their folder from being removed.
            for folder in found.folders:
                for file in folder.iterdir():
                    file.unlink()
        if make is first_version:
            assert {
                "cpu.cfs_period_us": "100000",
                "cpu.cfs_quota_us": "29000",
                "memory.limit_in_bytes": str(512 << 20),
            } == files
        else:
            assert {"cpu.max": "29000 100000", "memory.max": str(512 << 20)} == files
        assert not list(groups.rglob("myrunstreak-bench-*")), "nothing stays behind"


@pytest.mark.parametrize("controllers", [None, "cpuset io pids"])
def test_a_machine_without_controllers_says_so(tmp_path: Path, controllers: str | None) -> None:
    """One line: what is missing, and what to do."""
    if controllers:
        second_version(tmp_path, controllers)
    with (
        pytest.raises(LimitsUnavailable, match=r"has no controllers .* leave --lambda out\.$"),
        lambda_limits(tmp_path),
    ):
        pass


def test_a_group_that_may_not_be_made_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the right there is one line, and no group is left."""
    groups = first_version(tmp_path)
    monkeypatch.setattr(limits, "_NAME", "missing/group")
    with pytest.raises(LimitsUnavailable, match="Limiting a process needs the right"), lambda_limits(groups):
        pass
    assert ["cpu", "memory"] == sorted(one.name for one in groups.iterdir())
