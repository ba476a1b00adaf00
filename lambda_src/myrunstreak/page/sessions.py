"""Who is signed in to the page: codes that work once, and the phones that used one. Kept as hashes in one object.

Every change replaces the object only while it is in the state that was read: of two phones with one code, one gets in.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import shlex
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from myrunstreak.contract.settings import SIGNS, TENANT
from myrunstreak.errors import InvalidSettings, MyRunStreakError
from myrunstreak.instants import Clock, utc_now
from myrunstreak.store.blobs.port import Blobs
from myrunstreak.store.blobs.remembered import RememberedObjects
from myrunstreak.store.blobs.replacing import replace_content

SESSIONS: Final = "sessions.json"
LIFE: Final = timedelta(days=400)
CODE_LIFE: Final = timedelta(minutes=10)
# A phone in use is renewed so often; a write for every look would cost more than all looks.
_RENEWED_EVERY: Final = timedelta(days=30)
_MISTAKEN: Final = str.maketrans("oil", "011")
_CODE_LENGTH: Final = 26
_OF_TENANT: Final = re.compile(TENANT)
# Phones that are signed out are kept this long, so that they can be told so.
_TOLD_FOR: Final = timedelta(days=400)
_MOST_PHONES: Final = 100
_NAME: Final = re.compile(r"\w[\w .'-]{0,39}")

PhoneState = Literal["active", "revoked", "expired"]


class CodeRefused(MyRunStreakError):
    """A code does not open the page: it is wrong, used already, or too old."""

    exit_code = 2


class PhoneRefused(MyRunStreakError):
    """A phone cannot be added or signed out as asked."""

    exit_code = 2


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Code(_Part):
    """A code that was made for a phone."""

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    name: str = Field(max_length=40)
    expires_at: datetime
    used_at: datetime | None = None


class Phone(_Part):
    """A phone, or a browser, that used a code."""

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    name: str = Field(max_length=40)
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None

    def state(self, now: datetime) -> PhoneState:
        """Whether it opens the page."""
        if self.revoked_at is not None:
            return "revoked"
        return "active" if now < self.expires_at else "expired"


class _Stored(_Part):
    codes: list[Code] = Field(default_factory=list[Code])
    phones: list[Phone] = Field(default_factory=list[Phone])


class Sessions:
    """The sessions of one record.

    Args:
        folder: where they are kept.
        tenant: whose record it is, where one address serves several: codes and cookies begin with it.

    Every method may raise ``StoreUnavailable``, ``StoreConflict`` and ``InvalidSettings``.
    """

    def __init__(self, folder: Blobs, *, clock: Clock = utc_now, tenant: str | None = None) -> None:
        self._folder = folder
        self._prefix = tenant or ""
        self._objects = RememberedObjects(folder)
        self._clock = clock

    def new_code(self, name: str) -> str:
        """Make a code for a phone of this name; it works once, for ten minutes.

        Raises:
            PhoneRefused: the name is unusable, a phone of this name is signed in, or there are too many.
        """
        if not _NAME.fullmatch(name):
            raise PhoneRefused(
                f"{name[:60]!r} is no name for a phone; accepted: 1 to 40 letters, digits, blanks and . _ ' -, "
                "beginning with a letter or digit."
            )
        code = self._prefix + "".join(secrets.choice(SIGNS) for _ in range(_CODE_LENGTH))

        def change(stored: _Stored) -> _Stored:
            now = self._clock()
            active = [phone for phone in stored.phones if phone.state(now) == "active"]
            if any(phone.name == name for phone in active):
                raise PhoneRefused(
                    f"A phone named {name!r} is signed in. Choose another --name, or revoke it: "
                    f"`myrunstreak phone revoke {shlex.quote(name)}`."
                )
            if len(active) >= _MOST_PHONES:
                raise PhoneRefused(f"{_MOST_PHONES} phones are signed in. Revoke one first.")
            codes = [one for one in stored.codes if now < one.expires_at and one.name != name]
            made = Code(sha256=_hash(code), name=name, expires_at=now + CODE_LIFE)
            return stored.model_copy(update={"codes": [*codes, made]})

        self._replace(change)
        return code

    def redeem(self, code: str) -> str:
        """Sign a phone in by its code; the secret of its cookie.

        Raises:
            CodeRefused: the code is wrong, used, or too old.
        """
        secret, asked = self._prefix + secrets.token_urlsafe(32), _hash(_normalise(code))

        def change(stored: _Stored) -> _Stored:
            now = self._clock()
            found = next((one for one in stored.codes if hmac.compare_digest(one.sha256, asked)), None)
            if found is None:
                raise CodeRefused("This code is not known. Make a new one: `myrunstreak phone`.")
            if found.used_at is not None:
                raise CodeRefused(
                    "This code was used already; each works once. Make a new one: `myrunstreak phone`."
                )
            if now >= found.expires_at:
                raise CodeRefused(
                    "This code is too old; each works for ten minutes. Make a new one: `myrunstreak phone`."
                )
            used = found.model_copy(update={"used_at": now})
            phone = Phone(sha256=_hash(secret), name=found.name, created_at=now, expires_at=now + LIFE)
            return _Stored(
                codes=[used if one is found else one for one in stored.codes],
                phones=[*self._worth_keeping(stored.phones, now), phone],
            )

        self._replace(change)
        return secret

    def find(self, secret: str) -> Phone | None:
        """The phone that a cookie's secret belongs to, active or not; None: no phone's."""
        asked, found = _hash(secret), None
        for phone in self._read().phones:
            if hmac.compare_digest(phone.sha256, asked):
                found = phone
        return found

    def renew(self, phone: Phone) -> bool:
        """Let a phone that is in use stay signed in; whether that was due."""
        now = self._clock()
        if phone.expires_at - now > LIFE - _RENEWED_EVERY:
            return False
        self._change_phone(phone.sha256, {"expires_at": now + LIFE})
        return True

    def end(self, secret: str) -> None:
        """Sign a phone out by its own wish."""
        self._change_phone(_hash(secret), {"revoked_at": self._clock()})

    def phones(self) -> list[Phone]:
        """Every phone that is kept, the oldest first."""
        return self._read().phones

    def revoke(self, name: str) -> None:
        """Sign a phone out: it is out at once.

        Raises:
            PhoneRefused: no active phone has this name.
        """
        now = self._clock()
        found = [one for one in self._read().phones if one.name == name and one.state(now) == "active"]
        if not found:
            raise PhoneRefused(
                f"No phone named {name[:40]!r} is signed in. `myrunstreak phone list` shows the names."
            )
        for phone in found:
            self._change_phone(phone.sha256, {"revoked_at": now})

    def _change_phone(self, sha256: str, fields: dict[str, datetime]) -> None:
        def change(stored: _Stored) -> _Stored | None:
            # A phone that was revoked meanwhile stays so.
            alive = [one for one in stored.phones if one.sha256 == sha256 and one.revoked_at is None]
            if not alive:
                return None
            phones = [one.model_copy(update=fields) if one is alive[0] else one for one in stored.phones]
            return stored.model_copy(update={"phones": phones})

        self._replace(change)

    def _worth_keeping(self, phones: Sequence[Phone], now: datetime) -> list[Phone]:
        return [one for one in phones if now < (one.revoked_at or one.expires_at) + _TOLD_FOR]

    def _read(self) -> _Stored:
        found = self._objects.read(SESSIONS)
        return self._parse(found.content) if found else _Stored()

    def _parse(self, content: bytes) -> _Stored:
        try:
            return _Stored.model_validate_json(content)
        except ValidationError:
            raise InvalidSettings(
                f"{self._folder.place.rstrip('/')}/{SESSIONS} does not hold sessions as this program writes them. "
                "Move it away: every phone signs in again then."
            ) from None

    def _replace(self, change: Callable[[_Stored], _Stored | None]) -> None:
        def rewrite(content: bytes | None) -> bytes | None:
            changed = change(_Stored() if content is None else self._parse(content))
            return changed and changed.model_dump_json().encode()

        replace_content(self._folder, SESSIONS, rewrite, next_step="Try again.")


def tenant_of_code(code: str) -> str | None:
    """Whose record a typed code says it is for; that record's own sessions tell whether it signs in."""
    return tenant_of_secret(_normalise(code))


def tenant_of_secret(secret: str) -> str | None:
    """Whose record a cookie's secret says it is for; that record's own sessions tell whether it is one."""
    found = _OF_TENANT.match(secret)
    return found[0] if found else None


def shown_in_groups(code: str) -> str:
    """A code as a person types it: in groups of five."""
    return "-".join(code[place : place + 5] for place in range(0, len(code), 5))


def _normalise(code: str) -> str:
    return "".join(sign for sign in code.lower() if sign.isalnum())[:64].translate(_MISTAKEN)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
