"""What a check finds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from myrunstreak.contract.settings import Settings

from scripts.local_settings import UnderstoodSettings

Mark = Literal["ok", "look", "broken"]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        mark: ok; look: it works, and there is something to know; broken: something does not work.
        part: what was looked at.
        says: how it is.
        to_do: what to do about it, as a rule a command to paste.
        is_about_consent: whether authorising again is what helps.
    """

    mark: Mark
    part: str
    says: str
    to_do: str | None = None
    is_about_consent: bool = False


@dataclass(frozen=True)
class Case:
    """What is looked over.

    Attributes:
        understood: the settings as far as they can be understood.
        now: this machine's present instant, aware.
        online: whether Smashrun may be asked for the time.
    """

    understood: UnderstoodSettings
    now: datetime
    online: bool

    @property
    def settings(self) -> Settings:
        """The settings, with defaults in place of those that are wrong."""
        return self.understood.settings
