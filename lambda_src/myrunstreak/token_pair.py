"""The stored pair of tokens and its times: when it ends, and when to renew it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Self

from myrunstreak.instants import parse_instant
from myrunstreak.redaction import remember
from myrunstreak.smashrun.models import TOKEN_SHAPE

ASSUMED_LIFE = timedelta(weeks=12)  # what Smashrun's application tokens really live
RENEW_BEFORE_END = timedelta(days=1)
_TRUSTED_LEAD = timedelta(days=1)
_AUTHORISATION, _MARKED = "authorisation", "authorisation_of"
_AT_ONCE = datetime.min.replace(tzinfo=UTC)
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class TokenPair:
    """Access and refresh token with their times; None where nothing is known.

    Attributes:
        authorisation: the consent that the pair comes from: the mark of its first access token, kept by renewals.
            Tokens stored in any other way are of another consent.
    """

    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    expires_at: datetime | None
    obtained_at: datetime | None
    client_id: str | None = None
    client_secret: str | None = field(default=None, repr=False)
    authorisation: str = ""

    @classmethod
    def parse(cls, stored: Mapping[str, object]) -> Self | None:
        """Read the secret's JSON in today's or an older shape; None where it holds no access token."""
        access_token = _token(stored.get("access_token"))
        if access_token is None:
            return None
        obtained_at = parse_instant(stored.get("obtained_at"))
        pair = cls(
            access_token=access_token,
            refresh_token=_token(stored.get("refresh_token")),
            expires_at=parse_instant(stored.get("expires_at")),
            obtained_at=obtained_at,
            client_id=_text(stored.get("client_id")),
            client_secret=_text(stored.get("client_secret")),
            authorisation=_authorisation(stored, access_token),
        )
        remember(pair.access_token, pair.refresh_token, pair.client_secret)
        return pair

    def has_ended(self, now: datetime) -> bool:
        """Whether the access token has ended; one without a known end lasts until Smashrun refuses it."""
        return self.expires_at is not None and now >= self.expires_at

    def half_life_passed(self, now: datetime) -> bool:
        """Whether half of the time from `obtained_at` to `expires_at` is over."""
        return now >= self._half_life_at(now)

    def due_at(self, now: datetime) -> datetime:
        """When to renew: at half the life, or a day before the end, whichever is first."""
        half = self._half_life_at(now)
        if self.expires_at is None:
            return half
        return min(half, _minus(self.expires_at, RENEW_BEFORE_END))

    def _half_life_at(self, now: datetime) -> datetime:
        if self.obtained_at is not None and self.obtained_at > now + _TRUSTED_LEAD:
            return _AT_ONCE  # written by a clock that had jumped: neither time can be trusted
        if self.expires_at is None:
            return _AT_ONCE if self.refresh_token else _NEVER
        start = self.obtained_at or _minus(self.expires_at, ASSUMED_LIFE)
        return start + (self.expires_at - start) / 2


def marks_of_renewal(old: Mapping[str, object], access_token: str) -> dict[str, object]:
    """What a renewal writes beside the new access token, to mark it as of the same consent."""
    pair = TokenPair.parse(old)
    if pair is None:
        return {}
    return {_AUTHORISATION: pair.authorisation, _MARKED: _mark(access_token)}


def _authorisation(stored: Mapping[str, object], access_token: str) -> str:
    kept, mark = _text(stored.get(_AUTHORISATION)), _mark(access_token)
    return kept if kept and stored.get(_MARKED) == mark else mark


def _mark(access_token: str) -> str:
    """Tells tokens apart without giving them away."""
    return hashlib.sha256(access_token.encode()).hexdigest()[:16]


def _minus(moment: datetime, span: timedelta) -> datetime:
    return moment - span if moment - _AT_ONCE > span else _AT_ONCE


def _token(value: object) -> str | None:
    return value if isinstance(value, str) and TOKEN_SHAPE.fullmatch(value) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
