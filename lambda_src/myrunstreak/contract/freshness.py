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
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    data_as_of: datetime | None = None
    last_success_at: datetime | None = None

    def later(self, other: Freshness) -> Freshness:
        """The later of each instant."""
        return Freshness(
            data_as_of=_later(self.data_as_of, other.data_as_of),
            last_success_at=_later(self.last_success_at, other.last_success_at),
        )


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max(filter(None, (one, other)), default=None)
