"""Keys to the API: made here, shown once, kept as hashes in a file or in an SSM parameter.

A key is 256 random bits, so its plain SHA-256 does not give it away; no salt or slow hash is needed.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from myrunstreak.contract.settings import TENANT, Settings
from myrunstreak.errors import InvalidSettings, MyRunStreakError
from myrunstreak.instants import Clock, utc_now
from myrunstreak.raw_json import as_json
from myrunstreak.secrets import open_parameter
from myrunstreak.secrets.document import JsonDocument

PREFIX: Final = "mrs_"
_LONGEST_HEADER: Final = 200
_REMEDY: Final = "Restore an earlier version, or move it away and make new keys."
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._@-]{0,39}")
_OF_TENANT: Final = re.compile(rf"{PREFIX}({TENANT})_")
# Compared where there is no key at all, so that the time it takes tells nothing.
_NO_KEY: Final = hashlib.sha256(b"nobody").hexdigest()


class KeyRefused(MyRunStreakError):
    """A key cannot be made or revoked as asked: the name is taken, unusable or unknown."""

    exit_code = 2


class ApiKey(BaseModel):
    """What is known of a key: never the key itself.

    Attributes:
        name: what uses it.
        sha256: hex digest of the key.
        created_at, revoked_at: UTC instants; None: the key is alive.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str = Field(max_length=40)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    created_at: datetime
    revoked_at: datetime | None = None

    @property
    def alive(self) -> bool:
        """Whether it still works."""
        return self.revoked_at is None


class _StoredKeys(BaseModel):
    """The stored document."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    keys: list[ApiKey] = Field(default_factory=list[ApiKey])


class ApiKeys:
    """The keys of one record.

    Args:
        place: where they are kept; None: nowhere, and no key works.
        tenant: whose record it is, where one address serves several: its keys say so.

    Every method raises ``InvalidSettings`` where the operator has to mend something and ``StoreUnavailable``
    where trying later may help.
    """

    def __init__(
        self, place: JsonDocument | None, *, clock: Clock = utc_now, tenant: str | None = None
    ) -> None:
        self._place = place
        self._clock = clock
        self._prefix = f"{PREFIX}{tenant}_" if tenant else PREFIX

    @classmethod
    def open(cls, settings: Settings) -> ApiKeys:
        """The keys where ``API_KEYS`` says."""
        if settings.api_keys is None:
            return cls(None)
        place = open_parameter(settings.api_keys, settings.aws_region, remedy=_REMEDY)
        return cls(place, tenant=settings.tenant)

    def accepts(self, authorization: str | None) -> bool:
        """Whether a request with this ``Authorization`` header may read.

        Every stored hash is compared, whatever the header says: none, wrong and revoked keys take the same work.
        """
        presented = hashlib.sha256(_bearer(authorization)).hexdigest()
        accepted = hmac.compare_digest(presented, _NO_KEY) & False
        for key in self._read() if self._place else ():
            accepted |= hmac.compare_digest(presented, key.sha256) & key.alive
        return bool(accepted)

    def new(self, name: str) -> str:
        """Make a key; the only time that it is seen.

        Raises:
            KeyRefused: the name is unusable, or a living key has it.
        """
        if not _NAME.fullmatch(name):
            raise KeyRefused(
                f"{name[:60]!r} is no name for a key; accepted: 1 to 40 letters, digits, blanks and . _ @ -, "
                "beginning with a letter or digit."
            )
        secret = self._prefix + secrets.token_urlsafe(32)
        with self._required().exclusive():
            keys = self._read()
            if any(key.name == name and key.alive for key in keys):
                raise KeyRefused(f"There is a key named {name!r}. Revoke it first, or choose another name.")
            digest = hashlib.sha256(secret.encode()).hexdigest()
            self._write([*keys, ApiKey(name=name, sha256=digest, created_at=self._clock())])
        return secret

    def all(self) -> list[ApiKey]:
        """Every key, the oldest first."""
        return self._read()

    def revoke(self, name: str) -> None:
        """Revoke a key: it stops working at once.

        Raises:
            KeyRefused: no living key has this name.
        """
        with self._required().exclusive():
            keys = self._read()
            living = [key for key in keys if key.alive]
            if not any(key.name == name for key in living):
                names = ", ".join(repr(key.name) for key in living) or "none"
                raise KeyRefused(f"There is no key named {name[:60]!r} to revoke; living keys: {names}.")
            revoked = {"revoked_at": self._clock()}
            self._write(
                [key.model_copy(update=revoked) if key.alive and key.name == name else key for key in keys]
            )

    def _required(self) -> JsonDocument:
        if self._place is None:
            raise InvalidSettings(
                "API_KEYS is not set, so there is no place for keys. Set it to the name of an SSM "
                "parameter, or to file:PATH."
            )
        return self._place

    def _read(self) -> list[ApiKey]:
        place = self._required()
        try:
            return _StoredKeys.model_validate(place.read() or {}).keys
        except ValidationError:
            raise InvalidSettings(
                f"{place.name} does not hold API keys as this program writes them. {_REMEDY}"
            ) from None

    def _write(self, keys: Sequence[ApiKey]) -> None:
        """Store them, without the longest revoked where there is no room for all."""
        kept, place = list(keys), self._required()
        while True:
            document = _StoredKeys(keys=kept).model_dump(mode="json", exclude_none=True)
            if not place.limit_bytes or len(as_json(document)) <= place.limit_bytes:
                return place.write(document)
            revoked = [key for key in kept if not key.alive]
            if not revoked:
                raise KeyRefused(f"{place.name} has no room for another key. Revoke one first.")
            kept.remove(min(revoked, key=lambda key: key.revoked_at or key.created_at))


def tenant_of_key(authorization: str | None) -> str | None:
    """Whose record the key in a header says it is for; that record's own keys tell whether it opens it."""
    found = _OF_TENANT.match(_bearer(authorization).decode(errors="replace"))
    return found[1] if found else None


def _bearer(authorization: str | None) -> bytes:
    """The key in a header; nothing where there is none or it has another shape."""
    if authorization is None or len(authorization) > _LONGEST_HEADER:
        return b""
    scheme, _, key = authorization.strip().partition(" ")
    return key.strip().encode(errors="replace") if scheme.lower() == "bearer" else b""
