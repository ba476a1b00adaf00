"""When the record was last found whole: a small object beside the database, written by every complete sync.

A day without news publishes no database, so the database alone cannot say how fresh it is.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from pydantic import BaseModel, ConfigDict

# A day, and two hours for a sync that runs a little later than yesterday's.
LATE_AFTER: Final = timedelta(hours=26)


class Freshness(BaseModel):
    """What the sync last said.

    Attributes:
        data_as_of: UTC instant up to which the stored record is Smashrun's.
        last_success_at: when the last complete sync ended, in UTC.
        database_mark: the mark of the database that was found whole: when the newest answer that it contains was
            observed, in UTC.
        restored_at: the restore that this database comes from; None: it was never restored.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    data_as_of: datetime | None = None
    last_success_at: datetime | None = None
    database_mark: datetime | None = None
    restored_at: str | None = None

    def later(self, other: Freshness) -> Freshness:
        """The later of each instant; of two that come from different restores, the one from the later restore."""
        if self.restored_at != other.restored_at:
            return max(self, other, key=lambda one: one.restored_at or "")
        return Freshness(
            data_as_of=_later(self.data_as_of, other.data_as_of),
            last_success_at=_later(self.last_success_at, other.last_success_at),
            database_mark=_later(self.database_mark, other.database_mark),
            restored_at=self.restored_at,
        )

    def about(self, database_mark: datetime | None, restored_at: str | None) -> Freshness:
        """What this says of a database: nothing where that is older than the one found whole, or restored since."""
        is_older = self.database_mark is not None and (
            database_mark is None or database_mark < self.database_mark
        )
        return Freshness() if is_older or restored_at != self.restored_at else self


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max(filter(None, (one, other)), default=None)
