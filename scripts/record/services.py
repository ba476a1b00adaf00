"""Opens what a sync works with for a command that is watched."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Final

from scripts.display.progress import SyncProgress

if TYPE_CHECKING:
    from myrunstreak.composition import Services
    from myrunstreak.contract.settings import Settings

# At a keyboard an hour is too long to wait for Smashrun's limit: the next sync goes on.
_PATIENCE_S: Final = 120.0


def open_watched(settings: Settings, progress: SyncProgress) -> AbstractContextManager[Services]:
    """The services of a sync, whose waits are short and shown."""
    from myrunstreak.composition import open_services

    return open_services(settings, sleep=progress.sleep, seconds_left=lambda: _PATIENCE_S)
