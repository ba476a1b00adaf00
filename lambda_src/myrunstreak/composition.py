"""Puts a sync, and the messages, together from settings: the one place that knows every adapter of them."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from myrunstreak.contract.events import SyncEvent, SyncResult
from myrunstreak.contract.layout import DEFINITIONS_NAME, FRESHNESS_NAME, parse_location
from myrunstreak.contract.settings import Settings
from myrunstreak.instants import Clock, parse_instant, utc_now
from myrunstreak.redaction import redact
from myrunstreak.smashrun.client import SmashrunClient
from myrunstreak.smashrun.oauth import SmashrunOAuth
from myrunstreak.smashrun.shared_limiter import SharedLimiter
from myrunstreak.smashrun.transport import Transport
from myrunstreak.store.blobs import open_blobs
from myrunstreak.store.freshness import read_freshness
from myrunstreak.store.lease import Lease
from myrunstreak.store.manager import DuckDBManager
from myrunstreak.store.raw_archive import RawArchive
from myrunstreak.store.sync_lock import the_only_sync
from myrunstreak.sync.context import Context
from myrunstreak.sync.ports import NoProgress, Progress
from myrunstreak.sync.sync import Sync
from myrunstreak.sync_state import SyncStateManager
from myrunstreak.tokens import TokenManager

if TYPE_CHECKING:
    from myrunstreak.messages.messenger import Messenger

# A short sync takes seconds; so long it waits for another one on this machine, and for Smashrun.
_PATIENCE_S: Final = 60.0
# Longer than any sync takes whose time is not limited, and what one may take beyond its limit to commit.
_LONGEST_SYNC_S: Final = 3600.0
_COMMIT_S: Final = 300.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Shown:
    """What became of the page."""

    files: int = 0
    warnings: Sequence[str] = ()
    has_failed: bool = False


@dataclass(frozen=True)
class Services:
    """Everything a sync works with, open."""

    settings: Settings
    tokens: TokenManager
    client: SmashrunClient
    limiter: SharedLimiter
    store: DuckDBManager
    archive: RawArchive
    state: SyncStateManager
    clock: Clock
    seconds_left: Callable[[], float]

    def sync(self, event: SyncEvent, progress: Progress | None = None) -> SyncResult:
        """Sync once; see ``Sync.run``."""
        context = Context(
            source=self.client,
            limiter=self.limiter,
            store=self.store,
            archive=self.archive,
            state=self.state,
            source_name=self.settings.source_name,
            clock=self.clock,
            seconds_left=self.seconds_left,
            authorisation=self.tokens.authorisation,
            streak_minimum_km=self.settings.streak_min_km,
            detail_requests=self.settings.detail_requests_per_sync,
            progress=progress or NoProgress(),
        )
        result = Sync(context).run(event)
        shown = self._refresh_page()
        return result.model_copy(
            update={
                "warnings": [*self.tokens.warnings, *self.state.warnings, *result.warnings, *shown.warnings],
                "pages_rendered": shown.files,
                "page_failed": shown.has_failed,
            }
        )

    def _refresh_page(self) -> _Shown:
        """Bring the page up to the record: a page that cannot be rendered fails no sync, and the old one stays."""
        from myrunstreak.page.publish import Source, refresh_pages
        from myrunstreak.page.questions import PageEngine
        from myrunstreak.page.sharing import keep_address

        try:
            version = self.store.version
            if version is None:
                return _Shown()
            now, definitions = self.clock(), self.store.note_beside(DEFINITIONS_NAME)
            note = read_freshness((self.store.note_beside(FRESHNESS_NAME) or "").encode())
            record = self.store.database
            engine = PageEngine(
                self.store.connect(),
                now=now,
                settings=self.settings,
                freshness=note.about(record.newest_observation(), record.restored_at()),
                definitions=definitions,
            )
            folder = open_blobs(self.settings.page, self.settings.aws_region)
            source = Source(engine, version.tag, self.settings, definitions, now)
            files = refresh_pages(source, folder, self.seconds_left)
            if self.settings.share:
                keep_address(folder)
            return _Shown(files)
        except Exception as error:
            _log.warning("The page could not be rendered", exc_info=True)
            reason = redact(str(error) or type(error).__name__)
            return _Shown(
                warnings=[f"The page could not be rendered and stays as it was: {reason}"], has_failed=True
            )


@contextmanager
def open_services(
    settings: Settings,
    *,
    clock: Clock = utc_now,
    sleep: Callable[[float], None] = time.sleep,
    seconds_left: Callable[[], float] = lambda: math.inf,
    memory_mb: int | None = None,
) -> Generator[Services]:
    """Open what a sync works with, and drop the private copies afterwards; meanwhile no other region may sync.

    Args:
        seconds_left: time until the sync has to commit, the margin already taken off.
        memory_mb: the process's memory, where it is limited.

    Raises:
        AnotherRegion: another region keeps the record.
    """
    state = SyncStateManager(settings.sync_state_secret, settings.aws_region, clock=clock)
    oauth = SmashrunOAuth.from_settings(
        settings, transport=Transport(clock=clock, sleep=sleep, seconds_left=seconds_left)
    )
    tokens = TokenManager(settings.tokens_secret, oauth, settings.aws_region, clock=clock, sleep=sleep)
    limiter = SharedLimiter(state, clock=clock)
    client = SmashrunClient(
        settings.smashrun_api_url, tokens, limiter, clock=clock, sleep=sleep, seconds_left=seconds_left
    )
    store = DuckDBManager(
        settings.duckdb_path,
        region_name=settings.aws_region,
        memory_mb=memory_mb,
        # No rule of a bucket can end the copies of one among many: they would stay for ever.
        keeps_backups=settings.tenant is None,
        clock=clock,
        activity_types=settings.activity_types,
    )
    try:
        with _hold_lease(settings, clock, sleep, min(_LONGEST_SYNC_S, seconds_left() + _COMMIT_S)):
            archive = RawArchive(
                open_blobs(settings.archive, settings.aws_region), settings.source_name, store.work
            )
            yield Services(settings, tokens, client, limiter, store, archive, state, clock, seconds_left)
    finally:
        store.close()


def open_lease(
    settings: Settings, *, clock: Clock = utc_now, sleep: Callable[[float], None] = time.sleep
) -> Lease | None:
    """The note that says which region keeps the record; None where there is only one."""
    if settings.lease is None:
        return None
    return Lease(
        parse_location(settings.lease),
        settings.lease_region or settings.aws_region,
        settings.duckdb_path,
        settings.aws_region,
        clock=clock,
        sleep=sleep,
    )


def _hold_lease(
    settings: Settings, clock: Clock, sleep: Callable[[float], None], seconds: float
) -> AbstractContextManager[None]:
    lease = open_lease(settings, clock=clock, sleep=sleep)
    return lease.hold(seconds) if lease else nullcontext()


def sync_briefly(settings: Settings, *, clock: Clock = utc_now) -> datetime | None:
    """One short sync, after any other on this machine; up to when the record is Smashrun's, None where it is not.

    Raises:
        MyRunStreakError: it failed.
    """
    with (
        the_only_sync(settings.database, wait_s=_PATIENCE_S),
        open_services(settings, clock=clock, seconds_left=_countdown(_PATIENCE_S)) as services,
    ):
        return parse_instant(services.sync(SyncEvent(short=True)).data_as_of)


def open_messenger(
    settings: Settings,
    *,
    clock: Clock = utc_now,
    sleep: Callable[[float], None] = time.sleep,
    memory_mb: int | None = None,
) -> Messenger:
    """What tells the runner; it looks through the sync's function where there is one, else by a sync of its own."""
    from myrunstreak.messages.channels import open_channels
    from myrunstreak.messages.look import InvokedSync
    from myrunstreak.messages.marks import SentMarks
    from myrunstreak.messages.messenger import Messenger

    name = settings.sync_function
    return Messenger(
        settings=settings,
        look=InvokedSync(name, settings.aws_region) if name else lambda: sync_briefly(settings, clock=clock),
        channels=open_channels(settings),
        marks=SentMarks(open_blobs(settings.messages, settings.aws_region), clock=clock, sleep=sleep),
        clock=clock,
        memory_mb=memory_mb,
    )


def _countdown(seconds: float) -> Callable[[], float]:
    end = time.monotonic() + seconds
    return lambda: end - time.monotonic()
