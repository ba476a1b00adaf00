"""Keys to the API: made here, shown once, kept as hashes in a file or in an SSM parameter.

A key is 256 random bits, so its plain SHA-256 tells nobody what it was; no salt or slow hash is needed.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from myrunstreak.aws import aws_errors, aws_session
from myrunstreak.contract.settings import FILE_PREFIX, Settings
from myrunstreak.errors import InvalidSettings, MyRunStreakError, StoreUnavailable
from myrunstreak.instants import Clock, utc_now
from myrunstreak.secrets.document import FileSecret

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

PREFIX: Final = "mrs_"
# What a standard parameter holds.
_PARAMETER_BYTES: Final = 4096
_LONGEST_HEADER: Final = 200
_MEND: Final = "Restore an earlier version, or move it away and make new keys."
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._@-]{0,39}")
# Compared where there is no key at all, so that nothing is told by the time it takes.
_NOBODY: Final = hashlib.sha256(b"nobody").hexdigest()


class KeyRefused(MyRunStreakError):
    """A key cannot be made or revoked as asked: the name is taken, unusable or unknown."""

    exit_code = 2


class ApiKey(BaseModel):
    """What is known of a key: never the key itself.

    Attributes:
        name: who or what uses it.
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
        """Whether it opens anything."""
        return self.revoked_at is None


class _Ring(BaseModel):
    """The stored document."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    keys: list[ApiKey] = Field(default_factory=list[ApiKey])


class _Place(Protocol):
    """Where the document is kept."""

    @property
    def name(self) -> str: ...
    def read(self) -> dict[str, object] | None: ...
    def write(self, value: dict[str, object]) -> None: ...
    def exclusive(self) -> AbstractContextManager[None]: ...


class ApiKeys:
    """The keys of one record.

    Args:
        place: where they are kept; None: nowhere, and no key opens anything.

    Every method raises ``InvalidSettings`` where the operator has to mend something and ``StoreUnavailable``
    where trying later may help.
    """

    def __init__(self, place: _Place | None, *, clock: Clock = utc_now) -> None:
        self._place = place
        self._clock = clock

    @classmethod
    def open(cls, settings: Settings) -> ApiKeys:
        """The keys where ``API_KEYS`` says."""
        reference = settings.api_keys
        if reference is None:
            return cls(None)
        if reference.startswith(FILE_PREFIX):
            return cls(FileSecret(Path(reference.removeprefix(FILE_PREFIX)), mend=_MEND))
        return cls(SsmParameter(reference, settings.aws_region))

    def accepts(self, authorization: str | None) -> bool:
        """Whether a request with this ``Authorization`` header may read.

        Every stored hash is compared, whatever the header says: none, wrong and revoked keys take the same work.
        """
        presented = hashlib.sha256(_bearer(authorization)).hexdigest()
        accepted = hmac.compare_digest(presented, _NOBODY) & False
        for key in self._read().keys if self._place else ():
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
        place, key = self._required(), PREFIX + secrets.token_urlsafe(32)
        with place.exclusive():
            keys = self._read().keys
            if any(one.name == name and one.alive for one in keys):
                raise KeyRefused(f"There is a key named {name!r}. Revoke it first, or choose another name.")
            digest = hashlib.sha256(key.encode()).hexdigest()
            self._write([*keys, ApiKey(name=name, sha256=digest, created_at=self._clock())])
        return key

    def all(self) -> list[ApiKey]:
        """Every key, the oldest first."""
        self._required()
        return self._read().keys

    def revoke(self, name: str) -> None:
        """Let a key open nothing any more, at once.

        Raises:
            KeyRefused: no living key has this name.
        """
        with self._required().exclusive():
            keys = self._read().keys
            if not any(one.name == name and one.alive for one in keys):
                living = ", ".join(repr(one.name) for one in keys if one.alive) or "none"
                raise KeyRefused(f"There is no key named {name[:60]!r} to revoke; living keys: {living}.")
            now = self._clock()
            self._write(
                [
                    one.model_copy(update={"revoked_at": now}) if one.name == name and one.alive else one
                    for one in keys
                ]
            )

    def _required(self) -> _Place:
        if self._place is None:
            raise InvalidSettings(
                "API_KEYS is not set, so there is no place for keys. Set it to file:PATH, such as "
                "file:./data/smashrun/api-keys.json, or to the name of an SSM parameter."
            )
        return self._place

    def _read(self) -> _Ring:
        place = self._required()
        try:
            return _Ring.model_validate(place.read() or {})
        except ValidationError:
            raise InvalidSettings(
                f"{place.name} does not hold API keys as this program writes them. {_MEND}"
            ) from None

    def _write(self, keys: Sequence[ApiKey]) -> None:
        """Store them; the longest revoked ones go where there is no room for all."""
        kept, place = list(keys), self._required()
        limit = getattr(place, "limit_bytes", None)
        while limit and len(_compact(kept)) > limit:
            revoked = [one for one in kept if not one.alive]
            if not revoked:
                raise KeyRefused(f"{place.name} has no room for another key. Revoke one first.")
            kept.remove(min(revoked, key=lambda one: one.revoked_at or one.created_at))
        place.write(json.loads(_compact(kept)))


class SsmParameter:
    """A JSON document in an SSM parameter of type String. There is no lock: the last writer wins.

    Args:
        client: an SSM client; made on first use otherwise.
    """

    limit_bytes: Final = _PARAMETER_BYTES

    def __init__(self, parameter: str, region_name: str, client: SSMClient | None = None) -> None:
        self._parameter = parameter
        self._region = region_name
        self._made = client

    @property
    def name(self) -> str:
        return f"SSM parameter {self._parameter}"

    def read(self) -> dict[str, object] | None:
        with self._errors("read"):
            try:
                answer = self._client().get_parameter(Name=self._parameter)
            except Exception as error:
                if _code(error) == "ParameterNotFound":
                    return None
                raise
        try:
            value: object = json.loads(answer["Parameter"].get("Value", "") or "{}")
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise InvalidSettings(f"{self.name} does not hold one JSON object. {_MEND}")
        return cast("dict[str, object]", value)

    def write(self, value: dict[str, object]) -> None:
        with self._errors("write"):
            self._client().put_parameter(
                Name=self._parameter,
                Value=json.dumps(value, separators=(",", ":")),
                Type="String",
                Overwrite=True,
            )

    def exclusive(self) -> AbstractContextManager[None]:
        return nullcontext()

    def _errors(self, action: str) -> AbstractContextManager[None]:
        return aws_errors(f"the {self.name} in {self._region}", action)

    def _client(self) -> SSMClient:
        if self._made is None:
            from botocore.config import Config

            config = Config(
                connect_timeout=3, read_timeout=5, retries={"mode": "standard", "max_attempts": 2}
            )
            session = aws_session()
            try:
                self._made = session.client("ssm", region_name=self._region, config=config)
            except ValueError:
                raise StoreUnavailable(
                    f"Cannot reach {self.name}: the endpoint is no URL. Check AWS_ENDPOINT_URL."
                ) from None
        return cast("SSMClient", self._made)


def _bearer(authorization: str | None) -> bytes:
    """The key in a header; nothing where there is none or it has another shape."""
    if authorization is None or len(authorization) > _LONGEST_HEADER:
        return b""
    scheme, _, key = authorization.strip().partition(" ")
    return key.strip().encode(errors="replace") if scheme.lower() == "bearer" else b""


def _compact(keys: Sequence[ApiKey]) -> str:
    return _Ring(keys=list(keys)).model_dump_json(exclude_none=True)


def _code(error: Exception) -> str:
    response = cast("dict[str, Any]", getattr(error, "response", None) or {})
    return str(response.get("Error", {}).get("Code", ""))
