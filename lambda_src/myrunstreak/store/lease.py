"""Which of two regions keeps a record: one note that both can reach, changed on conditions only.

Smashrun's pair of tokens rotates, so two regions that both renew it leave each other a dead one. The note names the
one database that may be synced. It changes hands by a person's command alone: a region that comes back after a
failover finds another name in it, and touches neither tokens nor record.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from myrunstreak.contract.layout import S3Location
from myrunstreak.errors import AnotherRegion, MyRunStreakError, StoreCorrupt
from myrunstreak.instants import Clock, utc_now
from myrunstreak.store.blobs import open_blobs, split_object
from myrunstreak.store.blobs.port import Blobs, Version
from myrunstreak.store.blobs.remembered import fetch_if_there
from myrunstreak.store.blobs.replacing import replace

# Clocks of two regions, or of a person's machine, differ by less.
_CLOCKS_DIFFER: Final = timedelta(minutes=1)
_POLL_S: Final = 5.0

_log = logging.getLogger(__name__)


class LeaseNote(BaseModel):
    """What the note says.

    Attributes:
        owner: the database that may be synced, as `DUCKDB_PATH` names it.
        region: where it is, for people.
        since: when it became the owner.
        moving_from: the database whose content it has not taken over completely yet; None: it has.
        busy: until when a sync of the owner may be under way, by an id of that sync.
    """

    model_config = ConfigDict(frozen=True)

    owner: str
    region: str
    since: AwareDatetime
    moving_from: str | None = None
    busy: dict[str, AwareDatetime] = Field(default_factory=dict[str, AwareDatetime])

    def busy_until(self, now: datetime) -> datetime | None:
        """Until when a sync of the owner may be under way; None where there is none."""
        ends = [until for until in self.busy.values() if until + _CLOCKS_DIFFER > now]
        return max(ends) + _CLOCKS_DIFFER if ends else None

    @property
    def place(self) -> str:
        """The owner in words."""
        return f"{self.owner} ({self.region})"


class Lease:
    """One region's view of the note.

    Args:
        location: of the note.
        region: where the note is.
        owner: this region's database.
        own_region: where that is.
        blobs: the folder of the note, for tests.
    """

    def __init__(
        self,
        location: S3Location | Path,
        region: str,
        owner: str,
        own_region: str,
        *,
        blobs: Blobs | None = None,
        clock: Clock = utc_now,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        folder, self._name = split_object(location)
        self._location = location
        self._blobs = blobs or open_blobs(folder, region)
        self._owner = owner
        self._region = own_region
        self._clock = clock
        self._sleep = sleep

    def look(self) -> LeaseNote | None:
        """The note as it is now; None where no region has taken the record yet.

        Raises:
            StoreCorrupt: it cannot be understood.
            StoreUnavailable, InvalidSettings: it cannot be read.
        """
        with TemporaryDirectory(prefix="myrunstreak-lease-") as work:
            return self._fetch(Path(work))[1]

    @contextmanager
    def hold(self, seconds: float) -> Generator[None]:
        """Keep the record here while a sync is under way; the first one ever takes it.

        Args:
            seconds: the longest that the sync can take. Where its process dies, the record is busy for so long.

        Raises:
            AnotherRegion: it is kept elsewhere, or is still being moved here.
            StoreConflict, StoreCorrupt, StoreUnavailable, InvalidSettings: the note cannot be read or written.
        """
        mine = uuid.uuid4().hex
        self._change(lambda note: self._begin(note, mine, seconds))
        try:
            yield
        finally:
            try:
                self._change(lambda note: self._end(note, mine))
            except MyRunStreakError as error:
                # It ends by itself; a move waits so long.
                _log.warning("The lease could not be given back: %s", error)

    def take(self, source: str, waiting: Callable[[datetime], None] = lambda _: None) -> bool:
        """Take the record from another region, to which it does not return by itself; waits for a sync to end.

        Until `finish` nothing is synced anywhere.

        Args:
            source: where the content comes from.
            waiting: is told until when a sync may be under way.

        Returns:
            Whether the content has to be taken over; False where that was finished before.
        """
        while (until := self._try_to_take(source)) is not None:
            waiting(until)
            self._sleep(min(_POLL_S, (until - self._clock()).total_seconds()))
        note = self.look()
        return note is not None and note.moving_from is not None

    def _try_to_take(self, source: str) -> datetime | None:
        """Become the owner; until when that has to wait, None where it has not."""
        wait: list[datetime] = []

        def begin(note: LeaseNote | None) -> LeaseNote | None:
            now = self._clock()
            wait.clear()
            if note is not None and note.owner == self._owner:
                return None
            if note is not None and (until := note.busy_until(now)):
                wait.append(until)
                return None
            return LeaseNote(owner=self._owner, region=self._region, since=now, moving_from=source)

        self._change(begin)
        return wait[0] if wait else None

    def finish(self) -> None:
        """The content is here: from now on it is synced here.

        Raises:
            AnotherRegion: another region has taken it meanwhile.
        """

        def end(note: LeaseNote | None) -> LeaseNote | None:
            if note is None or note.owner != self._owner:
                raise self._kept_elsewhere(note)
            return note.model_copy(update={"moving_from": None}) if note.moving_from else None

        self._change(end)

    def _begin(self, note: LeaseNote | None, mine: str, seconds: float) -> LeaseNote:
        now = self._clock()
        note = note or LeaseNote(owner=self._owner, region=self._region, since=now)
        if note.owner != self._owner:
            raise self._kept_elsewhere(note)
        if note.moving_from:
            raise AnotherRegion(
                f"The record is still being moved here from {note.moving_from}, since {_text(note.since)}. Nothing was "
                "synced: run the command that moves it again, it goes on where it stopped."
            )
        under_way = {name: until for name, until in note.busy.items() if until > now}
        return note.model_copy(update={"busy": {**under_way, mine: now + timedelta(seconds=seconds)}})

    def _end(self, note: LeaseNote | None, mine: str) -> LeaseNote | None:
        if note is None or mine not in note.busy:
            return None
        return note.model_copy(
            update={"busy": {name: until for name, until in note.busy.items() if name != mine}}
        )

    def _kept_elsewhere(self, note: LeaseNote | None) -> AnotherRegion:
        where = f"in {note.place} since {_text(note.since)}" if note else "nowhere"
        return AnotherRegion(
            f"The record is kept {where}, as {self._location} says. Nothing was synced or changed here. To bring it "
            "back: `make failback`, see docs/operations.md."
        )

    def _change(self, decide: Callable[[LeaseNote | None], LeaseNote | None]) -> None:
        with TemporaryDirectory(prefix="myrunstreak-lease-") as folder:
            work = Path(folder)

            def change() -> tuple[Path, Version | None] | None:
                version, known = self._fetch(work)
                note = decide(known)
                if note is None or note == known:
                    return None
                file = work / "new"
                file.write_text(note.model_dump_json(indent=2) + "\n", encoding="utf-8")
                return file, version

            replace(
                self._blobs,
                self._name,
                change,
                next_step="Nothing was synced. Check that this role may read and write it, or try later.",
            )

    def _fetch(self, work: Path) -> tuple[Version | None, LeaseNote | None]:
        file = work / "old"
        version = fetch_if_there(self._blobs, self._name, file)
        if version is None:
            return None, None
        try:
            return version, LeaseNote.model_validate_json(file.read_bytes())
        except ValidationError:
            raise StoreCorrupt(
                f"{self._location} does not say which region keeps the record, so nothing is synced. Put an earlier "
                "version of it back, see docs/operations.md."
            ) from None


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
