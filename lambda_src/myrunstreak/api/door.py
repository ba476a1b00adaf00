"""Who gets in to the page: a key, or a phone's session; signing in with a code that works once, and signing out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final, Literal, Protocol, cast

from myrunstreak.api import problems
from myrunstreak.api.problems import Problem, hide_reasons
from myrunstreak.api.reply import Reply
from myrunstreak.api.request import Request
from myrunstreak.instants import Clock
from myrunstreak.page.sessions import LIFE, CodeRefused, Phone, Sessions

COOKIE: Final = "__Host-session"
# What a phone that is signed out keeps of the page: nothing.
FORGET: Final = {"Clear-Site-Data": '"cache", "storage"'}
_LOOPBACK: Final = {"127.0.0.1", "localhost", "[::1]"}
_LONGEST_SECRET: Final = 128
# So many wrong codes within a minute, and the next ones wait.
_WRONG_CODES: Final = 5
_WRONG_WITHIN: Final = timedelta(minutes=1)

Access = Literal["open", "session", "key"]


class Keys(Protocol):
    """Who may read."""

    def accepts(self, authorization: str | None) -> bool:
        """Whether a request with this ``Authorization`` header may."""
        ...


@dataclass(frozen=True)
class Visitor:
    """Who asks, as far as that is known.

    Attributes:
        access: how they got in; None: they may not.
        phone: the phone of the cookie, active or not.
    """

    access: Access | None
    phone: Phone | None = None


class Door:
    """The door to the page.

    Args:
        without_keys: let any caller in: for a server that only this machine can reach.
    """

    def __init__(self, keys: Keys, sessions: Sessions, *, clock: Clock, without_keys: bool) -> None:
        self._keys = keys
        self._sessions = sessions
        self._clock = clock
        self._without_keys = without_keys
        self._wrong_codes: list[datetime] = []

    def look(self, request: Request) -> Visitor:
        """Who asks.

        Raises:
            Problem: both a session and a key are sent.
        """
        if self._without_keys:
            return Visitor("open")
        secret, bearer = request.cookies.get(COOKIE), request.headers.get("authorization")
        if secret and bearer:
            raise Problem(HTTPStatus.BAD_REQUEST, "Send a session or a key, not both.")
        with hide_reasons("Keys or sessions cannot be read"):
            if bearer:
                return Visitor("key" if self._keys.accepts(bearer) else None)
            phone = self._sessions.find(secret) if secret and len(secret) <= _LONGEST_SECRET else None
        if phone is not None and phone.state(self._clock()) == "active":
            return Visitor("session", phone)
        return Visitor(None, phone)

    def require(self, request: Request) -> Visitor:
        """Who asks, where they may.

        Raises:
            Problem: 401.
        """
        visitor = self.look(request)
        if visitor.access is None:
            raise problems.unauthorised()
        return visitor

    def require_to_change(self, request: Request) -> None:
        """Refuse a change that the page itself, or a program with a key, does not ask for.

        Raises:
            Problem: 401 or 403.
        """
        if self.require(request).access != "key" or "origin" in request.headers:
            _check_origin(request)

    def renewed(self, request: Request, visitor: Visitor) -> tuple[str, ...]:
        """The cookie of a phone in use, now and then."""
        if visitor.phone is None or visitor.access != "session" or not self._sessions.renew(visitor.phone):
            return ()
        return (_cookie(request.cookies[COOKIE]),)

    def sign_in(self, request: Request) -> Reply:
        """Give a session to a phone with a code.

        Raises:
            Problem: the code is refused, or too many were.
        """
        _check_origin(request)
        now = self._clock()
        self._wrong_codes = [at for at in self._wrong_codes if now - at < _WRONG_WITHIN]
        if len(self._wrong_codes) >= _WRONG_CODES:
            raise Problem(
                HTTPStatus.TOO_MANY_REQUESTS,
                "Too many wrong codes. Wait a minute, then try again.",
                {"Retry-After": str(int(_WRONG_WITHIN.total_seconds()))},
            )
        with hide_reasons("Sessions cannot be kept"):
            try:
                secret = self._sessions.redeem(code_in(request.body))
            except CodeRefused as refused:
                self._wrong_codes.append(now)
                raise Problem(HTTPStatus.FORBIDDEN, str(refused)) from None
        return Reply(HTTPStatus.NO_CONTENT, route="session", cookies=(_cookie(secret),))

    def sign_out(self, request: Request) -> Reply:
        """End a phone's session, and have it forget the page."""
        _check_origin(request)
        with hide_reasons("Sessions cannot be kept"):
            if secret := request.cookies.get(COOKIE):
                self._sessions.end(secret)
        return Reply(HTTPStatus.NO_CONTENT, "", FORGET, "session", cookies=(end_cookie(),))


def end_cookie() -> str:
    """The cookie that takes the session's away."""
    return f"{COOKIE}=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Strict"


def _cookie(secret: str) -> str:
    age = int(LIFE.total_seconds())
    return f"{COOKIE}={secret}; Path=/; Max-Age={age}; Secure; HttpOnly; SameSite=Strict"


def _check_origin(request: Request) -> None:
    """Refuse what another site's page sends.

    Raises:
        Problem: 403.
    """
    host = request.headers.get("host", "")
    # Loopback has no certificate.
    scheme = "http" if (host.rpartition(":")[0] or host) in _LOOPBACK else "https"
    if request.headers.get("origin") != f"{scheme}://{host}":
        raise Problem(HTTPStatus.FORBIDDEN, "This is for the page itself, not for other sites.")


def code_in(body: str) -> str:
    """The code that a phone signs in with.

    Raises:
        Problem: there is none.
    """
    try:
        document: Any = json.loads(body)
    except (ValueError, RecursionError):
        document = None
    code = cast("dict[str, Any]", document).get("code") if isinstance(document, dict) else None
    if not isinstance(code, str):
        raise Problem(HTTPStatus.BAD_REQUEST, 'The body is no code; accepted: {"code": "..."}.')
    return code
