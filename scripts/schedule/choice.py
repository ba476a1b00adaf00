"""Which mechanism this machine has, and which of them holds something of ours."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from myrunstreak.errors import MyRunStreakError

from scripts.schedule.crontab import Crontab
from scripts.schedule.launchd import Launchd
from scripts.schedule.mechanism import Installed, Mechanism, MechanismName
from scripts.schedule.systemd import Systemd

if TYPE_CHECKING:
    from myrunstreak.contract.settings import Settings


def mechanisms(settings: Settings, folder: Path) -> list[Mechanism]:
    """All of them, the one first that is best where there are several.

    Args:
        folder: where the jobs start; the log is there where the data is not on this disk.
    """
    data = settings.database.parent if isinstance(settings.database, Path) else folder
    return [Launchd(), Systemd(), Crontab(data.absolute() / "schedule.log")]


def all_found(known: Sequence[Mechanism]) -> list[tuple[Mechanism, Installed]]:
    """What is installed, and where; as a rule one or none.

    Raises:
        InvalidSettings: what is there has to be mended by hand first.
    """
    return [(one, found) for one in known if (found := one.find())]


def choose(known: Sequence[Mechanism], name: MechanismName | None) -> Mechanism:
    """The mechanism of a name, or else the first that this machine has.

    Raises:
        MyRunStreakError: this machine does not have it.
    """
    for one in known:
        if one.name == name or (name is None and one.is_here()):
            return one
    raise MyRunStreakError(
        "Nothing on this machine starts a program at a time: neither launchd nor a systemd manager of your own answers, "
        "and there is no crontab. Install cron."
    )
