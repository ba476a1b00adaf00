"""Tokens: kept in one secret, renewed early, saved before they are used.

Smashrun's refresh tokens end about when the access token does, so a pair is renewed at half its life.
A renewal may use up the old refresh token: the new pair is stored first, and a process that finds the old one
used up looks for a new one that another process has stored.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

from myrunstreak.contract.telemetry import TOKEN_LIFE_WARNING_DAYS
from myrunstreak.errors import (
    InvalidSettings,
    ReauthorisationRequired,
    SourceUnavailable,
    StoreUnavailable,
)
from myrunstreak.instants import Clock, as_utc, to_text, utc_now
from myrunstreak.redaction import remember
from myrunstreak.secrets import open_secret
from myrunstreak.secrets.document import JsonDocument
from myrunstreak.smashrun.models import TokenAnswer
from myrunstreak.smashrun.oauth import GrantRejected, SmashrunOAuth
from myrunstreak.token_pair import ASSUMED_LIFE, TokenPair, marks_of_renewal

# Waits between the attempts to store a new pair, and between the looks for another process's.
SAVE_WAITS_S = (0.2, 0.5, 1.0, 2.0, 4.0)
LOOK_WAITS_S = (0.0, 0.5, 1.0, 2.0, 3.0)
# After a renewal that failed while the token is still good: how long it is left alone.
HOLD = timedelta(minutes=15)
WARN_BEFORE = timedelta(days=TOKEN_LIFE_WARNING_DAYS)

_log = logging.getLogger(__name__)


class TokenStatus(BaseModel):
    """What may be shown about the stored tokens. None where there is no token, or nothing is known."""

    model_config = ConfigDict(frozen=True)

    present: bool = False
    expires_at: datetime | None = None
    obtained_at: datetime | None = None
    days_left: float | None = None
    refresh_due_at: datetime | None = None
    can_refresh: bool = False
    client_id_known: bool = False

    @property
    def is_usable(self) -> bool:
        """Whether a sync can authorise itself with them."""
        alive = self.days_left is None or self.days_left > 0
        return self.present and (alive or self.can_refresh)


class TokenManager:
    """Hands out an access token that works, renewing the stored pair when it is time.

    Args:
        secret_name: a Secrets Manager id, or `file:PATH`.
        oauth_client: the registered client; where its id and secret are missing, the stored ones are used.

    Attributes:
        refreshes: how often this object renewed the pair.
        warnings: for the runner, although the sync goes on.
    """

    def __init__(
        self,
        secret_name: str,
        oauth_client: SmashrunOAuth | None,
        region_name: str = "us-east-2",
        *,
        secret: JsonDocument | None = None,
        clock: Clock = utc_now,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._secret = secret or open_secret(secret_name, region_name)
        self._oauth = oauth_client or SmashrunOAuth(None, None)
        self._clock = clock
        self._sleep = sleep
        self._pair: TokenPair | None = None
        self._own: TokenPair | None = None  # what this object obtained itself
        self._hold_until: datetime | None = None
        self.refreshes = 0
        self.warnings: list[str] = []

    def __repr__(self) -> str:
        return f"TokenManager({self._secret.name!r})"

    def get_valid_access_token(self) -> str:
        """An access token that should be accepted now; renews the pair when it is time.

        Raises:
            ReauthorisationRequired: there are no tokens, or they are dead.
            SourceUnavailable, RateLimited: the token has ended and Smashrun cannot renew it now.
            InvalidSettings, StoreUnavailable: the secret, or the client id and secret.
        """
        now = self._now()
        if self._pair is None or self._pair.has_ended(now):
            self._pair = self._load()  # the runner may have authorised again meanwhile
        pair = self._pair
        if not self._is_due(pair):
            return pair.access_token
        if pair.refresh_token is None:
            return self._without_refresh(pair)
        if self._hold_until is not None and now < self._hold_until and not pair.has_ended(now):
            return pair.access_token
        return self._refresh(pair, forced=False)

    def force_refresh(self, dead_token: str) -> str:
        """Another access token than the one Smashrun has just refused.

        Raises: as `get_valid_access_token`.
        """
        self._pair = pair = self._load()
        if pair.access_token != dead_token:
            return pair.access_token  # another process has renewed it
        if pair.refresh_token is None:
            raise ReauthorisationRequired("Smashrun refuses the access token, and there is no refresh token")
        return self._refresh(pair, forced=True)

    def authorisation(self) -> str:
        """The consent that the tokens in use come from; a renewal does not change it.

        Raises: as `get_valid_access_token`, for want of tokens.
        """
        if self._pair is None:
            self._pair = self._load()
        return self._pair.authorisation

    def update_tokens(self, access_token: str, refresh_token: str | None, expires_in: float | None) -> None:
        """Store a renewed pair; without a refresh token the stored one stays. All other fields stay."""
        now = self._now()

        def change(stored: dict[str, object]) -> dict[str, object]:
            kept = refresh_token or stored.get("refresh_token")
            marks = marks_of_renewal(stored, access_token)
            return stored | _fields(access_token, kept, expires_in, now) | marks

        self._pair = self._own = self._write(change)

    def initialize_tokens(
        self,
        access_token: str,
        refresh_token: str | None,
        expires_in: float | None,
        *,
        token_type: str = "Bearer",  # noqa: S107 - a scheme, not a secret
        scope: str | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
    ) -> None:
        """Store the tokens of a fresh authorisation in the place of the old ones.

        Client id and secret stay when they are not given, and so do fields this program does not know.
        """
        now = self._now()
        remember(access_token, refresh_token, client_secret)
        given = {"client_id": client_id, "client_secret": client_secret}

        def change(stored: dict[str, object]) -> dict[str, object]:
            tokens = _fields(access_token, refresh_token, expires_in, now)
            about = {"token_type": token_type, "scope": scope}
            return stored | tokens | about | {name: value for name, value in given.items() if value}

        self._pair = self._write(change)
        self._hold_until = None

    def status(self) -> TokenStatus:
        """What may be shown about the tokens as stored now. Never raises for missing ones."""
        stored = self._secret.read() or {}
        pair = TokenPair.parse(stored)
        if pair is None:
            return TokenStatus(client_id_known=bool(self._oauth.client_id or stored.get("client_id")))
        left = pair.expires_at - self._now() if pair.expires_at else None
        can_refresh = pair.refresh_token is not None and self._client_for(pair).can_ask_for_tokens
        return TokenStatus(
            present=True,
            expires_at=pair.expires_at,
            obtained_at=pair.obtained_at,
            days_left=round(left / timedelta(days=1), 2) if left is not None else None,
            refresh_due_at=_due_date(pair.due_at(self._now()), self._now()) if can_refresh else None,
            can_refresh=can_refresh,
            client_id_known=bool(self._oauth.client_id or pair.client_id),
        )

    def _refresh(self, pair: TokenPair, *, forced: bool) -> str:
        with self._secret.exclusive():
            stored = self._load()
            renewed = stored.refresh_token is None or not stored.half_life_passed(self._now())
            if stored.access_token != pair.access_token and renewed:
                self._pair = stored  # another process, or the runner, was first
                return stored.access_token
            trouble: Exception
            try:
                answer = self._client_for(stored).refresh(stored.refresh_token or "")
            except (GrantRejected, SourceUnavailable, InvalidSettings) as error:
                trouble = error
            else:
                return self._accept(stored, answer)
            if isinstance(trouble, GrantRejected):
                other = self._look_for_another(stored)
                if other is not None:
                    self._pair = other
                    return other.access_token
            if forced or stored.has_ended(self._now()):
                raise trouble
            return self._go_on_with(stored, trouble)

    def _accept(self, old: TokenPair, answer: TokenAnswer) -> str:
        """Store the new pair, then use it."""
        new_refresh = answer.refresh_token.get_secret_value() if answer.refresh_token else old.refresh_token
        self.update_tokens(answer.access_token.get_secret_value(), new_refresh, answer.expires_in)
        self._hold_until = None
        self.refreshes += 1
        _log.info("Renewed the Smashrun tokens")
        return answer.access_token.get_secret_value()

    def _go_on_with(self, pair: TokenPair, trouble: Exception) -> str:
        end = f"until {to_text(pair.expires_at)}" if pair.expires_at else "while Smashrun accepts it"
        self._warn(f"The Smashrun tokens could not be renewed; the present token is used {end}. {trouble}")
        self._hold_until = self._now() + HOLD
        self._pair = pair
        return pair.access_token

    def _look_for_another(self, used_up: TokenPair) -> TokenPair | None:
        """The pair that another process has stored meanwhile, if any."""
        for wait_s in LOOK_WAITS_S:
            if wait_s:
                self._sleep(wait_s)
            try:
                stored = self._load()
            except StoreUnavailable:
                continue
            if stored.access_token != used_up.access_token and not stored.has_ended(self._now()):
                return stored
        return None

    def _without_refresh(self, pair: TokenPair) -> str:
        now = self._now()
        if pair.expires_at is None:
            return pair.access_token
        if pair.has_ended(now):
            raise ReauthorisationRequired(
                f"The Smashrun token ended on {to_text(pair.expires_at)} and cannot be renewed automatically"
            )
        if pair.expires_at - now < WARN_BEFORE and not self.warnings:
            self._warn(
                f"The Smashrun token ends on {to_text(pair.expires_at)} and cannot be renewed automatically: "
                "authorise again before then: `myrunstreak auth`."
            )
        return pair.access_token

    def _is_due(self, pair: TokenPair) -> bool:
        now = self._now()
        if self._own is not None and pair.access_token == self._own.access_token:
            return pair.half_life_passed(now)  # a short-lived token must not be renewed at every request
        return now >= pair.due_at(now)

    def _client_for(self, pair: TokenPair) -> SmashrunOAuth:
        if self._oauth.can_ask_for_tokens or pair.client_id is None:
            return self._oauth
        return self._oauth.with_client(pair.client_id, pair.client_secret)

    def _load(self) -> TokenPair:
        pair = TokenPair.parse(self._secret.read() or {})
        if pair is None:
            raise ReauthorisationRequired(f"There are no Smashrun tokens in {self._secret.name}")
        return pair

    def _write(self, change: Callable[[dict[str, object]], dict[str, object]]) -> TokenPair | None:
        """Store, trying repeatedly: a lost pair may be the only one that works."""
        for wait_s in SAVE_WAITS_S:
            try:
                return TokenPair.parse(self._secret.update(change))
            except StoreUnavailable:
                self._sleep(wait_s)
        return TokenPair.parse(self._secret.update(change))

    def _warn(self, text: str) -> None:
        _log.warning("%s", text)
        self.warnings.append(text)

    def _now(self) -> datetime:
        return as_utc(self._clock())


def _due_date(due_at: datetime, now: datetime) -> datetime:
    """The due date as it is shown: now, where nothing is known."""
    return due_at if due_at.year > 1 else now


def _fields(
    access_token: str, refresh_token: object, expires_in: float | None, now: datetime
) -> dict[str, object]:
    life = ASSUMED_LIFE if expires_in is None else timedelta(seconds=expires_in)
    return {
        "access_token": access_token,
        "refresh_token": refresh_token,
        "expires_at": to_text(now + life),
        "obtained_at": to_text(now),
    }
