"""The runner's page over HTTP: its files, signing in, asking Smashrun, and what is shared."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from contextlib import suppress
from html import unescape
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from myrunstreak.api import problems
from myrunstreak.api.door import FORGET, Access, Door, Keys, end_cookie
from myrunstreak.api.headers import PAGE
from myrunstreak.api.problems import Problem
from myrunstreak.api.reply import Reply, packed
from myrunstreak.api.representation import matches
from myrunstreak.api.request import Request
from myrunstreak.contract.freshness import Freshness
from myrunstreak.contract.layout import FRESHNESS_NAME, PAGE_FOLDER, SESSIONS_FOLDER
from myrunstreak.contract.settings import Settings
from myrunstreak.instants import Clock, to_text, utc_now
from myrunstreak.page import assets
from myrunstreak.page.facts import Facts
from myrunstreak.page.files import HOME, SUMMARY
from myrunstreak.page.refreshing import AskedTooSoon, Refreshing, Starter
from myrunstreak.page.sessions import Phone, Sessions
from myrunstreak.page.sharing import PREFIX, SHARE, Sharing, parse_sharing
from myrunstreak.store.blobs import open_blobs, split_object
from myrunstreak.store.blobs.port import Version
from myrunstreak.store.blobs.remembered import RememberedObjects, fetch_if_there
from myrunstreak.store.freshness import read_freshness

_HTML: Final = "text/html; charset=utf-8"
_KINDS: Final = {"html": _HTML, "json": "application/json"}
_FILE: Final = re.compile(r"/page/(\d{4}(?:-\d{2})?\.html|summary\.json)")
_FACTS: Final = re.compile(rb'data-facts="([^"]*)"')
_WHY: Final = re.compile(rb'(<p id="why">).*?(</p>)', re.DOTALL)
_SHARED_S: Final = 300

_Route = Callable[[Request], Reply]


class Site:
    """The page of one record.

    Args:
        settings: where the record lies, and the runner's choices.
        keys: tell which callers may read.
        starter: starts a short sync; None: it cannot be started from here.
        without_keys: answer any caller: for a server that only this machine can reach.

    Attributes:
        door: tells who asks.
    """

    def __init__(
        self,
        settings: Settings,
        keys: Keys,
        starter: Starter | None,
        *,
        clock: Clock = utc_now,
        without_keys: bool = False,
    ) -> None:
        self._settings = settings
        self._clock = clock
        folder, self._database = split_object(settings.database)
        self._record = open_blobs(folder, settings.aws_region, quick=True)
        self._beside = RememberedObjects(self._record)
        self._pages = RememberedObjects(self._record.within(PAGE_FOLDER))
        sessions = self._record.within(SESSIONS_FOLDER)
        signed_in = Sessions(sessions, clock=clock, tenant=settings.tenant)
        self.door = Door(keys, signed_in, clock=clock, without_keys=without_keys)
        self._refreshing = Refreshing(sessions, starter) if starter else None
        self._routes: Mapping[str, Mapping[str, _Route]] = {
            "/": {"GET": self._file},
            "/session": {"GET": self._ask_session, "POST": self.door.sign_in},
            "/session/end": {"POST": self.door.sign_out},
            "/refresh": {"GET": self._ask_refresh, "POST": self._refresh},
        }

    def answers(self, path: str) -> bool:
        """Whether a path is the page's."""
        return path in self._routes or bool(_FILE.fullmatch(path)) or path.startswith(PREFIX)

    def reply(self, request: Request) -> Reply:
        """The answer to a request for one of its paths.

        Raises:
            Problem, MyRunStreakError: it cannot be answered.
        """
        verb = "GET" if request.method == "HEAD" else request.method
        if request.path.startswith(PREFIX):
            if verb != "GET":
                raise problems.not_found(PREFIX)
            return self._shared(request)
        routes = self._routes.get(request.path, {"GET": self._file})
        if verb not in routes:
            accepted = ", ".join(sorted(routes)).replace("GET", "GET, HEAD")
            raise Problem(HTTPStatus.METHOD_NOT_ALLOWED, f"Accepted here: {accepted}.", {"Allow": accepted})
        return routes[verb](request)

    # -- pages ------------------------------------------------------------------------------------

    def _file(self, request: Request) -> Reply:
        visitor = self.door.look(request)
        if visitor.access is None:
            return self._turn_away(request, visitor.phone)
        found = _FILE.fullmatch(request.path)
        name = found[1] if found else HOME
        page = self._pages.read(name)
        if page is None or not page.content:
            return self._say_what_is_missing(request, name)
        body = page.content
        if name == HOME:
            body = self._bring_up_to_now(body, visitor.access)
        elif name == SUMMARY:
            body = self._read_facts(body).to_json().encode()
        kind = _KINDS[name.rpartition(".")[2]]
        headers = {"Content-Type": kind, "ETag": _tag(body), **(PAGE if kind == _HTML else {})}
        cookies = self.door.renewed(request, visitor)
        if matches(headers["ETag"], request.headers.get("if-none-match")):
            del headers["Content-Type"]
            return Reply(HTTPStatus.NOT_MODIFIED, "", headers, "page", cookies=cookies)
        return packed(request, body, headers, "page", cookies=cookies)

    def _bring_up_to_now(self, body: bytes, access: Access) -> bytes:
        """The page with what a quiet day does not render again: how fresh the record is; and how the reader got in."""
        as_of = None
        if found := _FACTS.search(body):
            with suppress(ValueError, KeyError, TypeError):
                facts = Facts.of(json.loads(unescape(found[1].decode())))
                as_of = facts.seen_at(self._freshness()).data_as_of
        if as_of is not None:
            text = to_text(as_of).encode()
            body = re.sub(rb'data-as-of="[^"]*"', b'data-as-of="%b"' % text, body, count=1)
        return body.replace(b'data-access="open"', b'data-access="%b"' % access.encode(), 1)

    def _read_facts(self, content: bytes) -> Facts:
        """The facts in ``summary.json``, known up to the last complete sync.

        Raises:
            Problem: 503, they cannot be read.
        """
        try:
            return Facts.of(json.loads(content)).seen_at(self._freshness())
        except (ValueError, KeyError, TypeError):
            raise Problem(
                HTTPStatus.SERVICE_UNAVAILABLE,
                f"{SUMMARY} of the page cannot be read. `myrunstreak page` writes all of the page again.",
            ) from None

    def _freshness(self) -> Freshness:
        note = self._beside.read(FRESHNESS_NAME)
        return read_freshness(note.content) if note else Freshness()

    def _say_what_is_missing(self, request: Request, name: str) -> Reply:
        if name != HOME:
            raise Problem(HTTPStatus.NOT_FOUND, "There is no such page: no run is recorded then.")
        return _notice(
            request,
            HTTPStatus.SERVICE_UNAVAILABLE,
            "There is no page yet: the first complete sync makes it. Run <code>myrunstreak sync</code>, or wait.",
        )

    def _turn_away(self, request: Request, phone: Phone | None) -> Reply:
        """The page to sign in; a phone that is signed out hears why."""
        if request.path != "/":
            raise problems.unauthorised()
        if phone is None:
            return _notice(request, HTTPStatus.UNAUTHORIZED)
        why = (
            "This phone was signed out, and nothing of the page is left on it."
            if phone.state(self._clock()) == "revoked"
            else "This phone was last used more than 400 days ago, and is signed out."
        )
        text = f"{why} To open the page again, type on the machine where MyRunStreak is set up:"
        return _notice(request, HTTPStatus.UNAUTHORIZED, text, FORGET, (end_cookie(),))

    def _ask_session(self, request: Request) -> Reply:
        """Whether this phone is signed in: a page that was opened from elsewhere asks so."""
        self.door.require(request)
        return Reply(HTTPStatus.NO_CONTENT, route="session")

    # -- asking Smashrun --------------------------------------------------------------------------

    def _refresh(self, request: Request) -> Reply:
        self.door.require_to_change(request)
        try:
            self._required_refreshing().ask(self._clock())
        except AskedTooSoon as soon:
            wait = {"Retry-After": str(soon.wait_s)}
            raise Problem(HTTPStatus.TOO_MANY_REQUESTS, str(soon), wait) from None
        return _json_reply({"state": "running", "text": "Asking Smashrun."}, HTTPStatus.ACCEPTED)

    def _ask_refresh(self, request: Request) -> Reply:
        self.door.require(request)
        progress = self._required_refreshing().progress(
            self._clock(),
            last_success_at=self._freshness().last_success_at,
            is_shown=self._shows_the_record(),
        )
        return _json_reply(vars(progress))

    def _required_refreshing(self) -> Refreshing:
        if self._refreshing is None:
            raise Problem(
                HTTPStatus.NOT_FOUND, "Smashrun cannot be asked from here: SYNC_FUNCTION is not set."
            )
        return self._refreshing

    def _shows_the_record(self) -> bool:
        """Whether the page is of the published database: it is rendered a moment after it."""
        summary = self._pages.read(SUMMARY)
        if summary is None:
            return False
        known = Version(self._read_facts(summary.content).version)
        with TemporaryDirectory() as work:
            found = fetch_if_there(self._record, self._database, Path(work) / "database", known)
        return found is not None and found.tag == known.tag

    # -- what others may see ----------------------------------------------------------------------

    def _shared(self, request: Request) -> Reply:
        """A public file; everything else under the prefix looks like a path that names nothing."""
        with problems.hide_reasons("What is shared cannot be read"):
            return self._shared_file(request)

    def _shared_file(self, request: Request) -> Reply:
        from myrunstreak.page.public import BADGE_STYLE, make_file

        address, _, name = request.path.removeprefix(PREFIX).partition("/")
        note = self._pages.read(SHARE)
        sharing = parse_sharing(note.content) if note else Sharing()
        is_on = bool(sharing.address) and (self._settings.share or sharing.is_on)
        is_right = hmac.compare_digest(address.encode(), sharing.address.encode())
        summary = self._pages.read(SUMMARY) if is_on and is_right else None
        if summary is None:
            raise problems.not_found(PREFIX)
        found = make_file(name, self._read_facts(summary.content), self._clock(), is_live=sharing.is_live)
        if found is None:
            raise problems.not_found(PREFIX)
        body = found.body.encode()
        style = b64encode(hashlib.sha256(BADGE_STYLE.encode()).digest()).decode()
        headers = {
            "Content-Type": found.content_type,
            "Cache-Control": f"public, max-age={_SHARED_S}",
            "Cross-Origin-Resource-Policy": "cross-origin",
            "Access-Control-Allow-Origin": "*",
            "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{style}'; frame-ancestors 'none'",
            "ETag": _tag(body),
        }
        if matches(headers["ETag"], request.headers.get("if-none-match")):
            del headers["Content-Type"]
            return Reply(HTTPStatus.NOT_MODIFIED, "", headers, "share")
        return packed(request, body, headers, "share")


def _notice(
    request: Request,
    status: int,
    text: str | None = None,
    headers: Mapping[str, str] | None = None,
    cookies: tuple[str, ...] = (),
) -> Reply:
    """The page to sign in, with another first sentence where one is given."""
    body = assets.read(assets.SIGN_IN)
    if text is not None:
        told = text.encode()
        body = _WHY.sub(lambda part: part[1] + told + part[2], body, count=1)
    every = {"Content-Type": _HTML, **PAGE, **(headers or {})}
    return packed(request, body, every, "sign-in", status, cookies)


def _json_reply(document: Mapping[str, str], status: int = HTTPStatus.OK) -> Reply:
    return Reply(status, json.dumps(document), {"Content-Type": "application/json"}, "refresh")


def _tag(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'
