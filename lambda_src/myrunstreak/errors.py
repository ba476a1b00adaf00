"""The errors of MyRunStreak, branching by what the caller can do next.

    MyRunStreakError
    ├── SourceUnavailable           try later: Smashrun did not answer usefully
    │   ├── NotFound                Smashrun says that there is no such thing
    │   └── RateLimited             try again after ``retry_after_s``
    ├── ReauthorisationRequired     a human has to authorise again
    ├── MalformedRecord             one record cannot be stored: quarantine it
    ├── StoreUnavailable            try later: the store did not answer
    ├── SyncRunning                 wait for the other sync on this machine to end
    ├── AnotherRegion               leave the record to the region that keeps it, or move it
    ├── StoreConflict               another writer came first: read again, apply again
    ├── StoreCorrupt                restore an older version
    ├── InvalidSettings             the operator has to change something
    │   └── AnotherSource           the database holds the runs of another Smashrun
    ├── InvalidQuestion             ask differently: a parameter cannot be understood
    └── NotInRecord                 there is no such run

Every message says what happened, to what, and the next step. No message carries a secret.
"""

from __future__ import annotations

from typing import ClassVar

REAUTHORISE_COMMAND = "myrunstreak auth"


class MyRunStreakError(Exception):
    """Anything this program raises on purpose."""

    exit_code: ClassVar[int] = 1


class SourceUnavailable(MyRunStreakError):
    """Smashrun could not be reached, or its answer could not be used. Trying later may help."""


class NotFound(SourceUnavailable):
    """Smashrun answered 404: an unknown activity or an unknown form of a list."""


class RateLimited(SourceUnavailable):
    """A request limit is reached.

    Attributes:
        retry_after_s: seconds until a request may succeed again.
    """

    def __init__(self, message: str, *, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class ReauthorisationRequired(MyRunStreakError):
    """Access and refresh token are both dead, or there are none: only the runner can help.

    Attributes:
        reason: what happened, without a full stop.
    """

    exit_code: ClassVar[int] = 3

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(
            f"{reason}. Authorise again: `{REAUTHORISE_COMMAND}`, for a stack `make auth STACK=NAME`."
        )


class MalformedRecord(MyRunStreakError):
    """One record of Smashrun's cannot be stored.

    Attributes:
        activity_id: the run's id, or None where the record has none.
    """

    def __init__(self, message: str, *, activity_id: int | None = None) -> None:
        super().__init__(message)
        self.activity_id = activity_id


class StoreUnavailable(MyRunStreakError):
    """Bucket, secret or disk did not answer; nothing was half changed."""


class SyncRunning(MyRunStreakError):
    """Another sync of the same database is running on this machine."""


class AnotherRegion(MyRunStreakError):
    """Another region keeps the record, or it is still being moved here: nothing was tried, and nothing has failed."""


class StoreConflict(MyRunStreakError):
    """Another writer kept publishing first, more often than this sync may try."""


class StoreCorrupt(MyRunStreakError):
    """The database does not open or contradicts itself. It is never replaced by an empty one."""


class InvalidSettings(MyRunStreakError):
    """A setting, a permission or a resource is wrong; the message names it and what is accepted."""

    exit_code: ClassVar[int] = 2


class AnotherSource(InvalidSettings):
    """The database holds runs of another source than the sync's: nothing was tried, and nothing has failed for it."""


class InvalidQuestion(MyRunStreakError):
    """A question about the record has a parameter that cannot be understood; the message says what is accepted."""

    exit_code: ClassVar[int] = 2


class NotInRecord(MyRunStreakError):
    """The record holds no such thing."""
