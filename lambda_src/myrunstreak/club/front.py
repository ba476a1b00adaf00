"""One address for the records of a club: whose request it is, and that runner's API with the rights to that record only.

A key, a cookie and a code begin with the runner's id. The id says where to look; whether what follows it opens anything
is for that record's own keys and sessions to say. An id that is no member's is answered by a record that is not there, in
the same way as one whose keys do not fit: from the answer it cannot be told whether there is such a runner.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from myrunstreak.api.door import COOKIE, code_in
from myrunstreak.api.keys import ApiKeys, tenant_of_key
from myrunstreak.api.problems import Problem, hide_reasons
from myrunstreak.api.reply import Reply
from myrunstreak.api.request import Request
from myrunstreak.api.service import Api, answer_event
from myrunstreak.aws import acting_with
from myrunstreak.club.paths import Club, ClubPaths
from myrunstreak.club.queues import Outgoing, Queue
from myrunstreak.club.registry import Registry
from myrunstreak.club.role import credentials_of
from myrunstreak.contract.club import ClubSettings, Runner, runner_settings
from myrunstreak.contract.club_events import SyncMessage
from myrunstreak.contract.events import SyncEvent
from myrunstreak.contract.settings import SIGNS, Settings
from myrunstreak.instants import Clock, utc_now
from myrunstreak.page.sessions import tenant_of_code, tenant_of_secret
from myrunstreak.redaction import remembering_for_now
from myrunstreak.store.blobs import open_blobs, split_object
from myrunstreak.store.copies.warm import forget_warm_copies
from myrunstreak.store.published import PublishedDatabase

if TYPE_CHECKING:
    from botocore.credentials import Credentials

# Open at once; each has a copy of a record on disk, and a part of the memory.
MOST_OPEN: Final = 4
_SESSION: Final = "/session"
_SOME_DAY: Final = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class _Open:
    """A runner's API, open."""

    runner: Runner
    credentials: Credentials | None
    api: Api
    published: PublishedDatabase
    settings: Settings

    def reply(self, request: Request) -> Reply:
        """The answer, by a process that may do no more than it needs for this runner."""
        with acting_with(self.credentials):
            return self.api.reply(request)

    def close(self) -> None:
        """Drop the copy of the record."""
        self.published.close()
        forget_warm_copies(self.settings.database)


class Front:
    """The API of a club; one request at a time, as Lambda sends them.

    Args:
        shared: the settings that all runners have in common.
        memory_mb: memory of the whole process; None sets no limit.
    """

    def __init__(
        self, shared: Settings, club: ClubSettings, *, memory_mb: int | None = None, clock: Clock = utc_now
    ) -> None:
        # Whose status would it be?
        self._shared = shared.model_copy(update={"api_public_status": False})
        self._places = club
        self._memory_mb = memory_mb and memory_mb // MOST_OPEN
        self._clock = clock
        region = shared.aws_region
        folder = open_blobs(club.own_folder, region, quick=True)
        lake = Queue(club.lake_queue, region) if club.lake_queue else None
        self._syncs = Queue(club.sync_queue, region) if club.sync_queue else None
        self._club = Club(Registry(folder), folder, lake, clock)
        # Apart, so that requests of strangers close no member's API.
        self._members: OrderedDict[str, _Open] = OrderedDict()
        self._strangers: OrderedDict[str, _Open] = OrderedDict()

    def answer(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Answer one event of payload format 2.0; never raises."""
        with remembering_for_now():
            return answer_event(event, self._reply, self._shared.api_cors_origin)

    def close(self) -> None:
        """Drop every copy of a record."""
        for opened in (*self._members.values(), *self._strangers.values()):
            opened.close()

    def _reply(self, request: Request) -> Reply:
        request.check_bounds()
        with hide_reasons("The club cannot be read"):
            opened = self._find(claimed_id(request))
        return opened.reply(request)

    def _find(self, runner_id: str | None) -> _Open:
        runner = self._club.registry.get(runner_id) if runner_id else None
        if runner is not None and runner.left_at is None:
            return self._open(runner, self._members)
        return self._open(_stranger(runner_id), self._strangers)

    def _open(self, runner: Runner, among: OrderedDict[str, _Open]) -> _Open:
        known = among.pop(runner.id, None)
        if known is not None and known.runner != runner:
            known.close()
            known = None
        among[runner.id] = opened = known or self._make(runner)
        while len(among) > MOST_OPEN:
            among.popitem(last=False)[1].close()
        return opened

    def _make(self, runner: Runner) -> _Open:
        settings = runner_settings(self._shared, self._places, runner)
        credentials = credentials_of(runner.id, self._places, settings.aws_region, "answer")
        with acting_with(credentials):
            published = PublishedDatabase(settings, memory_mb=self._memory_mb)
            record, _ = split_object(settings.database)
            paths = ClubPaths(self._club, runner.id, open_blobs(record, settings.aws_region, quick=True))
            starter = _Refresh(runner.id, self._syncs) if self._syncs else None
            api = Api(settings, published, ApiKeys.open(settings), starter, clock=self._clock, beside=paths)
        return _Open(runner, credentials, api, published, settings)


class _Refresh:
    """Has one runner synced, before those whom the schedule sends."""

    def __init__(self, runner_id: str, syncs: Queue) -> None:
        self._message = SyncMessage(runner=runner_id, sync=SyncEvent(short=True))
        self._syncs = syncs

    def start(self) -> None:
        """Send the message.

        Raises:
            StoreUnavailable, InvalidSettings: the queue does not take it.
        """
        self._syncs.send([Outgoing(self._message)])

    def failure(self) -> str | None:
        """Not known here: a failed sync alarms by itself."""
        return None


def claimed_id(request: Request) -> str | None:
    """Whose record a request says it is for; None where it says nothing that could be an id."""
    if found := tenant_of_key(request.headers.get("authorization")):
        return found
    if request.path == _SESSION and request.method == "POST":
        try:
            return tenant_of_code(code_in(request.body))
        except Problem:
            return None  # the door says what is wrong with it
    return tenant_of_secret(request.cookies.get(COOKIE, ""))


def _stranger(claimed: str | None) -> Runner:
    """One who is not in the club, with a record that is not there: for each id that was claimed, another."""
    digest = hashlib.sha256(f"nobody:{claimed or ''}".encode()).digest()
    runner_id = "".join(SIGNS[byte % len(SIGNS)] for byte in digest[:26])
    return Runner(id=runner_id, name="nobody", timezone="UTC", added_at=_SOME_DAY)
