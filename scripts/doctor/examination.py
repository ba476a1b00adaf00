"""Every check, one after the other; what goes wrong in one is its finding."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from myrunstreak.errors import MyRunStreakError, ReauthorisationRequired
from myrunstreak.store.copies.checks import Damaged

from scripts.doctor.finding import Case, Finding
from scripts.doctor.machine import (
    look_at_clock,
    look_at_disk,
    look_at_folders,
    look_at_modes,
    look_at_schedule,
    look_at_settings,
    look_at_version,
)
from scripts.doctor.record import (
    look_at_archive,
    look_at_database,
    look_at_definitions,
    look_at_last_sync,
    look_at_messages,
    look_at_schema,
    look_at_tokens,
    look_at_zone,
)

Check = Callable[[Case], Iterator[Finding]]

CHECKS: Final[dict[str, Check]] = {
    "Program": look_at_version,
    "Settings": look_at_settings,
    "Folders": look_at_folders,
    "File modes": look_at_modes,
    "Disk": look_at_disk,
    "Tokens": look_at_tokens,
    "Last sync": look_at_last_sync,
    "Database": look_at_database,
    "Schema": look_at_schema,
    "Archive": look_at_archive,
    "Definitions": look_at_definitions,
    "Zone": look_at_zone,
    "Clock": look_at_clock,
    "Schedule": look_at_schedule,
    "Messages": look_at_messages,
}


def examine(case: Case) -> Iterator[Finding]:
    """What every check finds; a fault that several of them meet is told once."""
    told: dict[str, str] = {}
    for part, check in CHECKS.items():
        try:
            yield from check(case)
        except Damaged:
            yield Finding("look", part, "not looked at: see Database")
        except Exception as error:
            says = _explain(error)
            if says in told:
                yield Finding("look", part, f"not looked at: see {told[says]}")
                continue
            told[says] = part
            is_about_consent = isinstance(error, ReauthorisationRequired)
            fault, _, restore = says.partition(" Restore it: `")
            yield Finding(
                "broken", part, fault, restore.removesuffix("`") or None, is_about_consent=is_about_consent
            )


def _explain(error: Exception) -> str:
    if isinstance(error, MyRunStreakError):
        return str(error)
    if isinstance(error, OSError):
        place = f"{error.filename}: " if error.filename else ""
        return f"{place}{error.strerror or type(error).__name__}"
    return f"{type(error).__name__}: {error}".strip().splitlines()[0]
