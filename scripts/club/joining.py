"""A runner joins: consent, tokens, key, and only then a member; where it breaks off, nothing half done stays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from myrunstreak.api.keys import ApiKeys
from myrunstreak.club.removal import Removal
from myrunstreak.contract.club import Runner, new_runner_id
from myrunstreak.contract.settings import Settings
from myrunstreak.errors import MyRunStreakError, ReauthorisationRequired
from myrunstreak.instants import Clock, utc_now
from myrunstreak.smashrun.models import UserInfo
from myrunstreak.sync.owner import Owner

from scripts.club.opened import Club

FIRST_KEY: Final = "first"
# Asks a runner for consent and stores the tokens; the second function refuses a runner of Smashrun's before that.
AskForConsent = Callable[[Settings, Callable[[UserInfo], None]], str]


class NoConsent(MyRunStreakError):
    """The runner did not allow it, or the answer was not theirs."""

    exit_code = ReauthorisationRequired.exit_code


@dataclass(frozen=True)
class Joined:
    """A new member.

    Attributes:
        smashrun_name: what Smashrun calls them.
        key: opens the API, and is seen this one time.
    """

    runner: Runner
    smashrun_name: str
    key: str


def join(club: Club, name: str, timezone: str, ask: AskForConsent, *, clock: Clock = utc_now) -> Joined:
    """Make a runner of the club.

    Until all is done the registry has them as one who has left: no sync and no request finds them.

    Raises:
        RunnerRefused: the name, or the runner of Smashrun's, is in the club.
        NoConsent: there was none.
        MyRunStreakError: something could not be kept.
    """
    now = clock()
    runner = Runner(
        id=new_runner_id(),
        name=club.registry.require_free(name),
        timezone=timezone,
        added_at=now,
        left_at=now,
    )
    settings = club.settings_of(runner)

    def accept(user: UserInfo) -> None:
        owner = Owner.of(user.id, user.display_name)
        club.registry.add(runner.model_copy(update={"smashrun_id": owner and owner.user_id}))

    try:
        smashrun_name = ask(settings, accept)
        key = ApiKeys.open(settings).new(FIRST_KEY)
        club.registry.admit(runner.id)
    except BaseException as error:
        Removal(club.places, club.registry, club.shared.aws_region).erase(runner)
        club.registry.take_out(runner.id)
        if isinstance(error, ReauthorisationRequired):
            raise NoConsent(f"{error.reason}. No runner was added; add {runner.name} again.") from None
        raise
    return Joined(runner, smashrun_name, key)
