"""Smashrun's API as far as the sync reads it. Bodies are handed on as they came, to be archived first.

Only what would make a body unreadable is mended (``raw_json.mend``): an odd note must not cost a page.
"""

from __future__ import annotations

import hashlib
import json
import logging
import math
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar, cast

from pydantic import ValidationError

from myrunstreak.errors import NotFound, RateLimited, ReauthorisationRequired, SourceUnavailable
from myrunstreak.instants import Clock, as_utc, utc_now
from myrunstreak.raw_json import loads, mend
from myrunstreak.smashrun.limiter import RequestLimiter
from myrunstreak.smashrun.models import UserInfo
from myrunstreak.smashrun.oauth import READ_SCOPE
from myrunstreak.smashrun.transport import (
    CONNECT_TIMEOUT_S,
    READ_TIMEOUT_S,
    Answer,
    Bearer,
    Transport,
    Unusable,
    chance,
)
from myrunstreak.sync.owner import Owner
from myrunstreak.sync.values import Form, ListPage, SplitUnit

if TYPE_CHECKING:
    import requests

PAGE_SIZE: Final = 100  # no client is known to have got more

_PATHS: Final[Mapping[Form, str]] = {
    "extended": "/my/activities/search/extended",
    "summary": "/my/activities/search",
}
# A longer wait for the hour's limit is left to the next sync.
LONGEST_WAIT_S: Final = 120.0
# An import while we walk may shift the list by whole pages; this many pages without news are something else.
_PAGES_WITHOUT_NEWS = 3
_MOST_PAGES = 10_000
_LARGEST_EXACT_FLOAT = 2**53
_ID_TEXT = re.compile(r" *-?[0-9]{1,19} *")

T = TypeVar("T")
_log = logging.getLogger(__name__)


class AccessTokens(Protocol):
    """Where the client gets its token from."""

    def get_valid_access_token(self) -> str:
        """A token that should be accepted now."""
        ...

    def force_refresh(self, dead_token: str) -> str:
        """Another token, after Smashrun refused this one."""
        ...


class _Refused(Exception):
    """Smashrun answered 401."""


class SmashrunClient:
    """Reads the activities, ids, details, splits and profile of the runner whom the token belongs to.

    Every method raises:
        SourceUnavailable: no usable answer after bounded retries; NotFound for status 404.
        RateLimited: a limit asks for a longer wait than there is time for.
        ReauthorisationRequired: the token is refused and cannot be renewed, or lacks the scope.

    Attributes:
        requests_sent: requests sent, retries included.
        list_requests: those of them that asked for a list (pages and ids).
        throttles: answers with status 429.
        odd_ids: elements of the last list of ids that are none.
        server_time: Smashrun's clock at its last answer, None before.
    """

    def __init__(
        self,
        api_url: str,
        tokens: AccessTokens,
        limiter: RequestLimiter,
        *,
        session: requests.Session | None = None,
        clock: Clock = utc_now,
        sleep: Callable[[float], None] = time.sleep,
        random: Callable[[], float] = chance,
        seconds_left: Callable[[], float] = lambda: math.inf,
        timeout: tuple[float, float] = (CONNECT_TIMEOUT_S, READ_TIMEOUT_S),
    ) -> None:
        self._api_url = api_url.rstrip("/")
        self._tokens = tokens
        self._limiter = limiter
        self._sleep = sleep
        self._seconds_left = seconds_left
        self._transport = Transport(
            session,
            clock=clock,
            sleep=sleep,
            random=random,
            seconds_left=seconds_left,
            timeout=timeout,
            before_send=self._before_send,
            on_answer=self._on_answer,
        )
        self._form: Form = "extended"
        self._form_is_known = False
        self._asking_for_list = False
        self.requests_sent = 0
        self.list_requests = 0
        self.throttles = 0
        self.odd_ids = 0
        self.server_time: datetime | None = None

    def pages(self, changed_since: datetime | None = None, *, first_page: int = 0) -> Iterator[ListPage]:
        """The pages of the list, newest run first, up to the first empty one, which is not handed on.

        Args:
            changed_since: only runs added or changed since this instant (not: run since); None for all.
            first_page: where to start, to resume a walk.
        """
        filters = {"count": str(PAGE_SIZE)}
        if changed_since is not None:
            filters["fromDateUTC"] = str(max(0, math.floor(as_utc(changed_since).timestamp())))
        seen: set[object] = set()
        without_news = 0
        number = first_page
        while number < first_page + _MOST_PAGES:
            body, records, form = self._page(filters | {"page": str(number)})
            if not records:
                return
            keys = {_key(record) for record in records}
            without_news = without_news + 1 if keys <= seen else 0
            if without_news >= _PAGES_WITHOUT_NEWS:
                break
            seen |= keys
            yield ListPage(number, body, len(records), form)
            number += 1
        raise SourceUnavailable(
            f"Smashrun's list does not end: page {number} brings again what earlier pages brought. "
            "The walk is given up; the next sync tries again."
        )

    def activities(self, changed_since: datetime | None = None) -> Iterator[dict[str, Any]]:
        """Every activity of the list once, as Smashrun describes it. A list may shift while it is read."""
        seen: set[object] = set()
        for page in self.pages(changed_since):
            for record in cast("list[Any]", loads(page.body)):
                key = _key(record)
                if key not in seen and isinstance(record, dict):
                    seen.add(key)
                    yield cast("dict[str, Any]", record)

    def ids(self) -> frozenset[int]:
        """The ids of every run, in one request; an element that is no id is left out and counted in `odd_ids`."""
        ids, self.odd_ids = self._get("/my/activities/search/ids", _ids, is_list=True)
        return ids

    def detail(self, activity_id: int) -> bytes:
        """Everything about one run, recordings included, verbatim."""

        def read(body: bytes) -> bytes:
            content = _object(body)
            if str(content.get("activityId", activity_id)) != str(activity_id):
                raise Unusable("the detail of another activity")
            return body

        return self._get(f"/my/activities/{activity_id:d}", read)

    def splits(self, activity_id: int, unit: SplitUnit) -> bytes:
        """One run's splits as running totals, verbatim."""

        def read(body: bytes) -> bytes:
            _list(body)
            return body

        return self._get(f"/my/activities/{activity_id:d}/splits/{unit}", read)

    def userinfo(self) -> UserInfo:
        """Whom the token belongs to."""
        return self._get("/my/userinfo", _userinfo)

    def owner(self) -> Owner | None:
        """The runner whom the token belongs to; None where the profile carries no id."""
        profile = self.userinfo()
        return Owner.of(profile.id, profile.display_name)

    def _page(self, query: Mapping[str, str]) -> tuple[bytes, list[Any], Form]:
        def read(body: bytes) -> tuple[bytes, list[Any], Form]:
            return body, _list(body), self._form

        try:
            page = self._get(_PATHS[self._form], read, query, is_list=True)
        except NotFound:
            # Forms that a Smashrun does not know answer 404; one that has answered before is known.
            if self._form == "summary" or self._form_is_known:
                raise
            _log.warning(
                "Smashrun has no extended list: place and climb are missing from the runs of this sync"
            )
            self._form = "summary"
            page = self._get(_PATHS[self._form], read, query, is_list=True)
        self._form_is_known = True
        return page

    def _get(
        self,
        path: str,
        read: Callable[[bytes], T],
        query: Mapping[str, str] | None = None,
        *,
        is_list: bool = False,
    ) -> T:
        self._asking_for_list = is_list

        def ask(token: str) -> T:
            return self._transport.ask(
                "GET",
                self._api_url + path,
                lambda answer: _judge(answer, path, read),
                auth=Bearer(token),
                params=query,
            )

        token = self._tokens.get_valid_access_token()
        with suppress(_Refused):
            return ask(token)
        with suppress(_Refused):
            return ask(self._tokens.force_refresh(token))
        raise ReauthorisationRequired("Smashrun refuses the renewed access token too (401)")

    def _before_send(self) -> None:
        while (wait_s := self._limiter.wait_s()) > 0:
            if wait_s > min(self._seconds_left(), LONGEST_WAIT_S):
                raise RateLimited(
                    f"Smashrun's request limit is near: the next request can follow in "
                    f"{math.ceil(wait_s)} s. What was fetched so far is kept.",
                    retry_after_s=wait_s,
                )
            if wait_s > 5:
                _log.info("Waiting %d s to stay below Smashrun's request limit", math.ceil(wait_s))
            self._sleep(wait_s)
        self._limiter.note()
        self.requests_sent += 1
        self.list_requests += self._asking_for_list

    def _on_answer(self, answer: Answer) -> None:
        self.throttles += answer.status == 429
        self.server_time = answer.server_time or self.server_time


def _judge(answer: Answer, path: str, read: Callable[[bytes], T]) -> T:
    """What an answer means: the status first, the body only when it is 200."""
    status = answer.status
    if status == 200:
        return read(mend(answer.body))
    if status == 401:
        raise _Refused
    if status == 403:
        raise ReauthorisationRequired(
            f"Smashrun refuses {path} (403): the token lacks the scope {READ_SCOPE} or does not cover this"
        )
    if status == 404:
        raise NotFound(f"Smashrun knows no {path} (404). If that is every time so, check SMASHRUN_API_URL.")
    if 300 <= status < 400:
        raise SourceUnavailable(
            f"Smashrun redirects {path} ({status}); the token does not follow. Check SMASHRUN_API_URL."
        )
    if 400 <= status < 500 and status != 408:
        raise SourceUnavailable(f"Smashrun does not understand the request {path} (status {status}).")
    raise Unusable(f"status {status}")


def _json(body: bytes) -> object:
    try:
        return loads(body)
    except (ValueError, RecursionError):
        pass
    raise Unusable("not JSON, or broken off")


def _object(body: bytes) -> dict[str, Any]:
    content = _json(body)
    if not isinstance(content, dict):
        raise Unusable("not a JSON object")
    return cast("dict[str, Any]", content)


def _list(body: bytes) -> list[Any]:
    content = _json(body)
    if not isinstance(content, list):
        raise Unusable("not a JSON list")
    return cast("list[Any]", content)


def _ids(body: bytes) -> tuple[frozenset[int], int]:
    """The ids of a list, and how many of its elements are none."""
    items = _list(body)
    ids = [known for item in items if (known := _id(item)) is not None]
    return frozenset(ids), len(items) - len(ids)


def _id(item: object) -> int | None:
    """An id as a whole number or as text of digits, in 64 bits as the record's; None for anything else."""
    text = isinstance(item, str) and _ID_TEXT.fullmatch(item)
    whole = isinstance(item, float) and item.is_integer() and abs(item) <= _LARGEST_EXACT_FLOAT
    if text or whole:
        item = int(cast("str | float", item))
    if isinstance(item, int) and not isinstance(item, bool) and -(2**63) <= item < 2**63:
        return item
    return None


def _userinfo(body: bytes) -> UserInfo:
    try:
        return UserInfo.model_validate(_json(body))
    except ValidationError:
        pass
    raise Unusable("not a profile")


def _key(record: object) -> object:
    """What distinguishes a record: its id, or all of it where it has none."""
    if isinstance(record, dict):
        activity_id = cast("dict[str, Any]", record).get("activityId")
        if isinstance(activity_id, int | str) and str(activity_id).strip():
            return str(activity_id).strip()
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).digest()
