"""What every mechanism that starts jobs on a machine can do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, Protocol

from scripts.schedule.jobs import Schedule

MechanismName = Literal["systemd", "launchd", "crontab"]


@dataclass(frozen=True)
class Installed:
    """What a mechanism holds of ours.

    Attributes:
        schedule: what it starts; None where this can no longer be read from it.
        is_as_written: false where something was changed by hand or is missing.
    """

    schedule: Schedule | None
    is_as_written: bool


class Mechanism(Protocol):
    """Starts jobs at their times. What another program wrote stays as it is.

    Attributes:
        name: what `--with` calls it.
        knows_zones: whether a job's times may be of another zone than the machine's.
    """

    name: ClassVar[MechanismName]
    knows_zones: ClassVar[bool]

    def is_here(self) -> bool:
        """Whether this machine has it, and it answers."""
        ...

    def preview(self, schedule: Schedule) -> dict[str, str]:
        """What `install` would write: each text under the name of its place.

        Raises:
            InvalidSettings: the mechanism cannot start a program of that path.
        """
        ...

    def find(self) -> Installed | None:
        """What is installed; None: nothing.

        Raises:
            InvalidSettings: what is there has to be mended by hand first.
        """
        ...

    def idle(self, schedule: Schedule) -> list[str]:
        """What is installed and not started at its times, by the mechanism's own name."""
        ...

    def install(self, schedule: Schedule) -> list[str]:
        """Put a schedule in the place of the one before, if any; what has to be known about it, one line each.

        Raises:
            MyRunStreakError: it could not be done; everything is as it was before.
        """
        ...

    def remove(self) -> None:
        """Take away everything that was installed and what it left behind.

        Raises:
            MyRunStreakError: it could not be done; everything is as it was before.
        """
        ...
