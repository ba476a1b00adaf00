"""Runs the drill, and writes its day into the runbook where it succeeded: `make drill`."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
RUNBOOK: Final = ROOT / "docs" / "operations.md"
_LINE: Final = re.compile(r"^Last drilled: .*$", re.MULTILINE)


def note_drill(text: str, day: date, seconds: float) -> str:
    """The runbook with the day of the last drill, and how long that took.

    Raises:
        ValueError: it has no line for that, or more than one.
    """
    minutes = max(1, round(seconds / 60))
    noted, count = _LINE.subn(f"Last drilled: {day.isoformat()}, in {minutes} min", text)
    if count != 1:
        raise ValueError(f"the runbook has {count} lines 'Last drilled', not one")
    return noted


def main() -> int:
    """Run it; the tests' own exit code."""
    began = time.monotonic()
    tests = ["-m", "pytest", "-m", "drill", "-s", "-vv", "tests/whole"]
    code = subprocess.run([sys.executable, *tests], cwd=ROOT, check=False).returncode
    if code == 0:
        noted = note_drill(RUNBOOK.read_text(encoding="utf-8"), date.today(), time.monotonic() - began)  # noqa: DTZ011
        RUNBOOK.write_text(noted, encoding="utf-8")
    return code


if __name__ == "__main__":
    sys.exit(main())
